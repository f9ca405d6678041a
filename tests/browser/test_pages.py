"""What every page owes its readers, seen in a real browser."""

from tests.browser.pages import OPEN_ALL, every_page

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


@every_page
def test_mathematics_is_rendered(open_page, path):
    page = open_page(path)
    source = page.evaluate("() => fetch(location.href).then((answer) => answer.text())")
    written = source.count('class="math ')
    typeset = page.locator("article mjx-container").count()
    assert typeset >= written
    assert page.evaluate(RAW_TEX) == []
    assert page.locator("mjx-merror").count() == 0


@every_page
def test_page_fits_the_screen(open_page, path):
    page = open_page(path, width=320, height=700)
    page.evaluate(OPEN_ALL)
    for width in (320, 360, 1280):
        page.set_viewport_size({"width": width, "height": 700})
        assert page.evaluate(OVERFLOW) == [], f"at {width} pixels"


@every_page
def test_pictures_have_names(open_page, path):
    assert open_page(path).evaluate(UNNAMED) == []


@every_page
def test_every_control_is_reached_and_seen_by_keyboard(open_page, path):
    page = open_page(path)
    wanted = page.evaluate(
        """() => [...document.querySelectorAll(
             "article a[href], article button, article input, article select, article summary")]
          .filter((control) => control.checkVisibility({ visibilityProperty: true }))
          .filter((control) => !control.disabled && control.tabIndex >= 0)
          .map((control, index) => { control.dataset.control = index; return index; })"""
    )
    page.evaluate("() => { document.querySelector('article').tabIndex = -1; }")
    page.focus("article")
    reached, unseen = set(), []
    others = page.locator("article [tabindex='0']").count()  # formulas and wide tables
    for _ in range(3 * len(wanted) + others + 60):
        page.keyboard.press("Tab")
        at = page.evaluate(
            """() => {
              const control = document.activeElement;
              const around = [control, control.closest(".sd-card"), control.labels?.[0]];
              return [control.dataset.control, control.outerHTML.slice(0, 120),
                around.some((box) => box && getComputedStyle(box).outlineStyle !== "none")];
            }"""
        )
        if at[0] is not None:
            reached.add(int(at[0]))
            if not at[2]:
                unseen.append(at[1])
        if len(reached) == len(wanted):
            break
    radio_groups = page.evaluate(
        """() => [...document.querySelectorAll("article input[type=radio]:not(:checked)")]
          .map((input) => Number(input.dataset.control))"""
    )
    assert set(wanted) - reached <= set(radio_groups)
    assert unseen == []


@every_page
def test_page_can_be_read_without_scripts(open_page, path):
    page = open_page(path, javascript=False)
    assert len(page.locator("article").inner_text()) > 500
    page.emulate_media(media="print")
    assert page.locator("article").is_visible()


def test_search_finds_the_chapter(open_page):
    page = open_page("search.html?q=AdaGrad")
    page.wait_for_selector("#search-results li a")
    links = page.locator("#search-results li a").evaluate_all(
        "(links) => links.map((link) => link.getAttribute('href'))"
    )
    assert any("book/adagrad.html" in link for link in links)


def test_quiz_opens_by_keyboard(open_page):
    page = open_page("book/adagrad.html")
    summary = page.locator("article details > summary").first
    summary.focus()
    page.keyboard.press("Enter")
    assert summary.evaluate("(summary) => summary.parentElement.open")


def test_theme_button_switches_the_theme(open_page):
    page = open_page("book/adagrad.html", theme="light")
    seen = set()
    for _ in range(3):
        page.locator(".theme-switch-button:visible").first.click()
        seen.add(page.evaluate("document.documentElement.dataset.theme"))
    assert seen == {"light", "dark"}


@every_page
def test_page_is_light(open_page, server, path):
    before = len(server.sent)
    page = open_page(path)
    page.wait_for_load_state("networkidle")
    sent = server.sent[before:]
    assert sum(size for _, size in sent) <= 1_000_000, sorted(sent, key=lambda item: -item[1])[:8]
