"""The real command, which knows the tiny exercise only: `python -m tests.attacks grade ...`."""

import sys

from exercises.__main__ import main
from tests.attacks.tiny import TINY
from tests.grading import known

if __name__ == "__main__":
    with known(TINY):
        sys.exit(main())
