#!/bin/sh
# Install what comes from the system, or say what to install.
#   scripts/system.sh book|pdf|epub|grade|test   what that target needs
#   scripts/system.sh python            print the Python to use (3.11 or newer)
set -eu

newest_python() {
    for name in python3 python3.14 python3.13 python3.12 python3.11; do
        if "$name" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            command -v "$name"
            return
        fi
    done
}

has_browser() {
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
        [ -n "$name" ] && command -v "$name" >/dev/null && return 0
    done
    ls "$HOME"/.cache/ms-playwright/chromium-*/chrome-linux*/chrome >/dev/null 2>&1
}

has_libatomic() { # Playwright's driver needs it, and not every system has it
    "$(newest_python)" -c 'import ctypes; ctypes.CDLL("libatomic.so.1")' 2>/dev/null
}

missing_packages() {
    if [ -z "$(newest_python)" ]; then
        if command -v python3 >/dev/null; then # it is too old
            echo python3.11 python3.11-venv
        else
            echo python3 python3-venv
        fi
    elif ! "$(newest_python)" -c 'import ensurepip, venv' 2>/dev/null; then
        "$(newest_python)" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
    fi
    case $1 in
        grade | test) command -v bwrap >/dev/null || echo bubblewrap ;;
    esac
    case $1 in
        pdf | epub | test)
            has_browser || echo chromium
            has_libatomic || echo libatomic1
            ;;
    esac
}

if [ "$1" = python ]; then
    newest_python
    exit
fi

packages=$(missing_packages "$1" | xargs)
[ -n "$packages" ] || exit 0
install="apt-get install -y --no-install-recommends $packages"
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    echo "Installing from the system: $packages"
    apt-get update -q && DEBIAN_FRONTEND=noninteractive $install || true
elif command -v apt-get >/dev/null && sudo -n true 2>/dev/null; then
    echo "Installing from the system: $packages"
    sudo apt-get update -q && sudo env DEBIAN_FRONTEND=noninteractive $install || true
else
    echo "error: 'make $1' needs $packages from the system: run: sudo $install" >&2
    exit 1
fi

packages=$(missing_packages "$1" | xargs)
if [ -n "$packages" ]; then
    echo "error: $packages is still missing or too old (Python has to be 3.11 or newer):" \
        "install it by hand, then run 'make $1' again" >&2
    exit 1
fi
