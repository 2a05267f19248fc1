"""The one owner of the warehouse: a writer thread, read cursors, a word after each commit."""

import queue
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any, TypeVar

import duckdb
import pyarrow as pa
import structlog

from runtime.settings import WarehouseSettings
from schemas.refusal import Reason
from warehouse.records import Committed, DeadRecord, Record, SinkBatch
from warehouse.sink import OffsetMoved, Sink
from warehouse.sums import Query

COMMIT_ATTEMPTS = 5
COMMIT_PAUSE_S = 1.0
MAX_QUEUED_JOBS = 10_000
JOIN_WITHIN_S = 10.0

Result = TypeVar("Result")
log = structlog.get_logger()


class WriterEnded(Exception):
    """The writer gave up, or is stopping: nothing was stored."""


@dataclass(slots=True)
class _Job:
    """A batch to store, or a function to run between two transactions."""

    batch: SinkBatch | None
    run: Callable[[duckdb.DuckDBPyConnection], Any] | None
    future: "Future[Any]"


class Warehouse:
    """Takes batches and functions, runs them in one thread, and answers questions beside it."""

    def __init__(
        self,
        db: duckdb.DuckDBPyConnection,
        sink: Sink,
        settings: WarehouseSettings,
        *,
        on_commit: Callable[[Committed], None] = lambda _: None,
    ) -> None:
        """Start the writer thread; ``on_commit`` is told after each transaction."""
        self._db = db
        self._sink = sink
        self._settings = settings
        self.on_commit = on_commit
        self._jobs: queue.Queue[_Job | None] = queue.Queue(MAX_QUEUED_JOBS)
        self._queued_rows = 0
        self._room = threading.Condition()
        self._ended = threading.Event()
        self._cursors = threading.local()
        self.committed_at: float | None = None
        self.totals = Committed(0, 0, 0, (), None)
        self._thread = threading.Thread(target=self._work, name="warehouse-writer", daemon=True)
        self._thread.start()

    # -- giving ------------------------------------------------------------------------------------

    def put(self, batch: SinkBatch) -> "Future[Committed]":
        """Queue ``batch``; the future is done once it is committed. Waits while the queue is full.

        Raises
        ------
        WriterEnded
            If the writer no longer takes anything.
        """
        with self._room:
            while self._queued_rows > self._settings.queue_rows and not self._ended.is_set():
                self._room.wait(COMMIT_PAUSE_S)
            self._queued_rows += batch.rows
        return self._queue(_Job(batch, None, Future()))

    def run(self, function: "Callable[[duckdb.DuckDBPyConnection], Result]") -> "Future[Result]":
        """Queue ``function``: it runs in the writer thread after all that was queued before it."""
        return self._queue(_Job(None, function, Future()))

    def _queue(self, job: _Job) -> "Future[Any]":
        if self._ended.is_set():
            raise WriterEnded("the warehouse writer has ended")
        self._jobs.put(job)
        return job.future

    def next_offsets(self, places: set[tuple[str, int]]) -> "Future[Mapping[tuple[str, int], int]]":
        """Return where reading goes on, once everything queued so far is stored."""
        return self.run(lambda _: {place: self._sink.next_offset(*place) for place in places})

    def query(self, sql: str, parameters: Sequence[object] = ()) -> list[tuple[Any, ...]]:
        """Return the rows of a read, on a cursor of the calling thread."""
        return self.cursor().execute(sql, list(parameters)).fetchall()

    def cursor(self) -> duckdb.DuckDBPyConnection:
        """Return the calling thread's cursor."""
        cursor: duckdb.DuckDBPyConnection | None = getattr(self._cursors, "cursor", None)
        if cursor is None:
            cursor = self._cursors.cursor = self._db.cursor()
            cursor.execute("use live")
        return cursor

    @contextmanager
    def reading(self) -> Iterator[Query]:
        """Give a query whose answers all show the same instant."""
        cursor = self._db.cursor()
        cursor.execute("use live")
        cursor.execute("begin")
        try:
            yield lambda sql, parameters: cursor.execute(sql, list(parameters)).fetchall()
        finally:
            cursor.close()

    @property
    def alive(self) -> bool:
        """Whether the writer takes batches."""
        return self._thread.is_alive() and not self._ended.is_set()

    @property
    def queued_rows(self) -> int:
        """How many rows wait."""
        return self._queued_rows

    def close(self) -> None:
        """Store what is queued, then close the file."""
        self._ended.set()
        self._jobs.put(None)
        self._thread.join(JOIN_WITHIN_S)
        self._db.close()

    # -- the writer thread -------------------------------------------------------------------------

    def _work(self) -> None:
        waiting: _Job | None = None
        while True:
            job = waiting or self._jobs.get()
            waiting = None
            if job is None:
                break
            if job.run is not None:
                self._run(job)
                continue
            group, waiting, is_last = self._gather(job)
            if not self._commit(group) or is_last:
                break
        self._refuse_rest()

    def _gather(self, first: _Job) -> tuple[list[_Job], _Job | None, bool]:
        """Return the batches that share a transaction, and the job that ended the gathering."""
        group, rows = [first], _rows(first)
        deadline = time.monotonic() + self._settings.flush_ms / 1_000
        while rows < self._settings.flush_rows:
            try:
                job = self._jobs.get(timeout=max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                break
            if job is None:
                return group, None, True
            if job.run is not None:
                return group, job, False
            group.append(job)
            rows += _rows(job)
        return group, None, False

    def _run(self, job: _Job) -> None:
        if job.run is None or not job.future.set_running_or_notify_cancel():
            return
        try:
            result = job.run(self._db)
        except (duckdb.Error, OSError, ValueError, LookupError) as error:
            job.future.set_exception(error)
        else:
            job.future.set_result(result)

    def _commit(self, group: Sequence[_Job]) -> bool:
        batches = [job.batch for job in group if job.batch is not None]
        try:
            committed = self._attempt(batches)
        except (duckdb.Error, pa.ArrowException, OffsetMoved) as error:
            log.error("commit_failed", error=str(error), batches=len(batches))
            self._ended.set()
            for job in group:
                job.future.set_exception(WriterEnded(f"the warehouse did not commit: {error}"))
            return False
        self._free(batches)
        self.committed_at = time.monotonic()
        self.on_commit(committed)
        for job in group:
            job.future.set_result(committed)
        return True

    def _attempt(self, batches: Sequence[SinkBatch]) -> Committed:
        for number in range(1, COMMIT_ATTEMPTS):
            try:
                return self._sink.write(batches)
            except (duckdb.DataError, pa.ArrowException) as error:
                log.error("row_refused_by_database", error=str(error))
                batches = [self._without_refused(batch) for batch in batches]
            except duckdb.Error as error:
                log.warning("commit_retry", attempt=number, error=str(error))
                time.sleep(COMMIT_PAUSE_S * number)
        return self._sink.write(batches)

    def _without_refused(self, batch: SinkBatch) -> SinkBatch:
        """Return ``batch`` with the records that the database refuses among its dead letters."""
        if self._sink.would_take(batch):
            return batch
        good, dead = [], [*batch.dead]
        for record in batch.records:
            if self._sink.would_take(replace(batch, records=[record])):
                good.append(record)
            else:
                dead.append(_refused_by_database(batch, record))
        return replace(batch, records=good, dead=dead)

    def _free(self, batches: Sequence[SinkBatch]) -> None:
        with self._room:
            self._queued_rows -= sum(batch.rows for batch in batches)
            self._room.notify_all()

    def _refuse_rest(self) -> None:
        self._ended.set()
        while True:
            try:
                job = self._jobs.get_nowait()
            except queue.Empty:
                return
            if job is not None and not job.future.done():
                job.future.set_exception(WriterEnded("the warehouse writer has ended"))


def _refused_by_database(batch: SinkBatch, record: Record) -> DeadRecord:
    return DeadRecord(
        topic=batch.topic,
        partition=batch.partition,
        offset=record.offset,
        reason=Reason.BUG,
        detail="the database refuses this row although the contract accepts it",
        key=record.key,
        raw=record.raw,
        headers={},
        event_id=record.event.event_id,
        came_at=record.offset,
    )


def _rows(job: _Job) -> int:
    return 0 if job.batch is None else job.batch.rows
