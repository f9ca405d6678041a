"""The kernel in a sandbox: it runs notebooks, and reaches nothing but its own folder."""

import asyncio
import contextlib
import json
import os
import re
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import nbformat
import pytest
from jupyter_client import KernelManager
from nbclient import NotebookClient

from exercises import sandboxed_kernel
from exercises.grader.sandbox import SandboxError
from scripts import notebooks
from tests import grading
from tests.submissions.make import ROOT

CELLS = {
    "sum": "1 + 1",
    "course": "import lecture_code.adagrad, exercises.in_notebook, matplotlib.pyplot",
    "beside": "open('data.txt').read()",
    "local": "import socket; socket.create_connection(('127.0.0.1', {port}), 3)",
    "far": "import socket; socket.create_connection(('192.0.2.1', 80), 3)",
    "home": "import os; os.listdir(os.path.expanduser('~')) == ['.ipython']",
    "others": "[os.path.exists(path) for path in {secrets}]",
    "environment": "'SECRET' in os.environ",
    "process": "os.getpid(), os.path.exists('/proc/self')",
    "rights": "import ctypes; os.getuid() == 0, ctypes.CDLL(None).setuid(0), os.path.exists('/etc/shadow')",
    "write here": "open('data.txt', 'w')",
    "write there": "open('/x', 'w')",
    "memory": "bytearray(1 << 40)",
    "disk": "for i in range(9): open(os.path.expanduser(f'~/{{i}}'), 'wb').write(bytes(30 << 20))",
    "processes": "[os.posix_spawn('/usr/bin/sleep', ['sleep', '99'], {{}}) for i in range(99)]",
    "interrupt": "while True: pass",
    "after": "2 + 2",
}


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    """A notebook's folder, in a place with the kernel and secrets beside it."""
    place = tmp_path_factory.mktemp("place")
    sandboxed_kernel.write_spec(place / "kernels")
    for folder in ("work", "submitted"):
        (place / folder).mkdir()
        (place / folder / "data.txt").write_text("something")
    (place / "gradebook.db").write_text("grades")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("JUPYTER_PATH", str(place))
        patch.setenv("SECRET", "x")
        yield place


def kernels():
    """The command lines of bubblewrap's that run."""
    found = subprocess.run(["ps", "-eo", "pid,args"], capture_output=True, text=True).stdout
    return [
        line for line in found.splitlines() if re.match(r"\s*\d+ \S*bwrap .* /connection ", line)
    ]


def run(cells, folder, kernel):
    """What the last line of each cell gives, or its error's name."""
    notebook = nbformat.v4.new_notebook(cells=list(map(nbformat.v4.new_code_cell, cells)))
    client = NotebookClient(
        notebook,
        timeout=5,
        interrupt_on_timeout=True,
        allow_errors=True,
        kernel_name=kernel,
        resources={"metadata": {"path": str(folder)}},
    )
    asyncio.run(client.async_execute())
    told = []
    for cell in notebook.cells:
        results = [one for one in cell.outputs if one.output_type in ("execute_result", "error")]
        (one,) = results or [{"data": {"text/plain": ""}}]
        told.append(one["ename"] if "ename" in one else one["data"]["text/plain"])
    return told


@pytest.fixture(scope="module")
def told(place):
    secrets = [
        *(place / "gradebook.db", place / "submitted/data.txt", ROOT / "exercises/adagrad.ipynb"),
        *(ROOT / "exercises/nbgrader.py", Path.home(), Path("/tmp"), Path("/etc/passwd")),
    ]
    with socket.create_server(("127.0.0.1", 0)) as server:
        names = {"port": server.getsockname()[1], "secrets": list(map(str, secrets))}
        cells = [cell.format(**names) for cell in CELLS.values()]
        return dict(zip(CELLS, run(cells, place / "work", "sandboxed"), strict=True))


@pytest.mark.parametrize(
    ("cell", "result"),
    [
        ("sum", "2"),
        ("course", ""),
        ("beside", "'something'"),
        ("local", "ConnectionRefusedError"),
        ("far", "OSError"),
        ("home", "True"),
        ("others", str([False] * 7)),
        ("environment", "False"),
        ("process", "(1, False)"),
        ("rights", "(False, -1, False)"),
        ("write here", "OSError"),
        ("write there", "OSError"),
        ("memory", "MemoryError"),
        ("disk", "OSError"),
        ("processes", "BlockingIOError"),
        ("interrupt", "KeyboardInterrupt"),
        ("after", "4"),
    ],
)
def test_a_cell(told, cell, result):
    assert told[cell] == result
