"""Runners as child processes: each does one job in one round and reports what it took."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import IO

from benches.feed import ROOT, VAR
from benches.measure import Taken, Task

WITHIN_S = 900.0
LOG_END_BYTES = 1_500


class RunnerFailed(Exception):
    """A runner ended without a result; the message is the end of its log."""


@dataclass(frozen=True, slots=True)
class Started:
    """A runner at work."""

    process: "subprocess.Popen[bytes]"
    task: Task
    log: Path


def started(job: str, task: Task, *, python: Path | None = None) -> Started:
    """Start the module of ``job`` on ``task``."""
    result = Path(task.result)
    result.parent.mkdir(parents=True, exist_ok=True)
    result.unlink(missing_ok=True)
    log = result.with_suffix(".log")
    with log.open("wb") as out:
        process = _start(job, task, out, python or Path(sys.executable))
    return Started(process, task, log)


def _start(job: str, task: Task, out: IO[bytes], python: Path) -> "subprocess.Popen[bytes]":
    return subprocess.Popen(
        [str(python), "-m", f"benches.jobs.{job}", json.dumps(asdict(task))],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=out,
        stderr=subprocess.STDOUT,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def taken(runner: Started) -> Taken:
    """Return what the runner took.

    Raises
    ------
    RunnerFailed
        If it ended without saying so, or not at all.
    """
    try:
        runner.process.wait(WITHIN_S)
    except subprocess.TimeoutExpired:
        runner.process.kill()
        runner.process.wait()
    result = Path(runner.task.result)
    if runner.task.dir:
        shutil.rmtree(runner.task.dir, ignore_errors=True)
    if not result.exists():
        end = runner.log.read_bytes()[-LOG_END_BYTES:].decode(errors="replace")
        raise RunnerFailed(f"{result.stem} reported nothing; its log ends:\n{end}")
    told = json.loads(result.read_text())
    return Taken(**{**told, "progress": [(at, count) for at, count in told["progress"]]})


def ran(job: str, task: Task, *, python: Path | None = None) -> Taken:
    """Run one job to its end."""
    return taken(started(job, task, python=python))


def ran_together(job: str, tasks: Sequence[Task]) -> list[Taken]:
    """Run the same job several times at once, as workers of one group."""
    runners = [started(job, task) for task in tasks]
    return [taken(runner) for runner in runners]


def numbered(task: Task, number: int) -> Task:
    """Return ``task`` for one of several workers."""
    return replace(task, result=task.result.replace(".json", f"-{number}.json"))


def result_path(name: str) -> str:
    """Return where a runner reports."""
    return str(VAR / "runs" / f"{name}.json")
