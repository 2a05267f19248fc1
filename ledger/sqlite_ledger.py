"""The ledger on SQLite: one writing process, group commit, reads beside it."""

from collections.abc import Sequence
from concurrent.futures import Future
from contextlib import ExitStack
from datetime import datetime
from pathlib import Path
from typing import Generic

from ledger import pruning
from ledger.admission import Admission
from ledger.all_or_none import all_or_none
from ledger.checkpoints import Checkpoints
from ledger.contract import MAX_GROUP, MAX_OUTBOX_ROWS, MAX_QUEUED, Decide, Ports
from ledger.execution import execute
from ledger.lock import LockFile
from ledger.reading import Reader
from ledger.records import Answer, Command, Health, Pruned, Request
from ledger.statements import SqliteStatements, Statements
from ledger.store import LEDGER_FILE, LEDGER_LOCK, SqliteReads, migrate, open_for_writing
from ledger.stored_outgoing import StoredOutgoing
from ledger.writer import Writer


class SqliteLedger(Reader, Generic[Command]):
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
        self._admission = Admission(ports, max_outbox_rows=max_outbox_rows)
        self._committed_at: datetime | None = None
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with ExitStack() as undo:
            self._lock = LockFile(folder / LEDGER_LOCK, what="the ledger in")
            undo.callback(self._lock.release)
            self._db = open_for_writing(folder / LEDGER_FILE)
            undo.callback(self._db.close)
            migrate(self._db, product_version=product_version, now=ports.now())
            self._note(self._db)
            self._committed_at = None
            self._checkpoints = Checkpoints(folder / LEDGER_FILE)
            undo.pop_all()
        super().__init__(SqliteReads(folder / LEDGER_FILE))
        self._writer = Writer(
            self._db,
            on_death=ports.on_death,
            after_commit=self._committed,
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
        with self._admission.letting_in(request) as ended:
            return self._writer.put(lambda db: self._execute(db, request), before_answer=ended)

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
        return self._writer.put(lambda db: all_or_none(db, requests, self._execute))

    def _execute(self, db: Statements, request: Request[Command]) -> Answer:
        return execute(
            db,
            request,
            decide=self._decide,
            now=self._ports.now(),
            new_id=self._ports.new_id,
        )

    def _committed(self, db: SqliteStatements) -> None:
        self._note(db)
        self._checkpoints.note(db)

    def _note(self, db: Statements) -> None:
        """Remember where the outbox begins and ends; what was pruned waits for nobody."""
        self._committed_at = self._ports.now()
        first = db.execute("select min(seq) from outbox").fetchone()[0]
        self._admission.note_outbox(first_seq=first, last_seq=db.last_seq())

    @property
    def outgoing(self) -> StoredOutgoing:
        """What goes out by webhook: a ``ledger.outgoing.Outgoing``, of all tenants."""
        return StoredOutgoing(self._reads, self._writer)

    def prune(self) -> Pruned:
        """Take away what was kept long enough; other requests commit between its steps."""
        return pruning.in_steps(
            lambda: self._writer.put(
                lambda db: pruning.prune(
                    db, now=self._ports.now(), sent_until=self._ports.sent_until()
                )
            ).result()
        )

    def health(self) -> Health:
        """Return what readiness and gauges are made of."""
        return Health(
            alive=self._writer.alive,
            queued=self._writer.queued,
            outbox_rows=self._admission.outbox_rows(),
            free_share=self._ports.free_share(),
            commits=self._writer.commits,
            committed=self._writer.committed,
            committed_at=self._committed_at,
            waiting_since=self.waiting_since(self._ports.sent_until()),
        )

    def close(self) -> None:
        """Commit what is queued, then let go of the files."""
        self._writer.close()
        self._checkpoints.close()
        self._reads.close()
        self._db.close()
        self._lock.release()
