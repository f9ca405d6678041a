"""What every test run needs, and `python -m pytest` without `make` too."""

import os

from nbval.kernel import RunningKernel

# As in the Makefile: with more threads, small matrix products wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")


def execute_cell_input(self, cell_input, allow_stdin=None):
    """Run a cell as Jupyter does, with a history: `lecture_code.checks.check` reads it."""
    return self.kc.execute(cell_input, allow_stdin=allow_stdin, stop_on_error=False)


RunningKernel.execute_cell_input = execute_cell_input
