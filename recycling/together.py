"""Commands that move several aggregates at once: all of them, or none."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from enum import StrEnum
from typing import Any

from recycling.aggregate import Aggregate, nothing
from recycling.apply import Applied, Refusal, Step, apply, apply_all
from recycling.facts import SYSTEM, Facts, Known, told
from recycling.takeback_order_steps import COLLECTED
from recycling.unit_guards import WRITTEN_OFF_REASON
from recycling.unit_mass import UnitInput
from recycling.vocabulary import (
    AggregateKind,
    BatchCommand,
    BatchState,
    ConsignmentCommand,
    OrderCommand,
    Problem,
    Role,
    UnitCommand,
)
from schemas.vocabulary import TakebackOrderState, TakebackUnitState

ENDING = (OrderCommand.CANCEL, OrderCommand.REPORT_NO_SHOW)


def apply_demand(takeback_order_id: str, facts: Facts) -> Applied | Refusal:
    """Register a demand and declare its units; ``facts.known.unit_ids`` names one for each line."""
    wish = nothing(AggregateKind.TAKEBACK_ORDER, takeback_order_id)
    registered = apply(wish, OrderCommand.REGISTER_DEMAND, facts)
    if isinstance(registered, Refusal):
        return registered
    unit_ids = told(facts.known.unit_ids, "unit_ids")
    from_order = {name: facts.evidence[name] for name in ("channel", "region")}
    steps = [
        Step(
            aggregate=nothing(AggregateKind.UNIT, unit_id),
            command=UnitCommand.DECLARE,
            facts=replace(
                facts, evidence={**line, **from_order, "takeback_order_id": takeback_order_id}
            ),
        )
        for unit_id, line in zip(unit_ids, facts.evidence["lines"], strict=True)
    ]
    answer = apply_all(steps, after=registered)
    return _pointing_into(answer, "lines", unit_ids) if isinstance(answer, Refusal) else answer


def apply_pickup(
    takeback_order: Aggregate, units: Sequence[Aggregate], facts: Facts
) -> Applied | Refusal:
    """Post a pickup: one event of the order, and one of each unit, collected or refused.

    ``facts.evidence`` is the proof: what is told once, and ``units`` with each one's ``unit_id``,
    ``outcome`` and the evidence of its own command. No code may stand for two of them.
    """
    given = facts.evidence.get("units")
    named = given if isinstance(given, list | tuple) else ()
    rows = [row for row in named if isinstance(row, Mapping)]
    outcomes = [{key: row.get(key) for key in ("unit_id", "outcome")} for row in rows]
    asked = {**facts.evidence, "units": outcomes if len(rows) == len(named) else given}
    proof = facts.told(asked)
    posted = apply(takeback_order, OrderCommand.POST_PICKUP, proof)
    if isinstance(posted, Refusal):
        return posted
    answer = apply_all(_at_the_door(takeback_order, units, rows, facts), after=posted)
    if isinstance(answer, Refusal):
        return _pointing_into(answer, "units", [row["unit_id"] for row in rows])
    return answer


def _pointing_into(refusal: Refusal, field: str, unit_ids: Sequence[str]) -> Refusal:
    """Return a unit's refusal with pointers from the top of the whole evidence."""
    if refusal.aggregate_id not in unit_ids:
        return refusal
    at = unit_ids.index(refusal.aggregate_id)
    errors = tuple(replace(one, pointer=f"/{field}/{at}{one.pointer}") for one in refusal.errors)
    return replace(refusal, errors=errors)


def apply_departure(
    consignment: Aggregate, units: Sequence[Aggregate], facts: Facts
) -> Applied | Refusal:
    """Let a consignment depart: to a depot its collected units, to a dismantler its graded ones.

    A unit that returns has departed already.
    """
    departed = apply(consignment, ConsignmentCommand.DEPART, facts)
    if isinstance(departed, Refusal):
        return departed
    by_id = {unit.id: unit for unit in units}
    setting_out = (
        told(by_id.get(unit_id), f"unit {unit_id}") for unit_id in consignment.body["unit_ids"]
    )
    steps = (
        _setting_out(unit, consignment, facts)
        for unit in setting_out
        if unit.state is not TakebackUnitState.RETURNING
    )
    return apply_all(steps, after=departed)


def _setting_out(unit: Aggregate, consignment: Aggregate, facts: Facts) -> Step:
    body = consignment.body
    if body["to"] == Role.DEPOT:
        command, evidence = UnitCommand.DEPART, {**facts.evidence}
    else:
        command = UnitCommand.SHIP_TO_DISMANTLER
        evidence = {"dismantler_id": body["to_partner_id"], "manifest_id": body["manifest_id"]}
        evidence["same_site"] = body["same_site"]
    evidence["consignment_id"] = consignment.id
    return Step(aggregate=unit, command=command, facts=replace(facts, evidence=evidence))


def apply_receipt(
    consignment: Aggregate, units: Sequence[Aggregate], facts: Facts
) -> Applied | Refusal:
    """Receive units of a consignment: a depot each with its mass, a dismantler as arrived."""
    received = apply(consignment, ConsignmentCommand.RECEIVE, facts)
    if isinstance(received, Refusal) or consignment.body["to"] != Role.DEPOT:
        return received
    by_id = {unit.id: unit for unit in units}
    rows = facts.evidence["units"]
    steps = (
        Step(
            aggregate=told(by_id.get(row["unit_id"]), f"unit {row['unit_id']}"),
            command=UnitCommand.RECEIVE,
            facts=replace(
                facts,
                evidence={
                    "mass_kg": row.get("mass_kg"),
                    "site_id": consignment.body["to_site_id"],
                },
            ),
        )
        for row in rows
    )
    answer = apply_all(steps, after=received)
    if isinstance(answer, Refusal):
        return _pointing_into(answer, "units", [row["unit_id"] for row in rows])
    return answer


def is_late_pickup(refusal: Refusal) -> bool:
    """Return whether a refused pickup is kept whole until the platform decides about it.

    Those of a former recycler are, and those of an order that was cancelled meanwhile.
    """
    if refusal.command != OrderCommand.POST_PICKUP:
        return False
    is_of_cancelled = refusal.state == TakebackOrderState.CANCELLED
    is_too_late = is_of_cancelled and refusal.problem is Problem.TRANSITION_NOT_ALLOWED
    return is_too_late or refusal.problem is Problem.ORDER_REASSIGNED


def _at_the_door(
    takeback_order: Aggregate,
    units: Sequence[Aggregate],
    rows: Sequence[Mapping[str, Any]],
    facts: Facts,
) -> Iterator[Step]:
    """Yield what happens to each unit; a code of one before is claimed for the next."""
    by_id = {unit.id: unit for unit in units}
    claims = dict(told(facts.known.claims, "claims"))
    known = Known(takeback_order_state=str(takeback_order.state), claims=claims)
    of_units = replace(facts, known=known)
    for row in rows:
        unit_id = row["unit_id"]
        is_collected = row["outcome"] == COLLECTED
        evidence = {key: one for key, one in row.items() if key not in ("unit_id", "outcome")}
        yield Step(
            aggregate=told(by_id.get(unit_id), f"unit {unit_id}"),
            command=UnitCommand.COLLECT if is_collected else UnitCommand.REFUSE,
            facts=of_units.told(evidence),
        )
        claims.setdefault(str(row.get("unit_code")), unit_id)


def apply_ending(
    takeback_order: Aggregate, units: Sequence[Aggregate], command: StrEnum, facts: Facts
) -> Applied | Refusal:
    """Cancel, or report a no-show; where that ends the order, its declared units are withdrawn.

    Raises
    ------
    ValueError
        If the command is neither.
    """
    if command not in ENDING:
        raise ValueError(f"{command} is none of {', '.join(ENDING)}")
    ended = apply(takeback_order, command, facts)
    if isinstance(ended, Refusal) or ended.aggregate.state is not TakebackOrderState.CANCELLED:
        return ended
    known = replace(facts.known, takeback_order_state=TakebackOrderState.CANCELLED)
    follow = replace(facts, by=SYSTEM, evidence={}, known=known)
    withdrawn = (
        Step(aggregate=unit, command=UnitCommand.WITHDRAW, facts=follow)
        for unit in units
        if unit.state is TakebackUnitState.DECLARED
    )
    return apply_all(withdrawn, after=ended)


def apply_balance_check(
    batch: Aggregate, units: Sequence[Aggregate], facts: Facts
) -> Applied | Refusal:
    """Check the balance; where it holds, every input is dismantled in the same answer."""
    checked = apply(batch, BatchCommand.CHECK_BALANCE, facts)
    if isinstance(checked, Refusal) or checked.aggregate.state is not BatchState.BALANCED:
        return checked
    known = replace(
        facts.known,
        batch_state=BatchState.BALANCED,
        batch_unit_ids=tuple(batch.body["unit_ids"]),
    )
    follow = replace(facts, by=SYSTEM, evidence={"batch_id": batch.id}, known=known)
    dismantled = (
        Step(aggregate=unit, command=UnitCommand.DISMANTLE, facts=follow)
        for unit in _inputs(batch, units)
    )
    return apply_all(dismantled, after=checked)


def apply_write_off(
    batch: Aggregate, units: Sequence[Aggregate], facts: Facts
) -> Applied | Refusal:
    """Write a batch off; its units become lost in the same answer."""
    evidence = {"reason_code": WRITTEN_OFF_REASON}
    follow = replace(facts, by=SYSTEM, evidence=evidence)
    inputs = {one.unit_id: one for one in told(facts.known.inputs, "inputs")}
    lost = (
        Step(
            aggregate=unit,
            command=UnitCommand.REPORT_LOST,
            facts=_in_written_off(follow, inputs[unit.id]),
        )
        for unit in _inputs(batch, units)
    )
    first = Step(aggregate=batch, command=BatchCommand.WRITE_OFF, facts=facts)
    return apply_all([first, *lost])


def _in_written_off(facts: Facts, unit: UnitInput) -> Facts:
    known = replace(facts.known, unit=unit, batch_state=BatchState.WRITTEN_OFF)
    return replace(facts, known=known)


def _inputs(batch: Aggregate, units: Sequence[Aggregate]) -> list[Aggregate]:
    """Return the units that are inputs, in the order they were added.

    Raises
    ------
    ValueError
        If one of them was not looked up.
    """
    by_id = {unit.id: unit for unit in units}
    missing = [one for one in batch.body["unit_ids"] if one not in by_id]
    if missing:
        raise ValueError(f"units {', '.join(missing)} of batch {batch.id} were not looked up")
    return [by_id[one] for one in batch.body["unit_ids"]]
