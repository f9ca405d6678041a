"""A filter of system calls for the sandbox: what no answer needs and no other limit counts.

System V shared memory and message queues outlive the mapping that RLIMIT_AS counts; sockets of some
families (AF_VSOCK) pass the network namespace; an answer starts no process, thread or program; the
others are doors into the kernel. They fail with EPERM. Only the two machines below have a filter.
"""

import platform
import struct

# machine: (audit architecture, numbers of the calls)
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
            "ptrace": 101,
            "pivot_root": 155,
            "chroot": 161,
            "mount": 165,
            "umount2": 166,
            "mq_open": 240,
            "add_key": 248,
            "request_key": 249,
            "keyctl": 250,
            "unshare": 272,
            "perf_event_open": 298,
            "open_by_handle_at": 304,
            "setns": 308,
            "process_vm_readv": 310,
            "process_vm_writev": 311,
            "memfd_create": 319,
            "bpf": 321,
            "execveat": 322,
            "userfaultfd": 323,
        },
    ),
    "aarch64": (
        0xC00000B7,
        {
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
            "open_by_handle_at": 265,
            "setns": 268,
            "process_vm_readv": 270,
            "process_vm_writev": 271,
            "memfd_create": 279,
            "bpf": 280,
            "execveat": 281,
            "userfaultfd": 282,
        },
    ),
}
NEWER = {"io_uring_setup": 425, "open_tree": 428, "move_mount": 429, "fsopen": 430, "clone3": 435}

LOAD, EQUAL, AT_LEAST, RETURN = 0x20, 0x15, 0x35, 0x06
ALLOW, REFUSE = 0x7FFF0000, 0x00050001  # SECCOMP_RET_ERRNO with EPERM


def program(machine: str | None = None) -> bytes | None:
    """The filter as classic BPF for `prctl`; None for a machine without a table."""
    architecture, numbers = NUMBERS.get(machine or platform.machine(), (None, {}))
    if architecture is None:
        return None
    refused = sorted([*numbers.values(), *NEWER.values()])
    # (code, value, where to if true): jumps go to the last instruction, which refuses
    tests = [(AT_LEAST, 0x40000000)] + [(EQUAL, number) for number in refused]
    code = [_line(LOAD, 4), _line(EQUAL, architecture, 0, len(tests) + 2), _line(LOAD, 0)]
    for i, (test, value) in enumerate(tests):
        code.append(_line(test, value, len(tests) - i, 0))
    code += [_line(RETURN, ALLOW), _line(RETURN, REFUSE)]
    return b"".join(code)


def _line(code, value, true=0, false=0):
    return struct.pack("=HBBI", code, true, false, value)
