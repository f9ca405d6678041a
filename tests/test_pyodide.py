"""Pyodide and JupyterLite as they are published: genuine files, every notebook, no other host."""

import hashlib
import json
import re

import nbformat
import pytest

from scripts import lite, pyodide, site

GENUINE, FORGED = b"genuine", b"forged"
DIGEST = hashlib.sha256(GENUINE).hexdigest()
LOCK = {
    "info": {"version": "0.27.7"},
    "packages": {
        "a": {"file_name": "a.whl", "sha256": DIGEST, "depends": ["b-c"]},
        "b-c": {"file_name": "b.whl", "sha256": DIGEST, "depends": ["a"]},
        "d": {"file_name": "d.whl", "sha256": DIGEST, "depends": []},
    },
}


def supplier(data, asked):
    def supply(lock, files):
        asked.append(files)
        return [data for _ in files]

    return supply


def out_of_reach(lock, files):
    raise OSError("no such host")


def test_the_lock_says_what_a_package_needs():
    assert pyodide.needed(LOCK, ["b_c"]) == ["a", "b-c"]
    assert pyodide.needed(LOCK, ["d"]) == ["d"]


def test_only_what_is_missing_or_spoiled_is_fetched(tmp_path):
    asked = []
    paths = pyodide.fetch(LOCK, ["a", "d"], tmp_path, [supplier(GENUINE, asked)])
    assert [path.read_bytes() for path in paths] == [GENUINE, GENUINE]
    pyodide.fetch(LOCK, ["a", "d"], tmp_path, [supplier(GENUINE, asked)])
    paths[1].write_bytes(FORGED)
    pyodide.fetch(LOCK, ["a", "d"], tmp_path, [supplier(GENUINE, asked)])
    assert asked == [["a.whl", "d.whl"], ["d.whl"]]
    assert paths[1].read_bytes() == GENUINE


def test_a_forged_file_is_refused(tmp_path):
    with pytest.raises(site.SiteError, match=r"a\.whl is not the file that Pyodide's lock names"):
        pyodide.fetch(LOCK, ["a"], tmp_path, [supplier(FORGED, [])])
    assert not (tmp_path / "a.whl").exists()


def test_the_next_supplier_is_asked_where_one_is_out_of_reach(tmp_path):
    asked = []
    pyodide.fetch(LOCK, ["a"], tmp_path, [out_of_reach, supplier(GENUINE, asked)])
    assert asked == [["a.whl"]]
    with pytest.raises(site.SiteError, match="no such host.*is there a network"):
        pyodide.fetch(LOCK, ["d"], tmp_path, [out_of_reach])


def test_what_is_published_is_what_the_published_lock_names():
    folder = lite.LITE / "pyodide"
    lock = json.loads((folder / "pyodide-lock.json").read_text("utf-8"))
    named = {about["file_name"]: about["sha256"] for about in lock["packages"].values()}
    assert {path.name for path in folder.iterdir()} == {*named, *pyodide.CORE, pyodide.LOCK}
    for file, digest in named.items():
        assert pyodide.sha256((folder / file).read_bytes()) == digest
    official = json.loads((pyodide.PYODIDE / pyodide.LOCK).read_text("utf-8"))
    for name in pyodide.needed(official, pyodide.PACKAGES):
        assert lock["packages"][name]["version"] == official["packages"][name]["version"]
    assert lock["packages"]["numpy"]["version"] == "2.0.2"
    assert "lecture-code" in lock["packages"]


def links():
    """page -> the notebooks that it offers to run."""
    pattern = re.compile(r'class="btn btn-sm lc-launch" href="([^"]+)"')
    return {
        page: pattern.findall((site.HTML / f"{page}.html").read_text("utf-8"))
        for page in site.pages(site.read_toc())
    }


def test_a_page_opens_its_notebook_and_a_page_without_code_has_no_link():
    launched = lite.launched()
    assert {"book/adam", "exercises/adam", "book/index"} <= set(launched)
    assert not {"book/notation", "book/glossary", "book/bibliography"} & set(launched)
    for page, found in links().items():
        wanted = [f"../lite/notebooks/index.html?path={launched[page]}"] if page in launched else []
        assert found == wanted


def test_the_notebook_that_opens_is_the_one_that_downloads():
    for page, path in lite.launched().items():
        ours = nbformat.read(lite.LITE / "files" / path, as_version=4)
        source = site.HTML / "_sources" / f"{page}.ipynb"
        texts = [cell.source for cell in nbformat.read(source, as_version=4).cells]
        assert [cell.source for cell in ours.cells] == texts
        # JupyterLab wants each text in one piece.
        raw = json.loads((lite.LITE / "files" / path).read_text("utf-8"))
        assert all(isinstance(cell["source"], str) for cell in raw["cells"])
        if page.startswith("exercises/"):
            name = page.split("/")[1]
            released = lite.LITE / "files" / "released" / f"{name}.ipynb"
            assert released.read_bytes() == (lite.LITE / "files" / path).read_bytes()
            checks = site.STUDENT / name / f"{name}.checks.json"
            assert (lite.LITE / "files" / checks.name).read_bytes() == checks.read_bytes()


def test_every_page_of_jupyterlite_is_kept_to_this_site():
    for name in ("index.html", "notebooks/index.html", "tree/index.html"):
        html = (lite.LITE / name).read_text("utf-8")
        (policy,) = re.findall(r'http-equiv="Content-Security-Policy" content="([^"]*)"', html)
        rules = dict(rule.split(" ", 1) for rule in policy.split("; "))
        assert rules["default-src"] == "'self'"
        assert "'unsafe-inline'" not in rules["script-src"]
        for words in rules.values():
            assert not re.search(r"https?:|\*", words)
        assert html.index("Content-Security-Policy") < html.index("<script")


def test_a_script_in_the_page_is_allowed_by_its_digest():
    html = lite.mend("<html><head><script>1</script></head></html>", "../")
    digest = "a4ayc/80/OGda4BO/1o/V0etpOqiLx1JwB5S3beHW0s="  # of "1", by openssl dgst
    assert f"'sha256-{digest}'" in html


def test_jupyterlite_asks_no_other_host_for_python():
    config = json.loads((lite.LITE / "jupyter-lite.json").read_text("utf-8"))
    kernel = config["jupyter-config-data"]["litePluginSettings"][lite.KERNEL]
    assert kernel["pyodideUrl"] == "./pyodide/pyodide.js"
    assert kernel["disablePyPIFallback"] is True
    # What the kernel asks its package manager for is there from the start.
    first = {"ssl", "sqlite3", "ipykernel", "comm", "pyodide_kernel", "jedi", "ipython", "piplite"}
    assert {"micropip", *first} <= set(kernel["loadPyodideOptions"]["packages"])
