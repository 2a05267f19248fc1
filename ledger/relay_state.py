"""What the relay has published, in a file of its own; the ledger reads it, the relay writes it."""

import sqlite3
import threading
from collections.abc import Callable, Mapping
from datetime import datetime
from pathlib import Path

from ledger.canonical import stamp
from ledger.lock import LockFile
from ledger.refusals import LedgerMissing
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
    offset integer not null,
    sent_at text not null,
    primary key (cluster_id, seq)
) strict, without rowid;
"""
_SENT_UNTIL = "select coalesce(max(seq), 0) from sent where cluster_id = ?"
_FORGET = (
    "delete from sent where seq < ? "
    "and seq < (select max(seq) from sent s where s.cluster_id = sent.cluster_id)"
)


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
        self._db.execute(
            "insert into lease values (1, ?, ?) on conflict do update set "
            "cluster_id = excluded.cluster_id, taken_at = excluded.taken_at "
            "where cluster_id != excluded.cluster_id",
            [cluster_id, stamp(now)],
        )
        return int(self._db.execute(_SENT_UNTIL, [cluster_id]).fetchone()[0])

    def record(
        self, cluster_id: str, places: Mapping[int, tuple[int, int]], *, now: datetime
    ) -> None:
        """Keep (partition, offset) of each acknowledged ``seq``, all of them or none."""
        self._db.execute("begin immediate")
        self._db.executemany(
            "insert or replace into sent values (?, ?, ?, ?, ?)",
            [(cluster_id, seq, *place, stamp(now)) for seq, place in places.items()],
        )
        self._db.execute("commit")

    def forget(self, *, before_seq: int) -> int:
        """Drop rows of what the outbox no longer has; return how many."""
        return self._db.execute(_FORGET, [before_seq]).rowcount

    def close(self) -> None:
        """Let another relay have it."""
        self._db.close()
        self._lock.release()


class SentUntil:
    """The ledger's look at the relay's file, at most once a second."""

    def __init__(self, folder: Path, *, monotonic: Callable[[], float]) -> None:
        """Prepare; a relay that never ran has sent nothing."""
        self._path, self._monotonic = folder / RELAY_FILE, monotonic
        self._lock = threading.Lock()
        self._db: sqlite3.Connection | None = None
        self._looked: float | None = None
        self._seq = 0

    def __call__(self) -> int:
        """Return the ``seq`` up to which the relay's broker has everything."""
        with self._lock:
            now = self._monotonic()
            if self._looked is None or now - self._looked >= LOOK_EVERY_S:
                self._looked, self._seq = now, self._look()
            return self._seq

    def _look(self) -> int:
        try:
            if self._db is None:
                self._db = open_for_reading(self._path)
            row = self._db.execute(
                "select coalesce(max(seq), 0) from sent "
                "where cluster_id = (select cluster_id from lease)"
            ).fetchone()
        except (LedgerMissing, sqlite3.OperationalError):
            return self._seq  # no relay yet, or one that is only just making its tables
        return int(row[0])

    def close(self) -> None:
        """Let go of the file."""
        with self._lock:
            if self._db is not None:
                self._db.close()
            self._db = None
