"""What the commands of a take-back order must know."""

from datetime import datetime
from typing import Any

from ledger.contract import View
from ledger.desk.ask import Ask
from ledger.desk.demand_point import point_told, point_wanted
from ledger.desk.forward_number import is_repriced
from ledger.desk.part import LookUps
from ledger.desk.partner_permits import permits_held
from ledger.desk.reference import Reference
from ledger.desk.unread import rows_of, text_of
from ledger.records import Aggregate as Row
from ledger.records import Ref
from recycling.aggregate import Aggregate
from recycling.facts import Known
from recycling.region import region_of, regions
from recycling.region_distance import great_circle_km
from recycling.unit_moves import MAX_ORDER_UNITS
from recycling.vocabulary import AggregateKind, OrderCommand
from schemas.event import instant
from schemas.refusal import Refused

METRES_PER_KM = 1_000
LINE = "settlement_line"
APPROVED = "approved"


def known_to_register(ask: Ask, _: Aggregate, view: View, __: Reference) -> Known:
    """Know whether the regions are listed, and an id for each line."""
    region = text_of(ask.evidence, "region") or ""
    lies_in = _region_of(text_of(ask.evidence, "adcode") or region)
    lines = list(rows_of(ask.evidence, "lines"))[:MAX_ORDER_UNITS]
    return Known(
        region_is_listed=region in regions() and lies_in is not None,
        address_region=lies_in,
        channel_ref_is_taken=False,  # the ledger answers a repeat before anything is decided
        unit_ids=tuple(view.new_id() for _ in lines),
    )


def _region_of(adcode: str) -> str | None:
    try:
        return region_of(adcode).adcode
    except Refused:
        return None


def known_to_confirm(_: Ask, takeback_order: Aggregate, __: View, ___: Reference) -> Known:
    """Know where the address of the demand lies."""
    body = takeback_order.body
    return Known(address_region=body.get("address_region", body.get("region")))


def known_of_arrival(ask: Ask, takeback_order: Aggregate, view: View, _: Reference) -> Known:
    """Know how far from the demand's point somebody says to have waited."""
    wanted, arrived = point_wanted(takeback_order, view), point_told(ask.evidence)
    if wanted is None or arrived is None:
        return Known()
    return Known(distance_from_point_m=great_circle_km(wanted, arrived) * METRES_PER_KM)


def known_at_the_door(
    ask: Ask, takeback_order: Aggregate, view: View, reference: Reference
) -> Known:
    """Know who has the codes, whether the agreement holds, and the vehicle's token."""
    codes = (text_of(row, "unit_code") for row in rows_of(ask.evidence, "units"))
    plate = text_of(ask.evidence, "vehicle_plate")
    return Known(
        claims=claims_on(view, codes),
        permits=permits_held(view, [takeback_order.body.get("recycler_id")]),
        vehicle_token=None if plate is None else reference.token_of(view.caller.tenant, plate),
    )


def claims_on(view: View, codes: Any) -> dict[str, str]:
    """Return which unit claimed each of ``codes``; empty where it is another maker's."""
    found = ((code, view.claimed_by(code)) for code in codes if code is not None)
    return {code: unit_id for code, unit_id in found if unit_id is not None}


def known_of_units(_: Ask, takeback_order: Aggregate, view: View, __: Reference) -> Known:
    """Know the states of the order's units."""
    unit_ids = takeback_order.body.get("unit_ids", ())
    return Known(unit_states=states_of(view, unit_ids))


def states_of(view: View, unit_ids: Any) -> dict[str, str]:
    """Return the states of those units that are there."""
    found = view.find_all(AggregateKind.UNIT, unit_ids)
    return {unit_id: one.state for unit_id, one in found.items()}


def known_to_settle(ask: Ask, takeback_order: Aggregate, view: View, _: Reference) -> Known:
    """Know whether the line is this order's and approved."""
    line = _line(view, text_of(ask.evidence, "settlement_line_id"), takeback_order)
    return Known(line_is_approved=line is not None and line.state == APPROVED)


def known_to_close(_: Ask, takeback_order: Aggregate, view: View, reference: Reference) -> Known:
    """Know until when the line may be taken back: as the line says, else from its settlement."""
    line = _line(view, takeback_order.body.get("settlement_line_id"), takeback_order)
    said = None if line is None else line.body.get("clawback_until")
    if said is not None:
        return Known(clawback_until=instant(said))
    settled_at = takeback_order.body.get("settled_at")
    since: datetime = view.now if settled_at is None else instant(settled_at)
    return Known(clawback_until=since + reference.clawback)


def _line(view: View, line_id: str | None, takeback_order: Aggregate) -> Row | None:
    found = None if line_id is None else view.find(Ref(LINE, line_id))
    is_own = found is not None and found.body.get("takeback_order_id") == takeback_order.id
    return found if is_own else None


def known_to_cancel(_: Ask, takeback_order: Aggregate, view: View, __: Reference) -> Known:
    """Know whether the forward order still counts on the trade-in."""
    number = takeback_order.body.get("forward_order_no")
    return Known(trade_in_is_repriced=number is None or is_repriced(view, number))


_ORDER = AggregateKind.TAKEBACK_ORDER
LOOK_UPS: LookUps = {
    (_ORDER, OrderCommand.REGISTER_DEMAND): known_to_register,
    (_ORDER, OrderCommand.CONFIRM): known_to_confirm,
    (_ORDER, OrderCommand.REPORT_NO_SHOW): known_of_arrival,
    (_ORDER, OrderCommand.POST_PICKUP): known_at_the_door,
    (_ORDER, OrderCommand.COMPLETE): known_of_units,
    (_ORDER, OrderCommand.SETTLE): known_to_settle,
    (_ORDER, OrderCommand.CLOSE): known_to_close,
    (_ORDER, OrderCommand.CANCEL): known_to_cancel,
}
