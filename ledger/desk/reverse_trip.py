"""The reverse legs of a consignment that arrived: from where to where its units went, how far."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal

from ledger.contract import View
from ledger.desk.demand_point import LAT, LON
from ledger.desk.partner_profile import PARTNER
from ledger.desk.promises import day_of
from ledger.desk.reverse_leg import End, ReverseTrip, is_first_arrival, loads_of, published_legs
from ledger.desk.told_beside import change_beside
from ledger.desk.unread import rows_of, value_of
from ledger.records import Change, Ref
from recycling.aggregate import Aggregate
from recycling.apply import Applied
from recycling.region import Point, regions
from recycling.region_distance import great_circle_km
from recycling.vocabulary import AggregateKind, Role
from schemas.vocabulary import TakebackUnitState

ARRIVED = "arrived"


@dataclass(frozen=True, slots=True)
class _Ends:
    """Where a trip begins and ends, and how to say from where a unit came."""

    origin: End
    destination: End
    km_of: Callable[[Aggregate], Decimal]


def reverse_legs(applied: Applied, units: Sequence[Aggregate], view: View) -> tuple[Change, ...]:
    """Return what is told of the way of a consignment that arrived with this event.

    Nothing is told where no vehicle went, or where a site has no point: an unknown distance gives
    no number.
    """
    if not is_first_arrival(applied.event):
        return ()
    consignment = applied.aggregate
    arrived = _arrived(applied, units)
    is_return = any(unit.state is TakebackUnitState.RETURNING for unit in units)
    ends = _ends(consignment.body, arrived, view, is_return=is_return)
    energy = consignment.body.get("vehicle_energy")
    if ends is None or energy is None or not arrived:
        return ()
    at = applied.event.occurred_at
    trip = ReverseTrip(
        consignment_id=consignment.id,
        origin=ends.origin,
        destination=ends.destination,
        loads=loads_of(arrived, km_of=ends.km_of, on=day_of(at)),
        vehicle_energy=energy,
        arrived_at=at,
        carrier_id=consignment.body.get("carrier_id", consignment.body["from_partner_id"]),
        company=view.caller.tenant,
        trip_id=consignment.id,
    )
    legs = published_legs(trip)
    return tuple(change_beside(one, state=ARRIVED, occurred_at=at) for one in legs)


def _arrived(applied: Applied, units: Sequence[Aggregate]) -> list[Aggregate]:
    """Return the units that the vehicle carried, with the masses that were told on arrival."""
    after = {one.id: one for one in applied.aggregates if one.kind is AggregateKind.UNIT}
    carried = (after.get(unit.id, unit) for unit in units)
    return [unit for unit in carried if unit.state is not TakebackUnitState.LOST]


def _ends(
    body: Mapping[str, str], units: Sequence[Aggregate], view: View, *, is_return: bool
) -> _Ends | None:
    destination = _site(body["to_partner_id"], body["to_site_id"], view)
    if destination is None or not units:
        return None
    arriving = _end(body["to_site_id"], destination)
    if body["to"] == Role.DEPOT and not is_return:
        return _from_doors(units, arriving, destination)
    senders = {body["from_partner_id"], units[0].body.get("dismantler_id")}
    found = (_site(one, body["from_site_id"], view) for one in sorted(filter(None, senders)))
    start = next((one for one in found if one is not None), None)
    if start is None:
        return None
    km = great_circle_km(start, destination)
    return _Ends(_end(body["from_site_id"], start), arriving, lambda _: km)


def _from_doors(units: Sequence[Aggregate], arriving: End, destination: Point) -> _Ends | None:
    """Return the way from the doors: the middle of a region stands for every door in it."""
    points = {unit.body["region"]: regions()[unit.body["region"]].point for unit in units}
    known = {adcode: point for adcode, point in points.items() if point is not None}
    if len(known) < len(points):
        return None
    kms = {adcode: great_circle_km(point, destination) for adcode, point in known.items()}
    first = units[0].body["region"]
    return _Ends(_end(first, known[first]), arriving, lambda unit: kms[unit.body["region"]])


def _end(site_id: str, point: Point) -> End:
    return End(site_id=site_id, lat=f"{point.lat:f}", lon=f"{point.lon:f}")


def _site(partner_id: str, site_id: str, view: View) -> Point | None:
    partner = view.find(Ref(PARTNER, partner_id))
    return None if partner is None else next(_points(partner.body, site_id), None)


def _points(profile: Mapping[str, object], site_id: str) -> Iterator[Point]:
    for row in rows_of(profile, "sites"):
        lat, lon = value_of(row, "lat", LAT), value_of(row, "lon", LON)
        if row.get("site_id") == site_id and lat is not None and lon is not None:
            yield Point(lat=lat, lon=lon)
