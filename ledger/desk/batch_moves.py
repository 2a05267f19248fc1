"""Commands of a treatment batch that write more than its event: units, lots, certificate."""

from dataclasses import replace

from ledger.contract import View
from ledger.desk import certificate
from ledger.desk.ask import Ask
from ledger.desk.batch_known import to_certify, to_weigh, units_of
from ledger.desk.finding_holds import as_held
from ledger.desk.known import facts_of
from ledger.desk.look_up import judged_evidence
from ledger.desk.lot_moves import creation, together
from ledger.desk.moving import moved
from ledger.desk.outcome import happened, refusal_of
from ledger.desk.part import Handlers
from ledger.desk.reference import Reference
from ledger.desk.stored import target
from ledger.records import Decision, InputChange
from recycling.aggregate import Aggregate, Event
from recycling.apply import Applied, Refusal, apply, apply_all
from recycling.facts import Facts
from recycling.together import apply_balance_check, apply_write_off
from recycling.vocabulary import (
    AggregateKind,
    BatchCommand,
    BatchEvent,
    BatchState,
)

BATCH = AggregateKind.BATCH


def change_inputs(ask: Ask, view: View, reference: Reference) -> Decision:
    """Add an input or remove one: the batch and the unit's place change in one transaction."""
    applied = moved(ask, target(view, BATCH), view, reference)
    if isinstance(applied, Refusal):
        return refusal_of(applied)
    return happened(applied, ask, view, inputs=[_input(applied.event)])


def _input(event: Event) -> InputChange:
    is_removed = event.event_type == BatchEvent.INPUT_REMOVED
    return InputChange(event.payload["unit_id"], event.aggregate_id, leaves=is_removed)


def check_balance(ask: Ask, view: View, reference: Reference) -> Decision:
    """Check the balance; where it holds, units are dismantled and lots created with it."""
    batch = target(view, BATCH)
    facts = facts_of(ask, batch, view, reference)
    if judged_evidence(ask, batch) is None:
        return _told(apply(batch, BatchCommand.CHECK_BALANCE, facts), ask, view)
    units = units_of(view, batch)
    facts = replace(facts, known=to_weigh(batch, units, view))
    checked = apply_balance_check(batch, units, facts)
    if isinstance(checked, Refusal) or checked.aggregate.state is not BatchState.BALANCED:
        return _told(checked, ask, view)
    lots = _lots(checked.aggregate, view, facts)
    if isinstance(lots, Refusal):
        return refusal_of(lots)
    return happened(together(checked, lots), ask, view)


def _told(answer: Applied | Refusal, ask: Ask, view: View) -> Decision:
    return refusal_of(answer) if isinstance(answer, Refusal) else happened(answer, ask, view)


def _lots(batch: Aggregate, view: View, facts: Facts) -> Applied | Refusal:
    """Return one lot for each fraction that came out of a batch, held by its dismantler."""
    known = replace(facts.known, batch_state=BatchState.BALANCED)
    return apply_all(
        [
            creation(
                view,
                replace(facts, known=known),
                {
                    "batch_id": batch.id,
                    "material": one["material"],
                    "mass_kg": one["mass_kg"],
                    "holder_id": batch.body["dismantler_id"],
                    "hazardous_code": one.get("hazardous_code"),
                },
            )
            for one in batch.body["outputs"]
        ]
    )


def write_off(ask: Ask, view: View, reference: Reference) -> Decision:
    """Write a batch off: its units become lost with it."""
    batch = target(view, BATCH)
    facts = facts_of(ask, batch, view, reference)
    if judged_evidence(ask, batch) is None:
        return _told(apply(batch, BatchCommand.WRITE_OFF, facts), ask, view)
    units = units_of(view, batch)
    facts = replace(facts, known=to_weigh(batch, units, view))
    return _told(apply_write_off(batch, units, facts), ask, view)


def certify(ask: Ask, view: View, reference: Reference) -> Decision:
    """Certify a batch and issue its certificate, whose number the house gives."""
    batch = target(view, BATCH)
    facts = facts_of(ask, batch, view, reference)
    if judged_evidence(ask, batch) is None:
        return _told(apply(batch, BatchCommand.CERTIFY, facts), ask, view)
    units = units_of(view, batch)
    facts = replace(facts, known=to_certify(batch, units, view))
    applied = apply(as_held(batch, view), BatchCommand.CERTIFY, facts)
    if isinstance(applied, Refusal):
        return refusal_of(applied)
    record = certificate.issued(applied.aggregate, units, facts, view)
    return happened(applied, ask, view, more=[record])


def revoke(ask: Ask, view: View, reference: Reference) -> Decision:
    """Revoke a batch, and with it the certificate that it has."""
    batch = target(view, BATCH)
    applied = moved(ask, batch, view, reference)
    if isinstance(applied, Refusal):
        return refusal_of(applied)
    ended = certificate.revoked(batch, applied.event.occurred_at, view)
    return happened(applied, ask, view, more=ended)


BATCH_HANDLERS: Handlers = {
    (BATCH, BatchCommand.ADD_INPUT): change_inputs,
    (BATCH, BatchCommand.REMOVE_INPUT): change_inputs,
    (BATCH, BatchCommand.CHECK_BALANCE): check_balance,
    (BATCH, BatchCommand.WRITE_OFF): write_off,
    (BATCH, BatchCommand.CERTIFY): certify,
    (BATCH, BatchCommand.REVOKE): revoke,
}
