"""The DuckDB file itself: opened by its one owner, brought to the newest schema, by epoch."""

import os
import re
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import duckdb

from runtime.settings import WarehouseSettings
from warehouse.migrate import STORAGE_VERSION, migrate

LIVE_FILE = "loopline.duckdb"
LOCK_RETRY_S = 0.25
# A checkpoint stops the writer for 0.1 s whether the log holds 16 MiB, which is DuckDB's own limit,
# or eight times as much; on a busy machine that is half a second of an event's way to the board.
WAL_AUTOCHECKPOINT = "128MiB"


class WarehouseHeld(Exception):
    """Another process owns the file; the message names it and says what to open instead."""


class WarehouseRefused(Exception):
    """The file is not this company's, or not readable; the message says why."""


@dataclass(frozen=True, slots=True)
class Epoch:
    """Which life of which broker the offsets belong to."""

    number: int
    key: str
    note: str
    is_new: bool


def live_path(settings: WarehouseSettings) -> Path:
    """Return where the owner's file lies."""
    return settings.dir / "live" / LIVE_FILE


def open_store(
    settings: WarehouseSettings, *, product_version: str, timezone: str, now: datetime
) -> duckdb.DuckDBPyConnection:
    """Return the owner's connection to the live file, at the newest schema.

    Raises
    ------
    WarehouseHeld
        If another process owns it.
    WarehouseRefused
        If it was written for another time zone.
    """
    path = live_path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    settings.dir.chmod(0o700)
    connection = duckdb.connect(":memory:", config={"memory_limit": settings.memory_limit})
    connection.execute("set autoinstall_known_extensions = false")
    connection.execute("set autoload_known_extensions = false")
    connection.execute("set arrow_lossless_conversion = true")
    connection.execute(f"set wal_autocheckpoint = '{WAL_AUTOCHECKPOINT}'")
    # One core stays with the broker and the agents: the database would take every one it is given.
    connection.execute(f"set threads = {max(1, (os.cpu_count() or 1) - 1)}")
    _attach(connection, path, settings.lock_wait_s)
    path.chmod(0o600)
    connection.execute("use live")
    connection.execute("set TimeZone = 'UTC'")
    migrate(connection, product_version=product_version, now=now)
    _keep_timezone(connection, timezone)
    return connection


def _attach(connection: duckdb.DuckDBPyConnection, path: Path, wait_s: float) -> None:
    deadline = time.monotonic() + wait_s
    while True:
        try:
            connection.execute(
                f"attach '{str(path).replace(chr(39), chr(39) * 2)}' as live "
                f"(storage_version '{STORAGE_VERSION}')"
            )
        except duckdb.IOException as error:
            if time.monotonic() < deadline:
                time.sleep(LOCK_RETRY_S)
                continue
            raise _held(error) from None
        return


def _held(error: duckdb.IOException) -> WarehouseHeld:
    owner = re.search(r"held in (\S+) \(PID (\d+)\)", str(error))
    if owner is None:
        return WarehouseHeld(f"the warehouse file cannot be opened: {error}")
    return WarehouseHeld(
        f"the warehouse file is held by PID {owner[2]} ({owner[1]}); only its owner may open it; "
        "ask it over HTTP, or use snapshots/full.duckdb"
    )


def _keep_timezone(db: duckdb.DuckDBPyConnection, timezone: str) -> None:
    stored = db.execute("select value from warehouse_setting where name = 'timezone'").fetchall()
    if not stored:
        db.execute("insert into warehouse_setting values ('timezone', ?)", [timezone])
    elif stored[0][0] != timezone:
        raise WarehouseRefused(
            f"LOOPLINE_BOARD__TIMEZONE={timezone}, but this warehouse counts its days in "
            f"{stored[0][0]}; use that zone, or another LOOPLINE_WAREHOUSE__DIR"
        )


def epoch_of(
    db: duckdb.DuckDBPyConnection,
    cluster_id: str,
    *,
    ends: Mapping[tuple[str, int], int] | None,
    now: datetime,
) -> Epoch:
    """Return the epoch whose offsets count, a new one where the broker forgot.

    Parameters
    ----------
    ends
        The broker's log ends; a stored offset beyond one means that the topic was emptied.
        None where the broker cannot be asked (the embedded one says too little).
    """
    rows = db.execute(
        "select cluster_id, broker_epoch from sink_cluster "
        "where cluster_id = ? or starts_with(cluster_id, ?) order by broker_epoch desc limit 1",
        [cluster_id, f"{cluster_id}#"],
    ).fetchall()
    if rows and not _is_emptied(db, rows[0][0], ends):
        return Epoch(rows[0][1], rows[0][0], "known broker", is_new=False)
    last = db.execute("select max(broker_epoch) from sink_cluster").fetchall()[0][0]
    number = (last or 0) + 1
    key, note = cluster_id, "first broker"
    if rows:
        key, note = f"{cluster_id}#{number}", "the broker's log ends below the stored offsets"
    elif last is not None:
        note = "another broker, or an emptied one: its offsets start anew"
    db.execute("insert into sink_cluster values (?, ?, ?, ?)", [key, number, now, note])
    return Epoch(number, key, note, is_new=last is not None)


def _is_emptied(
    db: duckdb.DuckDBPyConnection, key: str, ends: Mapping[tuple[str, int], int] | None
) -> bool:
    if ends is None:
        return False
    stored = db.execute(
        "select topic, partition, next_offset from sink_offset where cluster_id = ?", [key]
    ).fetchall()
    return any(offset > ends.get((topic, partition), 0) for topic, partition, offset in stored)
