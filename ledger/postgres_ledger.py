"""The ledger on PostgreSQL: several machines write at once, each aggregate moves alone."""

import threading
from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import closing
from datetime import datetime, timedelta
from typing import Generic

from ledger import pruning
from ledger.admission import Admission, still_runs
from ledger.all_or_none import all_or_none
from ledger.contract import MAX_OUTBOX_ROWS, MAX_QUEUED, Decide, Ports
from ledger.execution import execute
from ledger.idempotency import scope_of
from ledger.postgres_statements import PostgresStatements
from ledger.postgres_store import PostgresReads, migrate, open_for_writing
from ledger.postgres_workers import MAX_CONNECTIONS, Workers
from ledger.reading import Reader
from ledger.records import Answer, Command, Health, Pruned, Request
from ledger.refusals import LedgerAway
from ledger.statements import Statements
from ledger.stored_outgoing import StoredOutgoing

LOOK_EVERY = timedelta(seconds=1)  # at the outbox, which others fill and empty


def unseen_disk() -> None:
    """Return None: the port of a ledger whose disk is another machine's.

    A full one is told by the database (507); that it fills up is for its own watch to say.
    """


class PostgresLedger(Reader, Generic[Command]):
    """A ``ledger.contract.Ledger``: what is answered is on the database server's disk."""

    def __init__(
        self,
        url: str,
        decide: Decide[Command],
        ports: Ports,
        *,
        product_version: str,
        max_connections: int = MAX_CONNECTIONS,
        max_queued: int = MAX_QUEUED,
        max_outbox_rows: int = MAX_OUTBOX_ROWS,
    ) -> None:
        """Bring the database at ``url`` to the newest schema and start the writers.

        Raises
        ------
        LedgerAway
            If the database does not answer.
        LedgerMissing
            If it does not wait for its disk.
        runtime.migrations.MigrationRefused
            If its schema does not belong to this version.
        """
        self._decide, self._ports = decide, ports
        self._admission = Admission(ports, max_outbox_rows=max_outbox_rows)
        self._lock = threading.Lock()
        self._commits = 0
        self._committed_at: datetime | None = None
        db = open_for_writing(url)
        with closing(db.connection):
            migrate(db, product_version=product_version, now=ports.now())
            self._look(db)
        super().__init__(PostgresReads(url))
        self._workers = Workers(
            lambda: open_for_writing(url),
            on_death=ports.on_death,
            after_commit=self._note,
            max_connections=max_connections,
            max_queued=max_queued,
        )

    def submit(self, request: Request[Command]) -> "Future[Answer]":
        """Queue ``request``; the future is done once its transaction has committed.

        Requests for one aggregate run in the sequence they came to this machine.

        Raises
        ------
        InFlight
            If the first request under its idempotency key still runs here. Where it runs on
            another machine, the future says so.
        Malformed
            If a text of it cannot be stored.
        Overloaded, StorageFull, WriterEnded
            If it is not taken now.
        """
        with self._admission.letting_in(request) as ended:
            return self._workers.put(
                lambda db: self._execute(db, request), lane=request.target, before_answer=ended
            )

    def submit_together(self, requests: Sequence[Request[Command]]) -> "Future[tuple[Answer, ...]]":
        """Queue ``requests`` as one: all of them are accepted, or nothing of them is written.

        Raises
        ------
        Malformed
            If a text of one cannot be stored.
        Overloaded, StorageFull, WriterEnded
            If they are not taken now.
        """
        self._admission.begin_together(requests)
        return self._workers.put(lambda db: all_or_none(db, requests, self._execute))

    def _execute(self, db: PostgresStatements, request: Request[Command]) -> Answer:
        scope = scope_of(request)
        if scope is not None and not db.try_alone(scope):
            raise still_runs(scope)
        return execute(
            db, request, decide=self._decide, now=self._ports.now(), new_id=self._ports.new_id
        )

    def _note(self, db: PostgresStatements) -> None:
        now = self._ports.now()
        with self._lock:
            self._commits += 1
            self._committed_at = now
            due = abs(now - self._looked_at) >= LOOK_EVERY
        if db.taken_seq is not None:
            self._admission.note_event(db.taken_seq)
        if due:
            self._look(db)

    def _look(self, db: Statements) -> None:
        """Remember where the outbox begins and ends, whoever wrote it."""
        self._looked_at = self._ports.now()
        row = db.execute(
            "select min(seq), coalesce(pg_sequence_last_value('event_seq'), 0) from outbox"
        ).fetchone()
        if row is not None:
            self._admission.note_outbox(first_seq=row[0], last_seq=row[1])

    @property
    def outgoing(self) -> StoredOutgoing:
        """What goes out by webhook: a ``ledger.outgoing.Outgoing``, of all tenants."""
        return StoredOutgoing(self._reads, self._workers)

    def prune(self) -> Pruned:
        """Take away what was kept long enough; other requests commit between its steps."""

        def step(db: PostgresStatements) -> Pruned:
            gone = pruning.prune(db, now=self._ports.now(), sent_until=self._ports.sent_until())
            self._look(db)
            return gone

        return pruning.in_steps(lambda: self._workers.put(step).result())

    def health(self) -> Health:
        """Return what readiness and gauges are made of; not alive while the database is away."""
        alive, waiting_since = self._workers.alive, None
        try:
            with self._reads.reading() as db:
                self._look(db)
            waiting_since = self.waiting_since(self._ports.sent_until())
        except LedgerAway:
            alive = False
        return Health(
            alive=alive,
            queued=self._workers.queued,
            outbox_rows=self._admission.outbox_rows(),
            free_share=self._ports.free_share(),
            commits=self._commits,
            committed=self._commits,
            committed_at=self._committed_at,
            waiting_since=waiting_since,
        )

    def close(self) -> None:
        """Commit what is queued, then let go of the connections."""
        self._workers.close()
        self._reads.close()
