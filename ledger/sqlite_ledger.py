"""The ledger on SQLite: one writing process, group commit, reads beside it."""

import sqlite3
import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Generic

from ledger import pruning
from ledger.all_or_none import all_or_none
from ledger.contract import (
    MAX_GROUP,
    MAX_OUTBOX_ROWS,
    MAX_PAGE,
    MAX_QUEUED,
    MAX_TOGETHER,
    MIN_FREE_SHARE,
    Decide,
    Ports,
)
from ledger.execution import execute
from ledger.idempotency import Scope, scope_of
from ledger.lock import LockFile
from ledger.reading import Reader, is_storable
from ledger.records import (
    Aggregate,
    Answer,
    BusinessKey,
    Caller,
    Command,
    Health,
    LatePickup,
    Page,
    PickupOf,
    Pruned,
    Ref,
    Request,
    StoredEvent,
    Verified,
)
from ledger.refusals import InFlight, Malformed, NotFound, Overloaded, StorageFull
from ledger.store import LEDGER_FILE, LEDGER_LOCK, migrate, open_for_writing
from ledger.writer import Writer
from ledger.writing import last_seq

MAX_KEY_CHARACTERS = 255
MAX_TEXT_CHARACTERS = 8_192  # 50 units have their ids in the keys of one pickup
OUTBOX_RETRY_AFTER_S = 30


class SqliteLedger(Generic[Command]):
    """A ``ledger.contract.Ledger``: what is answered is on the disk."""

    def __init__(
        self,
        folder: Path,
        decide: Decide[Command],
        ports: Ports,
        *,
        product_version: str,
        max_group: int = MAX_GROUP,
        max_queued: int = MAX_QUEUED,
        max_outbox_rows: int = MAX_OUTBOX_ROWS,
    ) -> None:
        """Open or create the ledger in ``folder`` and start its writer.

        Raises
        ------
        LedgerHeld
            If another process writes it.
        runtime.migrations.MigrationRefused
            If the file does not belong to this version.
        """
        self._decide, self._ports = decide, ports
        self._max_outbox_rows = max_outbox_rows
        self._committed_at: datetime | None = None
        self._in_flight: set[Scope] = set()
        self._in_flight_lock = threading.Lock()
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with ExitStack() as undo:
            self._lock = LockFile(folder / LEDGER_LOCK, what="the ledger in")
            undo.callback(self._lock.release)
            self._db = open_for_writing(folder / LEDGER_FILE)
            undo.callback(self._db.close)
            migrate(self._db, product_version=product_version, now=ports.now())
            self._note(self._db)
            self._committed_at = None
            undo.pop_all()
        self._reader = Reader(folder / LEDGER_FILE)
        self._writer = Writer(
            self._db,
            on_death=ports.on_death,
            after_commit=self._note,
            max_group=max_group,
            max_queued=max_queued,
        )

    def submit(self, request: Request[Command]) -> "Future[Answer]":
        """Queue ``request``; the future is done once its transaction has committed.

        Raises
        ------
        InFlight
            If the first request under its idempotency key still runs.
        Malformed
            If a text of it cannot be stored.
        Overloaded, StorageFull, WriterEnded
            If it is not taken now.
        """
        _refuse_unstorable(request)
        self._refuse_without_room()
        scope = scope_of(request)
        self._begin(scope)
        taken = False
        try:
            future = self._writer.put(
                lambda db: self._execute(db, request), before_answer=lambda: self._end(scope)
            )
            taken = True
        finally:
            if not taken:
                self._end(scope)
        return future

    def submit_together(self, requests: Sequence[Request[Command]]) -> "Future[tuple[Answer, ...]]":
        """Queue ``requests`` as one: all of them are accepted, or nothing of them is written.

        Raises
        ------
        Malformed
            If a text of one cannot be stored.
        Overloaded, StorageFull, WriterEnded
            If they are not taken now.
        """
        if len(requests) > MAX_TOGETHER:
            raise ValueError(f"{len(requests)} requests; at most {MAX_TOGETHER} go together")
        for request in requests:
            _refuse_unstorable(request)
        self._refuse_without_room()
        return self._writer.put(lambda db: all_or_none(db, requests, self._execute))

    def _execute(self, db: sqlite3.Connection, request: Request[Command]) -> Answer:
        return execute(
            db,
            request,
            decide=self._decide,
            now=self._ports.now(),
            new_id=self._ports.new_id,
        )

    def _note(self, db: sqlite3.Connection) -> None:
        """Remember where the outbox begins and ends; what was pruned waits for nobody."""
        self._committed_at = self._ports.now()
        self._last_seq = last_seq(db)
        first = db.execute("select min(seq) from outbox").fetchone()[0]
        self._gone_until = self._last_seq if first is None else first - 1

    def _begin(self, scope: Scope | None) -> None:
        if scope is None:
            return
        with self._in_flight_lock:
            if scope in self._in_flight:
                raise InFlight(f"the first request under the key {scope[-1]} still runs")
            self._in_flight.add(scope)

    def _end(self, scope: Scope | None) -> None:
        if scope is not None:
            with self._in_flight_lock:
                self._in_flight.discard(scope)

    def _refuse_without_room(self) -> None:
        waiting = self._outbox_rows()
        if waiting > self._max_outbox_rows:
            raise Overloaded(
                f"{waiting} events wait for the broker", retry_after_s=OUTBOX_RETRY_AFTER_S
            )
        free_share = self._ports.free_share()
        if free_share < MIN_FREE_SHARE:
            raise StorageFull(
                f"{free_share:.1%} of the disk are free, {MIN_FREE_SHARE:.0%} are needed"
            )

    def _outbox_rows(self) -> int:
        """Return how many events may wait; one for no topic counts until a later one went."""
        return max(0, self._last_seq - max(self._gone_until, self._ports.sent_until()))

    def get(self, caller: Caller, ref: Ref) -> Aggregate:
        """Return one aggregate that ``caller`` may see now, or raise ``NotFound``."""
        return self._reader.get(caller, ref)

    def of_any_tenant(self, ref: Ref) -> Aggregate | None:
        """Return an aggregate whosever it is: a credential is found so, and tells the tenant."""
        return self._reader.of_any_tenant(ref)

    def page(
        self,
        caller: Caller,
        kind: str,
        *,
        after_seq: int = 0,
        limit: int = MAX_PAGE,
        state: str | None = None,
        updated_after: datetime | None = None,
    ) -> Page[Aggregate]:
        """Return aggregates that ``caller`` may see, in the sequence of their creation."""
        return self._reader.page(
            caller,
            kind,
            after_seq=after_seq,
            limit=limit,
            state=state,
            updated_after=updated_after,
        )

    def history(
        self, caller: Caller, ref: Ref, *, after_version: int = 0, limit: int = MAX_PAGE
    ) -> tuple[StoredEvent, ...]:
        """Return the events of one aggregate that ``caller`` may see, or raise ``NotFound``."""
        return self._reader.history(caller, ref, after_version=after_version, limit=limit)

    def late_pickups(
        self, caller: Caller, *, after_seq: int = 0, limit: int = MAX_PAGE, undecided: bool = False
    ) -> Page[LatePickup]:
        """Return kept pickups of ``caller``: a partner's own, or all of the tenant."""
        return self._reader.late_pickups(
            caller, after_seq=after_seq, limit=limit, undecided=undecided
        )

    @property
    def watch(self) -> Reader:
        """What the house finds its own work with: a ``ledger.contract.Watch``, of all tenants."""
        return self._reader

    def verify(self) -> Verified:
        """Walk through every hash chain and say where one is broken."""
        return self._reader.verify()

    def prune(self) -> Pruned:
        """Take away what was kept long enough; other requests commit between its steps."""
        gone = Pruned(0, 0, 0)
        while True:
            step = self._writer.put(
                lambda db: pruning.prune(
                    db, now=self._ports.now(), sent_until=self._ports.sent_until()
                )
            ).result()
            gone = Pruned(
                gone.idempotency + step.idempotency,
                gone.refusals + step.refusals,
                gone.outbox + step.outbox,
            )
            if max(step.idempotency, step.refusals, step.outbox) < pruning.MAX_PRUNED:
                return gone

    def health(self) -> Health:
        """Return what readiness and gauges are made of."""
        return Health(
            alive=self._writer.alive,
            queued=self._writer.queued,
            outbox_rows=self._outbox_rows(),
            free_share=self._ports.free_share(),
            commits=self._writer.commits,
            committed=self._writer.committed,
            committed_at=self._committed_at,
            waiting_since=self._reader.waiting_since(self._ports.sent_until()),
        )

    def close(self) -> None:
        """Commit what is queued, then let go of the files."""
        self._writer.close()
        self._reader.close()
        self._db.close()
        self._lock.release()


def _refuse_unstorable(request: Request[Command]) -> None:
    if request.target is not None and not is_storable(request.target.id):
        raise NotFound(f"there is no such {request.target.kind}")
    told = "".join(
        (
            request.caller.tenant, request.caller.partner_id or "", request.method, request.path,
            request.key or "", request.correlation_id, request.traceparent,
            *(text for key in request.business_keys for text in _texts_of(key)),
        )
    )  # fmt: skip
    if len(told) > MAX_TEXT_CHARACTERS or not told.isprintable():
        _refuse_text(request)
    if request.key is not None and not 1 <= len(request.key) <= MAX_KEY_CHARACTERS:
        raise Malformed(f"a key has 1 to {MAX_KEY_CHARACTERS} characters, not {len(request.key)}")


def _texts_of(key: BusinessKey) -> tuple[str, str]:
    if isinstance(key, PickupOf):
        return key.takeback_order_id, key.unit_id
    return key.channel, key.channel_ref


def _refuse_text(request: Request[Command]) -> None:
    """Raise the refusal that names the text which cannot be stored, if it is one alone."""
    texts = {
        "tenant": request.caller.tenant,
        "partner_id": request.caller.partner_id or "",
        "method": request.method,
        "path": request.path,
        "key": request.key or "",
        "correlation_id": request.correlation_id,
        "traceparent": request.traceparent,
        "business_keys": "".join(text for key in request.business_keys for text in _texts_of(key)),
    }
    for name, text in texts.items():
        if len(text) > MAX_TEXT_CHARACTERS or not text.isprintable():
            raise Malformed(f"{name} is longer than {MAX_TEXT_CHARACTERS} or not printable")
