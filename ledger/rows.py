"""Rows of aggregates, events and parties, read into frozen values."""

import json
from collections.abc import Iterator, Sequence
from datetime import datetime
from typing import Any

from ledger.chain import EVENT_COLUMNS
from ledger.contract import MAX_EVERY
from ledger.records import Aggregate, LatePickup, Ref, StoredEvent
from ledger.statements import Statements

AGGREGATE_COLUMNS = "kind, id, tenant, state, flags, version, body, seq, recorded_at"
LATE_COLUMNS = "seq, late_pickup_id, partner_id, path, code, body, recorded_at, decided_at"
NO_FLAGS = "[]"
MAX_ASKED = 500  # ids in one statement
_parse = json.JSONDecoder().raw_decode  # stored JSON has no blanks around it
_JSON = frozenset({"flags", "changed", "removed", "payload"})
_TUPLES = frozenset({"flags", "removed"})


class Found(dict[tuple[str, str], tuple[Aggregate, str]]):
    """Aggregates that a transaction has read, each with the hash of its last event."""


def headed(
    db: Statements, tenant: str, kind: str, ids: Sequence[str], *, moves: bool = False
) -> Iterator[tuple[Aggregate, str]]:
    """Yield those aggregates of ``tenant`` that are there, each with the hash of its last event.

    All of them are held until the transaction ends, also those that are not there.
    """
    for at in range(0, len(ids), MAX_ASKED):
        some = ids[at : at + MAX_ASKED]
        # The blank text keeps SQLite on the index of ids: by tenant it would walk through a kind.
        rows = db.hold_all(
            f"select {AGGREGATE_COLUMNS}, head_hash from aggregate "
            f"where kind = ? and id in ({', '.join('?' * len(some))}) and tenant || '' = ?",
            [kind, *some, tenant],
            ("aggregate", kind),
            some,
            moves=moves,
        )
        for row in rows:
            yield aggregate_of(row[:-1]), row[-1]


def every_aggregate(db: Statements, tenant: str, kind: str) -> tuple[Aggregate, ...]:
    """Return all aggregates of a kind, by id.

    Raises
    ------
    ValueError
        If they are more than ``MAX_EVERY``: such a kind is read in pages.
    """
    rows = db.execute(
        f"select {AGGREGATE_COLUMNS} from aggregate where tenant = ? and kind = ? order by id "
        "limit ?",
        [tenant, kind, MAX_EVERY + 1],
    ).fetchall()
    if len(rows) > MAX_EVERY:
        raise ValueError(f"there are more than {MAX_EVERY} of kind {kind}")
    return tuple(aggregate_of(row) for row in rows)


def aggregate_of(row: Sequence[Any]) -> Aggregate:
    """Return the aggregate of a row of ``AGGREGATE_COLUMNS``."""
    kind, aggregate_id, tenant, state, flags, version, body, seq, recorded_at = row
    return Aggregate(
        kind=kind,
        id=aggregate_id,
        tenant=tenant,
        state=state,
        flags=() if flags == NO_FLAGS else tuple(json.loads(flags)),
        version=version,
        body=_parse(body)[0],
        seq=seq,
        recorded_at=datetime.fromisoformat(recorded_at),
    )


def event_of(row: Sequence[Any]) -> StoredEvent:
    """Return the event of a row of ``EVENT_COLUMNS``."""
    told: dict[str, Any] = dict(zip(EVENT_COLUMNS, row, strict=True))
    for name in _JSON:
        told[name] = json.loads(told[name])
    for name in _TUPLES:
        told[name] = tuple(told[name])
    for name in ("occurred_at", "recorded_at"):
        told[name] = datetime.fromisoformat(told[name])
    return StoredEvent(**told)


def late_of(row: Sequence[Any]) -> LatePickup:
    """Return the kept pickup of a row of ``LATE_COLUMNS``."""
    seq, late_pickup_id, partner_id, path, code, body, recorded_at, decided_at = row
    return LatePickup(
        seq,
        late_pickup_id,
        partner_id,
        path,
        code,
        json.loads(body),
        datetime.fromisoformat(recorded_at),
        None if decided_at is None else datetime.fromisoformat(decided_at),
    )


def has_stood(db: Statements, ref: Ref, partner_id: str) -> bool | None:
    """Return whether a partner sees ``ref`` now (True), once did (False), or never (None)."""
    row = db.execute(
        "select max(case when to_seq is null then 1 else 0 end) from aggregate_party "
        "where kind = ? and id = ? and partner_id = ?",
        [ref.kind, ref.id, partner_id],
    ).fetchone()
    return None if row[0] is None else bool(row[0])
