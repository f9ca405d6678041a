"""Running: a class through local processes or a Dask cluster, whatever dies on the way."""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import functools
import hashlib
import multiprocessing
import os
import signal
import sys
from collections.abc import Iterable, Iterator
from concurrent.futures import FIRST_COMPLETED, BrokenExecutor, ProcessPoolExecutor, wait
from dataclasses import dataclass, replace

import numpy as np
from tqdm import tqdm

from exercises.grader.grade import (
    Result,
    grade_answers,
    grade_notebook,
    prepared,
    without_notebook,
)
from exercises.grader.sandbox import PROJECT, Limits, Sandbox
from exercises.grader.submissions import Submission

PATIENCE = 10  # seconds for a Dask scheduler to answer
PR_SET_PDEATHSIG = 1


@dataclass(frozen=True)
class Task:
    """What a worker anywhere needs to grade one submission: the notebook's bytes, or its answer
    cells and notes by question; `only` some of the questions, or all."""

    submission: Submission
    seed: int
    notebook: bytes = b""
    sources: dict[str, str] | None = None
    notes: dict[str, str] | None = None
    only: frozenset[str] | None = None


@dataclass(frozen=True)
class Workers:
    """Where tasks run: in `count` processes forked from this one, which share its sandbox's files,
    or on the Dask cluster whose scheduler has this address, each with a sandbox of its own."""

    sandbox: Sandbox
    count: int = 1
    dask: str = ""

    def preflight(self) -> None:
        """One call in a sandbox wherever tasks will run; SandboxError or ValueError, with a remedy,
        where that fails or the code of the course is not this one."""
        if not self.dask:
            self.sandbox.preflight()
            self.sandbox.cool()
            return
        limits, unsafe = self.sandbox.limits, self.sandbox.unsafe
        with _client(self.dask) as client:
            for address, code in client.run(_ready, limits, unsafe).items():
                if code != _code():
                    raise ValueError(
                        f"the Dask worker at {address} has another version of the course or of "
                        "NumPy; start it from the same folder or from a copy of it"
                    )

    @contextlib.contextmanager
    def open(self, alone: bool):
        """(submit, how many tasks at a time): `submit(task)` gives a future with a `Result`.

        Unless alone, as many tasks wait as run, so that no worker has to.
        """
        if self.dask:
            limits, unsafe = self.sandbox.limits, self.sandbox.unsafe
            with _client(self.dask) as client:
                executor = client.get_executor(pure=False)
                width = 1 if alone else 2 * sum(client.nthreads().values())
                yield functools.partial(executor.submit, work_remotely, limits, unsafe), width
            return
        count = 1 if alone else self.count
        context = multiprocessing.get_context("fork")  # the drawn cases are not drawn again
        given = (self.sandbox, os.getpid())
        with ProcessPoolExecutor(count, context, _begin, given) as executor:
            try:
                yield functools.partial(executor.submit, work), 1 if alone else 2 * count
            except BaseException:
                for process in multiprocessing.active_children():  # nobody wants their results
                    process.kill()
                raise


def _client(address):
    """A client of the Dask scheduler there, which has at least one worker."""
    from distributed import Client  # a second to import, which local workers do not need

    try:
        client = Client(address, set_as_default=False, timeout=PATIENCE)
    except (OSError, ValueError):
        raise ValueError(
            f"--dask {address}: no Dask scheduler answers there; start one with 'dask scheduler'"
        ) from None
    if not client.nthreads():
        client.close()
        raise ValueError(
            f"--dask {address}: the scheduler has no workers; start some with "
            f"'dask worker {address} --nthreads 1' in the folder of the course"
        )
    return client


_sandboxes: list[Sandbox] = []  # of a forked worker: one


def _begin(sandbox: Sandbox, parent: int) -> None:
    """Prepare a worker process, which ends with its parent, and its sandbox with it."""
    ctypes.CDLL(None).prctl(PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    if os.getppid() != parent:  # it has ended already
        os._exit(1)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # an interrupt is for the parent to handle
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    _sandboxes[:] = [sandbox]


def work(task: Task) -> Result:
    return _grade(task, _sandboxes[0])


def work_remotely(limits: Limits, unsafe: bool, task: Task) -> Result:
    return _grade(task, _remote_sandbox(limits, unsafe))


@functools.cache
def _remote_sandbox(limits, unsafe) -> Sandbox:
    sandbox = Sandbox(limits, unsafe).__enter__()
    atexit.register(sandbox.__exit__)
    return sandbox


def _ready(limits, unsafe) -> str:
    _remote_sandbox(limits, unsafe).preflight()
    return _code()


@functools.cache
def _code() -> str:
    """What the grades of a worker depend on."""
    code = hashlib.sha256(np.__version__.encode())
    for path in sorted([*PROJECT.glob("exercises/**/*.py"), *PROJECT.glob("lecture_code/**/*")]):
        if path.is_file() and "__pycache__" not in path.parts:
            code.update(path.read_bytes())
    return code.hexdigest()


def _grade(task, sandbox) -> Result:
    exercise, cases = prepared(task.submission.exercise, task.seed)
    if task.sources is None:
        return grade_notebook(task.submission, task.notebook, exercise, cases, sandbox)
    sources, notes = task.sources, task.notes or {}
    return grade_answers(task.submission, sources, notes, exercise, cases, sandbox, task.only)


def grade_class(tasks: Iterable[Task | Result], workers: Workers) -> Iterator[Result]:
    """The results of a class as they come; one that is there already passes through.

    A question that the wall clock stopped is graded once more alone, and that counts. Every task
    gives a result: "not graded" is the status where the grader itself failed twice.
    """
    stopped, seeds = {}, {}
    for task, result in _carry_out(tasks, workers):
        if result.again:
            stopped[result.submission], seeds[result.submission] = result, task.seed
        else:
            yield result
    retries = (
        Task(one, seeds[one], sources=first.sources, notes=first.notes, only=first.again)
        for one, first in stopped.items()
    )
    for task, retried in _carry_out(retries, workers, alone=True):
        first = stopped[task.submission]
        scores = {score.key: score for score in retried.scores}
        kept = tuple(scores.get(score.key, score) for score in first.scores)
        both = {key: first.spent[key] + seconds for key, seconds in retried.spent.items()}
        yield replace(first, scores=kept, again=frozenset(), spent=first.spent | both)


def _carry_out(tasks, workers, alone=False) -> Iterator[tuple[Task | None, Result]]:
    """(task, result) as they come. In whose company a worker died is tried again alone."""
    tasks, suspects, left = iter(tasks), [], True
    while left:
        running, broken = {}, False
        with workers.open(alone) as (submit, width):
            while not broken:
                while len(running) < width and not broken:
                    task = next(tasks, None)
                    if task is None:
                        left = False
                        break
                    if isinstance(task, Result):
                        yield None, task
                        continue
                    try:
                        running[submit(task)] = task
                    except BrokenExecutor:
                        suspects.append(task)
                        broken = True
                if not running:
                    break
                for future in wait(running, return_when=FIRST_COMPLETED).done:
                    task, error = running.pop(future), future.exception()
                    broken = broken or isinstance(error, BrokenExecutor)
                    if error is None:
                        yield task, future.result()
                    elif not alone:
                        suspects.append(task)
                    else:
                        yield task, _failed(task, error)
        suspects += running.values()
    if suspects:
        yield from _carry_out(suspects, workers, alone=True)


def _failed(task, error) -> Result:
    """What is recorded where the grader failed, with the reason for the instructor only."""
    why = "a worker process died" if isinstance(error, BrokenExecutor) else error
    tqdm.write(f"{task.submission.student}: not graded: {why}", file=sys.stderr)
    exercise, _ = prepared(task.submission.exercise, task.seed)
    message = "The grader failed at this notebook; your instructor knows."
    return without_notebook(task.submission, exercise, "not graded", message)
