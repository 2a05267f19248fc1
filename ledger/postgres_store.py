"""The PostgreSQL database: how it is connected to, read from, and brought to the newest schema."""

import queue
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path

import psycopg
from psycopg import errors

from ledger.canonical import stamp
from ledger.postgres_refusals import refusal_of
from ledger.postgres_statements import MIGRATION_LOCK, PostgresStatements, lock_number
from ledger.refusals import LedgerAway, LedgerMissing, Overloaded
from ledger.statements import Row
from runtime.migrations import pending, read_migrations

MIGRATIONS = Path(__file__).with_name("postgres_migrations")
CONNECT_WITHIN_S = 5
LOCK_WITHIN_S = 5  # of a row that another transaction holds
STATEMENT_WITHIN_S = 30
IDLE_WITHIN_S = 30  # in a transaction: a client that hangs must not end everybody's lists
MAX_READING = 8  # connections
READ_RETRY_AFTER_S = 1
NO_SCHEMA = "there is no ledger in this database yet; the partner API makes it as it starts"

_WRITING = (
    "set synchronous_commit = on; "
    f"set lock_timeout = '{LOCK_WITHIN_S}s'; "
    f"set statement_timeout = '{STATEMENT_WITHIN_S}s'; "
    f"set idle_in_transaction_session_timeout = '{IDLE_WITHIN_S}s'; "
    "set default_transaction_isolation = 'read committed'"
)
_READING = "set default_transaction_read_only = on"


def connect(url: str, *, name: str = "loopline ledger") -> psycopg.Connection[Row]:
    """Return a connection in autocommit to the database that ``url`` names.

    Raises
    ------
    LedgerAway
        If nobody answers, or the database does not let us in.
    """
    try:
        return psycopg.connect(
            url, autocommit=True, connect_timeout=CONNECT_WITHIN_S, application_name=name
        )
    except psycopg.OperationalError as error:
        raise LedgerAway(f"the ledger's database does not answer: {_told(error)}") from None


def open_for_writing(url: str) -> PostgresStatements:
    """Return a connection whose commits are on the server's disk when they return.

    Raises
    ------
    LedgerAway
        If nobody answers.
    """
    connection = connect(url)
    connection.execute(_WRITING)
    return PostgresStatements(connection)


def open_for_reading(url: str) -> PostgresStatements:
    """Return a connection that cannot write.

    Raises
    ------
    LedgerAway
        If nobody answers.
    """
    connection = connect(url, name="loopline ledger reads")
    connection.execute(_READING)
    return PostgresStatements(connection)


def _told(error: psycopg.Error) -> str:
    """Return the first line of ``error``; the driver's own texts name the host, no password."""
    return (str(error).splitlines() or [type(error).__name__])[0]


class PostgresReads:
    """Up to ``most`` read-only connections, lent to whoever asks."""

    def __init__(self, url: str, *, most: int = MAX_READING) -> None:
        """Prepare; connections are opened as they are needed."""
        self._url = url
        self._idle: queue.LifoQueue[PostgresStatements] = queue.LifoQueue()
        self._free = threading.BoundedSemaphore(most)
        self._closed = False

    @contextmanager
    def reading(self) -> Iterator[PostgresStatements]:
        """Lend a connection.

        Raises
        ------
        LedgerAway
            If the database does not answer.
        LedgerMissing
            If it has no ledger.
        Overloaded
            If all of them are lent for too long.
        """
        if not self._free.acquire(timeout=CONNECT_WITHIN_S):
            raise Overloaded("all reads are busy", retry_after_s=READ_RETRY_AFTER_S)
        try:
            yield from self._lent()
        finally:
            self._free.release()

    def _lent(self) -> Iterator[PostgresStatements]:
        db = self._taken()
        try:
            yield db
        except (errors.UndefinedTable, errors.UndefinedFunction):
            raise LedgerMissing(NO_SCHEMA) from None
        except psycopg.Error as error:
            db.connection.close()
            raise refusal_of(error) from error
        finally:
            if self._closed or db.connection.closed:
                db.connection.close()
            else:
                self._idle.put(db)

    def _taken(self) -> PostgresStatements:
        try:
            return self._idle.get_nowait()
        except queue.Empty:
            return open_for_reading(self._url)

    def close(self) -> None:
        """Close what is not lent now; the rest is closed when it comes back."""
        self._closed = True
        while not self._idle.empty():
            self._idle.get_nowait().connection.close()


def migrate(
    db: PostgresStatements,
    *,
    product_version: str,
    now: datetime,
    folder: Path = MIGRATIONS,
) -> list[str]:
    """Bring ``db`` to the newest schema, all steps or none; return the names applied.

    Raises
    ------
    LedgerMissing
        If the server does not wait for its disk.
    MigrationRefused
        If an applied migration was changed, or the schema is newer than the code.
    """
    _refuse_forgetful(db)
    with db.connection.transaction():
        # Several machines start at once; the second finds it done.
        db.execute("select pg_advisory_xact_lock(?)", [lock_number(MIGRATION_LOCK, ["ledger"])])
        db.execute(
            "create table if not exists schema_migration (number integer primary key, "
            "name text not null, sha256 text not null, applied_at text not null, "
            "product_version text not null)"
        )
        applied = db.execute("select number, name, sha256 from schema_migration").fetchall()
        known = [(number, name, sha256) for number, name, sha256 in applied]
        due = pending(known, list(read_migrations(folder)), store="ledger")
        for migration in due:
            db.connection.execute(migration.sql)
            db.execute(
                "insert into schema_migration values (?, ?, ?, ?, ?)",
                [migration.number, migration.name, migration.sha256, stamp(now), product_version],
            )
    return [migration.name for migration in due]


def _refuse_forgetful(db: PostgresStatements) -> None:
    for name in ("fsync", "full_page_writes"):
        row = db.execute("select current_setting(?)", [name]).fetchone()
        if row is None or row[0] != "on":
            raise LedgerMissing(
                f"the database server has {name} off: what is answered could be lost; turn it on"
            )
