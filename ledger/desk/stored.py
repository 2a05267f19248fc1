"""Between a row of the ledger and an aggregate of the rules: the same thing in two rooms."""

from collections.abc import Mapping, Sequence
from typing import Any

from ledger.contract import View
from ledger.records import Aggregate as Row
from ledger.records import Ref
from recycling.aggregate import Aggregate, nothing
from recycling.tables import table_of
from recycling.vocabulary import AggregateKind, Flag


class AggregateMissing(ValueError):
    """The ledger names an aggregate that it does not hold; the message says which."""


def aggregate_of(row: Row) -> Aggregate:
    """Return the aggregate that a row of the ledger is."""
    kind = AggregateKind(row.kind)
    return Aggregate(
        kind=kind,
        id=row.id,
        state=table_of(kind).states(row.state),
        flags=frozenset(map(Flag, row.flags)),
        version=row.version,
        body=row.body,
    )


def find(view: View, kind: AggregateKind, aggregate_id: str) -> Aggregate | None:
    """Return an aggregate of the tenant, or ``None`` where it has none."""
    row = view.find(Ref(kind, aggregate_id))
    return None if row is None else aggregate_of(row)


def get(view: View, kind: AggregateKind, aggregate_id: str) -> Aggregate:
    """Return an aggregate that another one names.

    Raises
    ------
    AggregateMissing
        If it is not there.
    """
    found = find(view, kind, aggregate_id)
    if found is None:
        raise AggregateMissing(f"there is no {kind} {aggregate_id}")
    return found


def get_all(view: View, kind: AggregateKind, ids: Sequence[str]) -> list[Aggregate]:
    """Return aggregates that another one names, in its sequence.

    Raises
    ------
    AggregateMissing
        If one of them is not there.
    """
    found = view.find_all(kind, ids)
    missing = [one for one in ids if one not in found]
    if missing:
        raise AggregateMissing(f"there is no {kind} {missing[0]}")
    return [aggregate_of(found[one]) for one in ids]


def target(view: View, kind: AggregateKind) -> Aggregate:
    """Return what the command is for; a new one where it creates one."""
    return nothing(kind, view.new_id()) if view.target is None else aggregate_of(view.target)


def document_of(aggregate: Aggregate) -> Mapping[str, Any]:
    """Return what the API tells of an aggregate: id, state, version, what it allows, body."""
    table = table_of(aggregate.kind)
    return {
        **aggregate.body,
        "id": aggregate.id,
        "kind": str(aggregate.kind),
        "state": str(aggregate.state),
        "flags": sorted(map(str, aggregate.flags)),
        "version": aggregate.version,
        "allowed": list(table.allowed(aggregate.state)),
    }
