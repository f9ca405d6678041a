"""Which browser the tests and the bench drive, and how it is started."""

import os
import shutil
from pathlib import Path

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]


def find():
    """The path of Chromium: `$CHROMIUM`, or the first found on the PATH, or Playwright's own.

    Raises FileNotFoundError, with what to do, where there is none.
    """
    chosen = os.environ.get("CHROMIUM")
    if chosen:
        path = shutil.which(chosen)
        if path is None:
            raise FileNotFoundError(f"CHROMIUM={chosen} is no program: set it to a browser's path")
        return path
    for name in NAMES:
        path = shutil.which(name)
        if path and not _only_points_to_snap(path):
            return path
    own = sorted(Path.home().glob(".cache/ms-playwright/chromium-*/chrome-linux*/chrome"))
    if own:
        return str(own[-1])
    raise FileNotFoundError(
        "no Chromium: the browser tests need one: run `sudo apt-get install chromium` (Debian) or "
        "`.venv/bin/playwright install --with-deps chromium` (Ubuntu), or set CHROMIUM to its path"
    )


def _only_points_to_snap(path):
    """Ubuntu's package of that name holds a script that asks for a snap, and no browser."""
    with open(path, "rb") as file:
        head = file.read(4096)
    return head.startswith(b"#!") and b"snap" in head and not shutil.which("snap")


def launch(playwright):
    """Start the browser headless with a fresh profile. Returns Playwright's Browser."""
    return playwright.chromium.launch(executable_path=find(), args=FLAGS)
