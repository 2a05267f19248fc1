"""What a writing thread is given to do, and how everybody who waits for it is told."""

import sqlite3
import traceback
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Generic, TypeVar

import structlog

from ledger.refusals import DecisionFailed, LedgerRefused

# What a mistake in the rules raises. It costs the one request and not the writer.
MISTAKES = (
    ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError,
    ValueError, sqlite3.IntegrityError, sqlite3.ProgrammingError,
)  # fmt: skip

Store = TypeVar("Store")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Job(Generic[Store]):
    """A function that writes, who waits for it, and who is told before that."""

    work: Callable[[Store], Any]
    future: "Future[Any]"
    before_answer: Callable[[], None]


def failed(mistake: BaseException) -> DecisionFailed:
    """Return what is told of ``mistake``: where it was, and nothing of the values it met."""
    place = traceback.extract_tb(mistake.__traceback__)[-1]
    where = f"{type(mistake).__name__} at {Path(place.filename).name}:{place.lineno}"
    log.error("decision_failed", error=where)
    told = DecisionFailed(f"the rules failed over this request: {where}")
    told.__cause__ = mistake
    return told


def answer(jobs: Sequence[Job[Any]], outcomes: Sequence[object]) -> None:
    """Tell everybody who waits for ``jobs`` what came of them."""
    for job, outcome in zip(jobs, outcomes, strict=True):
        job.before_answer()
        if isinstance(outcome, LedgerRefused):
            job.future.set_exception(outcome)
        else:
            job.future.set_result(outcome)
