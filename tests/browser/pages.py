"""The pages that the browser tests visit, and how a test looks at one that others look at, too."""

from scripts.site import pages, read_toc

PAGES = [f"{page}.html" for page in pages(read_toc())]

OPEN = """(open) => document.querySelectorAll("article details")
  .forEach((details) => { details.open = open; })"""
THEME = """(theme) => Object.assign(document.documentElement.dataset, { theme, mode: theme })"""


def look(page, theme="light", width=1280, height=900, details=False):
    """Show a loaded page in a theme and a size, with what folds open or closed."""
    page.emulate_media(color_scheme=theme, media="screen")
    page.evaluate(THEME, theme)
    page.set_viewport_size({"width": width, "height": height})
    page.evaluate(OPEN, details)
