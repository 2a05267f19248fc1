"""Published copies for analysts: a whole file appears under a link, or the old one stays."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import sqlglot
from sqlglot import exp

from runtime.settings import WarehouseSettings
from warehouse import imports
from warehouse.migrate import STORAGE_VERSION

FULL = "full"
SQL_TIMEOUT_S = 30
MAX_SQL_ROWS = 100_000
SQL_MEMORY = "512MB"
LOCKED: Mapping[str, Any] = {
    "enable_external_access": False,
    "autoinstall_known_extensions": False,
    "autoload_known_extensions": False,
    "memory_limit": SQL_MEMORY,
    "threads": 1,
}
# What holds original bytes, or what only this process may know, stays in the live file.
NOT_PUBLISHED = ("outbox", "forklift_state")


class SqlRefused(Exception):
    """The statement is not one SELECT over published tables; the message says what was found."""


class SnapshotMissing(Exception):
    """Nothing was published yet."""


@dataclass(frozen=True, slots=True)
class Answer:
    """Rows of an analyst's query, with the names of their columns."""

    columns: Sequence[str]
    rows: Sequence[tuple[Any, ...]]
    is_cut: bool


def publish(db: duckdb.DuckDBPyConnection, settings: WarehouseSettings, now: datetime) -> Path:
    """Copy the live file, check the copy, and let ``full.duckdb`` point at it; return the copy."""
    folder = settings.dir / "snapshots"
    folder.mkdir(parents=True, exist_ok=True)
    name = f"full-{now:%Y%m%dT%H%M%S%f}.duckdb"
    copy, unfinished = folder / name, folder / f"{name}.tmp"
    db.execute(f"attach '{_quoted(unfinished)}' as copied (storage_version '{STORAGE_VERSION}')")
    try:
        db.execute("copy from database live to copied")
        for table in NOT_PUBLISHED:
            db.execute(f"delete from copied.{table}")
        db.execute("update copied.dead_letter set raw = ''::blob, key = null, headers = '{}'")
    finally:
        db.execute("detach copied")
    _check(db, unfinished)
    _sync(unfinished)
    unfinished.rename(copy)
    _point(folder / f"{FULL}.duckdb", copy)
    _prune(folder, settings.keep_snapshots)
    return copy


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _check(db: duckdb.DuckDBPyConnection, path: Path) -> None:
    with duckdb.connect(str(path), read_only=True) as copy:
        counted = copy.execute("select count(*) from fact_leg_emission").fetchall()
    if counted != db.execute("select count(*) from fact_leg_emission").fetchall():
        path.unlink()
        raise OSError(f"the copy {path.name} does not hold what the warehouse holds")


def _sync(path: Path) -> None:
    with path.open("rb") as file:
        os.fsync(file.fileno())


def _point(link: Path, target: Path) -> None:
    fresh = link.with_suffix(".new")
    fresh.unlink(missing_ok=True)
    fresh.symlink_to(target.name)
    fresh.replace(link)
    descriptor = os.open(link.parent, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _prune(folder: Path, keep: int) -> None:
    for old in sorted(folder.glob("full-*.duckdb"))[:-keep]:
        old.unlink()


def newest(settings: WarehouseSettings) -> Path:
    """Return the newest published copy.

    Raises
    ------
    SnapshotMissing
        If there is none.
    """
    link = settings.dir / "snapshots" / f"{FULL}.duckdb"
    if not link.exists():
        raise SnapshotMissing(
            f"no snapshot in {settings.dir.name}/snapshots yet: run `loopline import` or "
            "`loopline up`, or name another LOOPLINE_WAREHOUSE__DIR"
        )
    return link.resolve()


def published_tables(connection: duckdb.DuckDBPyConnection) -> frozenset[str]:
    """Return what an analyst may name: the views of ``mart``, dimensions and roll-ups."""
    rows = connection.execute(
        "select schema_name || '.' || view_name from duckdb_views() where schema_name = 'mart' "
        "union all select table_name from duckdb_tables() "
        "where starts_with(table_name, 'dim_') or starts_with(table_name, 'agg_')"
    ).fetchall()
    return frozenset(name for (name,) in rows)


def check_sql(sql: str, tables: frozenset[str]) -> None:
    """Raise ``SqlRefused`` unless ``sql`` is one SELECT over ``tables``."""
    try:
        statements = [s for s in sqlglot.parse(sql, dialect="duckdb") if s is not None]
    except sqlglot.errors.SqlglotError as error:
        raise SqlRefused(f"is no SQL: {str(error).splitlines()[0]}") from None
    if len(statements) != 1:
        raise SqlRefused(f"holds {len(statements)} statements; one SELECT is answered")
    root = statements[0]
    if not isinstance(root, exp.Select | exp.SetOperation | exp.Subquery):
        raise SqlRefused(f"is {root.key.upper()}; only SELECT is answered")
    own = {cte.alias_or_name.lower() for cte in root.find_all(exp.CTE)}
    for table in root.find_all(exp.Table):
        _check_table(table, tables, own)
    for function in root.find_all(exp.Anonymous):
        if str(function.this).lower().startswith(_FORBIDDEN_FUNCTIONS):
            raise SqlRefused(f"calls {function.this}, which is not answered")


_FORBIDDEN_FUNCTIONS = (
    "read_",
    "duckdb_",
    "pragma_",
    "glob",
    "getenv",
    "query",
    "sniff_",
    "parquet_",
)


def _check_table(table: exp.Table, tables: frozenset[str], own: set[str]) -> None:
    if not isinstance(table.this, exp.Identifier):
        raise SqlRefused(f"reads {table.sql(dialect='duckdb')}, which is no published table")
    name = f"{table.db}.{table.name}".lower() if table.db else table.name.lower()
    if table.catalog or (name not in tables and not (name in own and not table.db)):
        raise SqlRefused(
            f"reads {table.sql(dialect='duckdb')}; published are: {', '.join(sorted(tables))}"
        )


def ask(path: Path, sql: str) -> Answer:
    """Return what ``sql`` answers on the copy ``path``, at most 100,000 rows.

    Raises
    ------
    SqlRefused
        If it is not one SELECT over published tables, or the database refuses it.
    """
    with duckdb.connect(str(path), read_only=True, config=dict(LOCKED)) as connection:
        connection.execute("set TimeZone = 'UTC'")
        check_sql(sql, published_tables(connection))
        connection.execute("set lock_configuration = true")
        try:
            found = connection.execute(sql)
            rows = found.fetchmany(MAX_SQL_ROWS + 1)
        except duckdb.Error as error:
            raise SqlRefused(str(error).splitlines()[0]) from None
        names = [column[0] for column in found.description or ()]
    return Answer(names, rows[:MAX_SQL_ROWS], len(rows) > MAX_SQL_ROWS)


def report_in_snapshot(path: Path, file_id: str) -> dict[str, Any] | None:
    """Return the report of a file that the copy ``path`` knows as imported, or None."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return imports.report_of(connection, file_id)
