"""Who begins, or ceases, to see an aggregate by what happened to it."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from ledger.contract import View
from ledger.records import PartyChange, Ref
from recycling.aggregate import Aggregate, Event
from recycling.apply import Applied
from recycling.vocabulary import AggregateKind, ConsignmentEvent, Role
from schemas.vocabulary import TakebackOrderEvent, TakebackUnitEvent

Rule = Callable[[Event, Aggregate, View], Iterable[PartyChange]]


def parties_of(applied: Applied, view: View) -> tuple[PartyChange, ...]:
    """Return which partners see more or less after ``applied``."""
    changes: list[PartyChange] = []
    for event in applied.events:
        rule = _RULES.get((event.kind, event.event_type))
        if rule is not None:
            after = next(
                one
                for one in applied.aggregates
                if (one.kind, one.id) == (event.kind, event.aggregate_id)
            )
            changes += rule(event, after, view)
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
        if partner_id is not None and partner_id != view.caller.tenant:
            for kind, one in _with_units(after):
                yield PartyChange(kind, one, partner_id, role)


def _shipped(_: Event, after: Aggregate, view: View) -> Iterator[PartyChange]:
    yield PartyChange(after.kind, after.id, after.body["dismantler_id"], Role.DISMANTLER)


_ORDER, _UNIT = AggregateKind.TAKEBACK_ORDER, AggregateKind.UNIT
_RULES: Mapping[tuple[str, str], Rule] = {
    (_ORDER, TakebackOrderEvent.DEMAND_REGISTERED): _registered,
    (_ORDER, TakebackOrderEvent.ASSIGNED): _assigned,
    (_ORDER, TakebackOrderEvent.ASSIGNMENT_EXPIRED): _taken_away,
    (_ORDER, TakebackOrderEvent.DECLINED): _taken_away,
    (_ORDER, TakebackOrderEvent.UNASSIGNED): _taken_away,
    (_ORDER, TakebackOrderEvent.NO_SHOW): _no_show,
    (_ORDER, TakebackOrderEvent.CANCELLED): _taken_away,
    (_UNIT, TakebackUnitEvent.SHIPPED_TO_DISMANTLER): _shipped,
    (AggregateKind.CONSIGNMENT, ConsignmentEvent.CREATED): _consigned,
}
