"""Measure the built site in Chromium, with a cold cache and gzip, and print a table.

Nothing here passes or fails: times depend on the machine. The browser tests hold the limits.
"""

import json
import shutil
import sys
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from playwright.sync_api import sync_playwright

from scripts import browser as chromium
from scripts import lite, notebooks, site
from scripts.serve import Server
from scripts.tables import print_table

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
    row = {
        "page": page_name,
        "kB": f"{max(sizes) / 1000:.0f}",
        "requests": max(requests),
        "load s": f"{percentile(loads, 0.5):.2f}",
        "figure ready s": f"{percentile(ready, 0.5):.2f}" if ready else "-",
    }
    for name, values in (("drawn", drawn), ("painted", painted)):
        both = (f"{percentile(values, share):.1f}" for share in (0.5, 0.95) if values)
        row[f"{name} p50 / p95 ms"] = " / ".join(both) or "-"
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
        page.get_by_role("link", name="Run it", exact=True).click()
        page.wait_for_function(lite.SHOWN)
        shown.append(time.perf_counter() - start)
        page.evaluate(FIRST_CELL)
        ran.append(time.perf_counter() - start)
        context.close()
    times = {"shown s": shown, "first cell s": ran}
    middle = {name: f"{percentile(found, 0.5):.1f}" for name, found in times.items()}
    return {"launched in the browser": page_name, **middle}


def measure_notebooks():
    rows = []
    for path in notebooks.notebooks():
        start = time.perf_counter()
        notebooks.execute(notebooks.read(path), path.parent)
        name = path.relative_to(site.ROOT).as_posix()
        seconds = f"{time.perf_counter() - start:.1f}"
        rows.append({"notebook, with its kernel's start": name, "s": seconds})
    return rows


def measure_build():
    """Seconds of a clean build and of one with every notebook's outputs at hand."""
    rows = []
    shutil.rmtree(notebooks.RUNS, ignore_errors=True)
    for name in ("clean", "cached"):
        site.BUILT.unlink(missing_ok=True)  # or the site that stands is taken
        start = time.perf_counter()
        site.build()
        seconds = f"{time.perf_counter() - start:.1f}"
        rows.append({"build of the site": name, "s": seconds})
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
    for table in (rows, launches, measure_notebooks(), build):
        print_table(table)
    (site.BUILD / "bench.json").write_text(json.dumps({"pages": rows}, indent=1))


if __name__ == "__main__":
    main()
