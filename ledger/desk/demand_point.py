"""Where a demand is: told privately with its first event, and looked up only where it counts."""

from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Any

from ledger.contract import View
from ledger.desk.unread import value_of
from ledger.records import Json, Ref
from recycling.aggregate import Aggregate
from recycling.evidence import degrees
from recycling.region import Point, region

DEMAND_VERSION = 1  # of the event that a demand's point was told with
LAT, LON = degrees(90), degrees(180)

PrivateFact = Callable[[Ref, int], Json | None]


def demand_told(takeback_order: Aggregate, view: View) -> Json:
    """Return what was told privately with a demand; empty where nothing was."""
    return view.private_fact(Ref(takeback_order.kind, takeback_order.id), DEMAND_VERSION) or {}


def point_wanted(takeback_order: Aggregate, view: View) -> Point | None:
    """Return the point of a demand, or ``None`` where it told none."""
    return point_told(demand_told(takeback_order, view))


def point_compared(takeback_order: Aggregate, private_fact: PrivateFact) -> Point | None:
    """Return the point that recyclers are compared by, where the order's region has none."""
    body = takeback_order.body
    if not body.get("has_point") or region(body["region"]).point is not None:
        return None
    return point_told(private_fact(Ref(takeback_order.kind, takeback_order.id), DEMAND_VERSION))


def point_told(told: Mapping[str, Any] | None) -> Point | None:
    """Return the point of evidence that nobody has read yet, or ``None``."""
    lat: Decimal | None = value_of(told or {}, "lat", LAT)
    lon: Decimal | None = value_of(told or {}, "lon", LON)
    return None if lat is None or lon is None else Point(lat=lat, lon=lon)
