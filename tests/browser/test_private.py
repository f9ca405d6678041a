"""A page asks no other host for anything, and its policy sees to that whatever is written into it.

That no page tries is for the fixture `load`, which every test of a page goes through: it takes a
request to another host, and a breach of the policy in the console, for a failure.
"""

import re

import pytest

from scripts.serve import Server

# One script, style, picture, font, frame and call each, all from another host.
ASK = """async (other) => {
  const broken = [];
  document.addEventListener("securitypolicyviolation", (event) =>
    broken.push(event.effectiveDirective));
  const add = (tag, attributes) => document.body.append(
    Object.assign(document.createElement(tag), attributes));
  add("script", { src: other + "script.js" });
  add("script", { textContent: "window.written = true" });
  add("link", { rel: "stylesheet", href: other + "style.css" });
  add("img", { src: other + "picture.png" });
  add("iframe", { src: other + "frame.html" });
  add("p", { innerHTML: "<b onclick='0' style='color: red'>words</b>" });
  await new FontFace("foreign", `url(${other}font.woff)`).load().catch(() => {});
  await fetch(other).catch(() => {});
  await new Promise((done) => setTimeout(done, 300));
  return [broken.sort(), "written" in window];
}"""
BROKEN = """connect-src font-src frame-src img-src script-src-attr script-src-elem script-src-elem
style-src-attr style-src-elem""".split()


def test_a_new_reader_finds_nothing_in_the_console(browser, server):
    """Nothing but what the theme logs of its own doing."""
    theme = re.compile(r"log \[(PST|togglebutton)\]: ")
    with browser.new_page() as page:
        said = []
        page.on("console", lambda message: said.append(f"{message.type} {message.text}"))
        page.goto(server.url + "book/adagrad.html", wait_until="networkidle")
        assert [text for text in said if not theme.match(text)] == []


@pytest.mark.parametrize("path", ["book/adagrad.html", "exercises/adam.html", "search.html"])
def test_what_is_written_into_a_page_asks_no_other_host(browser, server, tmp_path, path):
    (tmp_path / "index.html").touch()
    with Server(tmp_path) as other, browser.new_page() as page:
        page.goto(server.url + path)
        assert page.evaluate("(other) => fetch(other).catch(() => 'no')", other.url) == "no"
        assert page.evaluate(ASK, other.url) == [BROKEN, False]
        assert other.sent == []
