"""Several transactions at once: one thread per connection, one lane per aggregate."""

import threading
from collections import deque
from collections.abc import Callable, Hashable
from concurrent.futures import Future
from typing import TypeVar

import psycopg
import structlog

from ledger.contract import MAX_QUEUED
from ledger.jobs import MISTAKES, Job, answer, failed
from ledger.postgres_refusals import MET, refusal_of
from ledger.postgres_statements import PostgresStatements
from ledger.refusals import LedgerRefused, Overloaded, WriterEnded

MAX_CONNECTIONS = 8
MAX_ATTEMPTS = 5  # of a transaction that met another one
RETRY_AFTER_S = 1
JOIN_WITHIN_S = 10.0

Result = TypeVar("Result")
Writing = Job[PostgresStatements]
log = structlog.get_logger()


class Workers:
    """Runs functions, each in its own transaction.

    What is for one lane runs in the sequence it came, one at a time: a busy aggregate takes one
    connection of this machine and not all of them.
    """

    def __init__(
        self,
        connect: Callable[[], PostgresStatements],
        *,
        on_death: Callable[[str], None],
        after_commit: Callable[[PostgresStatements], None],
        max_connections: int = MAX_CONNECTIONS,
        max_queued: int = MAX_QUEUED,
    ) -> None:
        """Start the threads; each connects when it has something to do."""
        self._connect, self._on_death, self._after_commit = connect, on_death, after_commit
        self._max_queued = max_queued
        self._ready: deque[tuple[Writing, Hashable]] = deque()
        self._lanes: dict[Hashable, deque[Writing]] = {}
        self._moved = threading.Condition()
        self._closing = False
        self._why: str | None = None  # it died of
        self.queued = 0
        self._threads = [
            threading.Thread(target=self._work, name=f"ledger-writer-{number}", daemon=True)
            for number in range(max_connections)
        ]
        for thread in self._threads:
            thread.start()

    def put(
        self,
        work: Callable[[PostgresStatements], Result],
        *,
        lane: Hashable = None,
        before_answer: Callable[[], None] = lambda: None,
    ) -> "Future[Result]":
        """Queue ``work``; the future is done once what it wrote is committed.

        Raises
        ------
        Overloaded
            If too many wait.
        WriterEnded
            If the threads are dead or stopping.
        """
        job: Writing = Job(work, Future(), before_answer)
        job.future.set_running_or_notify_cancel()
        with self._moved:
            if self._closing:
                raise WriterEnded(self._why or "the ledger is closed")
            if self.queued >= self._max_queued:
                raise Overloaded(f"{self.queued} requests wait", retry_after_s=RETRY_AFTER_S)
            self.queued += 1
            self._line_up(job, lane)
        return job.future

    @property
    def alive(self) -> bool:
        """Whether it takes work."""
        return not self._closing

    def close(self) -> None:
        """Commit what waits, then end."""
        with self._moved:
            self._closing = True
            self._moved.notify_all()
        for thread in self._threads:
            thread.join(JOIN_WITHIN_S)

    def _line_up(self, job: Writing, lane: Hashable) -> None:
        if lane is not None and lane in self._lanes:
            self._lanes[lane].append(job)
            return
        if lane is not None:
            self._lanes[lane] = deque()
        self._ready.append((job, lane))
        self._moved.notify()

    # -- the threads -------------------------------------------------------------------------------

    def _work(self) -> None:
        """Work until closed; if anything else ends it, all end, and everybody is told."""
        session, ended = Session(self._connect, self._after_commit), False
        try:
            while (taken := self._next()) is not None:
                self._answer(session, *taken)
            ended = True
        finally:
            session.close()
            if not ended:
                self._die()

    def _next(self) -> tuple[Writing, Hashable] | None:
        with self._moved:
            self._moved.wait_for(lambda: self._ready or (self._closing and not self.queued))
            if not self._ready:
                return None
            self.queued -= 1
            if self._closing and not self.queued:
                self._moved.notify_all()
            return self._ready.popleft()

    def _answer(self, session: "Session", job: Writing, lane: Hashable) -> None:
        outcome: object = WriterEnded("the ledger's writer ended before it committed")
        try:
            outcome = session.run(job)
        finally:
            answer([job], [outcome])
            self._leave(lane)

    def _leave(self, lane: Hashable) -> None:
        """Let the next of the lane come, behind what other lanes have."""
        with self._moved:
            waiting = None if lane is None else self._lanes.get(lane)
            if waiting:
                self._ready.append((waiting.popleft(), lane))
                self._moved.notify()
            elif waiting is not None:
                del self._lanes[lane]

    def _die(self) -> None:
        with self._moved:
            if self._why is not None:
                return
            self._why, self._closing = "the ledger's writer ended unexpectedly", True
            rest = [job for job, _ in self._ready]
            rest += [job for lane in self._lanes.values() for job in lane]
            self._ready.clear()
            self._lanes.clear()
            self.queued = 0
            self._moved.notify_all()
        answer(rest, [WriterEnded(self._why)] * len(rest))
        log.error("ledger_writer_died", why=self._why)
        self._on_death(self._why)


class Session:
    """A thread's connection, made anew when it was lost."""

    def __init__(
        self,
        connect: Callable[[], PostgresStatements],
        after_commit: Callable[[PostgresStatements], None],
    ) -> None:
        """Prepare; the first job connects."""
        self._connect, self._after_commit = connect, after_commit
        self._db: PostgresStatements | None = None

    def run(self, job: Writing) -> object:
        """Return the result of ``job``, committed, or the refusal that it has to bear."""
        last: psycopg.Error | None = None
        for attempt in range(MAX_ATTEMPTS):
            try:
                return self._once(job, careful=attempt > 0)
            except LedgerRefused as away:
                return away
            except MET as met:
                self._let_go()
                log.info("ledger_retries", error=type(met).__name__, attempt=attempt + 1)
                last = met
            except psycopg.Error as error:
                self._let_go()
                return refusal_of(error)
        return None if last is None else refusal_of(last)

    def _once(self, job: Writing, *, careful: bool) -> object:
        if self._db is None or self._db.connection.closed:
            self._db = self._connect()
        db = self._db
        db.begin(careful=careful)
        try:
            outcome: object = job.work(db)
        except LedgerRefused as refused:
            db.roll_back()
            return refused
        except MISTAKES as mistake:
            db.roll_back()
            return failed(mistake)
        db.commit()
        self._after_commit(db)
        return outcome

    def _let_go(self) -> None:
        """Undo what is open; a connection that cannot is given up."""
        try:
            if self._db is not None:
                self._db.roll_back()
        except psycopg.Error:
            self.close()

    def close(self) -> None:
        """Close the connection."""
        if self._db is not None:
            self._db.connection.close()
        self._db = None
