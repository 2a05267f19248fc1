"""What a leg moves by, and how far: distances, modes, vehicles, and the energy of electric ones."""

from collections.abc import Mapping
from random import Random

from simulator.company import Company, Node, VehicleClass
from simulator.geography import Site, between_km
from simulator.record import decimal_text

MIN_CIRCUITY, MAX_CIRCUITY = 1.15, 1.45
SEA_DETOUR = 1.35  # on top of a road's circuity: ships go around the Shandong peninsula
MIN_DECLARED_KM = 2.0
MIN_COMPUTED_KM = 1.0  # nearer than this the great circle says nothing
LONG_HAUL_KM = 1_000
MAX_EV_KM = 150

# How a distance comes with the event, cumulated: computed by the reader, sfd, odometer, declared.
ABSENT_SHARE = 0.08
SFD_SHARE = 0.14
ACTUAL_SHARE = 0.18
ODOMETER_EXCESS = 1.06
CLASSLESS_SHARE = 0.03  # subcontracted lorries nobody described
# Of the company's own lorries, by leg: how many km of a round are empty. Assumptions.
EMPTY_DISTANCE_SHARES = {"last_leg": (0.28, 0.49), "transfer": (0.12, 0.34)}
MAIN_LINE_EMPTY_DISTANCE_SHARES = (0.05, 0.24)
WEIGHED_SHARE = 0.85  # of their trips, those whose load and empty kilometres were noted
OTHER_GOODS_SHARES = (0.25, 0.9)  # of the payload that a consignment leaves to others


class Lanes:
    """Distances between sites; a lane keeps its seeded circuity for the whole history."""

    def __init__(self, seed: int) -> None:
        """Start with no lane known."""
        self._rng = Random(f"{seed}:lanes")
        self._known: dict[tuple[str, str], tuple[float, float]] = {}

    def kms(self, origin: Site, destination: Site) -> tuple[float, float]:
        """Return the great circle and the road distance of a lane, in kilometres."""
        lane = (origin.site_id, destination.site_id)
        if lane not in self._known:
            great_circle = between_km(origin, destination)
            road = max(MIN_DECLARED_KM, great_circle * circuity(self._rng))
            self._known[lane] = great_circle, road
        return self._known[lane]


def circuity(rng: Random) -> float:
    """Return how much longer than the great circle a road is."""
    return rng.triangular(MIN_CIRCUITY, MAX_CIRCUITY, 1.27)


def distance_facts(
    rng: Random, *, great_circle_km: float, road_km: float, mode: str
) -> dict[str, str]:
    """Return how the distance is told, if it is: the sea always, the air never."""
    if mode == "sea":
        return _told(road_km * SEA_DETOUR, "sfd")
    if mode == "air":
        return {}
    chance = rng.random()
    if chance < ABSENT_SHARE and great_circle_km >= MIN_COMPUTED_KM:
        return {}
    if chance < SFD_SHARE:
        return _told(road_km, "sfd")
    if chance < ACTUAL_SHARE and mode == "road":
        return _told(road_km * ODOMETER_EXCESS, "actual")
    return _told(road_km, "declared")


def _told(km: float, method: str) -> dict[str, str]:
    return {"distance_km": decimal_text(km, 1), "distance_method": method}


def long_haul_mode(rng: Random, *, coastal: bool, great_circle_km: float, mass_kg: float) -> str:
    """Return the mode of a main-line leg; ``coastal`` where both ends have a port."""
    chance = rng.random()
    if great_circle_km < LONG_HAUL_KM:
        return "road"
    if chance < 0.006 and mass_kg < 1_500:
        return "air"
    if coastal and chance < 0.36:
        return "sea"
    return "rail" if chance > 0.72 else "road"


def both_coastal(origin: Node, destination: Node) -> bool:
    """Whether a ship can take a load from one to the other."""
    return origin.coastal and destination.coastal


def smallest_class(firm: Company, *, mass_kg: float, volume_m3: float) -> VehicleClass:
    """Return the smallest vehicle class that takes the load; the largest takes any."""
    for one in firm.vehicle_classes:
        if mass_kg <= one.payload_kg and volume_m3 <= one.volume_m3:
            return one
    return firm.vehicle_classes[-1]


def road_facts(rng: Random, vehicle: VehicleClass) -> dict[str, str]:
    """Return mode, energy and class of a diesel lorry; some carriers tell no class."""
    facts = {"mode": "road", "energy": "diesel"}
    return facts if rng.random() < CLASSLESS_SHARE else facts | {"vehicle_class": vehicle.class_id}


def electric_facts(
    rng: Random, vehicle: VehicleClass, *, mass_kg: float, road_km: float, grid_region: str
) -> dict[str, str]:
    """Return mode, energy, class and the metered kWh that this load's share of the trip took."""
    if vehicle.kwh_per_km is None:
        raise ValueError(f"no electric vehicle of class {vehicle.class_id}")
    load_share = min(1.0, mass_kg / (vehicle.payload_kg * rng.uniform(0.55, 0.9)))
    energy_kwh = max(0.05, road_km * vehicle.kwh_per_km * load_share * rng.uniform(0.9, 1.15))
    return {
        "mode": "road",
        "energy": "electric",
        "vehicle_class": vehicle.class_id,
        "energy_kwh": decimal_text(energy_kwh),
        "grid_region": grid_region,
    }


def load_facts(
    rng: Random, firm: Company, carried: Mapping[str, str], *, leg: str, mass_kg: float
) -> dict[str, str]:
    """Return how full a diesel lorry of the company's own ran and how far empty, where noted.

    No van tells it: nobody publishes what one emits empty and full.
    """
    payload_kg = {one.class_id: one.payload_kg for one in firm.vehicle_classes[1:]}.get(
        carried.get("vehicle_class", "")
    )
    is_noted = rng.random() < WEIGHED_SHARE
    if payload_kg is None or carried.get("energy") != "diesel" or not is_noted:
        return {}
    own = mass_kg / payload_kg
    load_share = own + (1 - own) * rng.uniform(*OTHER_GOODS_SHARES)
    empty_share = rng.uniform(*EMPTY_DISTANCE_SHARES.get(leg, MAIN_LINE_EMPTY_DISTANCE_SHARES))
    return {
        "load_share": decimal_text(min(1.0, max(0.001, load_share))),
        "empty_distance_share": decimal_text(empty_share),
    }
