"""A class on a Dask cluster: the same files as from local processes, whatever dies."""

import json
import re
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from exercises.__main__ import main
from exercises.grader import run
from exercises.grader.gradebook import NAME
from exercises.student import ROOT
from tests.submissions import make

SECONDS = 60
STUDENTS = 12


@pytest.fixture(scope="module")
def submissions(tmp_path_factory):
    """Students, of whom some are right."""
    folder = tmp_path_factory.mktemp("class")
    for i in range(STUDENTS):
        notebook = make.solved(make.SOLUTIONS[make.FIRST.key]) if i % 3 else make.mistaken(0)
        path = folder / f"student{i:02}/{make.NAME}.ipynb"
        path.parent.mkdir()
        path.write_text(json.dumps(notebook))
    return folder


@pytest.fixture(scope="module")
def start(tmp_path_factory):
    """Starts a Dask process: (the process, its log)."""
    started = []

    def start(program, *words):
        log = tmp_path_factory.mktemp("dask") / "log.txt"
        command = [sys.executable, "-m", f"distributed.cli.{program}", *words, "--no-dashboard"]
        with open(log, "w") as file:
            started.append(subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=file))
        return started[-1], log

    yield start
    for process in started:
        process.kill()
        process.wait()


def scheduler(start) -> str:
    """The address of a scheduler that is started now."""
    _, log = start("dask_scheduler", "--host", "127.0.0.1", "--port", "0", "--no-jupyter")
    return said(log, r"Scheduler at: +(tcp://\S+)")


@pytest.fixture(scope="module")
def cluster(start):
    """The address of a scheduler, and its two worker processes."""
    address = scheduler(start)
    started = [
        start("dask_worker", address, "--nthreads", "1", "--no-nanny", "--local-directory", "/tmp")
        for _ in range(2)
    ]
    for _, log in started:
        said(log, "Registered to: +(tcp)")
    return address, [process for process, _ in started]


def said(log: Path, pattern: str) -> str:
    """What a process writes to its log, once it does."""
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        if found := re.search(pattern, log.read_text()):
            return found[1]
        time.sleep(0.05)
    raise AssertionError(log.read_text())


def command(submissions, out, *options):
    words = ["grade", str(submissions), "--out", str(out), "--seed", "7", *options]
    return [sys.executable, "-m", "exercises", *words, "--exercise", make.NAME]


def files(out) -> dict[str, bytes]:
    found = [*out.glob("*.csv"), *out.glob("feedback/**/*.html")]
    assert len(found) > STUDENTS
    return {str(path.relative_to(out)): path.read_bytes() for path in found}


def stored(out) -> int:
    """How many results a run has stored so far."""
    try:
        with sqlite3.connect(f"file:{out / NAME}?mode=ro", uri=True) as book:
            return book.execute("SELECT count(*) FROM submission").fetchone()[0]
    except sqlite3.Error:  # not there yet
        return 0


def test_the_same_bytes_and_a_worker_that_dies_loses_nothing(submissions, cluster, tmp_path):
    address, workers = cluster
    here, there = tmp_path / "here", tmp_path / "there"
    assert subprocess.run(command(submissions, here), cwd=ROOT).returncode == 0
    running = subprocess.Popen(command(submissions, there, "--dask", address), cwd=ROOT)
    end = time.monotonic() + SECONDS
    while stored(there) < 3 and time.monotonic() < end:
        time.sleep(0.005)
    workers[0].kill()
    assert 3 <= stored(there) < STUDENTS
    assert running.wait(SECONDS) == 0
    assert files(there) == files(here)


def test_workers_with_other_code_are_refused(submissions, cluster, tmp_path, monkeypatch, capsys):
    address, _ = cluster
    monkeypatch.setattr(run, "_code", lambda: "another")
    words = command(submissions, tmp_path / "out", "--dask", address)[3:]
    assert main(words) == 2
    assert "has another version of the course" in capsys.readouterr().err


def test_a_scheduler_is_there_and_has_workers(submissions, tmp_path, monkeypatch, capsys, start):
    words = command(submissions, tmp_path / "out")[3:]
    monkeypatch.setattr(run, "PATIENCE", 0.5)
    assert main([*words, "--dask", "tcp://127.0.0.1:9"]) == 2
    assert capsys.readouterr().err.startswith("error: --dask tcp://127.0.0.1:9: no Dask scheduler")
    assert main([*words, "--dask", "nonsense://x"]) == 2
    assert "no Dask scheduler" in capsys.readouterr().err
    assert main([*words, "--dask", scheduler(start)]) == 2
    assert "the scheduler has no workers" in capsys.readouterr().err
