"""Guards of the take-back order: each names field and value, or answers ``None``."""

from datetime import datetime, timedelta

from recycling.aggregate import Aggregate
from recycling.evidence import plain
from recycling.facts import CHINA, Facts, told
from recycling.limits import hours
from recycling.permit import DatedNeed, PermitKind, missing_permit
from recycling.unit_moves import FINAL_UNIT_STATES
from recycling.vocabulary import Role
from schemas.event import instant
from schemas.vocabulary import TakebackOrderState

DECLINED_BEFORE = "declined_before"
PLACES = ("region", "adcode")


def not_reassigned(takeback_order: Aggregate, facts: Facts) -> str | None:
    """A recycler that had the order and lost it may do nothing more."""
    if Role.RECYCLER not in facts.by.acting:
        return None
    party_id, body = facts.by.party_id, takeback_order.body
    if party_id == body.get("recycler_id") or party_id not in body.get("former_recyclers", ()):
        return None
    return f"takeback order {takeback_order.id} was taken from {party_id}"


def own_recycler(takeback_order: Aggregate, facts: Facts) -> str | None:
    """A recycler acts on its own orders."""
    acting, recycler_id = facts.by.acting, takeback_order.body["recycler_id"]
    is_other = Role.RECYCLER in acting and facts.by.party_id != recycler_id
    if is_other and Role.INTAKE not in acting:
        return f"recycler_id is {recycler_id}, not {facts.by.party_id}"
    return None


def region_is_listed(_: Aggregate, facts: Facts) -> str | None:
    """Region known."""
    if told(facts.known.region_is_listed, "region_is_listed"):
        return None
    told_of = [f"{name} {facts.evidence[name]}" for name in PLACES if name in facts.evidence]
    return f"{' or '.join(told_of)} is not listed"


def privacy_consent(_: Aggregate, facts: Facts) -> str | None:
    """Privacy consent given."""
    return None if facts.evidence["privacy_consent"] else "privacy_consent is false"


def channel_ref_is_new(_: Aggregate, facts: Facts) -> str | None:
    """``channel_ref`` new."""
    if not told(facts.known.channel_ref_is_taken, "channel_ref_is_taken"):
        return None
    return f"channel_ref {facts.evidence['channel_ref']} has an order already"


def quote_ends_in_time(_: Aggregate, facts: Facts) -> str | None:
    """``valid_until`` at most 72 h ahead."""
    until: datetime = facts.evidence["valid_until"]
    latest = facts.occurred_at + hours(facts.limits.quote_h)
    if facts.occurred_at < until <= latest:
        return None
    return (
        f"valid_until {plain(until)} is not after {plain(facts.occurred_at)} "
        f"and up to {plain(latest)}"
    )


def quote_is_valid(takeback_order: Aggregate, facts: Facts) -> str | None:
    """Quote valid."""
    until = takeback_order.body["valid_until"]
    if facts.occurred_at <= instant(until):
        return None
    return f"valid_until {until} is past at {plain(facts.occurred_at)}"


def subsidy_is_paid(_: Aggregate, facts: Facts) -> str | None:
    """The policy is in force on the forward order's day and pays (F11)."""
    return told(facts.known.subsidy, "subsidy").refused


def address_lies_in_region(takeback_order: Aggregate, facts: Facts) -> str | None:
    """Address lies in the region."""
    region = told(facts.known.address_region, "address_region")
    if region == takeback_order.body["region"]:
        return None
    return f"the address lies in region {region}, the order in {takeback_order.body['region']}"


def recycler_is_eligible(takeback_order: Aggregate, facts: Facts) -> str | None:
    """Recycler eligible on that day; the platform may override an earlier decline, with reason."""
    failed = set(told(facts.known.failed_codes, "failed_codes"))
    if "override_reason" in facts.evidence and Role.PLATFORM in facts.by.acting:
        failed.discard(DECLINED_BEFORE)
    if not failed:
        return None
    recycler_id = facts.evidence.get("recycler_id", takeback_order.body.get("recycler_id"))
    return f"recycler_id {recycler_id} is not eligible: {', '.join(sorted(failed))}"


def _deadline(takeback_order: Aggregate, facts: Facts) -> datetime:
    body, limits = takeback_order.body, facts.limits
    if takeback_order.state is TakebackOrderState.ASSIGNED:
        return instant(body["assigned_at"]) + hours(limits.accept_sla_h)
    return instant(body["accepted_at"]) + hours(limits.appoint_sla_h)


def within_accept_sla(takeback_order: Aggregate, facts: Facts) -> str | None:
    """Within accept SLA."""
    deadline = _deadline(takeback_order, facts)
    if facts.recorded_at <= deadline:
        return None
    return f"recorded_at {plain(facts.recorded_at)} is after the accept SLA {plain(deadline)}"


def sla_has_passed(takeback_order: Aggregate, facts: Facts) -> str | None:
    """Accept SLA 4 h / appoint SLA 24 h passed."""
    deadline = _deadline(takeback_order, facts)
    if facts.recorded_at > deadline:
        return None
    return f"recorded_at {plain(facts.recorded_at)} is not after the SLA {plain(deadline)}"


def window_fits(_: Aggregate, facts: Facts) -> str | None:
    """Window <= 12 h."""
    begin, end = facts.evidence["window_from"], facts.evidence["window_to"]
    if timedelta(0) < end - begin <= hours(facts.limits.window_h):
        return None
    return (
        f"window_from {plain(begin)} to window_to {plain(end)} is no window of "
        f"up to {facts.limits.window_h} h"
    )


def reschedules_left(takeback_order: Aggregate, facts: Facts) -> str | None:
    """Moved fewer than 3 times since the appointment."""
    moved = takeback_order.body.get("reschedules", 0)
    if moved < facts.limits.reschedules:
        return None
    return f"reschedules {moved} is the limit {facts.limits.reschedules}"


def arrived_near(takeback_order: Aggregate, facts: Facts) -> str | None:
    """Position within 500 m (where the demand carried a point)."""
    if facts.evidence["no_show_by"] != Role.CONSUMER or not takeback_order.body["has_point"]:
        return None
    away_m = told(facts.known.distance_from_point_m, "distance_from_point_m")
    if away_m <= facts.limits.arrival_m:
        return None
    return f"the position is {away_m:f} m from the demand's point, limit {facts.limits.arrival_m} m"


def every_unit_decided(takeback_order: Aggregate, facts: Facts) -> str | None:
    """Every unit collected or refused."""
    named = [one["unit_id"] for one in facts.evidence["units"]]
    if sorted(named) == sorted(takeback_order.body["unit_ids"]):
        return None
    return f"units {', '.join(named)} are not {', '.join(takeback_order.body['unit_ids'])}"


def picked_by_now(_: Aggregate, facts: Facts) -> str | None:
    """``picked_at`` is when it happened."""
    picked_at = facts.evidence["picked_at"]
    if picked_at == facts.occurred_at:
        return None
    return f"picked_at {plain(picked_at)} is not occurred_at {plain(facts.occurred_at)}"


def agreement_in_force(takeback_order: Aggregate, facts: Facts) -> str | None:
    """The recycler's agreement is valid on the day of the pickup (F09)."""
    need = DatedNeed(
        holder_id=takeback_order.body["recycler_id"],
        kind=PermitKind.AGREEMENT,
        covering=takeback_order.body["category"],
        on=facts.evidence["picked_at"].astimezone(CHINA).date(),
    )
    return missing_permit(told(facts.known.permits, "permits"), need)


def every_unit_is_final(takeback_order: Aggregate, facts: Facts) -> str | None:
    """Every unit final."""
    states = told(facts.known.unit_states, "unit_states")
    for unit_id in takeback_order.body["unit_ids"]:
        state = told(states.get(unit_id), f"unit_states of {unit_id}")
        if state not in FINAL_UNIT_STATES:
            return f"unit {unit_id} is {state}"
    return None


def line_is_approved(_: Aggregate, facts: Facts) -> str | None:
    """Line approved."""
    if told(facts.known.line_is_approved, "line_is_approved"):
        return None
    return f"settlement_line_id {facts.evidence['settlement_line_id']} is not approved"


def clawback_is_over(_: Aggregate, facts: Facts) -> str | None:
    """Clawback window over."""
    until = told(facts.known.clawback_until, "clawback_until")
    if facts.recorded_at > until:
        return None
    return f"recorded_at {plain(facts.recorded_at)} is within the clawback window to {plain(until)}"


def trade_in_is_repriced(takeback_order: Aggregate, facts: Facts) -> str | None:
    """Trade-in re-priced, where there is one."""
    forward_order_no = takeback_order.body.get("forward_order_no")
    if forward_order_no is None:
        return None
    if told(facts.known.trade_in_is_repriced, "trade_in_is_repriced"):
        return None
    return f"forward_order_no {forward_order_no} still counts on this order's trade-in"


def by_platform_alone(_: Aggregate, facts: Facts) -> str | None:
    """An override is the platform's."""
    if "override_reason" not in facts.evidence or Role.PLATFORM in facts.by.acting:
        return None
    return f"override_reason {facts.evidence['override_reason']} is only the platform's to give"
