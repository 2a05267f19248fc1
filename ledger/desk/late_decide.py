"""Pickups that came too late: given back to who made them, or a demand of their own."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from ledger.contract import View
from ledger.desk.ask import Ask
from ledger.desk.beside import noted, read, refused
from ledger.desk.demand_point import demand_told
from ledger.desk.eligible import failed_codes_of
from ledger.desk.known import facts_of
from ledger.desk.order_decide import picked_up, pickup_of, units_of
from ledger.desk.outcome import happened, refusal_of
from ledger.desk.part import Handlers
from ledger.desk.reference import Reference
from ledger.desk.stored import find
from ledger.desk.unread import value_of
from ledger.records import ChannelRef, Decision, LatePickup, Refusal
from recycling.aggregate import Aggregate, nothing
from recycling.apply import Applied, Step, apply_all
from recycling.apply import Refusal as Refused
from recycling.evidence import ID, TEXT, TIME, needs, one_of
from recycling.facts import CHINA, Actor, Facts, Known
from recycling.takeback_order_guards import DECLINED_BEFORE
from recycling.together import apply_demand
from recycling.unit_moves import DECLARED_UNIT
from recycling.vocabulary import AggregateKind, OrderCommand, Problem, Role
from schemas.vocabulary import Channel
from schemas.vocabulary import TakebackOrderState as State

COMMAND = "decide_late_pickup"
ASSIGN_BACK, NEW_DEMAND = "assign_back", "new_demand"
FIELDS = (
    needs("late_pickup_id", ID),
    needs("decision", one_of(ASSIGN_BACK, NEW_DEMAND)),
    needs("reason", TEXT),
)
HELD = frozenset({State.ASSIGNED, State.ACCEPTED, State.APPOINTED})
TAKEN_FOR = "late_pickup"
VISIT = timedelta(hours=1)  # the window of an appointment that is noted after the visit
NOT_FOUND = 404
# What a new demand says as the old one did.
AS_BEFORE = ("region", "adcode", "contact_id", "privacy_consent", "service_mode", "wished_on")
_ORDER = AggregateKind.TAKEBACK_ORDER


def decide_late_pickup(ask: Ask, view: View, reference: Reference) -> Decision:
    """Settle a pickup that was kept, once."""
    evidence = read(ask, FIELDS, view, role=Role.PLATFORM, limits=reference.limits)
    if isinstance(evidence, Refusal):
        return evidence
    late = view.late_pickup(evidence["late_pickup_id"])
    takeback_order = None if late is None else find(view, _ORDER, late.body["takeback_order_id"])
    if late is None or takeback_order is None:
        detail = f"there is no late pickup {evidence['late_pickup_id']}"
        return refused(ask, Problem.NOT_FOUND, detail, status=NOT_FOUND)
    if late.decided_at is not None:
        detail = f"late pickup {late.late_pickup_id} was decided at {late.decided_at}"
        return refused(ask, Problem.GUARD_FAILED, detail)
    settle = _assign_back if evidence["decision"] == ASSIGN_BACK else _new_demand
    return settle(ask, late, takeback_order, view, reference)


def _assign_back(
    ask: Ask, late: LatePickup, takeback_order: Aggregate, view: View, reference: Reference
) -> Decision:
    """Give the order back to who was at the door, and replay what it posted."""
    recycler = Actor(party_id=late.partner_id, roles=frozenset({Role.RECYCLER}))
    picked_at = value_of(late.body["evidence"], "picked_at", TIME) or view.now
    given = apply_all(_steps_back(ask, takeback_order, recycler, picked_at, view, reference))
    if isinstance(given, Refused):
        return refusal_of(given)
    replayed = Ask(
        kind=_ORDER,
        command=OrderCommand.POST_PICKUP,
        by=recycler,
        evidence=late.body["evidence"],
        occurred_at=picked_at,
    )
    applied = picked_up(replayed, given.aggregate, view, reference, owner=late.partner_id or None)
    if isinstance(applied, Refused):
        return refusal_of(applied)
    whole = replace(applied, events=(*given.events, *applied.events))
    return replace(pickup_of(whole, replayed, view), decided_late=(late.late_pickup_id,))


def _steps_back(
    ask: Ask,
    takeback_order: Aggregate,
    recycler: Actor,
    picked_at: Any,
    view: View,
    reference: Reference,
) -> Iterator[Step]:
    """Yield what makes the order an appointment of ``recycler``, whoever has it now."""
    on = picked_at.astimezone(CHINA).date()
    codes = failed_codes_of(takeback_order, on, recycler.party_id, view, reference)
    open_codes = tuple(one for one in codes if one != DECLINED_BEFORE)
    reason = {"recycler_id": recycler.party_id, "override_reason": ask.evidence["reason"]}
    window = {"window_from": picked_at, "window_to": picked_at + VISIT}

    def step(
        command: OrderCommand, by: Actor, evidence: Mapping[str, Any], failed: tuple[str, ...] = ()
    ) -> Step:
        facts = Facts(
            by=by,
            occurred_at=view.now,
            recorded_at=view.now,
            evidence=evidence,
            known=Known(failed_codes=failed),
            limits=reference.limits,
        )
        return Step(aggregate=takeback_order, command=command, facts=facts)

    if takeback_order.state in HELD:
        yield step(OrderCommand.UNASSIGN, ask.by, {"reason_code": TAKEN_FOR})
    yield step(OrderCommand.ASSIGN, ask.by, reason, codes)
    yield step(OrderCommand.ACCEPT, recycler, {})
    yield step(OrderCommand.APPOINT, recycler, window, open_codes)


def _new_demand(
    ask: Ask, late: LatePickup, takeback_order: Aggregate, view: View, reference: Reference
) -> Decision:
    """Register what was collected as a demand of its own, for the same person."""
    demand = Ask(
        kind=_ORDER,
        command=OrderCommand.REGISTER_DEMAND,
        by=Actor(party_id=ask.by.party_id, roles=frozenset({Role.INTAKE})),
        evidence=_demand(late, takeback_order, view),
        occurred_at=ask.occurred_at,
    )
    wish = nothing(_ORDER, view.new_id())
    applied = apply_demand(wish.id, facts_of(demand, wish, view, reference))
    if isinstance(applied, Refused):
        return refusal_of(applied)
    registered = happened(applied, demand, view, status=201)
    _, event = noted(
        takeback_order, ask, view, type="late_pickup_decided", told=_told(ask, applied)
    )
    return replace(
        registered,
        changes=(*registered.changes, event),
        keys=(ChannelRef(Channel.OTHER, late.late_pickup_id),),
        decided_late=(late.late_pickup_id,),
    )


def _told(ask: Ask, applied: Applied) -> dict[str, Any]:
    return {**ask.evidence, "new_takeback_order_id": applied.aggregate.id}


def _demand(late: LatePickup, takeback_order: Aggregate, view: View) -> dict[str, Any]:
    names = [field.name for field in DECLARED_UNIT]
    lines = [
        {name: unit.body[name] for name in names if name in unit.body}
        for unit in units_of(takeback_order, view)
    ]
    before = {name: takeback_order.body[name] for name in AS_BEFORE if name in takeback_order.body}
    return {
        **before,
        **demand_told(takeback_order, view),
        "channel": Channel.OTHER,
        "channel_ref": late.late_pickup_id,
        "lines": lines,
    }


HANDLERS: Handlers = {(_ORDER, COMMAND): decide_late_pickup}
