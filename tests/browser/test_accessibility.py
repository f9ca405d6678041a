"""axe-core finds nothing: on every page, in both themes, on a phone, with the menu open."""

import pytest

from tests.browser.pages import OPEN_ALL, every_page

EXTRA = ["search.html", "genindex.html"]


@every_page
@pytest.mark.parametrize("theme", ["light", "dark"])
def test_axe_finds_nothing(open_page, violations, path, theme):
    page = open_page(path, theme=theme)
    assert page.evaluate("document.documentElement.dataset.theme") == theme
    page.evaluate(OPEN_ALL)
    assert violations(page) == []


@every_page
def test_axe_finds_nothing_on_a_phone(open_page, violations, path):
    assert violations(open_page(path, width=320, height=640)) == []


@pytest.mark.parametrize("path", EXTRA)
def test_other_pages_work(open_page, violations, path):
    assert violations(open_page(path)) == []


def test_menu_works_on_a_phone(open_page, violations):
    page = open_page("book/adagrad.html", width=320, height=640)
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
