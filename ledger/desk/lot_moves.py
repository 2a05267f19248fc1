"""Commands of a lot that write more than its event: who sees it, and what is left of it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ledger.contract import View
from ledger.desk.ask import Ask
from ledger.desk.known import facts_of
from ledger.desk.moving import moved
from ledger.desk.outcome import accepted, refusal_of
from ledger.desk.reference import Reference
from ledger.desk.stored import target
from ledger.records import Decision, PartyChange, Ref
from recycling.aggregate import Aggregate, nothing
from recycling.apply import Applied, Refusal, Step, apply_all
from recycling.facts import SYSTEM, Facts
from recycling.vocabulary import AggregateKind, LotCommand, LotState, Role

LOT = AggregateKind.LOT
RESIDUE = "residue"


def creation(view: View, facts: Facts, evidence: Mapping[str, Any]) -> Step:
    """Return the step that creates a lot, by the house itself."""
    lot = nothing(LOT, view.new_id())
    return Step(
        aggregate=lot, command=LotCommand.CREATE, facts=replace(facts, by=SYSTEM, evidence=evidence)
    )


def together(one: Applied, other: Applied) -> Applied:
    """Return two answers as one; they are of different aggregates."""
    return Applied(
        aggregates=(*one.aggregates, *other.aggregates),
        events=(*one.events, *other.events),
        findings=(*one.findings, *other.findings),
    )


def create(ask: Ask, view: View, reference: Reference) -> Decision:
    """Create a lot: its holder sees it."""
    applied = moved(ask, target(view, LOT), view, reference)
    if isinstance(applied, Refusal):
        return refusal_of(applied)
    lot = applied.aggregate
    role = Role.BUYER if "parent_lot_id" in lot.body else Role.DISMANTLER
    return accepted(applied, status=201, parties=_seen(view, lot, lot.body["holder_id"], role))


def _seen(view: View, lot: Aggregate, partner_id: str, role: Role) -> tuple[PartyChange, ...]:
    """Return that a partner sees a lot; the maker's own see everything anyway."""
    if partner_id == view.caller.tenant:
        return ()
    return (PartyChange(LOT, lot.id, partner_id, role),)


def ship(ask: Ask, view: View, reference: Reference) -> Decision:
    """Ship a lot: its consignee sees it as the buyer."""
    applied = moved(ask, target(view, LOT), view, reference)
    if isinstance(applied, Refusal):
        return refusal_of(applied)
    lot = applied.aggregate
    return accepted(applied, parties=_seen(view, lot, lot.body["consignee_id"], Role.BUYER))


def reject(ask: Ask, view: View, reference: Reference) -> Decision:
    """Reject a lot: the buyer sees it no longer."""
    lot = target(view, LOT)
    applied = moved(ask, lot, view, reference)
    if isinstance(applied, Refusal):
        return refusal_of(applied)
    buyers = view.partners(Ref(LOT, lot.id), Role.BUYER)
    return accepted(
        applied,
        parties=(PartyChange(LOT, lot.id, one, Role.BUYER, ends=True) for one in buyers),
    )


def process(ask: Ask, view: View, reference: Reference) -> Decision:
    """Process a lot: what is left of it is a lot of its own."""
    lot = target(view, LOT)
    applied = moved(ask, lot, view, reference)
    if isinstance(applied, Refusal):
        return refusal_of(applied)
    if "residue_mass_kg" not in applied.event.payload:
        return accepted(applied)
    facts = facts_of(ask, lot, view, reference)
    rest = apply_all([_residue(applied.aggregate, view, facts)])
    if isinstance(rest, Refusal):
        return refusal_of(rest)
    child = rest.aggregate
    seen = _seen(view, child, child.body["holder_id"], Role.BUYER)
    return accepted(together(applied, rest), parties=seen)


def _residue(lot: Aggregate, view: View, facts: Facts) -> Step:
    """Return the step that creates the residue of a lot: as hazardous as the lot was."""
    evidence = {
        "batch_id": lot.body["batch_id"],
        "material": RESIDUE,
        "mass_kg": lot.body["residue_mass_kg"],
        "holder_id": lot.body["holder_id"],
        "parent_lot_id": lot.id,
        "hazardous_code": lot.body.get("hazardous_code"),
    }
    known = replace(facts.known, parent_lot_state=LotState.PROCESSED)
    return creation(view, replace(facts, known=known), evidence)


LOT_HANDLERS: Mapping[tuple[AggregateKind, str], Callable[[Ask, View, Reference], Decision]] = {
    (LOT, LotCommand.CREATE): create,
    (LOT, LotCommand.SHIP): ship,
    (LOT, LotCommand.REJECT): reject,
    (LOT, LotCommand.PROCESS): process,
}
