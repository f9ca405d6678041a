"""A Jupyter kernel in a sandbox: `python -m exercises.sandboxed_kernel CONNECTION_FILE`.

It protects the machine, not the score: what runs in the notebook sees the system read-only, an
empty home, the packages of this Python, `lecture_code`, the questions, and the notebook's folder;
no network, no other process. Tests that run in the same kernel are still in a student's reach, and
so are the questions' references.

For notebooks by others, under nbgrader, nbconvert or Jupyter: `write_spec` makes the folder that
Jupyter looks for. The kernel's messages pass through sockets in a folder that it shares with this
program, which hands them on to the client's ports.
"""

from __future__ import annotations

import asyncio
import contextlib
import functools
import json
import os
import signal
import sys
import sysconfig
import tempfile
from pathlib import Path

from exercises.grader.sandbox import ENVIRONMENT, PROJECT, SandboxError, bubblewrap, user

NAME = "sandboxed"
LIMITS = {  # of each process in the kernel: bytes, CPU seconds, counts
    "as": 4 << 30,
    "cpu": 600,
    "fsize": 64 << 20,
    "nofile": 256,
    "nproc": 64,
    "core": 0,
}
HOME_BYTES = 64 << 20
SHOWN = ("lecture_code", "exercises/__init__.py", "exercises/in_notebook.py", "exercises/questions")
FONTS = Path("/etc/fonts")
INSIDE = {
    **ENVIRONMENT,
    "HOME": "/home",
    "TMPDIR": "/home",
    "PYTHONPATH": "/course:/packages",
}


def write_spec(kernels: Path) -> None:
    """Write the kernel's specification below `kernels`, a folder on Jupyter's path."""
    spec = {
        "argv": ["python", "-m", "exercises.sandboxed_kernel", "{connection_file}"],
        "display_name": "Python 3 (sandboxed)",
        "env": {"PYTHONPATH": str(PROJECT)},
        "interrupt_mode": "message",
        "language": "python",
    }
    folder = kernels / NAME
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "kernel.json").write_text(json.dumps(spec, indent=1) + "\n", "utf-8")


def command(connection: Path, folder: Path) -> list[str]:
    """The command line of a kernel with its sockets in `connection` that runs in `folder`."""
    packages = Path(sysconfig.get_path("purelib"))
    contents = {f"/course/{name}": PROJECT / name for name in SHOWN}
    contents |= {"/packages": packages, "/work": folder}
    if FONTS.is_dir():
        contents[str(FONTS)] = FONTS
    options = ["--dev", "/dev", "--remount-ro", "/dev"]
    options += ["--bind", str(connection), "/connection"]
    options += ["--size", str(HOME_BYTES), "--perms", "1777", "--tmpfs", "/home"]
    limits = [f"--{name}={value}" for name, value in LIMITS.items()]
    python = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
    kernel = [python, "-P", "-s", "-S", "-m", "ipykernel_launcher", "-f", "/connection/kernel.json"]
    kernel += ["--IPKernelApp.log_level=CRITICAL"]  # without /proc it cannot look for children
    return [*bubblewrap(contents, options, INSIDE, "/work"), "/usr/bin/prlimit", *limits, *kernel]


async def run(connection_file: Path) -> int:
    """Run a kernel for the client that wrote this file until it ends; its exit status.

    SandboxError where it would see too much.
    """
    connection = json.loads(connection_file.read_bytes())
    if connection["transport"] != "tcp":
        raise SandboxError("the sandboxed kernel's client has to use tcp, which is the default")
    folder = Path.cwd()
    if Path.home().resolve().is_relative_to(folder) or (folder / "gradebook.db").exists():
        raise SandboxError(
            f"the sandboxed kernel would show {folder}, with your home or a gradebook; "
            "put the notebook into a folder of its own"
        )
    parent = os.getppid()
    with tempfile.TemporaryDirectory(prefix="kernel-") as name:
        box = Path(name)
        inside = json.dumps({**connection, "transport": "ipc", "ip": "/connection/ipc"})
        (box / "kernel.json").write_text(inside, "utf-8")
        if user() is not None:
            os.chown(box, user(), user())
        for key, port in connection.items():
            if key.endswith("_port"):
                pass_on = functools.partial(_pass_on, box / f"ipc-{port}")
                await asyncio.start_server(pass_on, connection["ip"], port)
        nothing = asyncio.subprocess.DEVNULL
        kernel = await asyncio.create_subprocess_exec(
            *command(box, folder), stdin=nothing, stdout=nothing
        )
        while os.getppid() == parent:  # until the client dies
            with contextlib.suppress(TimeoutError):
                return await asyncio.wait_for(kernel.wait(), 1)
        kernel.kill()
        return await kernel.wait()


async def _pass_on(path, reader, writer):
    """Connect a client of a port with the kernel's socket in a file."""
    try:
        theirs, to_them = await asyncio.open_unix_connection(path)
    except OSError:  # the kernel is not up yet; the client tries again
        writer.close()
        return
    both = [asyncio.create_task(_copy(*ends)) for ends in ((reader, to_them), (theirs, writer))]
    await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
    for task, end in zip(both, (writer, to_them), strict=True):
        task.cancel()
        end.close()


async def _copy(reader, writer):
    with contextlib.suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()


def main() -> None:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(128 + signal.SIGTERM))
    try:
        sys.exit(asyncio.run(run(Path(sys.argv[1]))))
    except SandboxError as error:
        sys.exit(f"error: {error}")


if __name__ == "__main__":
    main()
