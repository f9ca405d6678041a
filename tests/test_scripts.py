"""The scripts behind the Makefile: what they say when something of the system is missing."""

import os
import shutil
import subprocess
import sys

import pytest

from scripts import browser, preflight, serve
from scripts.site import ROOT

SYSTEM = ROOT / "scripts" / "system.sh"


def program(folder, name, body):
    path = folder / name
    path.write_text(f"#!/bin/sh\n{body}\n")
    path.chmod(0o755)
    return path


@pytest.fixture
def bare(tmp_path):
    """A PATH with the shell's tools, Python and nothing else; `bare(name, body)` adds a program."""
    for name in ("sh", "ls", "xargs", "cat", "echo"):
        (tmp_path / name).symlink_to(shutil.which(name))
    (tmp_path / "python3").symlink_to(sys.executable)
    program(tmp_path, "id", "echo 1000")

    def add(name, body):
        return program(tmp_path, name, body)

    return add


def system(target, folder):
    environment = {"PATH": str(folder), "HOME": str(folder)}
    return subprocess.run(
        ["/bin/sh", SYSTEM, target], capture_output=True, text=True, env=environment
    )


@pytest.mark.parametrize(
    ("target", "packages"),
    [
        ("book", None),
        ("pdf", "chromium"),
        ("grade", "bubblewrap"),
        ("test", "bubblewrap chromium"),
    ],
)
def test_missing_packages_are_named_with_the_command(bare, tmp_path, target, packages):
    done = system(target, tmp_path)
    if packages is None:
        assert done.returncode == 0, done.stderr
        return
    assert done.returncode == 1
    assert done.stderr == (
        f"error: 'make {target}' needs {packages} from the system: "
        f"run: sudo apt-get install -y --no-install-recommends {packages}\n"
    )


def test_old_python_is_named_and_a_newer_one_is_found(bare, tmp_path):
    (tmp_path / "python3").unlink()
    bare("python3", "exit 1")
    done = system("book", tmp_path)
    assert done.returncode == 1
    assert "run: sudo apt-get install" in done.stderr
    assert "python3.11 python3.11-venv" in done.stderr
    (tmp_path / "python3.12").symlink_to(sys.executable)
    assert system("book", tmp_path).returncode == 0
    assert system("python", tmp_path).stdout.strip() == str(tmp_path / "python3.12")


def test_missing_venv_is_named(bare, tmp_path):
    (tmp_path / "python3").unlink()
    bare(
        "python3",
        f'case "$2" in *ensurepip*) exit 1 ;; *) exec {sys.executable} "$@" ;; esac',
    )
    version = "{}.{}".format(*sys.version_info[:2])
    assert f"needs python{version}-venv from the system" in system("book", tmp_path).stderr


def test_missing_library_of_the_browser_driver_is_named(bare, tmp_path):
    bare("bwrap", "exit 0")
    bare("chromium", "exit 0")
    assert system("test", tmp_path).returncode == 0
    (tmp_path / "python3").unlink()
    bare(
        "python3",
        f'case "$2" in *libatomic*) exit 1 ;; *) exec {sys.executable} "$@" ;; esac',
    )
    assert "needs libatomic1 from the system" in system("test", tmp_path).stderr


def test_root_installs_with_apt(bare, tmp_path):
    bare("id", "echo 0")
    bare("apt-get", f'echo "apt-get $*"; [ "$1" = update ] || echo > {tmp_path}/installed')
    done = system("grade", tmp_path)
    assert "apt-get install -y --no-install-recommends bubblewrap" in done.stdout
    assert done.returncode == 1, "nothing was installed, and it did not say so"
    assert "bubblewrap is still missing" in done.stderr
    bare("bwrap", "exit 0")
    assert system("grade", tmp_path).returncode == 0


def test_forbidden_sandbox_has_its_remedy(bare, tmp_path, monkeypatch):
    bare("bwrap", "echo 'bwrap: setting up uid map: Permission denied' >&2; exit 1")
    monkeypatch.setenv("PATH", str(tmp_path))
    switch = tmp_path / "apparmor_restrict_unprivileged_userns"
    switch.write_text("1\n")
    monkeypatch.setattr(preflight, "USERNS", switch)
    said = preflight.check_bubblewrap()
    assert "Permission denied" in said
    assert "sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0" in said
    switch.write_text("0\n")
    monkeypatch.setattr(preflight, "IN_A_CONTAINER", (switch,))
    assert "start the container with" in preflight.check_bubblewrap()
    monkeypatch.setattr(preflight, "IN_A_CONTAINER", ())
    assert "sudo sysctl -w user.max_user_namespaces" in preflight.check_bubblewrap()


def test_missing_sandbox_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert "sudo apt-get install bubblewrap" in preflight.check_bubblewrap()


def test_browser_that_does_not_start_is_named(bare, monkeypatch):
    broken = bare("chromium", "exit 1")
    monkeypatch.setenv("CHROMIUM", str(broken))
    assert f"{broken} does not start" in preflight.check_browser()


def test_missing_browser_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    with pytest.raises(FileNotFoundError, match="sudo apt-get install chromium"):
        browser.find()
    monkeypatch.setenv("CHROMIUM", "no-such-browser")
    with pytest.raises(FileNotFoundError, match="CHROMIUM=no-such-browser"):
        browser.find()


def test_script_that_only_points_to_the_snap_is_passed_over(bare, tmp_path, monkeypatch):
    bare("chromium-browser", "echo 'requires the chromium snap to be installed'")
    chrome = bare("google-chrome", "exit 0")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    assert browser.find() == str(chrome)


def test_preflight_fails_when_a_check_fails(monkeypatch, capsys):
    monkeypatch.setitem(preflight.CHECKS, "browser", lambda: "broken: mend it")
    assert preflight.main(["browser"])
    assert capsys.readouterr().err == "error: broken: mend it\n"


def test_server_needs_a_site(tmp_path):
    with pytest.raises(FileNotFoundError, match="run `make book` first"):
        serve.Server(tmp_path)


def test_server_keeps_to_its_folder(tmp_path):
    from urllib.error import HTTPError
    from urllib.request import urlopen

    (tmp_path / "site").mkdir()
    (tmp_path / "site" / "index.html").write_text("the book")
    (tmp_path / "secret.txt").write_text("secret")
    with serve.Server(tmp_path / "site", prefix="/course/") as server:
        assert urlopen(server.url).read() == b"the book"
        for path in ("%2e%2e/secret.txt", "../secret.txt", "nothing.html"):
            with pytest.raises(HTTPError) as caught:
                urlopen(server.url + path)
            caught.value.close()


def test_grade_asks_which_submissions():
    make = shutil.which("make")
    assert make, "make is missing: run `sudo apt-get install make`"
    environment = {key: value for key, value in os.environ.items() if key != "MAKEFLAGS"}
    done = subprocess.run(
        [make, "-C", ROOT, "grade"], capture_output=True, text=True, env=environment
    )
    assert done.returncode == 2
    assert "error: which submissions? make grade SUBMISSIONS=folder" in done.stdout + done.stderr
