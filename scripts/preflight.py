"""Run the browser and the sandbox once, and say what to do where one is forbidden or broken.

`python scripts/preflight.py [browser] [bubblewrap]`
"""

import shutil
import subprocess
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from scripts import browser

USERNS = Path("/proc/sys/kernel/apparmor_restrict_unprivileged_userns")
IN_A_CONTAINER = (Path("/.dockerenv"), Path("/run/.containerenv"))


def check_browser():
    from playwright.sync_api import Error, sync_playwright

    try:
        path = browser.find()
        with sync_playwright() as playwright:
            running = browser.launch(playwright)
            page = running.new_page()
            page.goto("data:text/html,<title>it works</title>")
            title = page.title()
            running.close()
    except FileNotFoundError as error:
        return str(error)
    except Error as error:
        reason = str(error).strip().splitlines()[0]
        return (
            f"{path} does not start ({reason}): the browser tests need it: run it by hand to see "
            "why, or run `.venv/bin/playwright install --with-deps chromium` and set CHROMIUM"
        )
    return None if title == "it works" else f"{path} starts but shows no page"


def check_bubblewrap():
    path = shutil.which("bwrap")
    if path is None:
        return "no bwrap: the sandbox of the grader needs it: run `sudo apt-get install bubblewrap`"
    command = [path, "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/"]
    command += ["--dev", "/dev", "--proc", "/proc", "--tmpfs", "/tmp", "true"]
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode == 0:
        return None
    reason = (done.stderr.strip().splitlines() or [f"exit status {done.returncode}"])[-1]
    if USERNS.exists() and USERNS.read_text().strip() == "1":
        remedy = "allow it: run `sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0`"
    elif any(path.exists() for path in IN_A_CONTAINER):
        remedy = "start the container with `--security-opt seccomp=unconfined --cap-add SYS_ADMIN`"
    else:
        remedy = "allow it: run `sudo sysctl -w user.max_user_namespaces=15000 "
        remedy += "kernel.unprivileged_userns_clone=1`"
    return f"bubblewrap may not make a sandbox here ({reason}): grading needs it: {remedy}"


CHECKS = {"browser": check_browser, "bubblewrap": check_bubblewrap}


def main(names):
    unknown = [name for name in names if name not in CHECKS]
    if unknown:
        raise SystemExit(f"error: {unknown[0]!r} is no check: choose from {', '.join(CHECKS)}")
    problems = [problem for name in names or CHECKS if (problem := CHECKS[name]())]
    for problem in problems:
        print(f"error: {problem}", file=sys.stderr)
    return bool(problems)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
