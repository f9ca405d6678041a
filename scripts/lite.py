"""Build the Jupyter that runs in the reader's browser: `python -m scripts.lite` (`make site`).

JupyterLite goes into `_build/html/lite`, below the site that `make book` has built, with Python
(`scripts/pyodide.py`), the chapters and the student edition. Each page that is a notebook gets a
link that opens that very notebook there. Nothing is asked of another host.
"""

import base64
import hashlib
import json
import re
import shutil
import subprocess
import time

import nbformat

from scripts import pyodide, site, tree
from scripts.pyodide import VENV
from scripts.site import BUILD, HTML, ROOT, STUDENT, SiteError

LITE = HTML / "lite"
BUILT = BUILD / "lite.built"  # what it was built from
INPUTS = (*tree.INPUTS, "requirements-lite.txt")
LABEXTENSIONS = VENV / "share" / "jupyter" / "labextensions"
EXTENSIONS = (
    "@jupyterlite/pyodide-kernel-extension",
    "@jupyter-widgets/jupyterlab-manager",
    "anywidget",
)
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
# Light or dark, as the reader's system is.
SETTINGS = {"@jupyterlab/apputils-extension:themes": {"adaptive-theme": True}}
# Whether a page of JupyterLite shows a notebook that can be run.
SHOWN = """() => {
  const panel = window.jupyterapp?.shell.currentWidget;
  const running = panel?.context?.isReady && panel.sessionContext.session?.kernel;
  return running && panel.content.widgets.length > 0;
}"""
HEADER = '<div class="article-header-buttons">\n'
LAUNCH = (
    '<a class="btn btn-sm lc-launch" href="{up}lite/notebooks/index.html?path={path}"'
    ' title="Open this notebook in a Jupyter that runs in your browser">Run it</a>\n'
)


def launched():
    """The pages that have code, each with the path of its notebook in JupyterLite.

    An exercise lies at the top, so that it downloads under the name by which it is handed in.
    """
    found = {}
    for page in site.pages(site.read_toc()):
        source = ROOT / f"{page}.ipynb"
        if source.is_file() and '"cell_type": "code"' in source.read_text("utf-8"):
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
        # JupyterLite looks for this one under its other spelling.
        "loadPyodideOptions": {"packages": [*packages, "pyodide_kernel"]},
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


def mend(html, up):
    """A page of JupyterLite with a language, a policy that keeps it to this site and, by a script
    of the book's, what it lacks for those who cannot see. `up` leads to the site's top."""
    inline = re.findall(r"<script(?![^>]*application/json)[^>]*>(.+?)</script>", html, re.DOTALL)
    digests = [base64.b64encode(hashlib.sha256(text.encode()).digest()) for text in inline]
    scripts = [POLICY["script-src"], *(f"'sha256-{digest.decode()}'" for digest in digests)]
    policy = {**POLICY, "script-src": " ".join(scripts)}
    content = "; ".join(f"{name} {value}" for name, value in policy.items())
    head = f"""<head>
    <meta http-equiv="Content-Security-Policy" content="{content}" />
    <link rel="icon" href="data:," />
    <script src="{up}_static/jupyter.js"></script>"""
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
        and BUILT.read_text() == tree.sources(INPUTS)
    )


def build():
    """JupyterLite below the site. Returns its folder."""
    if stands():
        return LITE
    BUILT.unlink(missing_ok=True)
    shutil.rmtree(LITE, ignore_errors=True)
    read = tree.sources(INPUTS)
    work = BUILD / "lite"
    shutil.rmtree(work, ignore_errors=True)
    packages = pyodide.write(work / "pyodide")
    write_contents(work / "contents")
    (work / "jupyter-lite.json").write_text(json.dumps(configuration(packages)), "utf-8")
    (work / "overrides.json").write_text(json.dumps(SETTINGS), "utf-8")
    made = run_jupyterlite(work)
    for page in made.rglob("index.html"):
        up = "../" * len(page.relative_to(made).parts)
        page.write_text(mend(page.read_text("utf-8"), up), "utf-8")
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
