"""Commands of a consignment that move its units with it."""

from collections.abc import Iterator
from dataclasses import replace

from ledger.contract import View
from ledger.desk.ask import Ask
from ledger.desk.known import facts_of
from ledger.desk.order_decide import units_of
from ledger.desk.outcome import happened, refusal_of
from ledger.desk.part import Handlers
from ledger.desk.partner_profile import PARTNER
from ledger.desk.reference import Reference
from ledger.desk.reverse_trip import reverse_legs
from ledger.desk.stored import target
from ledger.records import Decision, Ref
from recycling.apply import Refusal as Refused
from recycling.apply import apply
from recycling.evidence import FieldError
from recycling.together import apply_departure, apply_receipt
from recycling.vocabulary import AggregateKind, ConsignmentCommand, Problem


def create(ask: Ask, view: View, reference: Reference) -> Decision:
    """Create a consignment, for a receiver and a carrier that are there."""
    consignment = target(view, ask.kind)
    facts = facts_of(ask, consignment, view, reference)
    applied = apply(consignment, ConsignmentCommand.CREATE, facts)
    if isinstance(applied, Refused):
        return refusal_of(applied)
    errors = tuple(_unknown_partners(ask, view))
    if errors:
        return refusal_of(_unknown(ask, consignment.id, errors))
    return happened(applied, ask, view, status=201)


def _unknown_partners(ask: Ask, view: View) -> Iterator[FieldError]:
    """Yield an error for each party that is neither a partner nor the maker itself."""
    for name in ("to_partner_id", "carrier_id"):
        party_id = ask.evidence.get(name)
        if party_id in (None, view.caller.tenant):
            continue
        if view.find(Ref(PARTNER, party_id)) is None:
            yield FieldError(f"/{name}", party_id, f"there is no partner {party_id}")


def _unknown(ask: Ask, consignment_id: str, errors: tuple[FieldError, ...]) -> Refused:
    return Refused(
        problem=Problem.VALIDATION_FAILED,
        detail=f"{ask.command}: {errors[0].pointer.lstrip('/')}: {errors[0].reason}",
        kind=AggregateKind.CONSIGNMENT,
        aggregate_id=consignment_id,
        state="-",
        command=ask.command,
        allowed=(ConsignmentCommand.CREATE,),
        errors=errors,
    )


def depart(ask: Ask, view: View, reference: Reference) -> Decision:
    """Let a consignment depart, and its units with it."""
    consignment = target(view, ask.kind)
    facts = facts_of(ask, consignment, view, reference)
    applied = apply_departure(consignment, units_of(consignment, view), facts)
    if isinstance(applied, Refused):
        return refusal_of(applied)
    return happened(applied, ask, view)


def receive(ask: Ask, view: View, reference: Reference) -> Decision:
    """Receive some of a consignment's units."""
    consignment = target(view, ask.kind)
    facts = facts_of(ask, consignment, view, reference)
    units = units_of(consignment, view)
    applied = apply_receipt(consignment, units, facts)
    if isinstance(applied, Refused):
        return refusal_of(applied)
    received = happened(applied, ask, view)
    legs = reverse_legs(applied, units, view)
    return replace(received, changes=(*received.changes, *legs))


_CONSIGNMENT = AggregateKind.CONSIGNMENT
HANDLERS: Handlers = {
    (_CONSIGNMENT, ConsignmentCommand.CREATE): create,
    (_CONSIGNMENT, ConsignmentCommand.DEPART): depart,
    (_CONSIGNMENT, ConsignmentCommand.RECEIVE): receive,
}
