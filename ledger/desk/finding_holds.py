"""Which orders and batches an open finding has yet to put on HOLD, and whether one was upheld."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from typing import Any

from ledger.contract import View
from ledger.desk.finding_record import FINDING, FindingState
from ledger.records import Aggregate as Row
from ledger.records import Ref
from recycling.aggregate import Aggregate
from recycling.tables import table_of
from recycling.vocabulary import AggregateKind, BatchCommand, Flag, Severity

HOLDABLE_KINDS = (AggregateKind.TAKEBACK_ORDER, AggregateKind.BATCH)
MAX_MISSING_UNITS = 1_000  # of one consignment

Find = Callable[[Ref], Row | None]


def holds_due(finding: Row, find: Find) -> tuple[Ref, ...]:
    """Return which orders and batches a finding has yet to put on HOLD.

    It asks for each once: what the platform released stays released. Where the table knows no HOLD
    any more, as after an audit, there is nothing to place.
    """
    if finding.state != FindingState.OPEN or finding.body["severity"] != Severity.HOLD:
        return ()
    placed = {(one["kind"], one["id"]) for one in finding.body["held"]}
    wanted = dict.fromkeys(_wanted(finding.body, find))
    return tuple(
        ref for ref in wanted if (ref.kind, ref.id) not in placed and _can_hold(find(ref), ref)
    )


def _can_hold(row: Row | None, ref: Ref) -> bool:
    if row is None:
        return False
    table = table_of(AggregateKind(ref.kind))
    return BatchCommand.HOLD in table.allowed(table.states(row.state))


def _wanted(body: Mapping[str, Any], find: Find) -> Iterator[Ref]:
    """Yield what a finding holds: its batch or order, and for units the order of each."""
    kind, about = AggregateKind(body["aggregate_kind"]), body["aggregate_id"]
    if kind in HOLDABLE_KINDS:
        yield Ref(kind, about)
    unit_ids = body["value"].split(",")[:MAX_MISSING_UNITS]
    units = {AggregateKind.UNIT: [about], AggregateKind.CONSIGNMENT: unit_ids}.get(kind, [])
    for unit_id in units:
        unit = find(Ref(AggregateKind.UNIT, unit_id))
        if unit is not None:
            yield Ref(AggregateKind.TAKEBACK_ORDER, unit.body["takeback_order_id"])


def as_held(aggregate: Aggregate, view: View) -> Aggregate:
    """Return an order or batch with the HOLD that findings ask for and the clerk has yet to place.

    What HOLD blocks is blocked from the finding on, not only from the clerk's next round.
    """
    to_come = _holds_to_come(aggregate, view)
    if not to_come:
        return aggregate
    body = {**aggregate.body, "held_by": [*aggregate.body.get("held_by", ()), *to_come]}
    return replace(aggregate, flags=aggregate.flags | {Flag.HOLD}, body=body)


def _holds_to_come(aggregate: Aggregate, view: View) -> tuple[str, ...]:
    ref = Ref(aggregate.kind, aggregate.id)
    asking = (
        one
        for about in dict.fromkeys(_abouts(ref, aggregate.body, view))
        for one in view.holds_asked(about)
    )
    return tuple(one.id for one in asking if ref in holds_due(one, view.find))


def _abouts(ref: Ref, body: Mapping[str, Any], view: View) -> Iterator[Ref]:
    """Yield what a finding may be about that holds this order or batch."""
    yield ref
    if ref.kind != AggregateKind.TAKEBACK_ORDER:
        return
    for unit in view.find_all(AggregateKind.UNIT, body.get("unit_ids", ())).values():
        yield Ref(AggregateKind.UNIT, unit.id)
        if "consignment_id" in unit.body:
            yield Ref(AggregateKind.CONSIGNMENT, unit.body["consignment_id"])


def is_upheld(view: View, finding_id: str, batch: Aggregate) -> bool:
    """Return whether a finding was upheld and is about this batch, or about one of its inputs."""
    found = view.find(Ref(FINDING, finding_id))
    if found is None or found.state != FindingState.UPHELD:
        return False
    kind, about = found.body["aggregate_kind"], found.body["aggregate_id"]
    unit_ids = batch.body.get("unit_ids", ())
    if kind == AggregateKind.TAKEBACK_ORDER:
        units = (view.find(Ref(AggregateKind.UNIT, one)) for one in unit_ids)
        return any(one is not None and one.body["takeback_order_id"] == about for one in units)
    is_input = kind == AggregateKind.UNIT and about in unit_ids
    return is_input or (kind, about) == (AggregateKind.BATCH, batch.id)
