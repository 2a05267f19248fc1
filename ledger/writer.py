"""Group commit: one thread, one write connection, one fsync for whatever came meanwhile."""

import sqlite3
import threading
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import Future
from typing import TypeVar

import structlog

from ledger.contract import MAX_GROUP, MAX_QUEUED
from ledger.jobs import MISTAKES, Job, answer, failed
from ledger.refusals import LedgerRefused, Overloaded, StorageFull, WriterEnded
from ledger.statements import SqliteStatements

RETRY_AFTER_S = 1
JOIN_WITHIN_S = 10.0

Result = TypeVar("Result")
Group = Sequence[Job[SqliteStatements]]
log = structlog.get_logger()


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
        self._jobs: deque[Job[SqliteStatements]] = deque()
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

    def _gather(self) -> list[Job[SqliteStatements]]:
        """Return what came during the last commit; wait only while there is nothing."""
        with self._moved:
            self._moved.wait_for(lambda: self._jobs or self._closing)
            return [self._jobs.popleft() for _ in range(min(len(self._jobs), self._max_group))]

    def _commit(self, group: Group) -> None:
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
            answer(group, [lost] * len(group) if outcomes is None else outcomes)

    def _in_one_transaction(self, group: Group) -> Sequence[object]:
        self._db.execute("begin immediate")
        outcomes = [self._run(job) for job in group]
        self._db.execute("commit")
        self.commits += 1
        self.committed += len(group)
        self._after_commit(self._db)
        return outcomes

    def _run(self, job: Job[SqliteStatements]) -> object:
        """Return the result, or the error that this job alone has to bear."""
        self._db.execute("savepoint request")
        try:
            outcome: object = job.work(self._db)
        except LedgerRefused as refused:
            self._db.execute("rollback to request")
            outcome = refused
        except MISTAKES as mistake:
            self._db.execute("rollback to request")
            outcome = failed(mistake)
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
