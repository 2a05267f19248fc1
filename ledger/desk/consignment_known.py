"""What the commands of a consignment must know."""

from collections.abc import Iterable

from ledger.contract import View
from ledger.desk.ask import Ask
from ledger.desk.order_known import states_of
from ledger.desk.part import LookUps
from ledger.desk.reference import Reference
from ledger.desk.unread import is_text, text_of
from ledger.records import Ref
from recycling.aggregate import Aggregate
from recycling.facts import Known
from recycling.vocabulary import AggregateKind, ConsignmentCommand
from schemas.consignment import MAX_CONSIGNMENT_UNITS


def known_to_create(ask: Ask, _: Aggregate, view: View, __: Reference) -> Known:
    """Know the states of those units that the sender sees."""
    told = ask.evidence.get("unit_ids")
    named = [one for one in told if is_text(one)] if isinstance(told, list | tuple) else []
    seen = seen_by_caller(named[:MAX_CONSIGNMENT_UNITS], ask, view)
    return Known(unit_states=states_of(view, seen))


def seen_by_caller(unit_ids: Iterable[str], ask: Ask, view: View) -> list[str]:
    """Return those units that the caller sees in a role of its own; the maker sees all."""
    partner_id = view.caller.partner_id
    if partner_id is None:
        return list(unit_ids)
    roles = sorted(ask.by.acting)
    return [
        one
        for one in unit_ids
        if any(partner_id in view.partners(Ref(AggregateKind.UNIT, one), role) for role in roles)
    ]


def known_to_depart(ask: Ask, _: Aggregate, view: View, reference: Reference) -> Known:
    """Know the vehicle's token."""
    plate = text_of(ask.evidence, "vehicle_plate")
    return Known(
        vehicle_token=None if plate is None else reference.token_of(view.caller.tenant, plate)
    )


def known_to_receive(_: Ask, consignment: Aggregate, view: View, __: Reference) -> Known:
    """Know which of its units are lost."""
    return Known(unit_states=states_of(view, consignment.body.get("unit_ids", ())))


_CONSIGNMENT = AggregateKind.CONSIGNMENT
LOOK_UPS: LookUps = {
    (_CONSIGNMENT, ConsignmentCommand.CREATE): known_to_create,
    (_CONSIGNMENT, ConsignmentCommand.DEPART): known_to_depart,
    (_CONSIGNMENT, ConsignmentCommand.RECEIVE): known_to_receive,
}
