"""A correction appends the difference to what its target says now; nothing is edited."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import duckdb

from warehouse.facts import Fact

_WHERE_IT_STOOD = frozenset(
    {
        "source_event_id", "event_id", "content_hash", "broker_epoch", "topic_key",
        "log_partition", "log_offset", "recorded_at", "recorded_on", "occurred_on", "revision",
        "correction_of", "reason", "extra_inputs", "leg_id",
    }
)  # fmt: skip


def delta_rows(
    db: duckdb.DuckDBPyConnection, fact: Fact, target: UUID | None, new: dict[str, Any]
) -> list[dict[str, Any]] | None:
    """Return the rows that turn the current values of ``target`` into those of ``new``.

    One row of differences; two where a dimension changed: the old one negated, the new one whole.
    None where ``target`` is not stored.
    """
    chain = _chain(db, fact, target)
    if not chain:
        return None
    current = {name: _total([row[name] for row in chain]) for name in fact.measures}
    latest = chain[-1]
    mark = {
        "revision": latest["revision"] + 1,
        "correction_of": target,
        "reason": "correction",
    }
    if _same_dimensions(fact, latest, new):
        difference = {name: _minus(new[name], current[name]) for name in fact.measures}
        return [new | difference | mark]
    negated = {name: _minus(None, current[name]) for name in fact.measures}
    where = {name: new[name] for name in _WHERE_IT_STOOD if name in new}
    old = {name: latest[name] for name in new} | negated | where | mark
    return [old, new | mark]


def _chain(
    db: duckdb.DuckDBPyConnection, fact: Fact, target: UUID | None
) -> Sequence[dict[str, Any]]:
    found = db.execute(
        f"select * from {fact.table} where source_event_id = ? or correction_of = ? "
        "order by revision, recorded_at, log_offset",
        [target, target],
    )
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def _same_dimensions(fact: Fact, latest: dict[str, Any], new: dict[str, Any]) -> bool:
    ignored = _WHERE_IT_STOOD | set(fact.measures) | set(fact.described)
    return all(latest[name] == value for name, value in new.items() if name not in ignored)


def _total(values: Sequence[Any]) -> Any:
    given = [value for value in values if value is not None]
    return sum(given, start=type(given[0])(0)) if given else None


def _minus(new: Any, current: Any) -> Any:
    if current is None:
        return new
    zero = Decimal(0) if isinstance(current, Decimal) else 0
    return (zero if new is None else new) - current
