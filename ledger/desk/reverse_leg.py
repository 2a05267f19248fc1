"""A consignment that arrived, as finished legs for `emissions`: one for each category in it."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from itertools import pairwise

from ledger.chain import event_id_of
from ledger.desk.publish import Beside, Published
from recycling.aggregate import Aggregate, Event
from recycling.category import default_mass
from recycling.evidence import plain
from recycling.unit_mass import mass_in_force
from recycling.vocabulary import AggregateKind, ConsignmentEvent, ConsignmentState
from schemas.topics import LEGS
from schemas.vocabulary import DistanceMethod, LegKind, TransportMode

REVERSE_LEG = "reverse_leg"
THOUSANDTH = Decimal("0.001")  # a gram, a metre, a watt-hour, a millilitre


@dataclass(frozen=True, slots=True)
class Load:
    """What a consignment carries of one category, and how far as the crow flies."""

    category: str
    mass_kg: Decimal
    great_circle_km: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class End:
    """Where a leg begins or ends; for doors a region stands, never the point of one."""

    site_id: str
    lat: str | None = None
    lon: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReverseTrip:
    """One vehicle's way with one consignment, as far as its sender and receiver told.

    Parameters
    ----------
    energy_kwh, fuel_l
        Metered for the whole trip; its categories share it by t-km, to the last watt-hour.
    version
        The how-manieth telling of it; each after the first corrects the one before.
    """

    consignment_id: str
    origin: End
    destination: End
    loads: Sequence[Load]
    vehicle_energy: str
    arrived_at: datetime
    carrier_id: str | None = None
    company: str | None = None
    vehicle_class: str | None = None
    grid_region: str | None = None
    trip_id: str | None = None
    energy_kwh: Decimal | None = None
    fuel_l: Decimal | None = None
    version: int = 1


def is_first_arrival(event: Event) -> bool:
    """Return whether a consignment's vehicle arrived with this event: once, whatever is missing."""
    return (
        event.kind is AggregateKind.CONSIGNMENT
        and event.event_type == ConsignmentEvent.RECEIVED
        and event.from_state == ConsignmentState.DEPARTED
    )


def loads_of(
    units: Iterable[Aggregate], *, km_of: Callable[[Aggregate], Decimal], on: date
) -> tuple[Load, ...]:
    """Return what units weigh by category, and how far each category went.

    A unit's mass is the dismantler's, else the depot's, the door's, its class's. The distance of a
    category is the mean over its units by mass, so that its t-km are those of its units.

    Parameters
    ----------
    km_of
        The great circle in km between where a unit was taken up and where it was set down.
    on
        The day that a class average is counted back from, by the age that was declared.

    Raises
    ------
    recycling.category.CategoryUnknown
        If a unit has no mass and no class average.
    """
    masses_kg: dict[str, Decimal] = {}
    kg_km: dict[str, Decimal] = {}
    for unit in units:
        category, mass_kg = unit.body["category"], _mass_kg(unit, on)
        masses_kg[category] = masses_kg.get(category, Decimal(0)) + mass_kg
        kg_km[category] = kg_km.get(category, Decimal(0)) + mass_kg * km_of(unit)
    return tuple(
        Load(
            category, mass_kg.quantize(THOUSANDTH), (kg_km[category] / mass_kg).quantize(THOUSANDTH)
        )
        for category, mass_kg in sorted(masses_kg.items())
    )


def _mass_kg(unit: Aggregate, on: date) -> Decimal:
    mass = mass_in_force(unit.body)
    if mass is not None:
        return mass.mass_kg
    year = on.year - int(unit.body.get("age_years", 0))
    return default_mass(unit.body["category"], year=year).mass_kg


def published_legs(trip: ReverseTrip) -> tuple[Beside, ...]:
    """Return the legs of a trip that arrived; none of a load that stayed where it was.

    Each is the only event so far of an aggregate ``reverse_leg``; its shipment is the consignment.
    """
    moved = [load for load in trip.loads if load.great_circle_km > 0]
    energies_kwh, fuels_l = _shared(trip.energy_kwh, moved), _shared(trip.fuel_l, moved)
    return tuple(
        _leg(trip, load, nth, {"energy_kwh": energy_kwh, "fuel_l": fuel_l})
        for nth, (load, energy_kwh, fuel_l) in enumerate(
            zip(moved, energies_kwh, fuels_l, strict=True), 1
        )
    )


def _shared(metered: Decimal | None, loads: Sequence[Load]) -> list[str | None]:
    """Share what was metered by t-km; each part is a difference of rounded sums: they add up."""
    if metered is None:
        return [None] * len(loads)
    activities = [load.mass_kg * load.great_circle_km for load in loads]
    upto = [
        (metered * sum(activities[:nth]) / sum(activities)).quantize(THOUSANDTH)
        for nth in range(1, len(loads))
    ]
    ends = [Decimal(0), *upto, metered]
    return [f"{end - start:f}" for start, end in pairwise(ends)] if loads else []


def _leg(trip: ReverseTrip, load: Load, nth: int, metered: Mapping[str, str | None]) -> Beside:
    leg_id = f"{trip.consignment_id}/{nth}"
    before = event_id_of(REVERSE_LEG, leg_id, trip.version - 1) if trip.version > 1 else None
    payload = {
        "event_id": event_id_of(REVERSE_LEG, leg_id, trip.version),
        "occurred_at": plain(trip.arrived_at),
        "shipment_id": trip.consignment_id,
        "consignment_id": trip.consignment_id,
        "leg_seq": nth,
        "leg": LegKind.REVERSE.value,
        "mode": TransportMode.ROAD.value,
        "energy": trip.vehicle_energy,
        "vehicle_class": trip.vehicle_class,
        "category": load.category,
        "company": trip.company,
        "origin": _place(trip.origin),
        "destination": _place(trip.destination),
        "mass_kg": f"{load.mass_kg:f}",
        "trip_id": trip.trip_id,
        "carrier_id": trip.carrier_id,
        "correction_of": before,
        "distance_km": f"{load.great_circle_km:f}",
        "distance_method": DistanceMethod.GCD.value,
        "grid_region": trip.grid_region,
        **metered,
    }
    told = {name: value for name, value in payload.items() if value is not None}
    return Beside(
        REVERSE_LEG, leg_id, trip.version, Published(LEGS.name, trip.consignment_id, told)
    )


def _place(end: End) -> dict[str, str]:
    place = {"site_id": end.site_id, "lat": end.lat, "lon": end.lon}
    return {name: value for name, value in place.items() if value is not None}
