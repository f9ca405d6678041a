"""axe-core finds nothing: on every page, in both themes, on a phone, with the menu open."""

import pytest

from tests.browser.pages import look

EXTRA = ["search.html", "genindex.html"]


# These take most of the time, and need a run for each theme; the width of the screen changes none.
COLORS = ["color-contrast", "link-in-text-block"]
OTHERS = {rule: {"enabled": False} for rule in COLORS}
# The theme looks 0.3 s after a change of size which boxes scroll, to let the keyboard into them.
SETTLED = """() => new Promise((done) => requestAnimationFrame(() => setTimeout(done, 400)))"""


def test_axe_finds_nothing(page, violations):
    look(page, details=True)
    assert violations(page, rules=OTHERS) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_no_fault_in_the_colors(page, violations, theme):
    look(page, theme=theme, details=True)
    assert violations(page, runOnly=COLORS) == []


def test_axe_finds_nothing_on_a_phone(page, violations):
    look(page, width=320, height=640)
    page.evaluate(SETTLED)
    assert violations(page, rules=OTHERS) == []


@pytest.mark.parametrize("path", EXTRA)
def test_other_pages_work(open_page, violations, path):
    assert violations(open_page(path)) == []


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_a_page_starts_in_the_chosen_theme(open_page, theme):
    page = open_page("book/index.html", theme=theme)
    ground = "getComputedStyle(document.body).backgroundColor"
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    seen = page.evaluate(ground)
    look(page, theme={"light": "dark", "dark": "light"}[theme])
    assert page.evaluate(ground) != seen
    look(page, theme=theme)  # as the other tests show one
    assert page.evaluate(ground) == seen


def test_menu_works_on_a_phone(open_page, violations):
    page = open_page("book/index.html", width=320, height=640)
    toggle = page.locator("button.primary-toggle:visible").first
    toggle.focus()
    page.keyboard.press("Enter")
    link = page.locator("dialog[open] a", has_text="Notation")
    link.wait_for()
    assert violations(page) == []
    page.keyboard.press("Escape")
    link.wait_for(state="hidden")
    page.keyboard.press("Enter")
    link.click()
    page.wait_for_url("**/book/notation.html")
