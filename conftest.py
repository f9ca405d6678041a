"""What every test run needs, and `python -m pytest` without `make` too."""

import os
from itertools import count
from pathlib import Path

from hypothesis import settings
from nbval.plugin import IPyNbFile

from scripts.notebooks import executed

# As in the Makefile: with more threads, small matrix products wait for each other.
os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")
# No test is about its time: machines that run them are busy.
settings.register_profile("book", deadline=None)
settings.load_profile("book")


class Recorded:
    """Answers nbval as the kernel did when the notebook ran: one run serves the site and nbval."""

    def __init__(self, notebook):
        self.cells = (cell for cell in notebook.cells if cell.cell_type == "code")
        self.numbers, self.messages = count(), []

    def execute_cell_input(self, source, allow_stdin=None):
        cell = next(cell for cell in self.cells if cell.source == source)
        number = next(self.numbers)
        contents = [(output["output_type"], output) for output in cell.outputs]
        self.messages = [
            {"msg_type": kind, "content": content, "parent_header": {"msg_id": number}}
            for kind, content in [*contents, ("status", {"execution_state": "idle"})]
        ]
        return number

    def get_message(self, stream, timeout=None):
        return self.messages.pop(0)

    def await_reply(self, number, timeout=None):
        pass

    await_idle = await_reply

    def is_alive(self):
        return True

    def stop(self):
        pass


def setup(self):
    self.kernel = Recorded(executed(Path(self.path)))
    self.setup_sanitize_files()


IPyNbFile.setup = setup
