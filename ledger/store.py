"""The SQLite files: how each is opened, and brought to the newest schema."""

import shutil
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

from ledger.canonical import stamp
from ledger.refusals import LedgerMissing
from ledger.statements import SqliteStatements
from runtime.migrations import Migration, pending, read_migrations

LEDGER_FILE = "ledger.sqlite"
LEDGER_LOCK = "ledger.lock"
MIGRATIONS = Path(__file__).with_name("migrations")
BUSY_MS = 5_000
MAX_STATEMENTS = 256  # prepared ones that a connection keeps
CACHE_KIB = 32_768  # a group of 200 stays in memory until it commits
CHECKPOINT_PAGES = 16_000  # 64 MiB of log, then the writer writes back what is left of it


def open_for_writing(path: Path) -> SqliteStatements:
    """Return a connection whose commits are on the disk when they return."""
    db = SqliteStatements(
        path, isolation_level=None, check_same_thread=False, cached_statements=MAX_STATEMENTS
    )
    path.chmod(0o600)
    db.execute(f"pragma busy_timeout = {BUSY_MS}")
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = full")
    # What a savepoint may have to undo is kept in memory: a file of it costs a write for each page.
    db.execute("pragma temp_store = memory")
    db.execute("pragma foreign_keys = on")
    db.execute(f"pragma cache_size = -{CACHE_KIB}")
    db.execute(f"pragma wal_autocheckpoint = {CHECKPOINT_PAGES}")
    return db


def open_for_reading(path: Path) -> SqliteStatements:
    """Return a connection that cannot write.

    Raises
    ------
    LedgerMissing
        If there is no such file.
    """
    try:
        db = SqliteStatements(
            f"{path.absolute().as_uri()}?mode=ro",
            uri=True,
            isolation_level=None,
            check_same_thread=False,
            cached_statements=MAX_STATEMENTS,
        )
        db.execute(f"pragma busy_timeout = {BUSY_MS}")
    except sqlite3.OperationalError as error:
        raise LedgerMissing(f"no ledger can be read at {path}: {error}") from None
    return db


class SqliteReads:
    """Read-only connections, one for each thread that asks."""

    def __init__(self, path: Path) -> None:
        """Prepare; a thread connects when it first asks."""
        self._path = path
        self._own = threading.local()
        self._all: list[SqliteStatements] = []
        self._lock = threading.Lock()

    @contextmanager
    def reading(self) -> Iterator[SqliteStatements]:
        """Give the calling thread its connection."""
        db: SqliteStatements | None = getattr(self._own, "db", None)
        if db is None:
            db = self._own.db = open_for_reading(self._path)
            with self._lock:
                self._all.append(db)
        yield db

    def close(self) -> None:
        """Close every thread's connection."""
        with self._lock:
            for db in self._all:
                db.close()
            self._all.clear()


def free_share(folder: Path) -> float:
    """Return which share of the disk of ``folder`` is free, 0..1: the port of a real ledger."""
    disk = shutil.disk_usage(folder)
    return disk.free / disk.total


def migrate(
    db: sqlite3.Connection, *, product_version: str, now: datetime, folder: Path = MIGRATIONS
) -> list[str]:
    """Bring ``db`` to the newest schema, one transaction a step; return the names applied.

    Raises
    ------
    MigrationRefused
        If an applied migration was changed, or the file is newer than the code.
    """
    db.execute(
        "create table if not exists schema_migration (number integer primary key, "
        "name text not null, sha256 text not null, applied_at text not null, "
        "product_version text not null) strict"
    )
    applied = db.execute("select number, name, sha256 from schema_migration").fetchall()
    due = pending(applied, list(read_migrations(folder)), store="ledger")
    for migration in due:
        _apply(db, migration, product_version, now)
    return [migration.name for migration in due]


def _apply(
    db: sqlite3.Connection, migration: Migration, product_version: str, now: datetime
) -> None:
    try:
        # One script, so that a failing statement leaves the whole transaction to be undone.
        db.executescript(f"begin immediate;\n{migration.sql}\n")
        db.execute(
            "insert into schema_migration values (?, ?, ?, ?, ?)",
            [migration.number, migration.name, migration.sha256, stamp(now), product_version],
        )
        db.execute("commit")
    finally:
        if db.in_transaction:
            db.execute("rollback")
