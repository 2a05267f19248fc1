"""TakebackOrder: the promise to a consumer, as a table."""

from enum import StrEnum
from typing import Any

from recycling import flags
from recycling import takeback_order_guards as guard
from recycling.aggregate import Aggregate, Body, Event
from recycling.evidence import (
    ADCODE,
    CODE,
    FEN,
    ID,
    SLUG,
    TEXT,
    TIME,
    YES_OR_NO,
    degrees,
    listed,
    may,
    metres,
    needs,
    needs_if,
    one_of,
    plain,
    records,
    whole,
)
from recycling.evidence import DAY as CALENDAR_DAY
from recycling.facts import Facts, told
from recycling.table import ANY_PARTY, SAME, Choice, Move, Table, roles
from recycling.unit_moves import DECLARED_UNIT, MAX_ORDER_UNITS
from recycling.vocabulary import AggregateKind, Flag, Role
from recycling.vocabulary import OrderCommand as Command
from schemas.vocabulary import Channel, ServiceMode, VehicleEnergy
from schemas.vocabulary import TakebackOrderEvent as Happened
from schemas.vocabulary import TakebackOrderState as State

BEFORE_PICKUP = (
    State.REQUESTED, State.APPRAISED, State.CONFIRMED, State.REASSIGNING, State.ASSIGNED,
    State.ACCEPTED, State.APPOINTED,
)  # fmt: skip
AFTER_PICKUP = (
    State.PICKED_UP, State.PARTIALLY_PICKED_UP, State.REFUSED_AT_DOOR, State.FULFILLED,
    State.SETTLED,
)  # fmt: skip
DOORS = AFTER_PICKUP[:3]
COLLECTED, REFUSED = "collected", "refused"

WINDOW = (needs("window_from", TIME), needs("window_to", TIME))
REASON = (needs("reason_code", SLUG),)
PLACE = (
    needs("lat", degrees(90), private=True),
    needs("lon", degrees(180), private=True),
    needs("accuracy_m", metres("100000"), private=True),
    needs("datum", one_of("wgs84", "gcj02"), private=True),
)
PICKUP = (
    needs("picked_at", TIME),
    *PLACE,
    needs("collector_id", ID),
    needs("vehicle_plate", TEXT, private=True),
    needs("vehicle_energy", one_of(*VehicleEnergy)),
    needs("acknowledged_by", one_of("otp", "signature")),
    needs("acknowledgement", CODE, private=True),
)


def after_no_show(takeback_order: Aggregate, facts: Facts) -> StrEnum:
    """By consumer 1st, 2nd: APPOINTED, 3rd: CANCELLED; by recycler: REASSIGNING."""
    if facts.evidence["no_show_by"] == Role.RECYCLER:
        return State.REASSIGNING
    missed = takeback_order.body.get("consumer_no_shows", 0) + 1
    return State.CANCELLED if missed >= facts.limits.consumer_no_shows else State.APPOINTED


def after_pickup(_: Aggregate, facts: Facts) -> StrEnum:
    """All collected: PICKED_UP; some: PARTIALLY_PICKED_UP; none: REFUSED_AT_DOOR."""
    collected = _collected(facts)
    if collected == len(facts.evidence["units"]):
        return State.PICKED_UP
    return State.PARTIALLY_PICKED_UP if collected else State.REFUSED_AT_DOOR


def _collected(facts: Facts) -> int:
    return sum(one["outcome"] == COLLECTED for one in facts.evidence["units"])


def _told_demand(_: Aggregate, facts: Facts) -> dict[str, Any]:
    unit_ids = told(facts.known.unit_ids, "unit_ids")
    if len(set(unit_ids)) != len(facts.evidence["lines"]):
        raise ValueError(f"unit_ids {unit_ids} are not one for each line")
    return {"unit_ids": unit_ids, "has_point": "lat" in facts.evidence}


def _told_pickup(_: Aggregate, facts: Facts) -> dict[str, Any]:
    collected = _collected(facts)
    refused = len(facts.evidence["units"]) - collected
    counts: dict[str, Any] = {"units_collected": collected, "units_refused": refused}
    token = facts.known.vehicle_token
    return counts if token is None else counts | {"vehicle_token": token}


def _note_assigned(_: Body, event: Event) -> dict[str, Any]:
    return {"assigned_at": plain(event.recorded_at), "reschedules": 0}


def _note_accepted(_: Body, event: Event) -> dict[str, Any]:
    return {"accepted_at": plain(event.recorded_at)}


def _note_taken_away(body: Body, _: Event) -> dict[str, Any]:
    former = [*body.get("former_recyclers", ()), body["recycler_id"]]
    return {"former_recyclers": former, "recycler_id": None}


def _note_appointed(_: Body, __: Event) -> dict[str, Any]:
    return {"reschedules": 0}


def _note_rescheduled(body: Body, _: Event) -> dict[str, Any]:
    return {"reschedules": body.get("reschedules", 0) + 1}


def _note_no_show(body: Body, event: Event) -> dict[str, Any]:
    if event.payload["no_show_by"] == Role.RECYCLER:
        return _note_taken_away(body, event)
    return {"consumer_no_shows": body.get("consumer_no_shows", 0) + 1}


_BEGINNING = (
    Move(
        from_states=(None,),
        command=Command.REGISTER_DEMAND,
        roles=roles(Role.INTAKE),
        guards=(guard.region_is_listed, guard.privacy_consent, guard.channel_ref_is_new),
        evidence=(
            needs("channel", one_of(*Channel)),
            needs("channel_ref", ID),
            needs("region", ADCODE),
            needs("contact_id", ID),
            needs("privacy_consent", YES_OR_NO),
            needs("lines", records(DECLARED_UNIT, 1, MAX_ORDER_UNITS)),
            may("service_mode", one_of(*ServiceMode)),
            may("wished_on", CALENDAR_DAY),
            may("lat", degrees(90), private=True),
            may("lon", degrees(180), private=True),
        ),
        to=State.REQUESTED,
        event=Happened.DEMAND_REGISTERED,
        tells=_told_demand,
    ),
    Move(
        from_states=(State.REQUESTED, State.APPRAISED),
        command=Command.APPRAISE,
        roles=roles(Role.INTAKE, Role.PLATFORM),
        guards=(guard.quote_ends_in_time,),
        evidence=(
            needs("category", SLUG),
            needs("size_class", SLUG),
            needs("core_parts", listed(SLUG, 0, 20)),
            needs("price_cny_fen", FEN),
            needs("price_list_version", ID),
            needs("valid_until", TIME),
        ),
        to=State.APPRAISED,
        event=Happened.APPRAISED,
    ),
    Move(
        from_states=(State.APPRAISED,),
        command=Command.LINK_TRADE_IN,
        roles=roles(Role.INTAKE),
        evidence=(
            needs("forward_order_no", ID),
            needs("policy_id", ID),
            needs("policy_version", whole(1, 1_000_000)),
            needs("service_mode", one_of(*ServiceMode)),
        ),
        to=State.APPRAISED,
        event=Happened.TRADE_IN_LINKED,
    ),
    Move(
        from_states=(State.APPRAISED,),
        command=Command.CONFIRM,
        roles=roles(Role.CONSUMER),
        guards=(guard.quote_is_valid, guard.address_lies_in_region),
        evidence=(may("wished_on", CALENDAR_DAY),),
        to=State.CONFIRMED,
        event=Happened.CONFIRMED,
    ),
)

_PLACING = (
    Move(
        from_states=(State.CONFIRMED, State.REASSIGNING),
        command=Command.ASSIGN,
        roles=roles(Role.PLATFORM, Role.SYSTEM),
        guards=(guard.by_platform_alone, guard.recycler_is_eligible),
        evidence=(needs("recycler_id", ID), may("override_reason", TEXT)),
        to=State.ASSIGNED,
        event=Happened.ASSIGNED,
        notes=_note_assigned,
    ),
    Move(
        from_states=(State.ASSIGNED,),
        command=Command.ACCEPT,
        roles=roles(Role.RECYCLER),
        guards=(guard.own_recycler, guard.within_accept_sla),
        to=State.ACCEPTED,
        event=Happened.ACCEPTED,
        notes=_note_accepted,
    ),
    Move(
        from_states=(State.ASSIGNED, State.ACCEPTED),
        command=Command.EXPIRE_ASSIGNMENT,
        roles=roles(Role.SYSTEM),
        guards=(guard.sla_has_passed,),
        to=State.REASSIGNING,
        event=Happened.ASSIGNMENT_EXPIRED,
        notes=_note_taken_away,
    ),
    Move(
        from_states=(State.ASSIGNED, State.ACCEPTED),
        command=Command.DECLINE,
        roles=roles(Role.RECYCLER),
        guards=(guard.own_recycler,),
        evidence=REASON,
        to=State.REASSIGNING,
        event=Happened.DECLINED,
        notes=_note_taken_away,
    ),
    Move(
        from_states=(State.ASSIGNED, State.ACCEPTED, State.APPOINTED),
        command=Command.UNASSIGN,
        roles=roles(Role.PLATFORM),
        evidence=REASON,
        to=State.REASSIGNING,
        event=Happened.UNASSIGNED,
        notes=_note_taken_away,
    ),
    Move(
        from_states=(State.ACCEPTED,),
        command=Command.APPOINT,
        roles=roles(Role.RECYCLER),
        guards=(guard.own_recycler, guard.window_fits, guard.recycler_is_eligible),
        evidence=WINDOW,
        to=State.APPOINTED,
        event=Happened.APPOINTED,
        notes=_note_appointed,
    ),
    Move(
        from_states=(State.APPOINTED,),
        command=Command.RESCHEDULE,
        roles=roles(Role.RECYCLER, Role.CONSUMER),
        guards=(
            guard.own_recycler,
            guard.reschedules_left,
            guard.window_fits,
            guard.recycler_is_eligible,
        ),
        evidence=(*WINDOW, *REASON),
        to=State.APPOINTED,
        event=Happened.RESCHEDULED,
        notes=_note_rescheduled,
    ),
    Move(
        from_states=(State.APPOINTED,),
        command=Command.REPORT_NO_SHOW,
        roles=roles(Role.RECYCLER, Role.INTAKE),
        guards=(guard.own_recycler, guard.arrived_near),
        evidence=(
            needs("no_show_by", one_of(Role.CONSUMER, Role.RECYCLER)),
            needs("contact_attempt", TEXT, private=True),
            needs_if("arrived_at", TIME, "no_show_by", Role.CONSUMER),
            needs_if("lat", degrees(90), "no_show_by", Role.CONSUMER, private=True),
            needs_if("lon", degrees(180), "no_show_by", Role.CONSUMER, private=True),
        ),
        to=Choice(after_no_show, (State.APPOINTED, State.CANCELLED, State.REASSIGNING)),
        event=Happened.NO_SHOW,
        notes=_note_no_show,
    ),
)

_FINISHING = (
    Move(
        from_states=(State.APPOINTED,),
        command=Command.POST_PICKUP,
        roles=roles(Role.RECYCLER),
        guards=(
            guard.own_recycler,
            guard.picked_by_now,
            guard.every_unit_decided,
            guard.agreement_in_force,
        ),
        evidence=(
            *PICKUP,
            needs(
                "units",
                records(
                    (needs("unit_id", ID), needs("outcome", one_of(COLLECTED, REFUSED))),
                    1,
                    MAX_ORDER_UNITS,
                ),
            ),
        ),
        to=Choice(after_pickup, DOORS),
        event=Happened.PICKED_UP,
        tells=_told_pickup,
    ),
    Move(
        from_states=DOORS,
        command=Command.COMPLETE,
        roles=roles(Role.SYSTEM),
        guards=(guard.every_unit_is_final,),
        to=State.FULFILLED,
        event=Happened.FULFILLED,
    ),
    Move(
        from_states=(State.FULFILLED,),
        command=Command.SETTLE,
        roles=roles(Role.FINANCE),
        guards=(guard.line_is_approved, flags.no_hold, flags.not_disputed),
        evidence=(needs("settlement_line_id", ID),),
        to=State.SETTLED,
        event=Happened.SETTLED,
    ),
    Move(
        from_states=(State.SETTLED,),
        command=Command.CLOSE,
        roles=roles(Role.SYSTEM),
        guards=(guard.clawback_is_over, flags.not_disputed),
        to=State.CLOSED,
        event=Happened.CLOSED,
    ),
    Move(
        from_states=BEFORE_PICKUP,
        command=Command.CANCEL,
        roles=roles(Role.CONSUMER, Role.PLATFORM),
        guards=(guard.trade_in_is_repriced,),
        evidence=REASON,
        to=State.CANCELLED,
        event=Happened.CANCELLED,
    ),
)

_FLAGS = (
    Move(
        from_states=BEFORE_PICKUP + AFTER_PICKUP,
        command=Command.HOLD,
        roles=roles(Role.PLATFORM, Role.SYSTEM),
        guards=(flags.not_held_by_it,),
        evidence=flags.HOLD_EVIDENCE,
        to=SAME,
        event=Happened.HOLD_PLACED,
        keeps=False,
        adds=Flag.HOLD,
        notes=flags.note_hold,
    ),
    Move(
        from_states=BEFORE_PICKUP + AFTER_PICKUP,
        command=Command.RELEASE,
        roles=roles(Role.PLATFORM),
        guards=(flags.hold_is_set,),
        evidence=flags.RELEASE_EVIDENCE,
        to=SAME,
        event=Happened.HOLD_RELEASED,
        keeps=False,
        drops=Flag.HOLD,
        notes=flags.note_release,
    ),
    Move(
        from_states=AFTER_PICKUP,
        command=Command.DISPUTE,
        roles=ANY_PARTY,
        guards=(flags.not_disputed,),
        evidence=flags.DISPUTE_EVIDENCE,
        to=SAME,
        event=Happened.DISPUTED,
        keeps=False,
        adds=Flag.DISPUTED,
        notes=flags.note_dispute,
    ),
    Move(
        from_states=AFTER_PICKUP,
        command=Command.RESOLVE,
        roles=roles(Role.PLATFORM, Role.AUDITOR),
        guards=(flags.is_disputed,),
        evidence=flags.RESOLVE_EVIDENCE,
        to=SAME,
        event=Happened.DISPUTE_RESOLVED,
        keeps=False,
        drops=Flag.DISPUTED,
        notes=flags.note_resolved,
    ),
)

TAKEBACK_ORDER_TABLE = Table(
    kind=AggregateKind.TAKEBACK_ORDER,
    states=State,
    commands=Command,
    events=Happened,
    moves=(*_BEGINNING, *_PLACING, *_FINISHING, *_FLAGS),
    first=(guard.not_reassigned,),
)
