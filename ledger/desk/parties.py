"""Who begins, or ceases, to see an aggregate by what happened to it."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from ledger.contract import View
from ledger.records import PartyChange, Ref
from recycling.aggregate import Aggregate, Event
from recycling.apply import Applied
from recycling.vocabulary import AggregateKind, BatchEvent, ConsignmentEvent, LotEvent, Role
from schemas.vocabulary import TakebackOrderEvent, TakebackUnitEvent

CERTIFICATE = "certificate"

Rule = Callable[[Event, Aggregate, View], Iterable[PartyChange]]


def parties_of(applied: Applied, view: View) -> tuple[PartyChange, ...]:
    """Return which partners see more or less after ``applied``."""
    changes: list[PartyChange] = []
    after = {(one.kind, one.id): one for one in applied.aggregates}
    for event in applied.events:
        rule = _RULES.get((event.kind, event.event_type))
        if rule is not None:
            changes += rule(event, after[event.kind, event.aggregate_id], view)
    return tuple(changes)


def _with_units(after: Aggregate) -> Iterator[tuple[str, str]]:
    yield str(after.kind), after.id
    for unit_id in after.body["unit_ids"]:
        yield AggregateKind.UNIT, unit_id


def _registered(_: Event, after: Aggregate, view: View) -> Iterator[PartyChange]:
    """Whoever took the demand in sees it, where that is a partner."""
    partner_id = view.caller.partner_id
    if partner_id is not None:
        for kind, one in _with_units(after):
            yield PartyChange(kind, one, partner_id, Role.INTAKE)


def _assigned(_: Event, after: Aggregate, view: View) -> Iterator[PartyChange]:
    for kind, one in _with_units(after):
        yield PartyChange(kind, one, after.body["recycler_id"], Role.RECYCLER)


def _taken_away(_: Event, after: Aggregate, view: View) -> Iterator[PartyChange]:
    for partner_id in view.partners(Ref(after.kind, after.id), Role.RECYCLER):
        for kind, one in _with_units(after):
            yield PartyChange(kind, one, partner_id, Role.RECYCLER, ends=True)


def _no_show(event: Event, after: Aggregate, view: View) -> Iterable[PartyChange]:
    return () if event.to_state == event.from_state else _taken_away(event, after, view)


def _consigned(event: Event, after: Aggregate, view: View) -> Iterator[PartyChange]:
    """Sender, carrier and receiver see a consignment and its units; the maker sees all anyway."""
    body = after.body
    parties = (
        (view.caller.partner_id, event.role),
        (body.get("carrier_id"), Role.CARRIER),
        (body["to_partner_id"], body["to"]),
    )
    for partner_id, role in parties:
        if partner_id is not None:
            for kind, one in _with_units(after):
                yield from _seen(kind, one, partner_id, role, view)


def _treated(_: Event, after: Aggregate, view: View) -> Iterator[PartyChange]:
    yield from _seen(after.kind, after.id, after.body["dismantler_id"], Role.DISMANTLER, view)


def _certified(_: Event, after: Aggregate, view: View) -> Iterator[PartyChange]:
    certificate_id, who = after.body["certificate_id"], after.body["dismantler_id"]
    yield from _seen(CERTIFICATE, certificate_id, who, Role.DISMANTLER, view)


def _lot_created(_: Event, after: Aggregate, view: View) -> Iterator[PartyChange]:
    """A residue is with whoever processed, any other lot with its batch's dismantler."""
    role = Role.BUYER if "parent_lot_id" in after.body else Role.DISMANTLER
    yield from _seen(after.kind, after.id, after.body["holder_id"], role, view)


def _lot_shipped(_: Event, after: Aggregate, view: View) -> Iterator[PartyChange]:
    yield from _seen(after.kind, after.id, after.body["consignee_id"], Role.BUYER, view)


def _lot_rejected(_: Event, after: Aggregate, view: View) -> Iterator[PartyChange]:
    for partner_id in view.partners(Ref(after.kind, after.id), Role.BUYER):
        yield PartyChange(after.kind, after.id, partner_id, Role.BUYER, ends=True)


def _seen(kind: str, one: str, partner_id: str, role: str, view: View) -> Iterator[PartyChange]:
    """Yield that a partner sees something; the maker's own people see everything anyway."""
    if partner_id != view.caller.tenant:
        yield PartyChange(str(kind), one, partner_id, role)


_ORDER, _UNIT = AggregateKind.TAKEBACK_ORDER, AggregateKind.UNIT
_BATCH, _LOT = AggregateKind.BATCH, AggregateKind.LOT
_RULES: Mapping[tuple[str, str], Rule] = {
    (_ORDER, TakebackOrderEvent.DEMAND_REGISTERED): _registered,
    (_ORDER, TakebackOrderEvent.ASSIGNED): _assigned,
    (_ORDER, TakebackOrderEvent.ASSIGNMENT_EXPIRED): _taken_away,
    (_ORDER, TakebackOrderEvent.DECLINED): _taken_away,
    (_ORDER, TakebackOrderEvent.UNASSIGNED): _taken_away,
    (_ORDER, TakebackOrderEvent.NO_SHOW): _no_show,
    (_ORDER, TakebackOrderEvent.CANCELLED): _taken_away,
    (_UNIT, TakebackUnitEvent.SHIPPED_TO_DISMANTLER): _treated,
    (AggregateKind.CONSIGNMENT, ConsignmentEvent.CREATED): _consigned,
    (_BATCH, BatchEvent.OPENED): _treated,
    (_BATCH, BatchEvent.CERTIFIED): _certified,
    (_LOT, LotEvent.CREATED): _lot_created,
    (_LOT, LotEvent.SHIPPED): _lot_shipped,
    (_LOT, LotEvent.REJECTED): _lot_rejected,
}
