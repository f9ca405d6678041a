"""The pages that the browser tests visit."""

import pytest

from scripts.site import pages, read_toc

PAGES = [f"{page}.html" for page in pages(read_toc())]
every_page = pytest.mark.parametrize("path", PAGES)

OPEN_ALL = """() => document.querySelectorAll("article details")
  .forEach((details) => { details.open = true; })"""
