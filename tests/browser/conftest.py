"""A real browser over the built site: any foreign request, 4xx, page or console error fails."""

import pytest
from playwright.sync_api import sync_playwright

from scripts import browser as chromium
from scripts.serve import Server
from scripts.site import HTML, ROOT

AXE = ROOT / "node_modules" / "axe-core" / "axe.min.js"
READY = """async () => {
  if (window.MathJax?.startup?.promise) await window.MathJax.startup.promise;
  await document.fonts.ready;
}"""
LIVE_READY = """() => [...document.querySelectorAll(".lc-live")].every(
  (figure) => "ready" in figure.dataset)"""


@pytest.fixture(scope="session")
def server():
    """The built site, gzipped, below /course/."""
    with Server(HTML, prefix="/course/") as running:
        yield running


@pytest.fixture(scope="session")
def site_url(server):
    return server.url


@pytest.fixture(scope="session")
def browser():
    with sync_playwright() as playwright:
        running = chromium.launch(playwright)
        yield running
        running.close()


@pytest.fixture
def open_page(browser, site_url):
    """open_page(path, theme="light", width=1280, height=900, javascript=True) -> a loaded page.

    `path` is below the site, such as "book/adagrad.html". The page has its mathematics typeset and
    its live figures ready. `page.problems` lists what went wrong on it so far; anything in the
    list at the end of the test fails the test.
    """
    contexts, problems = [], []

    def open_page(path, theme="light", width=1280, height=900, javascript=True):
        context = browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=theme,
            reduced_motion="reduce",
            java_script_enabled=javascript,
            service_workers="block",
        )
        contexts.append(context)
        if javascript:
            context.add_init_script(
                f"localStorage.setItem('mode', '{theme}'); localStorage.setItem('theme', '{theme}')"
            )
        origin = site_url.split("/course/")[0] + "/"

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
        page.problems = problems
        page.on("response", response)
        page.on("console", console)
        page.on("pageerror", lambda error: problems.append(f"{path}: page error: {error}"))
        page.on("crash", lambda _: problems.append(f"{path}: the page crashed"))
        page.goto(site_url + path, wait_until="load")
        if javascript:
            page.evaluate(READY)
            page.wait_for_function(LIVE_READY, timeout=10_000)
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert not problems, "\n".join(problems)


@pytest.fixture
def violations():
    """violations(page) -> what axe-core finds, one line for each element."""

    def violations(page):
        page.evaluate(AXE.read_text())
        found = page.evaluate("() => axe.run(document)")["violations"]
        return [
            f"{rule['id']}: {node['html'][:200]}: {node['failureSummary'][:300]}"
            for rule in found
            for node in rule["nodes"]
        ]

    return violations
