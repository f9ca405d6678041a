"""Measure the built site in Chromium, with a cold cache and gzip, and print a table.

Nothing here passes or fails: times depend on the machine. The browser tests hold the limits.
"""

import json
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.sync_api import sync_playwright

from scripts import browser as chromium
from scripts import lite, notebooks, site
from scripts.serve import Server

RUNS = 5
MOVES = 60
KINDS = ("book", "exercises")
LOADED = "performance.getEntriesByType('navigation')[0].loadEventStart"
# When the last live figure became ready, in milliseconds since the visit began.
WATCH = """
  new MutationObserver(() => {
    const figures = [...document.querySelectorAll("figure.lc-live")];
    if (!window.figuresReady && figures.length
        && figures.every((figure) => "ready" in figure.dataset))
      window.figuresReady = performance.now();
  }).observe(document, { subtree: true, childList: true, attributeFilter: ["data-ready"] });
"""
# Browsers deliver an input event at the start of a frame. From there to the end of the frame that
# paints the redrawn figure; and the part of it that our own code takes, event to drawn.
MOVE_SLIDERS = """async (moves) => {
  const sliders = [...document.querySelectorAll("figure.lc-live input[type=range]")];
  const drawn = [], painted = [];
  for (let move = 0; move < moves; move++) {
    const slider = sliders[move % sliders.length];
    const low = Number(slider.min), high = Number(slider.max);
    const steps = (high - low) / (Number(slider.step) || 1);
    const now = Math.round((Number(slider.value) - low) / (high - low) * steps);
    slider.value = low + ((now + 3) % (steps + 1)) * (high - low) / steps;
    await new Promise((done) => requestAnimationFrame(() => {
      const start = performance.now();
      slider.dispatchEvent(new Event("input", { bubbles: true }));
      drawn.push(performance.now() - start);
      const channel = new MessageChannel();
      channel.port1.onmessage = () => { painted.push(performance.now() - start); done(); };
      channel.port2.postMessage(null);
    }));
  }
  return { drawn, painted };
}"""


# Runs the first cell that has code, and waits for its end.
FIRST_CELL = """() => {
  const notebook = window.jupyterapp.shell.currentWidget.content;
  notebook.activeCellIndex = notebook.widgets.findIndex(({ model }) => model.type === "code");
  return window.jupyterapp.commands.execute("notebook:run-cell");
}"""


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def measure_page(browser, server, page_name):
    """One row: bytes before interaction, requests, load and readiness in seconds, redraws in ms."""
    loads, ready, sizes, requests, drawn, painted = [], [], [], [], [], []
    for _ in range(RUNS):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        context.add_init_script(WATCH)
        page = context.new_page()
        del server.sent[:]
        page.goto(f"{server.url}{page_name}.html", wait_until="load")
        loads.append(page.evaluate(LOADED) / 1000)
        if page.locator("figure.lc-live").count():
            page.wait_for_function("window.figuresReady")
            ready.append(page.evaluate("window.figuresReady") / 1000)
        page.wait_for_load_state("networkidle")
        sizes.append(sum(size for _, size in server.sent))
        requests.append(len(server.sent))
        if ready:
            times = page.evaluate(MOVE_SLIDERS, MOVES)
            drawn += times["drawn"]
            painted += times["painted"]
        context.close()
    row = [
        page_name,
        f"{max(sizes) / 1000:.0f}",
        f"{max(requests)}",
        f"{percentile(loads, 0.5):.2f}",
    ]
    row.append(f"{percentile(ready, 0.5):.2f}" if ready else "-")
    for values in (drawn, painted):
        both = (f"{percentile(values, share):.1f}" for share in (0.5, 0.95))
        row.append(" / ".join(both) if values else "-")
    return row


def measure_launch(browser, server, page_name):
    """Seconds from the click on "Run it" until the notebook shows, and until its first cell ran."""
    shown, ran = [], []
    for _ in range(RUNS):
        context = browser.new_context(viewport={"width": 1280, "height": 900})
        page = context.new_page()
        page.set_default_timeout(120_000)
        page.goto(f"{server.url}{page_name}.html", wait_until="load")
        start = time.perf_counter()
        page.get_by_role("link", name="Run it").click()
        page.wait_for_function(lite.SHOWN)
        shown.append(time.perf_counter() - start)
        page.evaluate(FIRST_CELL)
        ran.append(time.perf_counter() - start)
        context.close()
    return [page_name, *(f"{percentile(times, 0.5):.1f}" for times in (shown, ran))]


def table(head, rows):
    widths = [max(len(row[column]) for row in [head, *rows]) for column in range(len(head))]
    for row in [head, *rows]:
        cells = [row[0].ljust(widths[0])]
        cells += [cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True)]
        print("  ".join(cells), flush=True)
    print()


def measure_notebooks():
    rows = []
    for path in notebooks.notebooks():
        start = time.perf_counter()
        notebooks.execute(notebooks.read(path), path.parent)
        rows.append([path.relative_to(site.ROOT).as_posix(), f"{time.perf_counter() - start:.1f}"])
    return rows


def measure_build():
    """Seconds of a clean build and of one with every notebook's outputs at hand."""
    rows = []
    for name in ("clean", "cached"):
        if name == "clean":
            site.shutil.rmtree(notebooks.RUNS, ignore_errors=True)
        start = time.perf_counter()
        site.build()
        rows.append([name, f"{time.perf_counter() - start:.1f}"])
    return rows


def main():
    build = measure_build()
    lite.build()
    with Server(site.HTML, prefix="/course/") as server, sync_playwright() as playwright:
        browser = chromium.launch(playwright)
        rows = [measure_page(browser, server, page) for page in site.pages(site.read_toc())]
        launches = [measure_launch(browser, server, f"{kind}/adagrad") for kind in KINDS]
        browser.close()
    print(f"\nPages, cold and gzipped, the largest or the middle of {RUNS} visits")
    head = ["page", "kB", "requests", "load s", "figure ready s"]
    head += ["drawn p50 / p95 ms", "painted p50 / p95 ms"]
    table(head, rows)
    table(["launched in the browser", "shown s", "first cell s"], launches)
    table(["notebook, with its kernel's start", "s"], measure_notebooks())
    table(["build of the site", "s"], build)
    (site.BUILD / "bench.json").write_text(json.dumps({"head": head, "pages": rows}, indent=1))


if __name__ == "__main__":
    main()
