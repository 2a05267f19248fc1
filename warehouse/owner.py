"""The one owner of the warehouse: a writer thread, read cursors, a word after each commit."""

import shutil
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar

import duckdb
import pyarrow as pa
import structlog

from runtime.settings import WarehouseSettings
from schemas.refusal import Reason
from warehouse.records import Committed, DeadRecord, Record, SinkBatch
from warehouse.sink import REFUSED, OffsetMoved, Sink
from warehouse.sums import Query

COMMIT_ATTEMPTS = 5
MAX_QUEUED_JOBS = 10_000

Result = TypeVar("Result")
log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Pauses:
    """How long the writer waits before it tries again, and before it gives up."""

    commit_s: float = 1.0
    disk_s: float = 5.0
    disk_within_s: float = 900.0
    join_within_s: float = 10.0


PAUSES = Pauses()


class DiskFull(Exception):
    """There was too little room for too long; the message says how much is wanted."""


class WriterEnded(Exception):
    """The writer gave up, or is stopping: nothing was stored."""


@dataclass(slots=True)
class _Job:
    """A batch to store, or a function to run between two transactions."""

    batch: SinkBatch | None
    run: Callable[[duckdb.DuckDBPyConnection], Any] | None
    future: "Future[Any]"

    @property
    def rows(self) -> int:
        """How many records it brings."""
        return 0 if self.batch is None else self.batch.rows


class Warehouse:
    """Takes batches and functions, runs them in one thread, and answers questions beside it."""

    def __init__(
        self,
        db: duckdb.DuckDBPyConnection,
        sink: Sink,
        settings: WarehouseSettings,
        *,
        on_commit: Callable[[Committed], None] = lambda _: None,
        pauses: Pauses = PAUSES,
    ) -> None:
        """Start the writer thread; ``on_commit`` is told after each transaction."""
        self._db = db
        self._sink = sink
        self._settings = settings
        self._pauses = pauses
        self.on_commit = on_commit
        self._jobs: deque[_Job] = deque()
        self._queued_rows = 0
        self._moved = threading.Condition()  # a job came or went, or the end was called
        self._closing = False  # nothing more is taken
        self._waits_for_disk = False
        self._cursors = threading.local()
        self.committed_at: float | None = None
        self._thread = threading.Thread(target=self._work, name="warehouse-writer", daemon=True)
        self._thread.start()

    # -- giving ------------------------------------------------------------------------------------

    def put(self, batch: SinkBatch) -> "Future[Committed]":
        """Queue ``batch``; the future is done once it is committed. Waits while the queue is full.

        The batch that crosses the limit is still taken, so that one larger than it can pass. A
        future that was given cannot be cancelled: what stands behind it would leave a gap.

        Raises
        ------
        WriterEnded
            If the writer no longer takes anything.
        """
        return self._queue(_Job(batch, None, Future()))

    def offer(self, batch: SinkBatch) -> "Future[Committed] | None":
        """Queue ``batch`` as ``put`` does, but return None at once where the queue is full."""
        with self._moved:
            if self._is_full() and not self._closing:
                return None
            return self._queue(_Job(batch, None, Future()))

    def run(self, function: "Callable[[duckdb.DuckDBPyConnection], Result]") -> "Future[Result]":
        """Queue ``function``: it runs in the writer thread after all that was queued before it."""
        return self._queue(_Job(None, function, Future()))

    def append(self, restated: Iterable[pa.Table], *, recorded_at: datetime) -> "Future[Committed]":
        """Queue rows that restate stored ones; the future is done once all of them are committed.

        Batches that come meanwhile wait: the appending is one transaction, as a batch is.
        """

        def store(_: duckdb.DuckDBPyConnection) -> Committed:
            committed = self._sink.append(restated, recorded_at=recorded_at)
            self.on_commit(committed)
            return committed

        return self.run(store)

    def _is_full(self) -> bool:
        return self._queued_rows > self._settings.queue_rows or len(self._jobs) >= MAX_QUEUED_JOBS

    def _queue(self, job: _Job) -> "Future[Any]":
        job.future.set_running_or_notify_cancel()
        with self._moved:
            if job.batch is not None:
                self._moved.wait_for(lambda: self._closing or not self._is_full())
            if self._closing:
                raise WriterEnded("the warehouse writer has ended")
            self._jobs.append(job)
            self._queued_rows += job.rows
            self._moved.notify_all()
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
        with self.at_one_instant() as cursor:
            yield lambda sql, parameters: cursor.execute(sql, list(parameters)).fetchall()

    @contextmanager
    def at_one_instant(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """Give a cursor that shows the same instant, however long it is asked."""
        cursor = self._db.cursor()
        cursor.execute("use live")
        cursor.execute("begin")
        try:
            yield cursor
        finally:
            cursor.close()

    @property
    def alive(self) -> bool:
        """Whether the writer takes batches."""
        return self._thread.is_alive() and not self._closing

    @property
    def waits_for_disk(self) -> bool:
        """Whether nothing is stored because the disk is nearly full."""
        return self._waits_for_disk

    @property
    def queued_rows(self) -> int:
        """How many rows wait."""
        return self._queued_rows

    def close(self) -> None:
        """Store what is queued, then close the file."""
        self._end()
        self._thread.join(self._pauses.join_within_s)
        if self._thread.is_alive():
            log.error("writer_hangs", queued_rows=self._queued_rows)
            self._db.interrupt()
            self._thread.join(self._pauses.join_within_s)
        self._db.close()

    # -- the writer thread -------------------------------------------------------------------------

    def _work(self) -> None:
        """Work until the end was called and all is done; whatever ends it, nobody waits on."""
        try:
            while (job := self._next(None)) is not None:
                if job.run is not None:
                    self._run(job)
                elif not self._commit(self._gather(job)):
                    break
        finally:
            self._end()
            self._refuse_rest()

    def _next(self, wait_s: float | None) -> _Job | None:
        """Take the next job; None at the end, or when none came in time."""
        with self._moved:
            self._moved.wait_for(lambda: self._jobs or self._closing, wait_s)
            return self._jobs.popleft() if self._jobs else None

    def _gather(self, first: _Job) -> list[_Job]:
        """Return the batches that share a transaction; a function begins another one."""
        group, rows = [first], first.rows
        deadline = time.monotonic() + self._settings.flush_ms / 1_000
        while rows < self._settings.flush_rows:
            with self._moved:
                left_s = max(0.0, deadline - time.monotonic())
                self._moved.wait_for(lambda: self._jobs or self._closing, left_s)
                if not self._jobs or self._jobs[0].run is not None:
                    break
                job = self._jobs.popleft()
            group.append(job)
            rows += job.rows
        return group

    def _run(self, job: _Job) -> None:
        if job.run is None:
            return
        try:
            result = job.run(self._db)
        except (duckdb.Error, pa.ArrowException, OSError, ValueError, LookupError) as error:
            job.future.set_exception(error)
        except BaseException as error:
            job.future.set_exception(WriterEnded(f"the warehouse writer ended: {error!r}"))
            raise
        else:
            job.future.set_result(result)

    def _commit(self, group: Sequence[_Job]) -> bool:
        """Store the batches of ``group``; their futures are told, whatever happens."""
        batches = [job.batch for job in group if job.batch is not None]
        why = "the warehouse writer has ended"
        try:
            self._await_disk()
            committed = self._attempt(batches)
        except (duckdb.Error, pa.ArrowException, OffsetMoved, OSError, DiskFull) as error:
            log.error("commit_failed", error=str(error), batches=len(batches))
            why = f"the warehouse did not commit: {error}"
            return False
        else:
            self._free(batches)
            self.committed_at = time.monotonic()
            for job in group:
                job.future.set_result(committed)
            self.on_commit(committed)
            return True
        finally:
            for job in group:
                if not job.future.done():
                    job.future.set_exception(WriterEnded(why))

    def _await_disk(self) -> None:
        """Wait while the disk is nearly full: nothing is stored, and so nothing acknowledged.

        Raises
        ------
        DiskFull
            If there was no room for too long.
        """
        deadline = time.monotonic() + self._pauses.disk_within_s
        try:
            while (free := shutil.disk_usage(self._settings.dir).free) < (
                self._settings.min_free_bytes
            ):
                if time.monotonic() >= deadline or self._closing:
                    raise DiskFull(
                        f"{free:,} bytes free; LOOPLINE_WAREHOUSE__MIN_FREE_BYTES is "
                        f"{self._settings.min_free_bytes:,}"
                    )
                self._waits_for_disk = True
                log.warning("disk_full", free_bytes=free)
                time.sleep(self._pauses.disk_s)
        finally:
            self._waits_for_disk = False

    def _attempt(self, batches: Sequence[SinkBatch]) -> Committed:
        for number in range(1, COMMIT_ATTEMPTS):
            try:
                return self._sink.write(batches)
            except REFUSED as error:
                log.error("row_refused_by_database", error=str(error))
                batches = self._without_refused(batches)
            except duckdb.Error as error:
                log.warning("commit_retry", attempt=number, error=str(error))
                time.sleep(self._pauses.commit_s * number)
        return self._sink.write(batches)

    def _without_refused(self, batches: Sequence[SinkBatch]) -> list[SinkBatch]:
        """Return ``batches`` with the records that the database refuses among the dead letters."""
        kept: list[SinkBatch] = []
        for batch in batches:
            if self._sink.would_take([*kept, batch]):
                kept.append(batch)
                continue
            good = self._good(kept, replace(batch, records=[]), batch.records)
            offsets = {record.offset for record in good}
            dead = [
                _refused_by_database(batch, record)
                for record in batch.records
                if record.offset not in offsets
            ]
            kept.append(replace(batch, records=good, dead=[*batch.dead, *dead]))
        return kept

    def _good(
        self, before: Sequence[SinkBatch], batch: SinkBatch, records: Sequence[Record]
    ) -> list[Record]:
        """Return which of ``records`` the database takes after those ``batch`` holds already."""
        tried = replace(batch, records=[*batch.records, *records])
        if self._sink.would_take([*before, tried]):
            return list(records)
        if len(records) <= 1:
            return []
        half = len(records) // 2
        first = self._good(before, batch, records[:half])
        longer = replace(batch, records=[*batch.records, *first])
        return [*first, *self._good(before, longer, records[half:])]

    def _free(self, batches: Sequence[SinkBatch]) -> None:
        with self._moved:
            self._queued_rows -= sum(batch.rows for batch in batches)
            self._moved.notify_all()

    def _end(self) -> None:
        with self._moved:
            self._closing = True
            self._moved.notify_all()

    def _refuse_rest(self) -> None:
        with self._moved:
            rest = list(self._jobs)
            self._jobs.clear()
        for job in rest:
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
