"""Group commit: one thread, one write connection, one fsync for whatever came meanwhile."""

import sqlite3
import threading
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import structlog

from ledger.contract import MAX_GROUP, MAX_QUEUED
from ledger.refusals import DecisionFailed, LedgerRefused, Overloaded, StorageFull, WriterEnded
from ledger.statements import SqliteStatements

RETRY_AFTER_S = 1
JOIN_WITHIN_S = 10.0
# What a mistake in the rules raises. It costs the one request and not the writer.
MISTAKES = (
    ArithmeticError, AssertionError, AttributeError, LookupError, RuntimeError, TypeError,
    ValueError, sqlite3.IntegrityError, sqlite3.ProgrammingError,
)  # fmt: skip

Result = TypeVar("Result")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Job:
    """A function that writes, who waits for it, and who is told before that."""

    work: Callable[[SqliteStatements], Any]
    future: "Future[Any]"
    before_answer: Callable[[], None]


class Writer:
    """Runs functions in groups: each in a savepoint, all in one transaction."""

    def __init__(
        self,
        db: SqliteStatements,
        *,
        on_death: Callable[[str], None],
        after_commit: Callable[[SqliteStatements], None] = lambda _db: None,
        max_group: int = MAX_GROUP,
        max_queued: int = MAX_QUEUED,
    ) -> None:
        """Start the thread, which owns ``db`` from here on."""
        self._db = db
        self._on_death, self._after_commit = on_death, after_commit
        self._max_group, self._max_queued = max_group, max_queued
        self._jobs: deque[Job] = deque()
        self._moved = threading.Condition()
        self._closing = False
        self._why: str | None = None  # it died of
        self.commits = self.committed = 0
        self._thread = threading.Thread(target=self._work, name="ledger-writer", daemon=True)
        self._thread.start()

    def put(
        self,
        work: "Callable[[SqliteStatements], Result]",
        *,
        before_answer: Callable[[], None] = lambda: None,
    ) -> "Future[Result]":
        """Queue ``work``; the future is done once what it wrote is committed.

        Raises
        ------
        Overloaded
            If too many wait.
        WriterEnded
            If the writer is dead or stopping.
        """
        job = Job(work, Future(), before_answer)
        job.future.set_running_or_notify_cancel()
        with self._moved:
            if self._closing:
                raise WriterEnded(self._why or "the ledger is closed")
            if len(self._jobs) >= self._max_queued:
                raise Overloaded(f"{len(self._jobs)} requests wait", retry_after_s=RETRY_AFTER_S)
            self._jobs.append(job)
            self._moved.notify()
        return job.future

    @property
    def alive(self) -> bool:
        """Whether it takes work."""
        return self._thread.is_alive() and not self._closing

    @property
    def queued(self) -> int:
        """How many wait."""
        return len(self._jobs)

    def close(self) -> None:
        """Commit what waits, then end."""
        with self._moved:
            self._closing = True
            self._moved.notify()
        self._thread.join(JOIN_WITHIN_S)

    # -- the thread --------------------------------------------------------------------------------

    def _work(self) -> None:
        """Work until closed; whatever ends it, everybody who waits is told."""
        self._why = "the ledger's writer ended unexpectedly"
        try:
            while group := self._gather():
                self._commit(group)
            self._why = None
        finally:
            self._refuse_rest()

    def _gather(self) -> list[Job]:
        """Return what came during the last commit; wait only while there is nothing."""
        with self._moved:
            self._moved.wait_for(lambda: self._jobs or self._closing)
            return [self._jobs.popleft() for _ in range(min(len(self._jobs), self._max_group))]

    def _commit(self, group: Sequence[Job]) -> None:
        """Run ``group`` in one transaction, then answer; without a commit nobody is answered."""
        lost: LedgerRefused = WriterEnded("the ledger's writer ended before it committed")
        outcomes: Sequence[object] | None = None
        try:
            outcomes = self._in_one_transaction(group)
        except sqlite3.Error as error:
            self._roll_back()
            if not _is_full(error):
                self._why = f"the ledger did not commit: {error}"
                raise
            lost = StorageFull(f"the disk is full: {error}")
            log.warning("ledger_disk_full", requests=len(group))
        finally:
            # On every way out everybody is told: the outcome, or why there is none.
            _answer(group, [lost] * len(group) if outcomes is None else outcomes)

    def _in_one_transaction(self, group: Sequence[Job]) -> Sequence[object]:
        self._db.execute("begin immediate")
        outcomes = [self._run(job) for job in group]
        self._db.execute("commit")
        self.commits += 1
        self.committed += len(group)
        self._after_commit(self._db)
        return outcomes

    def _run(self, job: Job) -> object:
        """Return the result, or the error that this job alone has to bear."""
        self._db.execute("savepoint request")
        try:
            outcome: object = job.work(self._db)
        except LedgerRefused as refused:
            self._db.execute("rollback to request")
            outcome = refused
        except MISTAKES as mistake:
            self._db.execute("rollback to request")
            outcome = _failed(mistake)
        self._db.execute("release request")
        return outcome

    def _roll_back(self) -> None:
        if self._db.in_transaction:  # some errors have rolled back already
            self._db.execute("rollback")

    def _refuse_rest(self) -> None:
        with self._moved:
            died = self._why is not None
            self._closing = True
            rest = list(self._jobs)
            self._jobs.clear()
        for job in rest:
            job.future.set_exception(WriterEnded(self._why or "the ledger is closed"))
        if died:
            log.error("ledger_writer_died", why=self._why)
            self._on_death(self._why or "")


def _is_full(error: sqlite3.Error) -> bool:
    return (getattr(error, "sqlite_errorcode", 0) & 0xFF) == sqlite3.SQLITE_FULL


def _failed(mistake: BaseException) -> DecisionFailed:
    """Return what is told of ``mistake``: where it was, and nothing of the values it met."""
    place = traceback.extract_tb(mistake.__traceback__)[-1]
    where = f"{type(mistake).__name__} at {Path(place.filename).name}:{place.lineno}"
    log.error("decision_failed", error=where)
    failed = DecisionFailed(f"the rules failed over this request: {where}")
    failed.__cause__ = mistake
    return failed


def _answer(group: Sequence[Job], outcomes: Sequence[object]) -> None:
    for job, outcome in zip(group, outcomes, strict=True):
        job.before_answer()
        if isinstance(outcome, LedgerRefused):
            job.future.set_exception(outcome)
        else:
            job.future.set_result(outcome)
