"""What the relay has published, in a file of its own; the ledger reads it, the relay writes it."""

import sqlite3
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from ledger.canonical import stamp
from ledger.lock import LockFile
from ledger.refusals import LedgerMissing
from ledger.statements import SqliteStatements, Statements
from ledger.store import open_for_reading, open_for_writing

RELAY_FILE = "relay.sqlite"
RELAY_LOCK = "relay.lock"
LOOK_EVERY_S = 1.0

_SCHEMA = """
create table if not exists lease (
    lease_id integer primary key check (lease_id = 1),
    cluster_id text not null,
    taken_at text not null
) strict;
create table if not exists sent (
    cluster_id text not null,
    seq integer not null,
    partition integer not null,
    "offset" integer not null,
    sent_at text not null,
    primary key (cluster_id, seq)
) strict, without rowid;
"""
_SENT_UNTIL = "select coalesce(max(seq), 0) from sent where cluster_id = ?"
_FORGET = (
    "delete from sent where seq < ? "
    "and seq < (select max(seq) from sent s where s.cluster_id = sent.cluster_id)"
)


_LEASE = (
    "insert into lease values (1, ?, ?) on conflict (lease_id) do update set "
    "cluster_id = excluded.cluster_id, taken_at = excluded.taken_at "
    "where lease.cluster_id != excluded.cluster_id"
)
_SENT = (
    "insert into sent values (?, ?, ?, ?, ?) on conflict (cluster_id, seq) do update set "
    'partition = excluded.partition, "offset" = excluded."offset", sent_at = excluded.sent_at'
)
_SENT_NOW = (
    "select coalesce(max(seq), 0) from sent where cluster_id = (select cluster_id from lease)"
)
Place = tuple[int, int]


def take_lease(db: Statements, cluster_id: str, *, now: datetime) -> int:
    """Say which broker is published to; return the ``seq`` up to which it has everything."""
    db.execute(_LEASE, [cluster_id, stamp(now)])
    return int(db.execute(_SENT_UNTIL, [cluster_id]).fetchone()[0])


def write_places(
    db: Statements, cluster_id: str, places: Mapping[int, Place], *, now: datetime
) -> None:
    """Keep (partition, offset) of each ``seq`` in the open transaction."""
    for seq, place in places.items():
        db.execute(_SENT, [cluster_id, seq, *place, stamp(now)])


def forget_sent(db: Statements, *, before_seq: int) -> int:
    """Drop rows of what the outbox no longer has; return how many."""
    return db.execute(_FORGET, [before_seq]).rowcount


def sent_now(db: Statements) -> int:
    """Return the ``seq`` up to which the relay's broker has everything."""
    return int(db.execute(_SENT_NOW).fetchone()[0])


class RelayState:
    """The relay's own file, held by one relay at a time."""

    def __init__(self, folder: Path) -> None:
        """Open it.

        Raises
        ------
        ledger.refusals.LedgerHeld
            If another relay holds it.
        """
        self._lock = LockFile(folder / RELAY_LOCK, what="the relay of")
        self._db = open_for_writing(folder / RELAY_FILE)
        self._db.executescript(_SCHEMA)

    def lease(self, cluster_id: str, *, now: datetime) -> int:
        """Say which broker is published to; return the ``seq`` up to which it has everything."""
        return take_lease(self._db, cluster_id, now=now)

    def record(self, cluster_id: str, places: Mapping[int, Place], *, now: datetime) -> None:
        """Keep (partition, offset) of each acknowledged ``seq``, all of them or none."""
        self._db.execute("begin immediate")
        write_places(self._db, cluster_id, places, now=now)
        self._db.execute("commit")

    def forget(self, *, before_seq: int) -> int:
        """Drop rows of what the outbox no longer has; return how many."""
        return forget_sent(self._db, before_seq=before_seq)

    def close(self) -> None:
        """Let another relay have it."""
        self._db.close()
        self._lock.release()


class Glance:
    """A look at what the relay has sent, at most once a second, by whichever thread asks."""

    def __init__(self, look: Callable[[int], int], *, monotonic: Callable[[], float]) -> None:
        """Prepare; ``look`` gets what was seen last."""
        self._look, self._monotonic = look, monotonic
        self._lock = threading.Lock()
        self._looked: float | None = None
        self._seq = 0

    def __call__(self) -> int:
        """Return the ``seq`` up to which the relay's broker has everything."""
        with self._lock:
            now = self._monotonic()
            if self._looked is None or now - self._looked >= LOOK_EVERY_S:
                self._looked, self._seq = now, self._look(self._seq)
            return self._seq


class SentUntil:
    """The ledger's look at the relay's file."""

    def __init__(self, folder: Path, *, monotonic: Callable[[], float]) -> None:
        """Prepare; a relay that never ran has sent nothing."""
        self._path = folder / RELAY_FILE
        self._db: SqliteStatements | None = None
        self._glance = Glance(self._look, monotonic=monotonic)

    def __call__(self) -> int:
        """Return the ``seq`` up to which the relay's broker has everything."""
        return self._glance()

    def _look(self, seen: int) -> int:
        try:
            if self._db is None:
                self._db = open_for_reading(self._path)
            return sent_now(self._db)
        except (LedgerMissing, sqlite3.OperationalError):
            return seen  # no relay yet, or one that is only just making its tables

    def close(self) -> None:
        """Let go of the file."""
        if self._db is not None:
            self._db.close()
        self._db = None
