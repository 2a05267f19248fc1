"""Steps of the take-back order: targets that depend on facts, what events tell and fold into."""

from enum import StrEnum
from typing import Any

from recycling.aggregate import Aggregate, Body, Event
from recycling.evidence import plain
from recycling.facts import Facts, told
from recycling.vocabulary import Role
from schemas.vocabulary import TakebackOrderState as State

COLLECTED, REFUSED = "collected", "refused"


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


def told_demand(_: Aggregate, facts: Facts) -> dict[str, Any]:
    """Tell the units that the lines became, where the address lies, and whether it has a point."""
    unit_ids = told(facts.known.unit_ids, "unit_ids")
    if len(set(unit_ids)) != len(facts.evidence["lines"]):
        raise ValueError(f"unit_ids {unit_ids} are not one for each line")
    told_of = {"unit_ids": unit_ids, "has_point": {"lat", "lon"} <= facts.evidence.keys()}
    region = facts.known.address_region
    return told_of if region is None else told_of | {"address_region": region}


def told_subsidy(_: Aggregate, facts: Facts) -> Body:
    """Tell what the policy pays, by which of its rules and on which day."""
    return told(facts.known.subsidy, "subsidy").told


def told_pickup(_: Aggregate, facts: Facts) -> dict[str, Any]:
    """Tell how many units were collected and refused, and the vehicle by its token."""
    collected = _collected(facts)
    refused = len(facts.evidence["units"]) - collected
    counts: dict[str, Any] = {"units_collected": collected, "units_refused": refused}
    token = facts.known.vehicle_token
    return counts if token is None else counts | {"vehicle_token": token}


def note_assigned(_: Body, event: Event) -> dict[str, Any]:
    """Note from when the accept SLA runs."""
    return {"assigned_at": plain(event.recorded_at), "reschedules": 0}


def note_accepted(_: Body, event: Event) -> dict[str, Any]:
    """Note from when the appoint SLA runs."""
    return {"accepted_at": plain(event.recorded_at)}


def note_settled(_: Body, event: Event) -> dict[str, Any]:
    """Note from when the clawback window runs."""
    return {"settled_at": plain(event.recorded_at)}


def note_taken_away(body: Body, _: Event) -> dict[str, Any]:
    """Note that the recycler is a former one."""
    former = [*body.get("former_recyclers", ()), body["recycler_id"]]
    return {"former_recyclers": former, "recycler_id": None}


def note_appointed(_: Body, __: Event) -> dict[str, Any]:
    """Begin to count reschedules."""
    return {"reschedules": 0}


def note_rescheduled(body: Body, _: Event) -> dict[str, Any]:
    """Count a reschedule."""
    return {"reschedules": body.get("reschedules", 0) + 1}


def note_no_show(body: Body, event: Event) -> dict[str, Any]:
    """Count a consumer's no-show; a recycler's takes the order away."""
    if event.payload["no_show_by"] == Role.RECYCLER:
        return note_taken_away(body, event)
    return {"consumer_no_shows": body.get("consumer_no_shows", 0) + 1}
