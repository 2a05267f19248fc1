"""Numbered SQL files, applied in order, once, one transaction each."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from warehouse.transaction import transaction

MIGRATIONS = Path(__file__).with_name("migrations")
STORAGE_VERSION = "v1.5.0"


class MigrationRefused(Exception):
    """The file and the migrations do not belong together; the message names the migration."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered SQL file."""

    number: int
    name: str
    sql: str

    @property
    def file(self) -> str:
        """Its name, as people find it."""
        return f"{self.number:04d}_{self.name}.sql"

    @property
    def sha256(self) -> str:
        """The checksum that a later start compares."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read_migrations(folder: Path = MIGRATIONS) -> Iterator[Migration]:
    """Yield the migrations in order.

    Raises
    ------
    MigrationRefused
        If the numbers have a gap or a file is misnamed.
    """
    for expected, path in enumerate(sorted(folder.glob("*.sql")), start=1):
        match = re.fullmatch(r"(\d{4})_([a-z_]+)\.sql", path.name)
        if match is None or int(match[1]) != expected:
            raise MigrationRefused(f"migration {path.name}: expected number {expected:04d}")
        yield Migration(expected, match[2], path.read_text(encoding="utf-8"))


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
    rows = db.execute("select number, name, sha256 from schema_migration").fetchall()
    known = {number: sha256 for number, _, sha256 in rows}
    migrations = list(read_migrations(folder))
    for number, name, _ in sorted(rows):
        if number > len(migrations):
            raise MigrationRefused(
                f"the warehouse has migration {number:04d}_{name}, this version knows "
                f"{len(migrations)}: use the newer version, or rebuild from a snapshot"
            )
    for migration in migrations[: max(known, default=0)]:
        if migration.number not in known:
            raise MigrationRefused(f"migration {migration.file} was left out when it was due")
    return [
        migration.name
        for migration in migrations
        if _apply(db, migration, known.get(migration.number), product_version, now)
    ]


def _apply(
    db: duckdb.DuckDBPyConnection,
    migration: Migration,
    applied: str | None,
    product_version: str,
    now: datetime,
) -> bool:
    if applied == migration.sha256:
        return False
    if applied is not None:
        raise MigrationRefused(f"migration {migration.file} was changed after it was applied")
    with transaction(db):
        db.execute(migration.sql)
        db.execute(
            "insert into schema_migration values (?, ?, ?, ?, ?)",
            [migration.number, migration.name, migration.sha256, now, product_version],
        )
    return True
