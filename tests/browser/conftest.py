"""A real browser over the built site: any foreign request, 4xx, page or console error fails."""

import shutil
from contextlib import ExitStack, contextmanager

import pytest
from playwright.sync_api import Error, sync_playwright

from scripts import browser as chromium
from scripts.serve import Server
from scripts.site import HTML, ROOT
from tests.browser.pages import PAGES

READY = "async () => { await document.fonts.ready; }"
LIVE_READY = """() => [...document.querySelectorAll(".lc-live")].every(
  (figure) => "ready" in figure.dataset)"""
# Neither what passes nor where it stands in the page is worked out: a third of the time.
ONLY_FOUND = {"resultTypes": ["violations"], "selectors": False}
# These take long: `make test` tries them on a page of every kind, `make test-all` on the others.
LONG = {
    "test_axe_finds_no_fault_in_the_colors",
    "test_axe_finds_nothing_on_a_phone",
    "test_every_control_is_reached_and_seen_by_keyboard",
    "test_any_combination_shows_its_data",
    "test_axe_finds_nothing_after_a_change",
    "test_without_scripts_there_is_a_picture",
}
OF_EVERY_KIND = {
    *("book/index.html", "book/adagrad.html", "book/tuning.html", "book/comparison.html"),
    *("book/sources.html", "exercises/adam.html"),
}
BARE = """<!doctype html><html lang="en" data-theme="light"><meta charset="utf-8">
<title>Figures</title>
<link rel="stylesheet" href="book.css"><script type="module" src="live.js"></script>
<main class="bd-article"><h1>Figures</h1>{}</main></html>"""


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items):
    for item in items:
        if getattr(item, "originalname", "") in LONG:
            params = item.callspec.params
            place = params.get("shared_page") or params["path"]
            if (place if isinstance(place, str) else place[0]) not in OF_EVERY_KIND:
                item.add_marker(pytest.mark.thorough)


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

    `path` is below the site, such as "book/adagrad.html". The page has its fonts and its live
    figures ready. `page.problems` lists what went wrong on it so far; `page.first` is the
    number of answers that the server had sent before.
    """

    @contextmanager
    def load(
        path,
        theme="light",
        width=1280,
        height=900,
        javascript=True,
        motion="reduce",
        at="",
        workers="block",
    ):
        problems = []
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,
            reduced_motion=motion,
            java_script_enabled=javascript,
            service_workers=workers,
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
                place = message.location.get("url", "")
                problems.append(f"{path}: console error: {message.text} {place}")

        context.route("**/*", route)
        page = context.new_page()
        page.path, page.problems, page.first = path, problems, len(server.sent)
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
        except Error as error:
            raise AssertionError("\n".join([*problems, str(error)])) from error
        finally:
            context.close()

    return load


def nothing_went_wrong(page):
    problems, page.problems[:] = list(page.problems), []
    assert not problems, "\n".join(problems)


@pytest.fixture
def open_page(load):
    """open_page(path, ...) -> a page of its own, as `load` gives it, until the test ends."""
    with ExitStack() as stack:
        opened = []

        def open_page(*path, **how):
            opened.append(stack.enter_context(load(*path, **how)))
            return opened[-1]

        yield open_page
        for page in opened:
            nothing_went_wrong(page)


@pytest.fixture(scope="module", params=PAGES)
def shared_page(request, load):
    with load(request.param) as page:
        yield page


@pytest.fixture
def page(shared_page):
    """Every page of the book in turn, each loaded once for all tests of a module."""
    yield shared_page
    nothing_went_wrong(shared_page)


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
    """violations(page, within="html", **options of axe.run) -> a line for each faulty element."""
    axe = (ROOT / "node_modules" / "axe-core" / "axe.min.js").read_text("utf-8")
    # Only what is found crosses to Python: what passes is a hundred times as much.
    run = "([within, how]) => axe.run(within, how).then((result) => result.violations)"

    def violations(page, within="html", **options):
        page.evaluate(axe)
        return [
            f"{rule['id']}: {node['html'][:200]}: {node['failureSummary'][:300]}"
            for rule in page.evaluate(run, [within, {**ONLY_FOUND, **options}])
            for node in rule["nodes"]
        ]

    return violations
