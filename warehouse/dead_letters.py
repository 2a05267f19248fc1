"""What could not be answered: kept once, beside the rows, until somebody replays or discards it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

import duckdb
import pyarrow as pa

from schemas.refusal import Reason
from warehouse.columns import instants, integers, table, texts
from warehouse.records import DeadRecord
from warehouse.transaction import shown

MAX_PAGE = 1_000
MAX_WAITING = 10_000


def letter_id(epoch: int, dead: DeadRecord) -> str:
    """Return the id of a dead letter: where its record stands in the log of which epoch."""
    return f"{epoch}-{dead.topic}-{dead.partition}-{dead.offset}"


def keep(
    db: duckdb.DuckDBPyConnection, dead: Sequence[DeadRecord], *, epoch: int, recorded_at: datetime
) -> set[str]:
    """Store the letters that are not stored yet; return their ids."""
    if not dead:
        return set()
    with shown(db, "letters", _table(dead, epoch, recorded_at)):
        rows = db.execute(
            """insert into dead_letter by name
            select * exclude (place), 'open' as state, null::timestamptz as resolved_at
            from (select *, row_number() over (partition by dead_letter_id) as place from letters)
            where place = 1
            and dead_letter_id not in (select dead_letter_id from dead_letter)
            returning dead_letter_id"""
        ).fetchall()
    return {letter_id for (letter_id,) in rows}


def _table(dead: Sequence[DeadRecord], epoch: int, recorded_at: datetime) -> pa.Table:
    published = [recorded_at if d.published else None for d in dead]
    return table(
        {
            "dead_letter_id": texts(letter_id(epoch, d) for d in dead),
            "broker_epoch": integers(epoch for _ in dead),
            "topic": texts(d.topic for d in dead),
            "partition": integers(d.partition for d in dead),
            "log_offset": integers(d.offset for d in dead),
            "event_id": texts(d.event_id for d in dead),
            "reason": texts(d.reason for d in dead),
            "detail": texts(d.detail for d in dead),
            "key": pa.array([d.key for d in dead], pa.binary()),
            "raw": pa.array([d.raw for d in dead], pa.binary()),
            "headers": texts(json.dumps(dict(d.headers)) for d in dead),
            "recorded_at": instants([recorded_at] * len(dead)),
            "published_at": instants(published),
        }
    )


@dataclass(frozen=True, slots=True)
class Letter:
    """A stored dead letter, its original bytes included."""

    dead_letter_id: str
    topic: str
    partition: int
    log_offset: int
    event_id: str | None
    reason: str
    detail: str
    key: bytes | None
    raw: bytes
    recorded_at: datetime
    state: str


_COLUMNS = (
    "dead_letter_id, topic, partition, log_offset, event_id, reason, detail, key, raw, "
    "recorded_at, state"
)


def letters(
    rows: duckdb.DuckDBPyConnection,
    *,
    reason: str | None = None,
    state: str | None = "open",
    limit: int = 100,
) -> list[Letter]:
    """Return the newest dead letters, at most ``limit`` and never more than 1,000."""
    found = rows.execute(
        f"select {_COLUMNS} from dead_letter where (? is null or reason = ?) "
        "and (? is null or state::varchar = ?) "
        "order by recorded_at desc, dead_letter_id limit ?",
        [reason, reason, state, state, min(limit, MAX_PAGE)],
    ).fetchall()
    return [Letter(*row) for row in found]


def letter(rows: duckdb.DuckDBPyConnection, dead_letter_id: str) -> Letter | None:
    """Return one dead letter, or None."""
    found: list[Any] = rows.execute(
        f"select {_COLUMNS} from dead_letter where dead_letter_id = ?", [dead_letter_id]
    ).fetchall()
    return Letter(*found[0]) if found else None


class Waiting(NamedTuple):
    """A correction whose target has not come."""

    dead_letter_id: str
    broker_epoch: int
    topic: str
    partition: int
    log_offset: int
    key: bytes | None
    raw: bytes


def any_waits(db: duckdb.DuckDBPyConnection) -> bool:
    """Return whether any open correction has no target."""
    return bool(
        db.execute(
            "select 1 from dead_letter where reason = ? and state = 'open' limit 1",
            [Reason.CORRECTION_TARGET_UNKNOWN.value],
        ).fetchall()
    )


def waiting(db: duckdb.DuckDBPyConnection, topic: str, *, since: datetime) -> list[Waiting]:
    """Return the open corrections of ``topic`` without a target, in the order they came."""
    rows = db.execute(
        f"select {', '.join(Waiting._fields)} from dead_letter "
        "where reason = ? and state = 'open' and topic = ? and recorded_at >= ? "
        "order by broker_epoch, partition, log_offset limit ?",
        [Reason.CORRECTION_TARGET_UNKNOWN.value, topic, since, MAX_WAITING],
    ).fetchall()
    return [Waiting(*row) for row in rows]


def resolve(
    db: duckdb.DuckDBPyConnection, dead_letter_id: str, *, state: str, now: datetime
) -> None:
    """Mark a dead letter as replayed or discarded."""
    db.execute(
        "update dead_letter set state = ?, resolved_at = ? where dead_letter_id = ?",
        [state, now, dead_letter_id],
    )


def unpublished(rows: duckdb.DuckDBPyConnection, *, limit: int = MAX_PAGE) -> list[Letter]:
    """Return the letters that no topic has been told of yet."""
    found = rows.execute(
        f"select {_COLUMNS} from dead_letter where published_at is null "
        "order by dead_letter_id limit ?",
        [limit],
    ).fetchall()
    return [Letter(*row) for row in found]


def mark_published(db: duckdb.DuckDBPyConnection, ids: Sequence[str], *, now: datetime) -> None:
    """Note that the letters ``ids`` stand on their topic."""
    db.execute(
        "update dead_letter set published_at = ? where list_contains(?, dead_letter_id)",
        [now, list(ids)],
    )
