"""Rows of aggregates, events and parties, read into frozen values."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from ledger.chain import EVENT_COLUMNS
from ledger.records import Aggregate, LatePickup, Ref, StoredEvent
from ledger.statements import Statements

AGGREGATE_COLUMNS = "kind, id, tenant, state, flags, version, body, seq, recorded_at"
LATE_COLUMNS = "seq, late_pickup_id, partner_id, path, code, body, recorded_at, decided_at"
_JSON = frozenset({"flags", "changed", "removed", "payload"})
_TUPLES = frozenset({"flags", "removed"})


def find_aggregate(
    db: Statements, tenant: str, ref: Ref, *, moves: bool = False
) -> Aggregate | None:
    """Return an aggregate of ``tenant``, whoever may see it; it is held until the end."""
    row = db.hold(
        f"select {AGGREGATE_COLUMNS} from aggregate where kind = ? and id = ? and tenant = ?",
        [ref.kind, ref.id, tenant],
        ("aggregate", ref.kind, ref.id),
        moves=moves,
    )
    return None if row is None else aggregate_of(row)


def aggregate_of(row: Sequence[Any]) -> Aggregate:
    """Return the aggregate of a row of ``AGGREGATE_COLUMNS``."""
    kind, aggregate_id, tenant, state, flags, version, body, seq, recorded_at = row
    return Aggregate(
        kind=kind,
        id=aggregate_id,
        tenant=tenant,
        state=state,
        flags=tuple(json.loads(flags)),
        version=version,
        body=json.loads(body),
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
