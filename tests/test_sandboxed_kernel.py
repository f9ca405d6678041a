"""The kernel in a sandbox: it runs notebooks, and reaches nothing but its own folder."""

import asyncio
import json
import os
import re
import socket
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import nbformat
import pytest
from jupyter_client import KernelManager
from nbclient import NotebookClient

from exercises import sandboxed_kernel
from exercises.grader.sandbox import SandboxError
from tests import grading
from tests.submissions.make import ROOT

CELLS = {
    "sum": "1 + 1",
    "course": "import lecture_code.adagrad, exercises.in_notebook, matplotlib.pyplot",
    "beside": "open('data.txt').read()",
    "local": "import socket; socket.create_connection(('127.0.0.1', {port}), 3)",
    "far": "import socket; socket.create_connection(('192.0.2.1', 80), 3)",
    "home": "import os; set(os.listdir('/home')) <= {{'.ipython', '.cache', '.config'}}",
    "system": "sorted(set(os.listdir('/')) - {shown})",
    "others": "[os.path.exists(path) for path in {secrets}]",
    "environment": "'SECRET' in os.environ",
    "process": "os.getpid(), os.path.exists('/proc/self')",
    "rights": "import ctypes; os.getuid() == 0, ctypes.CDLL(None).setuid(0)",
    "write here": "open('data.txt', 'w')",
    "write there": "open('/x', 'w')",
    "memory": "len(bytearray(5 << 30))",
    "disk": "for i in range(9): open(os.path.expanduser(f'~/{{i}}'), 'wb').write(bytes(30 << 20))",
    "processes": "[os.posix_spawn('/usr/bin/sleep', ['sleep', '99'], {{}}) for i in range(99)]",
    "interrupt": "while True: pass",
    "after": "2 + 2",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A notebook's folder, in a place with the kernel and secrets beside it."""
    place = tmp_path_factory.mktemp("place")
    sandboxed_kernel.write_spec(place / "kernels")
    for folder in ("work", "submitted"):
        (place / folder).mkdir()
        (place / folder / "data.txt").write_text("something")
    (place / "gradebook.db").write_text("grades")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(place))
        patch.setenv("SECRET", "x")
        yield place


def run(cells, folder, kernel):
    """What the last line of each cell gives, or its error's name."""
    notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
    client = NotebookClient(
        notebook,
        timeout=5,
        interrupt_on_timeout=True,
        allow_errors=True,
        kernel_name=kernel,
        resources={"metadata": {"path": str(folder)}},
    )
    finished(client.async_execute())
    told = []
    for cell in notebook.cells:
        results = [one for one in cell.outputs if one.output_type in ("execute_result", "error")]
        (one,) = results or [{"data": {"text/plain": ""}}]
        told.append(one["ename"] if "ename" in one else one["data"]["text/plain"])
    return told


def finished(coroutine):
    """What a coroutine returns; in a thread, since Playwright's tests leave a loop in this one."""
    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, coroutine).result()


@pytest.fixture(scope="module")
def told(place):
    secrets = [
        *(place / "gradebook.db", place / "submitted/data.txt", ROOT / "exercises/adagrad.ipynb"),
        *(ROOT / "exercises/nbgrader.py", Path("/tmp"), Path("/etc/passwd")),
    ]
    python = Path(sys.base_prefix).resolve().parts[1]
    shown = {"bin", "lib", "lib32", "lib64", "usr", "etc", "dev", "home", python}
    shown |= {"course", "packages", "connection", "work"}
    with socket.create_server(("127.0.0.1", 0)) as server:
        names = {
            "port": server.getsockname()[1],
            "secrets": list(map(str, secrets)),
            "shown": shown,
        }
        cells = [cell.format(**names) for cell in CELLS.values()]
        return dict(zip(CELLS, run(cells, place / "work", "sandboxed"), strict=True))


@pytest.mark.parametrize(
    ("cell", "result"),
    [
        ("sum", "2"),
        ("course", ""),
        ("beside", "'something'"),
        ("local", "ConnectionRefusedError"),
        ("far", "OSError"),
        ("home", "True"),
        ("system", "[]"),
        ("others", str([False] * 6)),
        ("environment", "False"),
        ("process", "(2, False)"),
        ("rights", "(False, -1)"),
        ("write here", "OSError"),
        ("write there", "OSError"),
        ("memory", "MemoryError"),
        ("disk", "OSError"),
        ("processes", "BlockingIOError"),
        ("interrupt", "KeyboardInterrupt"),
        ("after", "4"),
    ],
)
def test_a_cell(told, cell, result):
    assert told[cell] == result


def started(place):
    """A client's kernel, once it answers."""
    manager = KernelManager(kernel_name="sandboxed")
    manager.start_kernel(cwd=place / "work")
    client = manager.client()
    client.start_channels()
    client.wait_for_ready(60)
    return manager, client


def running():
    """The command lines of all processes."""
    done = subprocess.run(["ps", "-wweo", "args"], capture_output=True, text=True, check=True)
    return done.stdout.splitlines()


def gone(marks, seconds=20):
    """Whether no process with these in its command line is left, after a while."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if not any(mark in line for line in running() for mark in marks):
            return True
        time.sleep(0.1)
    return False


def marks_of(manager):
    """What the command lines of this kernel's processes have: its file, and its sockets' folder."""
    folders = re.findall(r"--bind (\S*) /connection", "\n".join(running()))
    (mine,) = {one for one in folders if Path(one, f"ipc-{manager.shell_port}").exists()}
    return [manager.connection_file, mine]


def test_nothing_is_left_of_a_kernel(place):
    manager, client = started(place)
    marks = marks_of(manager)
    assert not gone(marks, 0.2)
    client.stop_channels()
    manager.shutdown_kernel()
    assert gone(marks) and not Path(marks[1]).exists()


def test_a_kernel_ends_with_a_killed_client(place):
    script = (
        "import sys\n"
        "from jupyter_client import KernelManager\n"
        "manager = KernelManager(kernel_name='sandboxed')\n"
        "manager.start_kernel(cwd=sys.argv[1])\n"
        "client = manager.client()\n"
        "client.start_channels()\n"
        "client.wait_for_ready(60)\n"
        "print(manager.connection_file, flush=True)\n"
        "input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script, place / "work"],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as client:
        file = client.stdout.readline().strip()
        assert file and not gone([file], 0.2)
        client.kill()
    assert gone([file])


@pytest.mark.parametrize(
    ("folder", "home", "transport", "words"),
    [
        ("work", "submitted", "ipc", "has to use tcp"),
        ("work", "work", "tcp", "with your home or a gradebook"),
        ("work", "work/below", "tcp", "with your home or a gradebook"),
        (".", "/", "tcp", "with your home or a gradebook"),
    ],
)
def test_it_refuses_to_show_too_much(place, monkeypatch, tmp_path, folder, home, transport, words):
    file = tmp_path / "connection.json"
    file.write_text(json.dumps({"transport": transport, "shell_port": 1}))  # and no address
    monkeypatch.chdir(place / folder)
    monkeypatch.setenv("HOME", str(place / home))
    with pytest.raises(SandboxError, match=words):
        finished(sandboxed_kernel.run(file))


@pytest.mark.skipif(os.geteuid() != 0, reason="the other tests run as an ordinary user already")
def test_it_works_for_an_ordinary_user():
    script = (
        "import os, pathlib, sys, tempfile\n"
        "from jupyter_client import KernelManager\n"
        "from exercises import sandboxed_kernel\n"
        "with tempfile.TemporaryDirectory() as name:\n"
        "    os.environ.update(HOME=name, JUPYTER_PATH=name)\n"
        "    (pathlib.Path(name) / 'work').mkdir()\n"
        "    sandboxed_kernel.write_spec(pathlib.Path(name) / 'kernels')\n"
        "    manager = KernelManager(kernel_name='sandboxed')\n"
        "    manager.start_kernel(cwd=f'{name}/work')\n"
        "    client = manager.client()\n"
        "    client.start_channels()\n"
        "    client.wait_for_ready(60)\n"
        "    client.execute_interactive('import os; print(1 + 1, os.listdir(\".\"))', timeout=60)\n"
        "    client.stop_channels()\n"
        "    manager.shutdown_kernel()\n"
    )
    command = [*grading.as_ordinary_user(), sys.executable, "-c", script]
    done = subprocess.run(command, capture_output=True, text=True)
    assert done.stdout == "2 []\n", done.stderr
