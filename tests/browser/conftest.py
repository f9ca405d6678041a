"""A real browser over the built site: any foreign request, 4xx, page or console error fails."""

import shutil
from contextlib import ExitStack, contextmanager

import pytest
from playwright.sync_api import sync_playwright

from scripts import browser as chromium
from scripts.serve import Server
from scripts.site import HTML, ROOT
from tests.browser.pages import PAGES

READY = """async () => {
  if (window.MathJax?.startup?.promise) await window.MathJax.startup.promise;
  await document.fonts.ready;
}"""
LIVE_READY = """() => [...document.querySelectorAll(".lc-live")].every(
  (figure) => "ready" in figure.dataset)"""
BARE = """<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8"><title>Figures</title>
<link rel="stylesheet" href="book.css"><script type="module" src="live.js"></script>
<main class="bd-article">{}</main></html>"""


@pytest.fixture(scope="session")
def server():
    """The built site, gzipped, below /course/."""
    with Server(HTML, prefix="/course/") as running:
        yield running


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        running = chromium.launch(playwright)
        yield running
        running.close()


@pytest.fixture(scope="session")
def load(browser, server):
    """with load(path, theme="light", width=1280, height=900, javascript=True, ...) as page: ...

    `path` is below the site, such as "book/adagrad.html". The page has its mathematics typeset and
    its live figures ready. What goes wrong on it until the block ends fails the test.
    """

    @contextmanager
    def load(path, theme="light", width=1280, height=900, javascript=True, motion="reduce", at=""):
        problems = []
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,
            reduced_motion=motion,
            java_script_enabled=javascript,
            service_workers="block",
        )
        if javascript:
            context.add_init_script(
                f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')"
            )
        site = at or server.url
        origin = "/".join(site.split("/")[:3]) + "/"

        def route(route):
            url = route.request.url
            if url.startswith(origin):
                route.continue_()
            else:
                problems.append(f"{path}: request to another host: {url}")
                route.abort()

        def response(response):
            if response.status >= 400:
                problems.append(f"{path}: {response.status} for {response.url}")

        def console(message):
            if message.type == "error":
                problems.append(f"{path}: console error: {message.text}")

        context.route("**/*", route)
        page = context.new_page()
        page.on("response", response)
        page.on("console", console)
        page.on("pageerror", lambda error: problems.append(f"{path}: page error: {error}"))
        page.on("crash", lambda _: problems.append(f"{path}: the page crashed"))
        try:
            page.goto(site + path, wait_until="load")
            if javascript:
                page.evaluate(READY)
                page.wait_for_function(LIVE_READY, timeout=10_000)
            yield page
        finally:
            context.close()
            assert not problems, "\n".join(problems)

    return load


@pytest.fixture
def open_page(load):
    """open_page(path, ...) -> a page of its own, as `load` gives it, until the test ends."""
    with ExitStack() as stack:
        yield lambda *path, **how: stack.enter_context(load(*path, **how))


@pytest.fixture(scope="module", params=PAGES)
def page(request, load):
    """Every page of the book in turn, loaded once for all tests of a module."""
    with load(request.param) as page:
        yield page


@pytest.fixture
def draw(open_page, tmp_path):
    """draw(widget, ...) -> a page that has nothing but these live figures."""
    web = [ROOT / "site" / "_web" / name for name in ("live.js", "book.css")]
    for file in (*web, ROOT / "lecture_code" / "surface.js"):
        shutil.copy(file, tmp_path)
    (tmp_path / "index.html").touch()
    with Server(tmp_path) as server:

        def draw(*widgets, **how):
            figures = "\n".join(widget.html() for widget in widgets)
            (tmp_path / "index.html").write_text(BARE.format(figures), "utf-8")
            return open_page("index.html", at=server.url, **how)

        yield draw


@pytest.fixture(scope="session")
def violations():
    """violations(page) -> what axe-core finds, one line for each element."""
    axe = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")

    def violations(page):
        page.evaluate(axe)
        # Only what was found crosses to Python: what passed is a hundred times as much.
        found = page.evaluate("() => axe.run(document).then((result) => result.violations)")
        return [
            f"{rule['id']}: {node['html'][:200]}: {node['failureSummary'][:300]}"
            for rule in found
            for node in rule["nodes"]
        ]

    return violations
