"""The real command stopped for real: kill -9, Ctrl-C, SIGTERM, a full disk, files that go away."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing, suppress
from pathlib import Path

import numpy as np
import pytest

from exercises.grader.gradebook import Gradebook
from tests.attacks.tiny import RIGHT, SEED, notebook
from tests.grading import contents, said
from tests.submissions.make import ROOT

MEMORY = 400 + os.getpid() % 100  # MB: tells the processes of these tests from others
# A moment of work in the cell; half of the students are right.
BUSY = "import math\nfor i in range(1_500_000): math.sqrt(i)\ndef double(x):\n    return {} * x"
COUNT = 6


def write_class(folder: Path, source=BUSY) -> Path:
    for i in range(COUNT):
        path = folder / f"s{i:02d}" / "tiny.ipynb"
        path.parent.mkdir(parents=True)
        path.write_text(notebook(source.format(1 + i % 2)))
    (folder / "nobody").mkdir()
    return folder


def command(folder, out, *options) -> list[str]:
    fixed = ("--seed", str(SEED), "--workers", "2", "--memory", str(MEMORY))
    return [
        *(sys.executable, "-m", "tests.attacks", "grade", str(folder), "--out", str(out)),
        *(*fixed, *options),
    ]


def graded(out, *options, folder, status=0) -> list[str]:
    done = subprocess.run(
        command(folder, out, *options), cwd=ROOT, capture_output=True, text=True, timeout=300
    )
    assert done.returncode == status, done.stderr
    return said(done.stderr)


def left(out: Path) -> dict[int, str]:
    """The processes of a run into `out` that are there, with their command lines: the command, its
    workers, and all of their sandboxes."""
    found = {}
    for process in Path("/proc").glob("[0-9]*"):
        try:
            words = (process / "cmdline").read_bytes().decode(errors="replace").split("\0")
        except OSError:
            continue
        if str(out) in words or str(MEMORY << 20) in words:
            found[int(process.name)] = " ".join(words)
    return found


def assert_nothing_is_left(out):
    until = time.monotonic() + 20
    while left(out) and time.monotonic() < until:
        time.sleep(0.05)
    assert left(out) == {}


@pytest.fixture(scope="module")
def calm(tmp_path_factory):
    """A class and the files of a run that nothing disturbed."""
    base = tmp_path_factory.mktemp("calm")
    folder = write_class(base / "in")
    assert graded(base / "out", folder=folder) == []
    assert_nothing_is_left(base / "out")
    return folder, contents(base / "out")


class Running:
    """The command in a process group of its own, as a shell starts it. Use it as a context."""

    def __init__(self, folder, out, *options):
        self.out, self.scratch = out, out.with_name("scratch")
        self.errors = out.with_name("errors")
        self.scratch.mkdir(exist_ok=True)
        with open(self.errors, "w") as errors:  # a pipe would wait for whoever holds it
            self.process = subprocess.Popen(
                command(folder, out, *options),
                cwd=ROOT,
                stdout=subprocess.DEVNULL,
                stderr=errors,
                start_new_session=True,
                env={**os.environ, "TMPDIR": str(self.scratch)},
                # Where the tests run in the background, a shell lets them ignore it.
                preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
            )

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        for number in left(self.out):  # what a failed test leaves
            with suppress(ProcessLookupError):
                os.kill(number, signal.SIGKILL)
        self.process.wait()

    def graded(self) -> int:
        """How many submissions the gradebook has of the run that goes on."""
        try:
            with closing(
                sqlite3.connect(f"file:{Gradebook.place(self.out)}?mode=ro", uri=True)
            ) as db:
                found = "SELECT count(*) FROM submission JOIN run ON run.id = run"
                return db.execute(f"{found} WHERE state = 'running'").fetchone()[0]
        except sqlite3.OperationalError:
            return 0

    def wait_for(self, count: int) -> None:
        """Until so many submissions are in the gradebook, or the run is over."""
        while self.graded() < count and self.process.poll() is None:
            time.sleep(0.02)

    def end(self) -> list[str]:
        """Wait for the end: what stands on stderr."""
        self.process.wait(120)
        return said(self.errors.read_text())


def kill_and_resume(folder, out, rng, times) -> int:
    """Kill a run again and again at random moments, then let it end: how often it was hit."""
    hits, progress = 0, 0
    for i in range(times):
        with Running(folder, out, *(["--resume"] if i else [])) as run:
            if i % 2 == 0:
                run.wait_for(progress + 1)
            time.sleep(rng.uniform(0, 0.3))
            progress = run.graded()
            run.process.kill()
            run.end()
            hits += run.process.returncode == -signal.SIGKILL
            assert_nothing_is_left(out)
    graded(out, "--resume", folder=folder)
    return hits


def test_killed_at_random_moments(calm, tmp_path):
    """Four times kill -9, then --resume: all files are the same, and no process stays."""
    folder, files = calm
    out = tmp_path / "out"
    assert kill_and_resume(folder, out, np.random.default_rng(7), 4) >= 2
    assert contents(out) == files


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(10))
def test_killed_at_many_moments(calm, tmp_path, seed):
    folder, files = calm
    kill_and_resume(folder, tmp_path / "out", np.random.default_rng(seed), 8)
    assert contents(tmp_path / "out") == files


@pytest.mark.parametrize(
    ("number", "times", "to", "status"),
    [
        (signal.SIGINT, 1, os.killpg, 130),  # Ctrl-C in a terminal reaches the workers too
        (signal.SIGINT, 3, os.killpg, 130),
        (signal.SIGTERM, 1, os.kill, 143),
        (signal.SIGTERM, 1, os.killpg, 143),
    ],
    ids=["ctrl-c", "ctrl-c-thrice", "term", "term-group"],
)
def test_stopped_by_a_signal(calm, tmp_path, number, times, to, status):
    """One line says what to do, nothing is left behind, and --resume ends with the same files."""
    folder, files = calm
    out = tmp_path / "out"
    with Running(folder, out) as run:
        run.wait_for(2)
        for _ in range(times):
            to(run.process.pid, number)
            time.sleep(0.02)
        told = run.end()
        assert_nothing_is_left(out)
    assert run.process.returncode == status
    assert told == ["stopped: what was graded is kept; --resume goes on from there"]
    assert list(run.scratch.iterdir()) == []
    assert set(contents(out)) == set() and run.graded() >= 2
    graded(out, "--resume", folder=folder)
    assert contents(out) == files


def test_a_stop_does_not_wait_for_answers(tmp_path):
    """Two answers sleep for longer than the test waits."""
    sleep = "import numpy as np\nnp.__builtins__['__import__']('time').sleep(1000)"
    folder = write_class(tmp_path / "in", sleep)
    with Running(folder, tmp_path / "out", "--wall", "500") as run:
        while len(left(tmp_path / "out")) < 1 + 2 + 2 * 3 and run.process.poll() is None:
            time.sleep(0.05)  # the command, two workers, each with bubblewrap, warm and answer
        run.process.send_signal(signal.SIGINT)
        run.end()
        assert_nothing_is_left(tmp_path / "out")
    assert run.process.returncode == 130


# --- a full disk


class Disk:
    """A file system of `size` bytes at `place`, for the processes that `run` starts only."""

    def __init__(self, place: Path, size: int):
        self.holder = subprocess.Popen(
            [
                *("bwrap", "--dev-bind", "/", "/", "--die-with-parent"),
                *("--size", str(size), "--tmpfs", str(place)),
                *("--", "sh", "-c", "echo $$; exec cat"),
            ],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        pid = self.holder.stdout.readline().strip()
        if not pid:
            self.holder.communicate()
            pytest.skip("bubblewrap is too old to limit a file system's size")
        self.seen = Path(f"/proc/{pid}/root{place}")  # from outside
        who = [] if os.geteuid() == 0 else ["--user", "--preserve-credentials"]
        self.enter = ["nsenter", "--target", pid, "--mount", *who, "env", "-C", str(ROOT)]

    def __enter__(self):
        return self

    def __exit__(self, *exception):
        self.holder.communicate()

    def fill(self, but: int) -> None:
        """Leave so many bytes."""
        state = os.statvfs(self.seen)
        (self.seen / "filler").write_bytes(bytes(state.f_bavail * state.f_frsize - but))

    def make_room(self) -> None:
        (self.seen / "filler").unlink()

    def run(self, folder, out, *options, status=0) -> list[str]:
        done = subprocess.run(
            [*self.enter, *command(folder, out, *options)], capture_output=True, text=True
        )
        assert done.returncode == status, done.stderr
        return said(done.stderr)


@pytest.fixture(scope="module")
def light(tmp_path_factory):
    """As `calm`, with answers that take no time."""
    base = tmp_path_factory.mktemp("light")
    folder = write_class(base / "in", f"# {'x' * 5000}\n{RIGHT} * {{}}")
    graded(base / "out", folder=folder)
    return folder, contents(base / "out")


@pytest.mark.parametrize("room", [0, 160_000], ids=["at once", "in the middle"])
def test_a_full_disk(light, tmp_path, room):
    """One line, nothing is broken, and once there is room --resume ends with the same files."""
    folder, files = light
    out = tmp_path / "out"
    out.mkdir()
    with Disk(out, 2 << 20) as disk:
        disk.fill(but=room)
        (told,) = disk.run(folder, out, status=2)
        assert told.startswith(f"error: {out}/gradebook.sqlite: database or disk is full; ")
        assert told.endswith("what was graded is kept: mend this, then --resume goes on from there")
        if room:
            for name in ("gradebook.sqlite", "gradebook.sqlite-wal"):
                shutil.copy(disk.seen / name, tmp_path / name)
            assert rows(tmp_path, "PRAGMA integrity_check") == [("ok",)]
            ((count,),) = rows(tmp_path, "SELECT count(*) FROM submission")
            assert 0 < count < COUNT
        disk.make_room()
        assert disk.run(folder, out, "--resume") == []
        assert contents(disk.seen) == files
    assert_nothing_is_left(out)


def test_a_disk_that_is_full_when_feedback_is_written(light, tmp_path):
    """No page is told for each student, no table is written, nothing is graded again after."""
    folder, files = light
    out = tmp_path / "out"
    (out / "feedback").mkdir(parents=True)
    with Disk(out / "feedback", 1 << 20) as disk:
        disk.fill(but=30_000)
        (told,) = disk.run(folder, out, status=2)
        assert told.startswith(f"error: {out}/feedback/s")
        assert ".html: No space left on device; what was graded is kept: make room" in told
        assert contents(out) == {}
        before = [path.name for path in disk.seen.rglob("*.html")]
        assert len(before) < COUNT and list(disk.seen.rglob(".writing-*")) == []
        ids = rows(out, "SELECT id FROM submission WHERE student != 'nobody'")
        disk.make_room()
        disk.run(folder, out, "--resume")
        assert rows(out, "SELECT id FROM submission WHERE student != 'nobody'") == ids
        pages = {f"feedback/{name}": page for name, page in contents(disk.seen).items()}
        assert contents(out) | pages == files


def rows(out, query):
    with closing(sqlite3.connect(Gradebook.place(out))) as db:
        return db.execute(query).fetchall()
