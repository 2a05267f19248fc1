"""The warehouse's migrations, applied in order, once, one transaction each."""

from datetime import datetime
from pathlib import Path

import duckdb

from runtime.migrations import Migration, pending, read_migrations
from warehouse.transaction import transaction

MIGRATIONS = Path(__file__).with_name("migrations")
STORAGE_VERSION = "v1.5.0"


def migrate(
    db: duckdb.DuckDBPyConnection, *, product_version: str, now: datetime, folder: Path = MIGRATIONS
) -> list[str]:
    """Bring ``db`` to the newest schema; return the names applied.

    Raises
    ------
    MigrationRefused
        If an applied migration was changed, or the file is newer than the code.
    """
    db.execute(
        "create table if not exists schema_migration (number integer not null, "
        "name varchar not null, sha256 varchar not null, applied_at timestamptz not null, "
        "product_version varchar not null)"
    )
    applied = db.execute("select number, name, sha256 from schema_migration").fetchall()
    due = pending(applied, list(read_migrations(folder)), store="warehouse")
    for migration in due:
        _apply(db, migration, product_version, now)
    return [migration.name for migration in due]


def _apply(
    db: duckdb.DuckDBPyConnection, migration: Migration, product_version: str, now: datetime
) -> None:
    with transaction(db):
        db.execute(migration.sql)
        db.execute(
            "insert into schema_migration values (?, ?, ?, ?, ?)",
            [migration.number, migration.name, migration.sha256, now, product_version],
        )
