"""The untrusted side: a warm interpreter that gives every answer a process of its own.

    python worker.py CONTROL MEMORY SECONDS FILTER PATH...

CONTROL is a Unix socket to the grader, MEMORY (bytes) and SECONDS (CPU time) the limits of an
answer, FILTER a file with its filter of system calls ("-" without a sandbox), PATH the folders to
import from. The grader starts this file in a sandbox; it knows no question and no reference.

`serve` does what the grader asks. It never sees a byte of an answer: it forks a process, which gets
namespaces and limits of its own, closes everything but its channel, and only then reads an answer
(`answer`). All answers of a submission are there at a time: their cells run first, and then each
waits for its calls. On the channel a frame is a length of four bytes and a value in the encoding of
`lecture_code.wire`; every reply repeats the nonce of its request.
"""

import contextlib
import ctypes
import os
import resource
import select
import signal
import socket
import sys

NAMESPACES = (
    0x00020000  # mounts
    | 0x02000000  # control groups
    | 0x04000000  # host name
    | 0x08000000  # System V IPC
    | 0x10000000  # users
    | 0x20000000  # processes
    | 0x40000000  # network
)
CLONE = {"x86_64": 56, "aarch64": 220, "riscv64": 220}  # the number of the system call
PR_SET_SECCOMP, PR_SET_NO_NEW_PRIVS = 22, 38
CAPABILITIES_VERSION_3 = (ctypes.c_uint32 * 2)(0x20080522, 0)
NO_CAPABILITIES = (ctypes.c_uint32 * 6)()
LIBC = ctypes.PyDLL(None, use_errno=True)  # which keeps Python's lock, in a forked process too
LIBC.syscall.argtypes = [ctypes.c_long] * 6
LIBC.syscall.restype = ctypes.c_long
LIMITS = {"CORE": 0, "FSIZE": 0, "NOFILE": 32, "NPROC": 1}  # besides memory and CPU time
PATIENCE = 2.0  # seconds for a process that has closed its channel to end by itself


# --- the warm process: it talks to the grader only ------------------------------------------------


def serve(control: socket.socket, start) -> None:
    """Do what the grader asks until it hangs up; then end what is left.

    "start", with the two ends of a channel: fork a process that runs `start(read, write)`. The
    answer is "started" and its id, or why not. "end" and "wait", with an id: kill the process, or
    leave it a moment to end by itself. The answer is its exit code (minus the signal that ended it)
    and its CPU seconds.
    """
    children = set()
    while True:
        message, channel, _, _ = socket.recv_fds(control, 16, 2)
        word, _, child = message.partition(b" ")
        if word == b"start":
            child, problem = fork(control, channel, start)
            for descriptor in channel:
                os.close(descriptor)
            children |= {child} if child else set()
            control.send((problem or f"started {child}").encode())
        elif word:
            children.remove(int(child))
            code, seconds = end(int(child), PATIENCE if word == b"wait" else 0)
            control.send(f"{code} {seconds:.3f}".encode())
        else:
            for child in children:
                end(child, 0)
            return


def fork(control, channel, start):
    """(pid, "") of a process that runs `start` isolated and then ends, or (None, why not)."""
    flags = signal.SIGCHLD | (NAMESPACES if start.isolated else 0)
    # The bare system call: one process where `os.fork` needs two, a third of the time, and nothing
    # is lost, since this process has one thread.
    number = CLONE.get(os.uname().machine)
    if number is None:
        return None, f"clone: not known on {os.uname().machine}"
    pid = LIBC.syscall(number, flags, 0, 0, 0, 0)
    if pid == 0:
        code = 1
        try:
            control.detach()
            start(*channel)
            code = 0
        finally:
            os._exit(code)
    if pid < 0:
        return None, f"unshare: {os.strerror(ctypes.get_errno())}"
    return pid, ""


def end(pid, patience):
    """Kill and bury a process: its exit code, or minus the signal that ended it, and its CPU
    seconds. The first process of a namespace takes all others with it."""
    process = os.pidfd_open(pid)
    if patience:
        select.select([process], [], [], patience)
    os.close(process)
    for kill in (os.kill, os.killpg):
        with contextlib.suppress(OSError):
            kill(pid, signal.SIGKILL)
    _, status, usage = os.wait4(pid, 0)
    return os.waitstatus_to_exitcode(status), usage.ru_utime + usage.ru_stime


# --- the process of an answer ---------------------------------------------------------------------


class Start:
    """What a fresh process does: bind itself for good, then serve its answer."""

    def __init__(self, memory: int, seconds: int, program: bytes | None):
        self.isolated = program is not None
        self.memory, self.seconds, self.program = memory, seconds, program

    def __call__(self, read: int, write: int) -> None:
        os.setsid()
        os.dup2(1, 2)  # both lead nowhere
        low, high = sorted((read, write))
        os.closerange(3, low)
        os.closerange(low + 1, high)
        os.closerange(high + 1, 1 << 16)
        if self.isolated:
            give_up_privileges()
        limit(self.memory, self.seconds)
        if self.program:
            refuse_system_calls(self.program)
        answer(read, write)


def give_up_privileges() -> None:
    """Drop the capabilities that come with a new user namespace, and all ways to get new ones."""
    none = CAPABILITIES_VERSION_3, NO_CAPABILITIES
    if LIBC.prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) or LIBC.capset(*none):
        raise OSError(ctypes.get_errno(), "privileges cannot be given up")


def limit(memory: int, seconds: int) -> None:
    """No files, no further processes or threads, no core dump."""
    for name, value in {**LIMITS, "AS": memory, "CPU": seconds}.items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))


class Filter(ctypes.Structure):
    """A seccomp filter: classic BPF, instructions of eight bytes."""

    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_char_p))


def refuse_system_calls(program: bytes) -> None:
    both = Filter(len(program) // 8, program)
    if LIBC.prctl(PR_SET_SECCOMP, 2, ctypes.byref(both), 0, 0):
        raise OSError(ctypes.get_errno(), "the filter of system calls cannot be installed")


def receive(channel: int) -> bytes:
    size = int.from_bytes(_exactly(channel, 4), "big")
    return _exactly(channel, size)


def _exactly(channel, size):
    parts = []
    while size:
        part = os.read(channel, min(size, 1 << 16))
        if not part:
            os._exit(0)
        parts.append(part)
        size -= len(part)
    return b"".join(parts)


def send(channel: int, data: bytes) -> None:
    data = memoryview(len(data).to_bytes(4, "big") + data)
    while data:
        data = data[os.write(channel, data) :]


def answer(read: int, write: int) -> None:
    """Run the answer cell that comes on the channel, then answer calls."""
    from lecture_code import answers, wire

    send(write, wire.encode("ready"))

    def respond(request, reply):
        fields = ("status", "value", "arguments", "error", "line", "text")
        body = {name: getattr(reply, name) for name in fields}
        try:
            data = wire.encode({"nonce": request["nonce"], **body})
        except (TypeError, ValueError):  # value and arguments together are too long
            body.update(status="error", value=None, arguments=None, error="output")
            data = wire.encode({"nonce": request["nonce"], **body})
        send(write, data)

    first = wire.decode(receive(read))
    try:
        answer, reply = answers.obtain(
            first["source"], first["allowed"], first["name"], first["function"]
        )
        if reply is None:
            reply = answers.Reply("value") if first["function"] else answers.plain(answer)
    except BaseException as error:
        reply = answers.failure(error, first["source"])
    respond(first, reply)
    while reply.status == "value":
        request = wire.decode(receive(read))
        try:
            result = answers.call(answer, request["arguments"])
        except BaseException as error:
            result = answers.failure(error)
        respond(request, result)


def rehearse() -> None:
    """Run an answer as often as Python needs to adapt the code to it, so that no process has to."""
    from lecture_code import answers, wire

    for _ in range(20):
        double, _ = answers.obtain("def double(x):\n    return 2 * x", ("numpy",), "double", True)
        reply = answers.call(double, (1.0,))
        wire.decode(wire.encode({"value": reply.value, "arguments": reply.arguments}))


def main() -> None:
    control, memory, seconds, filter, *folders = sys.argv[1:]
    sys.argv[1:] = []
    sys.path[:0] = folders
    rehearse()  # with NumPy, which it imports
    program = None
    if filter != "-":
        with open(filter, "rb") as file:
            program = file.read()
    control = socket.socket(fileno=int(control))
    control.set_inheritable(False)
    control.send(b"warm")
    serve(control, Start(int(memory), int(seconds), program))


if __name__ == "__main__":
    main()
