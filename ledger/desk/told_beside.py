"""Published events of things without a state table: demands, findings, and legs of consignments."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import Any

from ledger.contract import View
from ledger.desk.partner_profile import PARTNER
from ledger.desk.publish import Beside, published_demand
from ledger.desk.reverse_leg import End, ReverseTrip, is_first_arrival, loads_of, published_legs
from ledger.desk.stored import aggregate_of
from ledger.records import Change, Ref
from recycling.aggregate import Event
from recycling.apply import Applied
from recycling.region import Point
from recycling.region_distance import great_circle_km
from recycling.vocabulary import AggregateKind
from schemas.vocabulary import TakebackOrderEvent

TOLD = "told"


def beside(one: Beside, event: Event) -> Change:
    """Return the row of an event that is told beside ``event``, because of it."""
    return Change(
        kind=one.kind,
        id=one.id,
        state=TOLD,
        body={},
        type=TOLD,
        occurred_at=event.occurred_at,
        payload={},
        topic=one.published.topic,
        key=one.published.key,
        published=one.published.payload,
        causation_id=str(event.event_id),
    )


def told_beside(applied: Applied, view: View) -> Iterator[Change]:
    """Yield what others are told beside the events of the tables themselves."""
    for event in applied.events:
        if event.event_type == TakebackOrderEvent.DEMAND_REGISTERED:
            yield beside(published_demand(event, applied.aggregate), event)
        elif is_first_arrival(event):
            for leg in published_legs(_trip(event, applied, view)):
                yield beside(leg, event)


def _trip(event: Event, applied: Applied, view: View) -> ReverseTrip:
    """Return the way of a consignment between two sites, where the partners' profiles have them."""
    consignment = applied.aggregate
    body = consignment.body
    start = _point(view, body["from_partner_id"], body["from_site_id"])
    end = _point(view, body["to_partner_id"], body["to_site_id"])
    away_km = Decimal(0) if start is None or end is None else great_circle_km(start, end)
    found = view.find_all(AggregateKind.UNIT, tuple(body["unit_ids"]))
    units = {name: aggregate_of(row) for name, row in found.items()}
    units |= {one.id: one for one in applied.aggregates if one.kind is AggregateKind.UNIT}
    return ReverseTrip(
        consignment_id=consignment.id,
        origin=_end(body["from_site_id"], start),
        destination=_end(body["to_site_id"], end),
        loads=loads_of(
            units.values(),
            km_of=lambda _unit: away_km,
            on=event.occurred_at.date(),
        ),
        vehicle_energy=body.get("vehicle_energy", ""),
        arrived_at=event.occurred_at,
        carrier_id=body.get("carrier_id"),
        energy_kwh=_metered(body, "energy_kwh"),
        fuel_l=_metered(body, "fuel_l"),
    )


def _point(view: View, partner_id: str, site_id: str) -> Point | None:
    """Return where a partner's site is, as its profile tells."""
    partner = view.find(Ref(PARTNER, partner_id))
    for site in () if partner is None else partner.body.get("sites", ()):
        if site["site_id"] == site_id:
            return Point(lat=Decimal(site["lat"]), lon=Decimal(site["lon"]))
    return None


def _end(site_id: str, point: Point | None) -> End:
    if point is None:
        return End(site_id=site_id)
    return End(site_id=site_id, lat=f"{point.lat:f}", lon=f"{point.lon:f}")


def _metered(body: Mapping[str, Any], name: str) -> Decimal | None:
    return Decimal(body[name]) if name in body else None
