"""Published copies for analysts: a whole file appears under a link, or the old one stays."""

import os
import pickle
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from runtime.settings import WarehouseSettings
from warehouse import feeds, imports
from warehouse.feeds import PUBLISHED_LINE, PUBLISHED_REVISION
from warehouse.migrate import STORAGE_VERSION
from warehouse.refused import REDUCED
from warehouse.sql_child import SQL_MEMORY, Answer, Question
from warehouse.sql_guard import SqlRefused, check_sql

__all__ = [
    "Answer", "Copy", "SnapshotMissing", "SqlRefused", "ask", "check_sql", "newest", "opened",
    "publish",
]  # fmt: skip

FULL = "full"
SQL_TIMEOUT_S = 30.0
STOPPED_WITHIN_S = 10.0
MAX_SQL_ROWS = 100_000
# What only this process may know stays in the live file; letters go without their original bytes,
# but for what says how much has no number.
NOT_PUBLISHED = frozenset({"outbox", "forklift_state"})
WITHOUT = {
    "dead_letter": f"replace ({REDUCED} as raw, null::blob as key, '{{}}'::json as headers)",
    "feed_line": PUBLISHED_LINE,
    "feed_revision": PUBLISHED_REVISION,
}
READ_MEMORY = "1GB"
PAGE_ROWS = 5_000


class SnapshotMissing(Exception):
    """Nothing was published yet."""


def publish(db: duckdb.DuckDBPyConnection, settings: WarehouseSettings, now: datetime) -> Path:
    """Copy the live file, check the copy, and let ``full.duckdb`` point at it; return the copy.

    Raises
    ------
    OSError
        If the copy does not hold what the warehouse holds; the one before stays published.
    """
    folder = settings.dir / "snapshots"
    folder.mkdir(parents=True, exist_ok=True)
    name = f"full-{now:%Y%m%dT%H%M%S%f}.duckdb"
    copy, unfinished = folder / name, folder / f"{name}.tmp"
    _remove_unfinished(folder)
    try:
        _copy(db, unfinished)
        _check(db, unfinished)
        _sync(unfinished)
    except BaseException:
        _remove_unfinished(folder)
        raise
    unfinished.chmod(0o600)
    unfinished.rename(copy)
    _point(folder / f"{FULL}.duckdb", copy)
    _prune(folder, settings.keep_snapshots, copy)
    return copy


def _remove_unfinished(folder: Path) -> None:
    for left in folder.glob("full-*.duckdb.tmp*"):
        left.unlink()


def _copy(db: duckdb.DuckDBPyConnection, path: Path) -> None:
    """Write what is published into a new file: what is not was never in it, not even deleted."""
    db.execute(f"attach '{_quoted(path)}' as copied (storage_version '{STORAGE_VERSION}')")
    try:
        db.execute("copy from database live to copied (schema)")
        for table in _published(db):
            columns = WITHOUT.get(table, "")
            db.execute(f"insert into copied.{table} select * {columns} from live.{table}")
    finally:
        db.execute("detach copied")


def _published(db: duckdb.DuckDBPyConnection) -> list[str]:
    rows = db.execute(
        "select table_name from duckdb_tables() where database_name = 'live' order by table_name"
    ).fetchall()
    return [name for (name,) in rows if name not in NOT_PUBLISHED]


def _quoted(path: Path) -> str:
    return str(path).replace("'", "''")


def _check(db: duckdb.DuckDBPyConnection, path: Path) -> None:
    with duckdb.connect(str(path), read_only=True) as copy:
        for table in _published(db):
            counted = copy.execute(f"select count(*) from {table}").fetchall()
            if counted != db.execute(f"select count(*) from live.{table}").fetchall():
                raise OSError(f"{table} of the copy does not hold what the warehouse holds")


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


def _prune(folder: Path, keep: int, newest_copy: Path) -> None:
    """Keep the newest copies; a clock that went back does not make the published one old."""
    others = sorted(path for path in folder.glob("full-*.duckdb") if path != newest_copy)
    for old in others[: max(0, len(others) - keep + 1)]:
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


def ask(
    path: Path, sql: str, *, timeout_s: float = SQL_TIMEOUT_S, max_rows: int = MAX_SQL_ROWS
) -> Answer:
    """Return what ``sql`` answers on the copy ``path``, at most ``max_rows`` rows.

    It runs in a process of its own that has little memory and ``timeout_s`` seconds.

    Raises
    ------
    SqlRefused
        If it is not one SELECT over published tables, or the database refuses it.
    """
    question = pickle.dumps(Question(str(path), sql, timeout_s, max_rows))
    try:
        child = subprocess.run(
            [sys.executable, "-m", "warehouse.sql_child"],
            input=question,
            capture_output=True,
            check=False,
            timeout=timeout_s + STOPPED_WITHIN_S,
        )
    except subprocess.TimeoutExpired:
        raise SqlRefused(f"took more than {timeout_s:g} s") from None
    if child.returncode != 0:
        raise SqlRefused(f"ended its process ({child.returncode}): more than {SQL_MEMORY} memory?")
    told: Answer | SqlRefused = pickle.loads(child.stdout)  # noqa: S301 - our own child wrote it
    if isinstance(told, SqlRefused):
        raise told
    return told


class Copy:
    """A published copy, open to read: answers whole, or page by page."""

    def __init__(self, connection: duckdb.DuckDBPyConnection) -> None:
        """Read through ``connection``."""
        self._connection = connection

    def query(self, sql: str, parameters: Sequence[object]) -> list[tuple[Any, ...]]:
        """Return the rows of a read."""
        return self._connection.execute(sql, list(parameters)).fetchall()

    def pages(self, sql: str, parameters: Sequence[object]) -> Iterator[list[tuple[Any, ...]]]:
        """Yield the rows of a read, at most ``PAGE_ROWS`` at a time."""
        found = self._connection.cursor().execute(sql, list(parameters))
        while rows := found.fetchmany(PAGE_ROWS):
            yield rows


@contextmanager
def opened(path: Path) -> Iterator[Copy]:
    """Open the copy ``path``; it never changes, so all its answers show one instant."""
    config: dict[str, Any] = {"memory_limit": READ_MEMORY, "threads": 1}
    with duckdb.connect(str(path), read_only=True, config=config) as connection:
        connection.execute("set TimeZone = 'UTC'")
        yield Copy(connection)


def report_in_snapshot(path: Path, file_id: str) -> dict[str, Any] | None:
    """Return the report of a file that the copy ``path`` knows as imported, or None."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return imports.report_of(connection, file_id)


def feed_report_in_snapshot(path: Path, *, partner_id: str, file_id: str) -> dict[str, Any] | None:
    """Return the report of a partner's file that the copy ``path`` knows as imported, or None."""
    with duckdb.connect(str(path), read_only=True) as connection:
        return feeds.known_report(connection, partner_id=partner_id, file_id=file_id)
