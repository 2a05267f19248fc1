"""A correction appends the difference to what its target says now; nothing is edited."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any
from uuid import UUID

import duckdb

from warehouse.columns import table, uuids
from warehouse.fact import Fact
from warehouse.transaction import shown

Values = dict[str, Any]
# What tells where the correction itself stood: no difference in it is a change of the leg.
_WHERE_IT_STOOD = frozenset(
    {
        "source_event_id", "event_id", "content_hash", "broker_epoch", "topic_key",
        "log_partition", "log_offset", "recorded_at", "recorded_on", "revision",
        "correction_of", "reason",
    }
)  # fmt: skip
_FOLLOWS = frozenset({"extra_inputs", "occurred_on"})


class Chains:
    """The rows that stand for some events: each original with all that corrected it since.

    A correction names any event of a chain; its rows name the chain's original, so that one look
    finds them all.
    """

    def __init__(
        self, db: duckdb.DuckDBPyConnection, fact: Fact, targets: Iterable[bytes | None]
    ) -> None:
        """Read the chains of ``targets`` that are stored."""
        self._fact = fact
        self._roots = _roots(db, fact, targets)
        self._rows = chains_of(db, fact, set(self._roots.values()))

    def knows(self, target: bytes | None) -> bool:
        """Return whether ``target`` is stored."""
        return target is not None and UUID(bytes=target) in self._roots

    def correct(self, target: bytes, new: Values) -> Sequence[Values]:
        """Return the rows that turn the current values of ``target`` into those of ``new``.

        One row of differences; two where a dimension changed or a measure became known or
        unknown: the old one negated, the new one whole.
        """
        root = self._roots[UUID(bytes=target)]
        chain = self._rows[root]
        rows = _differences(self._fact, chain, new, root)
        chain.extend(rows)
        self._roots[new["source_event_id"]] = root
        return rows


def _roots(
    db: duckdb.DuckDBPyConnection, fact: Fact, targets: Iterable[bytes | None]
) -> dict[UUID, UUID]:
    found = _where_in(
        db,
        f"select source_event_id, coalesce(correction_of, source_event_id) from {fact.table} "
        "where source_event_id in (select id from wanted)",
        {target for target in targets if target is not None},
    )
    return {event: root for event, root in (row[:2] for row in found[1])}


def chains_of(
    db: duckdb.DuckDBPyConnection, fact: Fact, roots: set[UUID]
) -> dict[UUID, list[Values]]:
    """Return the rows of each chain, oldest first, by the event that began it."""
    names, found = _where_in(
        db,
        f"select * from {fact.table} where source_event_id in (select id from wanted) "
        f"or correction_of in (select id from wanted) order by revision, {fact.counted}",
        {root.bytes for root in roots},
    )
    chains: dict[UUID, list[Values]] = {root: [] for root in roots}
    for row in found:
        values = dict(zip(names, row, strict=True))
        chains[values["correction_of"] or values["source_event_id"]].append(values)
    return chains


def _where_in(
    db: duckdb.DuckDBPyConnection, sql: str, ids: set[bytes]
) -> tuple[list[str], list[tuple[Any, ...]]]:
    with shown(db, "wanted", table({"id": uuids(sorted(ids))})):
        found = db.execute(sql)
        return [column[0] for column in found.description or ()], found.fetchall()


def _differences(fact: Fact, chain: Sequence[Values], new: Values, root: UUID) -> Sequence[Values]:
    latest = chain[-1]
    mark = {
        "revision": latest["revision"] + 1,
        "correction_of": root,
        "reason": "correction",
    }
    now = {name: current(name, chain) for name in fact.measures}
    if _is_alike(fact, latest, new):
        changed = {name: _minus(new[name], now[name]) for name in fact.measures}
        return [new | changed | mark]
    taken_back = {name: _minus(None, now[name]) for name in fact.measures}
    where = {name: new[name] for name in _WHERE_IT_STOOD if name in new}
    old = {name: latest[name] for name in new} | taken_back | where | mark
    return [old, new | mark]


def _is_alike(fact: Fact, latest: Values, new: Values) -> bool:
    """Return whether only measures differ, and the same ones are known."""
    ignored = _WHERE_IT_STOOD | _FOLLOWS | set(fact.measures) | set(fact.described)
    return all(latest[name] == value for name, value in new.items() if name not in ignored) and all(
        (latest[name] is None) == (new[name] is None) for name in fact.measures
    )


def current(name: str, chain: Sequence[Mapping[str, Any]]) -> Any:
    """Return what a measure comes to; a measure the newest row does not know is unknown."""
    if chain[-1][name] is None or len(chain) == 1:
        return chain[-1][name]
    known = [row[name] for row in chain if row[name] is not None]
    return sum(known, start=_zero(known[0]))


def _minus(new: Any, current: Any) -> Any:
    return None if current is None else (_zero(current) if new is None else new) - current


def _zero(like: Any) -> Any:
    return Decimal(0) if isinstance(like, Decimal) else 0
