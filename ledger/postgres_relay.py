"""The relay on PostgreSQL: outbox and progress in the ledger's own database."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime

import psycopg

from ledger.outbox import Message, first_kept, messages
from ledger.postgres_refusals import refusal_of
from ledger.postgres_statements import RELAY_LOCK, PostgresStatements, lock_number
from ledger.postgres_store import NO_SCHEMA, PostgresReads, open_for_writing
from ledger.refusals import LedgerAway, LedgerHeld, LedgerMissing
from ledger.relay_state import Glance, Place, forget_sent, sent_now, take_lease, write_places

_HOLDER = (
    "select pid, application_name, client_addr from pg_locks join pg_stat_activity using (pid) "
    "where locktype = 'advisory' and granted and objsubid = 1 "
    "and (classid::bigint << 32) | objid::bigint = ?"
)


class PostgresOutbox:
    """A ``ledger.relay.Waiting``; it makes a new connection where the last one was lost."""

    def __init__(self, url: str) -> None:
        """Prepare; the first look connects."""
        self._reads = PostgresReads(url, most=1)

    def after(self, seq: int, limit: int) -> list[Message]:
        """Return up to ``limit`` messages behind ``seq``, below every open transaction.

        Raises
        ------
        LedgerAway
            If the database does not answer.
        """
        with self._reads.reading() as db:
            return messages(db, seq, limit)

    def first_seq(self) -> int:
        """Return the first ``seq`` that was not pruned, 0 where there is none."""
        with self._reads.reading() as db:
            return first_kept(db)

    def close(self) -> None:
        """Let go of the connection."""
        self._reads.close()


class PostgresRelayState:
    """A ``ledger.relay.Progress``: held as long as its one connection lives.

    A relay that lost its connection must end: another one may hold the lease by then. What both
    publish meanwhile are the same events in the same sequence, which consumers know.
    """

    def __init__(self, url: str) -> None:
        """Take the lease.

        Raises
        ------
        LedgerAway
            If the database does not answer.
        LedgerHeld
            If another relay holds it; the sentence names the process.
        LedgerMissing
            If the database has no ledger.
        """
        self._db, taken = open_for_writing(url), False
        try:
            _take(self._db)
            taken = True
        finally:
            if not taken:
                self._db.connection.close()

    def lease(self, cluster_id: str, *, now: datetime) -> int:
        """Say which broker is published to; return the ``seq`` up to which it has everything."""
        with self._told() as db:
            return take_lease(db, cluster_id, now=now)

    def record(self, cluster_id: str, places: Mapping[int, Place], *, now: datetime) -> None:
        """Keep (partition, offset) of each acknowledged ``seq``, all of them or none."""
        with self._told() as db, db.connection.transaction():
            write_places(db, cluster_id, places, now=now)

    def forget(self, *, before_seq: int) -> int:
        """Drop rows of what the outbox no longer has; return how many."""
        with self._told() as db:
            return forget_sent(db, before_seq=before_seq)

    def close(self) -> None:
        """Let another relay have it."""
        self._db.connection.close()

    @contextmanager
    def _told(self) -> Iterator[PostgresStatements]:
        try:
            yield self._db
        except psycopg.Error as error:
            raise refusal_of(error) from error


def _take(db: PostgresStatements) -> None:
    number = lock_number(RELAY_LOCK, ["relay"])
    told = db.execute("select to_regclass('lease') is not null, pg_try_advisory_lock(?)", [number])
    there, free = told.fetchone() or (False, False)
    if not there:
        raise LedgerMissing(NO_SCHEMA)
    if not free:
        raise LedgerHeld(
            f"the relay of this database is held by {_holder(db, number)}; end it first"
        )


def _holder(db: PostgresStatements, number: int) -> str:
    row = db.execute(_HOLDER, [number]).fetchone()
    if row is None:
        return "a process that has just ended"
    pid, name, address = row
    return f"the server's process {pid} ({name} from {address or 'this machine'})"


class PostgresSentUntil:
    """The ledger's look at what the relay has sent."""

    def __init__(self, url: str, *, monotonic: Callable[[], float]) -> None:
        """Prepare; a relay that never ran has sent nothing."""
        self._reads = PostgresReads(url, most=1)
        self._glance = Glance(self._look, monotonic=monotonic)

    def __call__(self) -> int:
        """Return the ``seq`` up to which the relay's broker has everything."""
        return self._glance()

    def _look(self, seen: int) -> int:
        try:
            with self._reads.reading() as db:
                return sent_now(db)
        except (LedgerAway, LedgerMissing):
            return seen  # the ledger itself says that its database is away

    def close(self) -> None:
        """Let go of the connection."""
        self._reads.close()
