"""Reverse legs: from the door to the depot, and from the depot to the dismantler."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from schemas.topics import LEGS
from simulator.company import CARRIERS, Category, Company, Recycler
from simulator.geography import Site, great_circle_km, near, point
from simulator.lanes import (
    MAX_EV_KM,
    MIN_DECLARED_KM,
    Lanes,
    circuity,
    distance_facts,
    electric_facts,
    road_facts,
    smallest_class,
)
from simulator.record import HOUR_S, Draft, day_of, day_start_s, decimal_text, draft

EV_GRID_REGIONS = {"11": "beijing", "50": "chongqing", "5101": "sichuan"}
EV_SHARE = 0.7
DOOR_SPREAD_DEGREES = 0.1
DOOR_DIGITS = 2  # a kilometre or so: a door is nobody else's business
USED_DENSITY_KG_PER_M3 = 55.0  # loose used appliances, an assumption

MAX_LOAD_KG = 4_500.0  # fills the largest class by volume at this density


@dataclass(slots=True)
class Load:
    """What a depot gathers for one day, category and dismantler."""

    category: Category
    recycler: Recycler
    mass_kg: float = 0.0


class Consignments:
    """Gathers what depots send, and writes the legs of reverse transport."""

    def __init__(self, *, seed: int, firm: Company) -> None:
        """Start with empty depots."""
        self._seed = seed
        self._rng = Random(f"{seed}:reverse")
        self._firm = firm
        self._lanes = Lanes(seed)
        self._loads: dict[date, dict[str, Load]] = {}

    def collected(
        self,
        consignment_id: str,
        category: Category,
        region: str,
        recycler: Recycler,
        *,
        mass_kg: float,
        arrived_s: int,
    ) -> Draft:
        """Return the leg that brought an order's units to the recycler's depot."""
        lat, lon = near(self._rng, self._firm.regions[region], degrees=DOOR_SPREAD_DEGREES)
        lat, lon = round(lat, DOOR_DIGITS), round(lon, DOOR_DIGITS)
        straight_km = great_circle_km(lat, lon, recycler.depot.lat, recycler.depot.lon)
        kms = straight_km, max(MIN_DECLARED_KM, straight_km * circuity(self._rng))
        day = day_of(arrived_s)
        return self._leg(
            consignment_id, category, point(lat, lon), recycler.depot, kms,
            mass_kg=mass_kg, at_s=arrived_s, grid_region=_grid_region(region),
            trip_id=f"R{day:%y%m%d}-{recycler.partner_id}", carrier_id=recycler.partner_id,
        )  # fmt: skip

    def add(self, on: date, category: Category, recycler: Recycler, mass_kg: float) -> str:
        """Put one unit on the load that leaves on a day and return the consignment's id."""
        depot = f"DC{self._seed}-{on:%y%m%d}-{recycler.partner_id}-{category.category_id}"
        loads = self._loads.setdefault(on, {})
        part = 1
        while (load := loads.get(f"{depot}-{part}")) and load.mass_kg > MAX_LOAD_KG - mass_kg:
            part += 1
        load = loads.setdefault(f"{depot}-{part}", Load(category, recycler))
        load.mass_kg += mass_kg
        return f"{depot}-{part}"

    def leaving(self, on: date) -> Iterator[Draft]:
        """Yield the legs of all loads that leave their depots on a day."""
        for consignment_id, load in self._loads.pop(on, {}).items():
            one = load.recycler
            kms = self._lanes.kms(one.depot, one.dismantler)
            at_s = day_start_s(on) + int((10 + kms[1] / 55) * HOUR_S)
            yield self._leg(
                consignment_id, load.category, one.depot.place, one.dismantler, kms,
                mass_kg=load.mass_kg, at_s=at_s, grid_region=None,
                trip_id=f"D{on:%y%m%d}-{one.partner_id}",
                carrier_id=f"car-{self._rng.randint(1, CARRIERS):02d}",
            )  # fmt: skip

    def _leg(
        self,
        consignment_id: str,
        category: Category,
        origin: dict[str, str],
        destination: Site,
        kms: tuple[float, float],
        *,
        mass_kg: float,
        at_s: int,
        grid_region: str | None,
        trip_id: str,
        carrier_id: str,
    ) -> Draft:
        carried = self._carriage(mass_kg, kms[1], grid_region)
        told = distance_facts(self._rng, great_circle_km=kms[0], road_km=kms[1], mode="road")
        return draft(
            at_s, LEGS.name, consignment_id, 1,
            shipment_id=consignment_id,
            consignment_id=consignment_id,
            leg_seq=1,
            leg="reverse",
            category=category.category_id,
            company=self._firm.company_id,
            origin=origin,
            destination=destination.place,
            mass_kg=decimal_text(mass_kg, 1),
            volume_m3=decimal_text(max(0.01, mass_kg / USED_DENSITY_KG_PER_M3), 2),
            trip_id=trip_id,
            carrier_id=carrier_id,
            **carried, **told,
        )  # fmt: skip

    def _carriage(self, mass_kg: float, road_km: float, grid_region: str | None) -> dict[str, str]:
        vehicle = smallest_class(
            self._firm, mass_kg=mass_kg, volume_m3=mass_kg / USED_DENSITY_KG_PER_M3
        )
        electric = grid_region and vehicle.kwh_per_km and road_km <= MAX_EV_KM
        if grid_region and electric and self._rng.random() < EV_SHARE:
            return electric_facts(
                self._rng, vehicle, mass_kg=mass_kg, road_km=road_km, grid_region=grid_region
            )
        return road_facts(self._rng, vehicle)


def _grid_region(adcode: str) -> str | None:
    return EV_GRID_REGIONS.get(adcode[:2]) or EV_GRID_REGIONS.get(adcode[:4])
