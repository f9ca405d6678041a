"""A filter of system calls for the sandbox: what no answer needs and no other limit counts.

System V shared memory and message queues outlive the mapping that RLIMIT_AS counts; sockets of some
families (AF_VSOCK) pass the network namespace; an answer starts no process, thread or program. By
locks, leases, notices and futexes on a file that several sandboxes show, answers that run at once
could talk to each other. The others are doors into the kernel. They fail with EPERM. Only the two
machines below have a filter.
"""

import platform
import struct

# machine: (audit architecture, numbers of the refused calls, numbers of those with some uses)
NUMBERS = {
    "x86_64": (
        0xC000003E,
        {
            "shmget": 29,
            "socket": 41,
            "socketpair": 53,
            "clone": 56,
            "fork": 57,
            "vfork": 58,
            "execve": 59,
            "semget": 64,
            "msgget": 68,
            "flock": 73,
            "ptrace": 101,
            "pivot_root": 155,
            "chroot": 161,
            "mount": 165,
            "umount2": 166,
            "mq_open": 240,
            "add_key": 248,
            "request_key": 249,
            "keyctl": 250,
            "inotify_init": 253,
            "unshare": 272,
            "inotify_init1": 294,
            "perf_event_open": 298,
            "fanotify_init": 300,
            "open_by_handle_at": 304,
            "setns": 308,
            "process_vm_readv": 310,
            "process_vm_writev": 311,
            "memfd_create": 319,
            "bpf": 321,
            "execveat": 322,
            "userfaultfd": 323,
        },
        {"fcntl": 72, "futex": 202},
    ),
    "aarch64": (
        0xC00000B7,
        {
            "inotify_init1": 26,
            "flock": 32,
            "umount2": 39,
            "mount": 40,
            "pivot_root": 41,
            "chroot": 51,
            "unshare": 97,
            "ptrace": 117,
            "mq_open": 180,
            "msgget": 186,
            "semget": 190,
            "shmget": 194,
            "socket": 198,
            "socketpair": 199,
            "add_key": 217,
            "request_key": 218,
            "keyctl": 219,
            "clone": 220,
            "execve": 221,
            "perf_event_open": 241,
            "fanotify_init": 262,
            "open_by_handle_at": 265,
            "setns": 268,
            "process_vm_readv": 270,
            "process_vm_writev": 271,
            "memfd_create": 279,
            "bpf": 280,
            "execveat": 281,
            "userfaultfd": 282,
        },
        {"fcntl": 25, "futex": 98},
    ),
}
NEWER = {"io_uring_setup": 425, "open_tree": 428, "move_mount": 429, "fsopen": 430, "clone3": 435}
NEWER |= {"futex_waitv": 449, "futex_wake": 454, "futex_wait": 455, "futex_requeue": 456}
F_GETLK, FUTEX_PRIVATE = 5, 128  # the commands of fcntl below it copy descriptors and read flags

LOAD, EQUAL, AT_LEAST, ANY, RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
NUMBER, ARCHITECTURE, SECOND = 0, 4, 24  # where a call's data has them
ALLOW, REFUSE = 0x7FFF0000, 0x00050001  # SECCOMP_RET_ERRNO with EPERM


def program(machine: str | None = None) -> bytes | None:
    """The filter as classic BPF for `prctl`; None for a machine without a table."""
    architecture, refused, some = NUMBERS.get(machine or platform.machine(), (None, {}, {}))
    if architecture is None:
        return None
    numbers = sorted([*refused.values(), *NEWER.values()])
    tests = [(AT_LEAST, 0x40000000)] + [(EQUAL, number) for number in numbers]
    last = len(tests) + 10  # where the program refuses
    code = [
        _line(LOAD, ARCHITECTURE),
        _line(EQUAL, architecture, 0, last - 2),
        _line(LOAD, NUMBER),
        *(_line(test, value, last - 4 - i, 0) for i, (test, value) in enumerate(tests)),
        _line(EQUAL, some["futex"], 0, 2),
        _line(LOAD, SECOND),
        _line(ANY, FUTEX_PRIVATE, 3, 4),
        _line(EQUAL, some["fcntl"], 0, 2),
        _line(LOAD, SECOND),
        _line(AT_LEAST, F_GETLK, 1, 0),
        _line(RETURN, ALLOW),
        _line(RETURN, REFUSE),
    ]
    return b"".join(code)


def _line(code, value, true=0, false=0):
    return struct.pack("=HBBI", code, true, false, value)
