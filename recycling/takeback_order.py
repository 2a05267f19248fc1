"""TakebackOrder: the promise to a consumer, as a table."""

from recycling import flags
from recycling import takeback_order_guards as guard
from recycling import takeback_order_steps as step
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
    records,
    whole,
)
from recycling.evidence import DAY as CALENDAR_DAY
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
            may("adcode", ADCODE),
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
        tells=step.told_demand,
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
        roles=roles(Role.PLATFORM),
        guards=(guard.subsidy_is_paid,),
        evidence=(
            needs("forward_order_no", ID),
            needs("policy_id", ID),
            needs("policy_version", whole(1, 1_000_000)),
            needs("service_mode", one_of(*ServiceMode)),
        ),
        to=State.APPRAISED,
        event=Happened.TRADE_IN_LINKED,
        tells=step.told_subsidy,
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
        notes=step.note_assigned,
    ),
    Move(
        from_states=(State.ASSIGNED,),
        command=Command.ACCEPT,
        roles=roles(Role.RECYCLER),
        guards=(guard.own_recycler, guard.within_accept_sla),
        to=State.ACCEPTED,
        event=Happened.ACCEPTED,
        notes=step.note_accepted,
    ),
    Move(
        from_states=(State.ASSIGNED, State.ACCEPTED),
        command=Command.EXPIRE_ASSIGNMENT,
        roles=roles(Role.SYSTEM),
        guards=(guard.sla_has_passed,),
        to=State.REASSIGNING,
        event=Happened.ASSIGNMENT_EXPIRED,
        notes=step.note_taken_away,
    ),
    Move(
        from_states=(State.ASSIGNED, State.ACCEPTED),
        command=Command.DECLINE,
        roles=roles(Role.RECYCLER),
        guards=(guard.own_recycler,),
        evidence=REASON,
        to=State.REASSIGNING,
        event=Happened.DECLINED,
        notes=step.note_taken_away,
    ),
    Move(
        from_states=(State.ASSIGNED, State.ACCEPTED, State.APPOINTED),
        command=Command.UNASSIGN,
        roles=roles(Role.PLATFORM),
        evidence=REASON,
        to=State.REASSIGNING,
        event=Happened.UNASSIGNED,
        notes=step.note_taken_away,
    ),
    Move(
        from_states=(State.ACCEPTED,),
        command=Command.APPOINT,
        roles=roles(Role.RECYCLER),
        guards=(guard.own_recycler, guard.window_fits, guard.recycler_is_eligible),
        evidence=WINDOW,
        to=State.APPOINTED,
        event=Happened.APPOINTED,
        notes=step.note_appointed,
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
        notes=step.note_rescheduled,
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
        to=Choice(step.after_no_show, (State.APPOINTED, State.CANCELLED, State.REASSIGNING)),
        event=Happened.NO_SHOW,
        notes=step.note_no_show,
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
                    (needs("unit_id", ID), needs("outcome", one_of(step.COLLECTED, step.REFUSED))),
                    1,
                    MAX_ORDER_UNITS,
                ),
            ),
        ),
        to=Choice(step.after_pickup, DOORS),
        event=Happened.PICKED_UP,
        tells=step.told_pickup,
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
        notes=step.note_settled,
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
    *flags.hold_moves(Command, Happened, BEFORE_PICKUP + AFTER_PICKUP),
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

# What is noted of an order without moving it: no row makes these.
NOTED = frozenset(
    {
        Happened.FORWARD_DELIVERED, Happened.FORWARD_RETURNED, Happened.FORWARD_REPRICED,
        Happened.LATE_PICKUP_DECIDED,
    }
)  # fmt: skip

TAKEBACK_ORDER_TABLE = Table(
    kind=AggregateKind.TAKEBACK_ORDER,
    states=State,
    commands=Command,
    events=Happened,
    moves=(*_BEGINNING, *_PLACING, *_FINISHING, *_FLAGS),
    first=(guard.not_reassigned,),
)
