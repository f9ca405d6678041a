"""A sandbox for answers: bubblewrap around `worker.py`, and the channel to each answer's process.

Inside there is no network, no /proc, nothing to write to, no environment, and of the file system
only the system's libraries, Python's standard library, NumPy and a box with a few small files. The
interpreter in it is warm and forks a process for every answer, which has namespaces of its own, so
that it sees no other process, and binds its memory, CPU time, processes and files before it reads
the answer. The wall clock is kept out here. It runs for an answer while the grader waits for it,
not while it waits for its turn.
"""

from __future__ import annotations

import builtins
import functools
import os
import py_compile
import secrets
import select
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import numpy as np

from exercises.grader import seccomp
from lecture_code.answers import Reply
from lecture_code.wire import MAX_BYTES, clean, decode, encode

PROJECT = Path(__file__).resolve().parents[2]
SHIPPED = tuple(f"lecture_code/{name}.py" for name in ("__init__", "objectives", "wire", "answers"))
ENVIRONMENT = {
    "HOME": "/",
    "LC_ALL": "C.UTF-8",
    "PATH": "/usr/bin:/bin",
    "PYTHONHASHSEED": "0",  # the same order of sets every time
    "PYTHONDONTWRITEBYTECODE": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}
START_SECONDS = 60  # to start Python and import NumPy, on a busy machine


class SandboxError(RuntimeError):
    """The sandbox cannot be used; the message says why and what to do."""


class Stopped(Exception):
    """The answer's process is over. `reply` says how; `wall` that the wall clock ended it."""

    def __init__(self, reply: Reply, wall: bool = False):
        self.reply, self.wall = reply, wall


@dataclass(frozen=True)
class Limits:
    """What one question may use: CPU seconds, wall-clock seconds, bytes of address space."""

    cpu: int = 5
    wall: float = 15.0
    memory: int = 512 << 20


@dataclass
class Sandbox:
    """Starts sessions. Use it as a context manager: it owns a folder with the worker's files.

    unsafe=True starts the worker without bubblewrap: with the limits, but with this user's files,
    network and processes in reach. Each thread, and each process that is forked later, has a warm
    interpreter of its own.
    """

    limits: Limits = field(default_factory=Limits)
    unsafe: bool = False

    def __enter__(self):
        self._folder = tempfile.TemporaryDirectory(prefix="grader-")
        self._own, self._started = threading.local(), []
        self.box = Path(self._folder.name) / "box"
        (self.box / "lecture_code").mkdir(parents=True)
        for name in SHIPPED:
            shutil.copyfile(PROJECT / name, self.box / name)
        shutil.copyfile(Path(__file__).with_name("worker.py"), self.box / "worker.py")
        (self.box / "filter").write_bytes(seccomp.program() or b"")
        for path in [self.box, *self.box.rglob("*")]:
            path.chmod(0o755 if path.is_dir() else 0o644)
        for name in SHIPPED:  # compiled once, not in every sandbox
            py_compile.compile(
                str(self.box / name),
                doraise=True,
                invalidation_mode=py_compile.PycInvalidationMode.UNCHECKED_HASH,
            )
        (self.box / "lecture_code/__pycache__").chmod(0o755)
        return self

    def __exit__(self, *exception):
        self.cool()
        self._folder.cleanup()

    def cool(self) -> None:
        """End the warm interpreters that this process has started; the next session starts one."""
        for pid, warm in self._started:
            if pid == os.getpid():
                warm.close()
        self._started.clear()

    def warm(self) -> Warm:
        """The warm interpreter of this thread."""
        pid, warm = getattr(self._own, "warm", (None, None))
        if pid != os.getpid() or warm.closed:
            warm = Warm(self)
            self._own.warm = (os.getpid(), warm)
            self._started.append(self._own.warm)
        return warm

    def preflight(self) -> None:
        """Run one call in a sandbox; SandboxError with a remedy where that fails."""
        if not self.unsafe and shutil.which("bwrap") is None:
            raise SandboxError(
                "bubblewrap is not installed, and submissions are not run without it: "
                "sudo apt-get install bubblewrap"
            )
        session = Session(self)
        try:
            session.start("def answer(x):\n    return 2 * x", (), "answer", True)
            reply = session.call((np.arange(3.0),))
        except Stopped as stopped:
            raise SandboxError(f"the sandbox's trial run failed: {stopped.reply.error}") from None
        finally:
            session.close()
        if reply.value is None or reply.value.tolist() != [0.0, 2.0, 4.0]:
            raise SandboxError("the sandbox's trial run failed: a wrong reply came back")

    def version(self) -> str:
        """What runs the answers, for the record."""
        if self.unsafe:
            return "none (--unsafe)"
        done = subprocess.run(["bwrap", "--version"], capture_output=True, text=True)
        return clean(done.stdout.strip(), 60)

    def command(self, control: int) -> list[str]:
        """The command line of a warm interpreter that listens to this descriptor."""
        python = os.path.realpath(getattr(sys, "_base_executable", None) or sys.executable)
        packages = Path(np.__file__).resolve().parents[1]
        limits = [str(self.limits.memory), str(self.limits.cpu)]
        flags = ["-P", "-s", "-S"]
        if self.unsafe:
            worker = [f"{self.box}/worker.py", str(control), *limits, "-"]
            return [python, *flags, *worker, f"{self.box}", f"{packages}"]
        worker = ["/box/worker.py", str(control), *limits, "/box/filter", "/box", "/packages"]
        shown = {"/box": self.box}
        for name in ("numpy", "numpy.libs"):
            if (packages / name).is_dir():
                shown[f"/packages/{name}"] = packages / name
        # As process 1 of its namespace: all answers end with it.
        return [*bubblewrap(shown, ["--as-pid-1"]), python, *flags, *worker]


def user() -> int | None:
    """The user in the sandboxes of this process: this one's (None), or for root one without rights,
    another for each process."""
    return 20000 + os.getpid() % 40000 if os.geteuid() == 0 else None


def bubblewrap(
    contents: Mapping[str, Path],
    options: Iterable[str] = (),
    environment: Mapping[str, str] = ENVIRONMENT,
    start: str = "/",
) -> list[str]:
    """The part of the command line before the program's, which needs its whole path.

    contents: what the sandbox has besides the system's programs and libraries and Python's, each by
    its place there, read-only. options: more of bubblewrap's. start: where the program starts.
    """
    bwrap = os.path.realpath(shutil.which("bwrap") or "/usr/bin/bwrap")
    uid = user()
    command = [bwrap, "--unshare-ipc", "--unshare-pid", "--unshare-net", "--unshare-uts"]
    command += ["--hostname", "sandbox", "--unshare-cgroup-try"]
    command += ["--die-with-parent", "--new-session", "--clearenv"]
    if uid is None:
        command += ["--unshare-user"]
    for name, value in environment.items():
        command += ["--setenv", name, value]

    made = set()

    def bind(source, target):
        # bwrap would make the parents 0700, and the dropped uid could not pass them
        for parent in reversed(Path(target).parents):
            if str(parent) not in made and parent != Path("/"):
                command.extend(["--perms", "0755", "--dir", str(parent)])
                made.add(str(parent))
        command.extend(["--ro-bind", str(source), str(target)])

    shown = []
    base = Path(sys.base_prefix).resolve()
    for path in [Path("/usr/bin"), Path("/usr/lib"), Path("/usr/lib32"), Path("/usr/lib64")] + [
        base / name for name in ("bin", "lib", "lib64")
    ]:
        if path.is_dir() and not any(path.is_relative_to(other) for other in shown):
            shown.append(path)
            bind(path, path)
    for name in ("bin", "lib", "lib32", "lib64"):
        path = Path("/", name)
        if path.is_symlink():
            command += ["--symlink", os.readlink(path), str(path)]
        elif path.is_dir() and not any(path.is_relative_to(other) for other in shown):
            shown.append(path)
            bind(path, path)
    for path in ("/etc/ld.so.cache", "/etc/alternatives"):
        if Path(path).exists():
            bind(path, path)
    for path in shown:
        if PROJECT.is_relative_to(path):
            raise SandboxError(
                f"the project lies in {path}, which the sandbox shows to submissions; "
                "move it, for example to /opt/course"
            )
    for folder in _installed(tuple(shown)):
        command += ["--perms", "0755", "--tmpfs", str(folder), "--remount-ro", str(folder)]
    for place, source in contents.items():
        bind(source, place)
    command += [*options, "--chdir", start, "--remount-ro", "/", "--"]
    if uid is not None:
        command += ["/usr/bin/setpriv", f"--reuid={uid}", f"--regid={uid}", "--clear-groups"]
        command += ["--bounding-set=-all", "--inh-caps=-all", "--no-new-privs"]
    return command


@functools.cache
def _installed(shown: tuple[Path, ...]) -> list[Path]:
    """The folders of installed packages below the folders that a sandbox shows."""
    patterns = ("python3*/site-packages", "python3*/dist-packages")
    found = {folder for path in shown for pattern in patterns for folder in path.glob(pattern)}
    return sorted(folder for folder in found if folder.is_dir())


class Warm:
    """A warm interpreter in its sandbox; SandboxError wherever it does not do what it should."""

    def __init__(self, sandbox: Sandbox):
        self.closed = False
        self._control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._control.settimeout(START_SECONDS)
        with theirs:
            try:
                self._process = subprocess.Popen(
                    sandbox.command(theirs.fileno()),
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    stderr=subprocess.PIPE,
                    pass_fds=(theirs.fileno(),),
                    env=ENVIRONMENT,
                    cwd="/",
                    start_new_session=True,
                )
            except BaseException:
                self._control.close()
                raise
        self._expect(b"warm")

    def start(self, channel: tuple[int, int]) -> int:
        """Fork a process for an answer: its id; channel: what it reads and writes, descriptors."""
        self._ask(b"start", channel)
        return int(self._expect(b"started "))

    def end(self, process: int, patient: bool = False) -> tuple[int, float]:
        """End an answer's process: its exit code, or minus a signal, and its CPU seconds.

        patient: it has hung up and may end by itself.
        """
        self._ask(b"%s %d" % (b"wait" if patient else b"end", process))
        code, seconds = self._answer().split()
        return int(code), float(seconds)

    def close(self) -> None:
        """End the interpreter and all that it has started."""
        if self.closed:
            return
        self.closed = True
        self._control.close()  # it ends by itself
        try:
            self._process.wait(1)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stderr.close()

    def _ask(self, message, descriptors=()):
        try:
            socket.send_fds(self._control, [message], descriptors)
        except OSError:
            self._fail("")

    def _expect(self, message):
        """What the answer has after this message."""
        answer = self._answer()
        if not answer.startswith(message):
            self._fail(answer.decode())
        return answer.removeprefix(message)

    def _answer(self) -> bytes:
        try:
            answer = self._control.recv(200)
        except OSError:
            answer = b""
        if not answer:
            self._fail("")
        return answer

    def _fail(self, words):
        if not words:
            os.set_blocking(self._process.stderr.fileno(), False)
            words = (self._process.stderr.read(4000) or b"").decode(errors="replace")
        self.close()
        raise SandboxError(_remedy(words))


class Session:
    """The process of one answer. `start`, then `call` as often as needed, then `close`.

    Each raises `Stopped` when the process ended, hung or broke the protocol. Several can be open:
    the wall clock of each runs while the grader waits for its process only.
    """

    def __init__(self, sandbox: Sandbox):
        self.limits = sandbox.limits
        self.lines = 0
        self.seconds = 0.0  # of CPU, once it is over
        self._over = False
        self._warm = sandbox.warm()
        theirs_in, self._write = os.pipe()
        self._read, theirs_out = os.pipe()
        os.set_blocking(self._write, False)
        try:
            self._process = self._warm.start((theirs_in, theirs_out))
        except BaseException:
            os.close(self._read)
            os.close(self._write)
            raise
        finally:
            os.close(theirs_in)
            os.close(theirs_out)
        self._left = START_SECONDS  # on the wall clock
        try:
            ready = self._frame() == encode("ready")
        except Stopped:
            ready = False
        if not ready:
            self.close()
            raise SandboxError(_remedy("an answer's process did not start"))
        self._left = self.limits.wall

    def start(self, source: str, allowed, name: str, function: bool) -> Reply:
        """Run an answer cell. The reply's value is the answer if that is no function.

        The reply's text may be shown if no answer of this student has been sent a secret yet.
        """
        self.lines = source.count("\n") + 1
        request = {"source": source, "allowed": list(allowed), "name": name, "function": function}
        return self._exchange(request)

    def call(self, arguments, public: bool = False) -> Reply:
        """Call the answer. Unless the arguments are public, the reply has neither text nor line,
        which can carry them."""
        reply = self._exchange({"arguments": tuple(arguments)})
        return reply if public else replace(reply, line=None, text="")

    def close(self) -> None:
        """End the process and everything in its namespace."""
        try:
            self._end()
        finally:
            os.close(self._read)
            os.close(self._write)

    def _end(self, patient=False):
        """The exit code; the process is over after the first call."""
        if self._over or self._warm.closed:
            return 0
        self._over = True
        code, self.seconds = self._warm.end(self._process, patient)
        return code

    def _exchange(self, body) -> Reply:
        nonce = secrets.token_hex(8)
        data = encode({"nonce": nonce, **body})
        self._send(len(data).to_bytes(4, "big") + data)
        try:
            return self._reply(decode(self._frame()), nonce)
        except ValueError:
            raise Stopped(Reply("error", error="channel")) from None

    def _reply(self, message, nonce) -> Reply:
        """A reply whose every field has been checked; ValueError otherwise."""
        fields = {"nonce", "status", "value", "arguments", "error", "line", "text"}
        if type(message) is not dict or set(message) != fields or message["nonce"] != nonce:
            raise ValueError("not a reply to this request")
        status, arguments, error = message["status"], message["arguments"], message["error"]
        line, text = message["line"], message["text"]
        if status not in ("value", "error", "refused") or type(error) is not str:
            raise ValueError("not a reply")
        if not (arguments is None or type(arguments) is tuple) or type(text) is not str:
            raise ValueError("not a reply")
        kind = getattr(builtins, error, None)
        if error != "output" and not (isinstance(kind, type) and issubclass(kind, BaseException)):
            error = ""
        if type(line) is not int or not 1 <= line <= self.lines:
            line = None
        return Reply(status, message["value"], arguments, error, line, clean(text))

    def _send(self, data):
        view = memoryview(data)
        while view:
            self._poll(self._write, select.POLLOUT)
            try:
                view = view[os.write(self._write, view) :]
            except BlockingIOError:
                continue
            except BrokenPipeError:
                self._gone()

    def _frame(self) -> bytes:
        size = int.from_bytes(self._exactly(4), "big")
        if size > MAX_BYTES:
            raise Stopped(Reply("error", error="channel"))
        return self._exactly(size)

    def _exactly(self, size) -> bytes:
        parts = []
        while size:
            self._poll(self._read, select.POLLIN)
            part = os.read(self._read, min(size, 1 << 16))
            if not part:
                self._gone()
            parts.append(part)
            size -= len(part)
        return b"".join(parts)

    def _poll(self, descriptor, event):
        poll = select.poll()
        poll.register(descriptor, event)
        while self._left > 0:
            began = time.monotonic()
            ready = poll.poll(1000 * self._left)
            self._left -= time.monotonic() - began
            if ready:
                return
        raise Stopped(Reply("timeout"), wall=True)

    def _gone(self):
        """The channel is closed: by the limit of CPU time, or by the answer itself."""
        if self._warm.closed:  # which no answer can do
            raise SandboxError("the sandbox ended before its answers; is there enough memory?")
        # Process 1 cannot kill itself; the kernel does it at the limit (or when memory is short).
        killed = self._end(patient=True) == -signal.SIGKILL
        if killed and self.seconds >= self.limits.cpu / 2:  # the kernel counts in ticks, and more
            raise Stopped(Reply("timeout"))
        raise Stopped(Reply("error", error="exit"))


def _remedy(words: str) -> str:
    """One line from what bubblewrap said: what is wrong and what to do."""
    last = (words.strip().splitlines() or ["no message"])[-1]
    last = clean(last, 200)
    forbidden = ("uid map", "No permissions to creat", "user namespaces", "unshare")
    if any(sign in words for sign in forbidden):
        remedy = (
            "this system forbids user namespaces; allow them with "
            "'sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0' (Ubuntu) or "
            "'sudo sysctl -w kernel.unprivileged_userns_clone=1' (Debian)"
        )
    elif "nknown option" in words:
        remedy = "bubblewrap is too old; install 0.7 or a newer one"
    elif "setpriv" in words:
        remedy = "setpriv is missing; sudo apt-get install util-linux"
    else:
        remedy = "run the grader as an ordinary user on a system that allows user namespaces"
    return f"the sandbox does not start ({last}): {remedy}"
