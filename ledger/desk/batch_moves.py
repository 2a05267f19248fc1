"""Commands of a treatment batch that write more than its event: units, lots, certificate."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace

from ledger.contract import View
from ledger.desk import certificate
from ledger.desk.ask import Ask
from ledger.desk.batch_known import holds_to_come, to_certify, to_weigh, units_of
from ledger.desk.known import facts_of
from ledger.desk.look_up import judged_evidence
from ledger.desk.lot_moves import creation, together
from ledger.desk.moving import moved
from ledger.desk.outcome import accepted, refusal_of
from ledger.desk.reference import Reference
from ledger.desk.stored import target
from ledger.records import Decision, InputChange, PartyChange
from recycling.aggregate import Aggregate, Event
from recycling.apply import Applied, Refusal, apply, apply_all
from recycling.facts import Facts
from recycling.together import apply_balance_check, apply_write_off
from recycling.vocabulary import (
    AggregateKind,
    BatchCommand,
    BatchEvent,
    BatchState,
    Flag,
    Role,
)

BATCH = AggregateKind.BATCH


def open_batch(ask: Ask, view: View, reference: Reference) -> Decision:
    """Open a batch: its dismantler sees it from now on."""
    applied = moved(ask, target(view, BATCH), view, reference)
    if isinstance(applied, Refusal):
        return refusal_of(applied)
    batch = applied.aggregate
    return accepted(applied, status=201, parties=_seen(view, batch, [(BATCH, batch.id)]))


def _seen(view: View, batch: Aggregate, things: Iterable[tuple[str, str]]) -> Iterator[PartyChange]:
    """Yield that the dismantler sees what is its; the maker's own see everything anyway."""
    dismantler_id = batch.body["dismantler_id"]
    if dismantler_id != view.caller.tenant:
        for kind, thing_id in things:
            yield PartyChange(str(kind), thing_id, dismantler_id, Role.DISMANTLER)


def change_inputs(ask: Ask, view: View, reference: Reference) -> Decision:
    """Add an input or remove one: the batch and the unit's place change in one transaction."""
    applied = moved(ask, target(view, BATCH), view, reference)
    if isinstance(applied, Refusal):
        return refusal_of(applied)
    return accepted(applied, inputs=[_input(applied.event)])


def _input(event: Event) -> InputChange:
    is_removed = event.event_type == BatchEvent.INPUT_REMOVED
    return InputChange(event.payload["unit_id"], event.aggregate_id, leaves=is_removed)


def check_balance(ask: Ask, view: View, reference: Reference) -> Decision:
    """Check the balance; where it holds, units are dismantled and lots created with it."""
    batch = target(view, BATCH)
    facts = facts_of(ask, batch, view, reference)
    if judged_evidence(ask, batch) is None:
        return _told(apply(batch, BatchCommand.CHECK_BALANCE, facts))
    units = units_of(view, batch)
    facts = replace(facts, known=to_weigh(batch, units, view))
    checked = apply_balance_check(batch, units, facts)
    if isinstance(checked, Refusal) or checked.aggregate.state is not BatchState.BALANCED:
        return _told(checked)
    lots = _lots(checked.aggregate, view, facts)
    if isinstance(lots, Refusal):
        return refusal_of(lots)
    seen = _seen(view, batch, ((AggregateKind.LOT, lot.id) for lot in lots.aggregates))
    return accepted(together(checked, lots), parties=seen)


def _told(answer: Applied | Refusal) -> Decision:
    return refusal_of(answer) if isinstance(answer, Refusal) else accepted(answer)


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
        return _told(apply(batch, BatchCommand.WRITE_OFF, facts))
    units = units_of(view, batch)
    facts = replace(facts, known=to_weigh(batch, units, view))
    return _told(apply_write_off(batch, units, facts))


def certify(ask: Ask, view: View, reference: Reference) -> Decision:
    """Certify a batch and issue its certificate, whose number the house gives."""
    batch = target(view, BATCH)
    facts = facts_of(ask, batch, view, reference)
    if judged_evidence(ask, batch) is None:
        return _told(apply(batch, BatchCommand.CERTIFY, facts))
    units = units_of(view, batch)
    facts = replace(facts, known=to_certify(batch, units, view))
    applied = apply(_as_held(batch, view), BatchCommand.CERTIFY, facts)
    if isinstance(applied, Refusal):
        return refusal_of(applied)
    record = certificate.issued(applied.aggregate, units, facts, view)
    seen = _seen(view, applied.aggregate, [(certificate.CERTIFICATE, record.id)])
    return accepted(applied, more=[record], parties=seen)


def _as_held(batch: Aggregate, view: View) -> Aggregate:
    """Return a batch with the HOLD that open findings ask for and the clerk has yet to place."""
    to_come = holds_to_come(batch, view)
    if not to_come:
        return batch
    body = {**batch.body, "held_by": [*batch.body.get("held_by", ()), *to_come]}
    return replace(batch, flags=batch.flags | {Flag.HOLD}, body=body)


def revoke(ask: Ask, view: View, reference: Reference) -> Decision:
    """Revoke a batch, and with it the certificate that it has."""
    batch = target(view, BATCH)
    applied = moved(ask, batch, view, reference)
    if isinstance(applied, Refusal):
        return refusal_of(applied)
    return accepted(applied, more=certificate.revoked(batch, applied.event.occurred_at, view))


BATCH_HANDLERS: Mapping[tuple[AggregateKind, str], Callable[[Ask, View, Reference], Decision]] = {
    (BATCH, BatchCommand.OPEN): open_batch,
    (BATCH, BatchCommand.ADD_INPUT): change_inputs,
    (BATCH, BatchCommand.REMOVE_INPUT): change_inputs,
    (BATCH, BatchCommand.CHECK_BALANCE): check_balance,
    (BATCH, BatchCommand.WRITE_OFF): write_off,
    (BATCH, BatchCommand.CERTIFY): certify,
    (BATCH, BatchCommand.REVOKE): revoke,
}
