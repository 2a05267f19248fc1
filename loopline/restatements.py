"""Restatements in the process that owns the warehouse: one at a time, in a thread of its own."""

import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import structlog

from emissions.defect import FactorFileError
from emissions.factor import FactorBook, FactorSet
from emissions.period import Period
from emissions.rerun import RecordedVersions, leg_run
from loopline.restatement_views import document
from runtime.factor_store import book_for, book_of_named, known_sets
from runtime.settings import FactorSettings
from schemas.refusal import Reason, Refused
from warehouse.owner import Warehouse, WriterEnded
from warehouse.restate import KeptAside, legs_in, restate
from web.operate import RestatementAsked
from web.problems import Problem

RUNNING, DONE, FAILED = "running", "done", "failed"
log = structlog.get_logger()


@dataclass(slots=True)
class _Work:
    """One restatement, from its beginning until the next one's."""

    restatement_id: str
    asked: RestatementAsked
    future: "Future[Mapping[str, Any]] | None" = None
    legs: int = 0
    done: int = 0

    @property
    def runs(self) -> bool:
        """Whether it is not at its end."""
        return self.future is not None and not self.future.done()

    def told(self) -> Mapping[str, Any]:
        """Return how far it is, and at its end the result or why there is none."""
        told: dict[str, Any] = {"state": RUNNING, "done": self.done, "legs": self.legs}
        if self.future is None or not self.future.done():
            return told
        error = self.future.exception()
        if error is not None:
            return told | {"state": FAILED, "detail": str(error)}
        return told | {"state": DONE, "result": dict(self.future.result())}


class Restatements:
    """Runs recorded legs again for the command line; remembers the newest result only."""

    def __init__(
        self,
        warehouse: Warehouse,
        factors: FactorSettings,
        folder: Path,
        *,
        now: Callable[[], datetime],
        learn: Callable[[Iterable[FactorSet]], None] = lambda _: None,
    ) -> None:
        """Keep what the work needs; rows wait in ``folder`` until they are appended.

        ``learn`` is told the sets that appended rows stand on, so that pages can explain them.
        """
        self._warehouse = warehouse
        self._factors = factors
        self._folder = folder
        self._now = now
        self._learn = learn
        self._lock = threading.Lock()
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="restatement")
        self._work: _Work | None = None

    def begin(self, asked: RestatementAsked) -> str:
        """Begin a restatement, and return the id to ask after it by.

        Raises
        ------
        Refused
            If a set may not answer.
        Problem
            If another one is running.
        """
        with self._lock:
            if self._work is not None and self._work.runs:
                raise Problem(409, "busy", "another restatement is running; try again after it")
            book, versions = self._sets(asked)
            work = _Work(uuid4().hex, asked)
            work.future = self._thread.submit(self._run, work, book, versions)
            self._work = work
        return work.restatement_id

    def told(self, restatement_id: str) -> Mapping[str, Any] | None:
        """Return how far a restatement is; None where it is not the newest of this process."""
        work = self._work
        known = work is not None and work.restatement_id == restatement_id
        return work.told() if work is not None and known else None

    def _sets(self, asked: RestatementAsked) -> tuple[FactorBook, RecordedVersions]:
        """The sets as they lie there now, which may be newer than those this process runs on."""
        try:
            book = (
                book_of_named(self._factors, asked.sets, is_preview=asked.dry_run)
                if asked.sets
                else book_for(self._factors)
            )
            known = known_sets(self._factors)
        except FactorFileError as error:
            raise Refused(
                Reason.SET_NOT_APPROVED, f"{self._factors.dir}: {error.defects[0]}"
            ) from None
        regions = self._factors.regions_in_order
        return book, RecordedVersions(known, region_fallback=regions)

    def _run(self, work: _Work, book: FactorBook, versions: RecordedVersions) -> Mapping[str, Any]:
        def tell(done: int) -> None:
            work.done = done
            if not self._warehouse.alive:
                raise WriterEnded("the warehouse is closing; nothing was appended")

        asked, appended = work.asked, 0
        period = Period(f"{asked.from_on}..{asked.to_on}", asked.from_on, asked.to_on)
        with KeptAside(self._folder) as keep:
            with self._warehouse.at_one_instant() as instant:
                work.legs = legs_in(instant, period)
                summary = restate(
                    instant, period, versions=versions, new=leg_run(book), keep=keep, tell=tell
                )
            if keep.rows and not asked.dry_run:
                self._learn(book.sets)
                stored = self._warehouse.append(keep.tables(), recorded_at=self._now())
                appended = stored.result().rows
        log.info("restated", legs=summary.records, rows=summary.rows, appended=appended)
        return document(asked, book, summary, appended=appended)
