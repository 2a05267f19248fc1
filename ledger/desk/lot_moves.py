"""Lots that come out of a batch, and out of another lot: the house creates them itself."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ledger.contract import View
from ledger.desk.ask import Ask
from ledger.desk.known import facts_of
from ledger.desk.moving import moved
from ledger.desk.outcome import happened, refusal_of
from ledger.desk.part import Handlers
from ledger.desk.reference import Reference
from ledger.desk.stored import target
from ledger.records import Decision
from recycling.aggregate import Aggregate, nothing
from recycling.apply import Applied, Refusal, Step, apply_all
from recycling.facts import SYSTEM, Facts
from recycling.vocabulary import AggregateKind, LotCommand, LotState

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


def process(ask: Ask, view: View, reference: Reference) -> Decision:
    """Process a lot: what is left of it is a lot of its own."""
    lot = target(view, LOT)
    applied = moved(ask, lot, view, reference)
    if isinstance(applied, Refusal):
        return refusal_of(applied)
    if "residue_mass_kg" not in applied.event.payload:
        return happened(applied, ask, view)
    facts = facts_of(ask, lot, view, reference)
    rest = apply_all([_residue(applied.aggregate, view, facts)])
    if isinstance(rest, Refusal):
        return refusal_of(rest)
    return happened(together(applied, rest), ask, view)


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


LOT_HANDLERS: Handlers = {(LOT, LotCommand.PROCESS): process}
