"""The untrusted side: runs one answer cell and answers calls with plain data.

    python worker.py READ WRITE MEMORY SECONDS PATH...

READ and WRITE are pipe ends, MEMORY (bytes) and SECONDS (CPU time) the limits, PATH the folders to
import from. The grader starts this file in a sandbox for every question anew; it knows no question
and no reference. A frame is a length of four bytes and a value in the encoding of
`lecture_code.wire`. Every reply repeats the nonce of its request.
"""

import os
import resource
import sys


def limit(memory: int, seconds: int) -> None:
    """Bind this process for good: no files, no further processes or threads, no core dump."""
    limits = {"CORE": 0, "FSIZE": 0, "NOFILE": 32, "NPROC": 1, "AS": memory, "CPU": seconds}
    for name, value in limits.items():
        resource.setrlimit(getattr(resource, f"RLIMIT_{name}"), (value, value))


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


def main() -> None:
    read, write, memory, seconds = map(int, sys.argv[1:5])
    sys.path[:0] = sys.argv[5:]
    from lecture_code import answers, wire

    os.set_inheritable(read, False)
    os.set_inheritable(write, False)
    os.dup2(1, 2)  # both lead nowhere from here on
    sys.argv[1:] = []
    limit(memory, seconds)
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


if __name__ == "__main__":
    main()
