"""What every page owes its readers, seen in a real browser."""

from urllib.parse import quote

import pytest

from scripts.site import HTML
from tests.browser.pages import PAGES, look

RAW_TEX = r"""() => {
  const walker = document.createTreeWalker(
    document.querySelector("article"), NodeFilter.SHOW_TEXT);
  const found = [];
  while (walker.nextNode()) {
    const node = walker.currentNode;
    if (node.parentElement.closest("pre, code, script, style, mjx-container, svg")) continue;
    if (/\$|\\\(|\\\[|\\begin|\\frac|\{(eq|cite|term|ref|doc|numref)[}:]/.test(node.data))
      found.push(node.data.trim());
  }
  return found;
}"""

OVERFLOW = """() => {
  const wide = document.documentElement.clientWidth;
  const found = [];
  if (document.documentElement.scrollWidth > wide)
    found.push(`the page is ${document.documentElement.scrollWidth} wide`);
  for (const element of document.querySelectorAll("article *")) {
    const box = element.getBoundingClientRect();
    if (box.width === 0 || box.right <= wide + 1) continue;
    let parent = element.parentElement;
    while (parent && !["auto", "scroll", "hidden", "clip"].includes(
      getComputedStyle(parent).overflowX)) parent = parent.parentElement;
    if (!parent || parent === document.body || parent.contains(document.querySelector("article")))
      found.push(`${element.tagName} ${element.className}: ${Math.round(box.right)}`);
  }
  return found.slice(0, 5);
}"""

UNNAMED = """() => [...document.querySelectorAll("img, svg")]
  .filter((picture) => !picture.closest("[aria-hidden=true], mjx-container"))
  .filter((picture) => !picture.parentElement.closest("svg"))
  .filter((picture) => !picture.closest("button[title], button[aria-label], button[data-tooltip]"))
  .filter((picture) => !(picture.getAttribute("alt") || picture.getAttribute("aria-label")
    || document.getElementById(picture.getAttribute("aria-labelledby"))?.textContent.trim()))
  .map((picture) => picture.outerHTML.slice(0, 150))"""

# Displayed formulas that are wider than their column, by name or by what they begin with.
WIDE = """() => [...document.querySelectorAll("article mjx-container[display=true]")]
  .filter((formula) => [formula, formula.closest("div.math")]
    .some((box) => box && box.scrollWidth > box.clientWidth + 1))
  .map((formula) => formula.closest("div.math")?.id || formula.textContent.slice(0, 60))"""

# Formulas that take no room, by what they begin with.
UNSEEN = """() => [...document.querySelectorAll("article mjx-math")]
  .filter((formula) => formula.checkVisibility())
  .filter((formula) => !(formula.getBoundingClientRect().width > 2))
  .map((formula) => formula.textContent.slice(0, 60))"""

# The controls that Tab has to reach, and a note of those that it does.
WATCH = """() => {
  const controls = [...document.querySelectorAll(
      "article :is(a[href], button, input, select, summary)")]
    .filter((control) => control.checkVisibility({ visibilityProperty: true }))
    .filter((control) => !control.disabled && control.tabIndex >= 0);
  // Of a group of radio buttons Tab reaches one.
  const left = new Set(controls.filter(({ type, checked }) => type !== "radio" || checked));
  const unseen = [];
  document.addEventListener("focusin", ({ target }) => {
    if (!left.delete(target)) return;
    const around = [target, target.closest(".sd-card"), target.labels?.[0]];
    if (!around.some((box) => box && getComputedStyle(box).outlineStyle !== "none"))
      unseen.push(target.outerHTML.slice(0, 120));
  });
  window.watched = { left, unseen };
  const article = document.querySelector("article");
  article.tabIndex = -1;
  article.focus();
  return controls.length + article.querySelectorAll("[tabindex='0']").length;
}"""
LEFT = """() => [...window.watched.left].map((control) => control.outerHTML.slice(0, 120))"""


def test_page_is_light(page, server):
    page.wait_for_load_state("networkidle")
    sent = server.sent[page.first :]
    assert sum(size for _, size in sent) <= 1_000_000, sorted(sent, key=lambda item: -item[1])[:8]


def test_mathematics_is_rendered(page):
    look(page, details=True)
    written = (HTML / page.path).read_text("utf-8").count('class="math ')
    assert page.locator("article mjx-container > mjx-math").count() == written
    assert page.locator("article mjx-assistive-mml > math").count() == written
    assert page.evaluate(RAW_TEX) == []
    assert page.evaluate(UNSEEN) == []


def test_pictures_have_names(page):
    assert page.evaluate(UNNAMED) == []


def test_formulas_fit_their_column(page):
    look(page, details=True)
    assert page.evaluate(WIDE) == []


@pytest.mark.parametrize("width", [320, 360, 1280])
def test_page_fits_the_screen(page, width):
    look(page, width=width, height=700, details=True)
    assert page.evaluate(OVERFLOW) == []


def test_every_control_is_reached_and_seen_by_keyboard(page):
    look(page)
    stops = page.evaluate(WATCH)
    for press in range(stops + 60):
        page.keyboard.press("Tab")
        if press % 10 == 9 and not page.evaluate("() => window.watched.left.size"):
            break
    assert page.evaluate(LEFT) == []
    assert page.evaluate("() => window.watched.unseen") == []


@pytest.mark.parametrize("path", PAGES)
def test_page_can_be_read_without_scripts(open_page, path):
    page = open_page(path, javascript=False)
    assert len(page.locator("article").inner_text()) > 500
    assert page.evaluate(RAW_TEX) == []
    assert page.evaluate(UNSEEN) == []
    page.emulate_media(media="print")
    assert page.locator("article").is_visible()


@pytest.mark.parametrize(
    ("words", "found"),
    [
        ("AdaGrad", ["book/adagrad", "exercises/adagrad"]),
        ("AMSGrad", ["book/amsgrad"]),
        ("beta2", ["book/adam", "book/amsgrad", "book/notation"]),
        ("β₂", ["book/adam", "book/amsgrad", "book/notation"]),
        ("β2", ["book/adam"]),
    ],
)
def test_search_finds_names_and_symbols(open_page, words, found):
    page = open_page(f"search.html?q={quote(words)}")
    page.locator("#search-results .search-summary", has_text="finished").wait_for()
    links = page.locator("#search-results li a").evaluate_all(
        "(links) => links.map((link) => link.getAttribute('href'))"
    )
    assert [name for name in found if not any(f"{name}.html" in link for link in links)] == []


def test_the_root_leads_to_the_first_page(browser, server):
    with browser.new_page() as page:
        page.goto(server.url)
        page.wait_for_url(f"{server.url}book/index.html")


def test_quiz_opens_by_keyboard(open_page):
    page = open_page("book/adagrad.html")
    summary = page.locator("article details > summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert summary.evaluate("(summary) => summary.parentElement.open")


def test_theme_button_switches_the_theme(open_page):
    page = open_page("book/index.html", theme="light")
    seen = set()
    for _ in range(3):
        page.locator(".theme-switch-button:visible").first.click()
        seen.add(page.evaluate("document.documentElement.dataset.theme"))
    assert seen == {"light", "dark"}
