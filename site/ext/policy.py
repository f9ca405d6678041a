"""What a page may load: the policy that every page states, and what makes room for it.

A policy that forbids styles and scripts within a page protects readers of a page that somebody
managed to write into. So styles move into one sheet, and the few scripts that the theme writes into
its pages are named by their hashes.
"""

import base64
import hashlib
import re
from html import unescape

SCRIPT = re.compile(r"(<script\b([^>]*)>)(.*?)</script>", re.DOTALL)
STYLE = re.compile(r"<style\b[^>]*>(.*?)</style>", re.DOTALL)
TAG = re.compile(r'<[A-Za-z](?:[^<>"]++|"[^"]*+")*+>')
ATTRIBUTE = re.compile(r' style="([^"]*)"')
# Matplotlib writes it into every picture, where it holds for the whole page.
PICTURE_STYLE = re.compile(r"\s*<defs>\s*<style type=\"text/css\">([^<]*)</style>\s*</defs>")


def collect_styles(pages):
    """Move the style attributes of pages (a dict of texts) into classes.

    Returns the dict of changed texts and the style sheet.
    """
    styles = set()
    for text in pages.values():
        for tag in TAG.findall(SCRIPT.sub("", text)):
            styles.update(ATTRIBUTE.findall(tag))
    names = {style: f"s{number}" for number, style in enumerate(sorted(styles))}

    def classed(match):
        tag = match[0]
        style = ATTRIBUTE.search(tag)
        if not style:
            return tag
        name, tag = names[style[1]], ATTRIBUTE.sub("", tag)
        if ' class="' in tag:
            return tag.replace(' class="', f' class="{name} ', 1)
        return re.sub(r"^<[\w:-]+", rf'\g<0> class="{name}"', tag)

    def change(text):
        parts = re.split(r"(<script\b.*?</script>)", PICTURE_STYLE.sub("", text), flags=re.DOTALL)
        return "".join(
            part if part.startswith("<script") else TAG.sub(classed, part) for part in parts
        )

    # Said three times a class outweighs the theme's rules, as an attribute would. (An identifier
    # in `:is()` would, too, and costs a browser half a second a page.)
    rules = [f"{f'.{name}' * 3} {{ {unescape(style)} }}" for style, name in names.items()]
    rules.append(".lc-picture * { stroke-linejoin: round; stroke-linecap: butt }")
    return {name: change(text) for name, text in pages.items()}, "\n".join(rules) + "\n"


def hashes(texts):
    digests = {base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in texts}
    return "".join(f" 'sha256-{digest}'" for digest in sorted(digests))


def policy(html):
    """The content security policy of a page: its own host, and the very scripts in it."""
    scripts = [
        text
        for _, attributes, text in SCRIPT.findall(html)
        if "src=" not in attributes and 'type="' not in attributes
    ]
    return "; ".join(
        [
            "default-src 'none'",
            f"script-src 'self'{hashes(scripts)}",
            f"style-src 'self'{hashes(STYLE.findall(html))}",
            "img-src 'self' data:",  # the theme's style sheets hold small pictures
            "font-src 'self'",
            "connect-src 'self'",  # the search reads the pages that it found
            "form-action 'self'",
            "base-uri 'none'",
        ]
    )


def secure(html):
    """The text of a page that states its policy before anything that is under it."""
    meta = f'<meta http-equiv="Content-Security-Policy" content="{policy(html)}" />'
    return re.sub(r'(<meta charset="utf-8" ?/?>)', rf"\1\n    {meta}", html, count=1)
