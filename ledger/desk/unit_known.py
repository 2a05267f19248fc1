"""What the commands of a unit must know."""

from collections.abc import Mapping

from ledger.contract import View
from ledger.desk.ask import Ask
from ledger.desk.batch_known import is_on_certificate, state_of_batch
from ledger.desk.order_known import claims_on
from ledger.desk.part import LookUps
from ledger.desk.partner_permits import permits_held
from ledger.desk.reference import Reference
from ledger.desk.unread import text_of
from ledger.records import Ref, StoredEvent
from recycling.aggregate import Aggregate
from recycling.facts import Known, Original
from recycling.unit import input_of
from recycling.vocabulary import AggregateKind, UnitCommand
from schemas.vocabulary import TakebackUnitEvent as Happened

NO_BATCH = "-"
# A hand-over has two sides: what the first one said stands once the second has answered.
ANSWERS: Mapping[str, frozenset[str]] = {
    Happened.DEPARTED: frozenset({Happened.RECEIVED}),
    Happened.SHIPPED_TO_DISMANTLER: frozenset({Happened.ACCEPTED, Happened.REJECTED}),
    Happened.REJECTED: frozenset({Happened.RECEIVED}),
}


def known_of_order(ask: Ask, unit: Aggregate, view: View, _: Reference) -> Known:
    """Know in which state the unit's order is, and who has its code."""
    order_id = unit.body.get("takeback_order_id")
    found = None if order_id is None else view.find(Ref(AggregateKind.TAKEBACK_ORDER, order_id))
    return Known(
        takeback_order_state="-" if found is None else found.state,
        claims=claims_on(view, [text_of(ask.evidence, "unit_code")]),
    )


def known_of_refurbisher(ask: Ask, _: Aggregate, view: View, __: Reference) -> Known:
    """Know what the refurbisher may do."""
    return Known(permits=permits_held(view, [text_of(ask.evidence, "refurbisher_id")]))


def known_of_dismantler(ask: Ask, _: Aggregate, view: View, __: Reference) -> Known:
    """Know what the dismantler may do."""
    return Known(permits=permits_held(view, [ask.by.party_id]))


def known_of_batch(ask: Ask, _: Aggregate, view: View, __: Reference) -> Known:
    """Know the batch that a unit is dismantled with."""
    batch_id = text_of(ask.evidence, "batch_id")
    found = None if batch_id is None else view.find(Ref(AggregateKind.BATCH, batch_id))
    if found is None:
        return Known(batch_state=NO_BATCH, batch_unit_ids=())
    return Known(batch_state=found.state, batch_unit_ids=tuple(found.body.get("unit_ids", ())))


def known_to_lose(_: Ask, unit: Aggregate, view: View, __: Reference) -> Known:
    """Know which batch the unit is an input of."""
    if unit.state is None:
        return Known()
    return Known(
        unit=input_of(unit, batch_id=view.batch_of(unit.id)),
        batch_state=state_of_batch(view, unit) or NO_BATCH,
    )


def known_to_correct(ask: Ask, unit: Aggregate, view: View, _: Reference) -> Known:
    """Know the wrong event, who confirmed it, the new code's unit and the certificate."""
    values = ask.evidence.get("values")
    code = text_of(values, "unit_code") if isinstance(values, Mapping) else None
    return Known(
        original=_original(ask, unit, view),
        is_certified=is_on_certificate(view, unit),
        batch_state=state_of_batch(view, unit) or NO_BATCH,
        claims=claims_on(view, [code]),
    )


def _original(ask: Ask, unit: Aggregate, view: View) -> Original:
    event = view.event(text_of(ask.evidence, "event_id") or "")
    if event is None or (event.kind, event.aggregate_id) != (unit.kind, unit.id):
        # An event that is not there has no author: the guard that names it refuses.
        return Original(event_id="", event_type="", author_id=ask.by.party_id)
    answer = _answer_to(event, view)
    return Original(
        event_id=event.event_id,
        event_type=event.type,
        author_id=_author(event),
        counterpart_id=None if answer is None else _author(answer),
        is_confirmed=answer is not None,
    )


def _answer_to(event: StoredEvent, view: View) -> StoredEvent | None:
    answers = ANSWERS.get(event.type)
    if answers is None:
        return None
    later = view.events_after(Ref(event.kind, event.aggregate_id), event.version)
    return next((one for one in later if one.type in answers), None)


def _author(event: StoredEvent) -> str:
    return str(event.payload["party_id"])


_UNIT = AggregateKind.UNIT
LOOK_UPS: LookUps = {
    (_UNIT, UnitCommand.COLLECT): known_of_order,
    (_UNIT, UnitCommand.REFUSE): known_of_order,
    (_UNIT, UnitCommand.WITHDRAW): known_of_order,
    (_UNIT, UnitCommand.RESELL): known_of_refurbisher,
    (_UNIT, UnitCommand.ACCEPT): known_of_dismantler,
    (_UNIT, UnitCommand.DISMANTLE): known_of_batch,
    (_UNIT, UnitCommand.REPORT_LOST): known_to_lose,
    (_UNIT, UnitCommand.CORRECT): known_to_correct,
}
