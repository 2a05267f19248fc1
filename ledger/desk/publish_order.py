"""What an event of a take-back order tells others."""

from collections.abc import Mapping
from typing import Any

from recycling.aggregate import Aggregate, Event
from recycling.vocabulary import Flag
from schemas.vocabulary import TakebackOrderEvent as Happened
from schemas.vocabulary import TakebackOrderState as State

_TAKEN_AWAY = frozenset(
    {Happened.ASSIGNMENT_EXPIRED, Happened.DECLINED, Happened.UNASSIGNED, Happened.NO_SHOW}
)
# What an event of it tells under the name that its evidence has.
_AS_TOLD = (
    "units_collected", "units_refused", "price_cny_fen", "policy_id", "policy_version",
    "vehicle_energy", "vehicle_token", "finding_id",
)  # fmt: skip


def order_facts(event: Event, after: Aggregate) -> dict[str, Any]:
    """Return what an order's event tells beside what every event does."""
    body, told = after.body, event.payload
    facts = {name: told.get(name) for name in _AS_TOLD}
    facts |= {
        "channel": body["channel"],
        "region": body["region"],
        "category": _category(body),
        "partner_id": _recycler(event, body),
        "service_mode": body.get("service_mode"),
        "forward_order_id": told.get("forward_order_no"),
        "is_held": Flag.HOLD in after.flags,
        "is_disputed": Flag.DISPUTED in after.flags,
    }
    if event.event_type == Happened.DEMAND_REGISTERED:
        facts["units_declared"] = len(told["unit_ids"])
    elif event.event_type == Happened.TRADE_IN_LINKED:
        facts["subsidy_cny_fen"] = body.get("subsidy_cny_fen")
    elif event.event_type == Happened.NO_SHOW:
        facts["reason_code"] = f"no_show_by_{told['no_show_by']}"
    if event.to_state == State.CANCELLED and event.from_state != State.CANCELLED:
        facts["units_withdrawn"] = len(body["unit_ids"])  # until the pickup none is anything else
    return facts


def _category(body: Mapping[str, Any]) -> str | None:
    """Return what the order is about: as appraised, before that where all lines say the same."""
    if "category" in body:
        return str(body["category"])
    wished = {line["category"] for line in body.get("lines", ())}
    return wished.pop() if len(wished) == 1 else None


def _recycler(event: Event, body: Mapping[str, Any]) -> str | None:
    """Return whose order it is; where the event took it away, whose it was until then."""
    recycler_id: str | None = body.get("recycler_id")
    former = body.get("former_recyclers")
    if recycler_id is None and former and event.event_type in _TAKEN_AWAY:
        return str(former[-1])
    return recycler_id
