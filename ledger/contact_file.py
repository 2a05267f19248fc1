"""The SQLite file of the contact store: one process writes it, others may read beside it."""

import fcntl
import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import IO

from ledger.contact_refusals import (
    ContactsAway,
    ContactsHeld,
    ErasureUnfinished,
)
from runtime.migrations import Migration, pending, read_migrations

FILE = "contacts.sqlite"
LOCK_FILE = "contacts.lock"
MIGRATIONS = Path(__file__).with_name("contact_migrations")
BUSY_TIMEOUT_S = 5.0
_WRITER_PRAGMAS = (
    "journal_mode = wal",
    "synchronous = full",
    "secure_delete = on",
    "foreign_keys = on",
    "temp_store = memory",
    "trusted_schema = off",
)


def stamp(instant: datetime) -> str:
    """Return an instant as the file has it: UTC, one width.

    Raises
    ------
    ValueError
        If it has no offset.
    """
    if instant.tzinfo is None:
        raise ValueError(f"{instant.isoformat()} has no offset")
    return instant.astimezone(UTC).isoformat(timespec="microseconds")


@contextmanager
def named_outages() -> Iterator[None]:
    """Turn what SQLite says of disk and locks into ``ContactsAway``."""
    try:
        yield
    except sqlite3.Error as error:
        raise ContactsAway(f"the contact store's file: {error}") from error


@contextmanager
def transaction(db: sqlite3.Connection) -> Iterator[None]:
    """Commit what happens inside, or keep nothing of it."""
    db.execute("begin immediate")
    try:
        yield
        db.execute("commit")
    finally:
        if db.in_transaction:
            db.execute("rollback")


@dataclass(frozen=True, slots=True)
class WriterFile:
    """The connection of the one that writes, and the lock that keeps others from it."""

    db: sqlite3.Connection
    lock: IO[str]

    def empty_log(self) -> None:
        """Write the log into the file and cut it to nothing.

        Raises
        ------
        ErasureUnfinished
            If a reader holds an older state for longer than ``BUSY_TIMEOUT_S``.
        """
        busy = self.db.execute("pragma wal_checkpoint(truncate)").fetchall()[0][0]
        if busy:
            raise ErasureUnfinished(
                "a reader of the contact store keeps its log from being emptied; what was erased "
                "answers nobody, older bytes of it go with the next call or start"
            )

    def close(self) -> None:
        """Let go of file and lock."""
        self.db.close()
        self.lock.close()


def open_writer(folder: Path, *, product_version: str, now: datetime) -> WriterFile:
    """Return the file of ``folder``, made where there is none, at the newest schema.

    Raises
    ------
    ContactsHeld
        If another process writes it.
    ContactsAway
        If the folder or the file cannot be used.
    MigrationRefused
        If the file is newer than the code.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        folder.chmod(0o700)
        lock = _locked(folder / LOCK_FILE)
        (folder / FILE).touch(mode=0o600)
    except OSError as error:
        raise ContactsAway(f"{error.filename} cannot be used: {error.strerror}") from error
    opened = False
    try:
        with named_outages():
            db = _connected(f"{(folder / FILE).absolute().as_uri()}?mode=rw")
            _prepare(db, product_version=product_version, now=now)
        opened = True
    finally:
        if not opened:
            lock.close()
    return WriterFile(db, lock)


def open_reader(folder: Path) -> sqlite3.Connection:
    """Return a connection that can only read, beside the one that writes.

    Raises
    ------
    ContactsAway
        If there is no store.
    """
    if not (folder / FILE).is_file():
        raise ContactsAway(f"no contact store in {folder}; whoever writes it makes it first")
    with named_outages():
        return _connected(f"{(folder / FILE).absolute().as_uri()}?mode=ro")


def _connected(uri: str) -> sqlite3.Connection:
    return sqlite3.connect(
        uri, uri=True, timeout=BUSY_TIMEOUT_S, isolation_level=None, check_same_thread=False
    )


def _prepare(db: sqlite3.Connection, *, product_version: str, now: datetime) -> None:
    prepared = False
    try:
        for pragma in _WRITER_PRAGMAS:
            db.execute(f"pragma {pragma}").fetchall()
        _migrate(db, product_version=product_version, now=now)
        prepared = True
    finally:
        if not prepared:
            db.close()


def _locked(path: Path) -> IO[str]:
    """Return the lock, held until it is closed or the process ends, however it ends."""
    handle = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    lock = os.fdopen(handle, "r+", encoding="utf-8", errors="replace")
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        holder = lock.read().strip() or "another process"
        lock.close()
        raise ContactsHeld(
            f"the contact store {path.parent} is held by {holder}; end that process first"
        ) from None
    lock.truncate(0)
    lock.write(f"PID {os.getpid()}")
    lock.flush()
    return lock


def _migrate(db: sqlite3.Connection, *, product_version: str, now: datetime) -> None:
    db.execute(
        "create table if not exists schema_migration (number integer primary key, "
        "name text not null, sha256 text not null, applied_at text not null, "
        "product_version text not null) strict"
    )
    applied = db.execute("select number, name, sha256 from schema_migration").fetchall()
    for migration in pending(applied, list(read_migrations(MIGRATIONS)), store="contact store"):
        _apply(db, migration, product_version=product_version, now=now)


def _apply(
    db: sqlite3.Connection, migration: Migration, *, product_version: str, now: datetime
) -> None:
    with transaction(db):
        for statement in _statements(migration.sql):
            db.execute(statement)
        db.execute(
            "insert into schema_migration values (?, ?, ?, ?, ?)",
            (migration.number, migration.name, migration.sha256, stamp(now), product_version),
        )


def _statements(sql: str) -> Iterator[str]:
    """Yield them one by one: a script run whole would commit what it is part of."""
    statement = ""
    for line in sql.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
