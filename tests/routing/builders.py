"""Problems of rounds that name only what a test is about."""

import random
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import numpy as np

from routing.check.facts import Facts, facts_of
from routing.distances.distances import Distances, Point
from routing.distances.great_circle import GreatCircle
from routing.instance import Fleet, Instance
from routing.problem import (
    ConsignmentLine,
    Depot,
    Direction,
    LinearRate,
    Location,
    RoutingProblem,
    Stop,
    VehicleType,
    Window,
)

DAY = date(2026, 3, 2)
H = 3_600


def line(mass_kg: int = 100, **changed: Any) -> ConsignmentLine:
    """100 kg to bring."""
    plain: dict[str, Any] = {
        "consignment_id": "C-1", "direction": Direction.DELIVERY, "mass_g": mass_kg * 1_000,
    }  # fmt: skip
    return ConsignmentLine(**plain | changed)


def stop(stop_id: str, **changed: Any) -> Stop:
    """A stop at the place of its own name, 100 kg, ten minutes."""
    plain: dict[str, Any] = {
        "stop_id": stop_id, "location_id": stop_id, "lines": (line(),), "service_duration_s": 600,
    }  # fmt: skip
    return Stop(**plain | changed)


def vehicle(**changed: Any) -> VehicleType:
    """Two lorries of 1 t that cost 3 yuan per km."""
    plain: dict[str, Any] = {
        "vehicle_type_id": "lorry", "count": 2, "depot_id": "D", "payload_g": 1_000_000,
        "cost_cny_fen_per_km": Decimal(300), "fixed_cost_cny_fen": 1_000,
    }  # fmt: skip
    return VehicleType(**plain | changed)


def rate(per_km: str, per_kg_km: str = "0") -> LinearRate:
    """A rate that somebody published."""
    return LinearRate(
        per_km=Decimal(per_km), per_kg_km=Decimal(per_kg_km), source_id="a published row"
    )


def place(location_id: str, lat: str, lon: str, **changed: Any) -> Location:
    return Location(location_id=location_id, lat=Decimal(lat), lon=Decimal(lon), **changed)


def problem(stops: Sequence[Stop], **changed: Any) -> RoutingProblem:
    """Stops on a small grid around one depot, the day of the worked examples."""
    grid = [
        place(one.location_id, f"{36 + (k % 5) * 0.05:.2f}", f"{120.05 + (k // 5) * 0.06:.2f}")
        for k, one in enumerate(stops)
    ]
    plain: dict[str, Any] = {
        "problem_id": "P-1", "planned_on": DAY,
        "locations": (place("D", "36.0", "120.0"), *grid),
        "depots": (Depot(depot_id="D", location_id="D"),),
        "stops": tuple(stops), "vehicle_types": (vehicle(),), "digest": "d",
    }  # fmt: skip
    return RoutingProblem(**plain | changed)


def distances(made: RoutingProblem) -> Distances:
    points = [
        Point(point_id=one.location_id, lat=float(one.lat), lon=float(one.lon))
        for one in made.locations
    ]
    return GreatCircle().matrix(points)


def facts(made: RoutingProblem) -> Facts:
    far = distances(made)
    at = {one.location_id: k for k, one in enumerate(made.locations)}
    return facts_of(
        made,
        distance_m=lambda a, b: int(far.distance_m[at[a], at[b]]),
        duration_s=lambda a, b: int(far.duration_s[at[a], at[b]]),
    )


def window(first_h: float, last_h: float) -> Window:
    return Window(earliest_s=round(first_h * H), latest_s=round(last_h * H))


def instance(
    seed: int, *, stops: int, types: int = 1, windows: bool = False, energy: bool = False,
    pickups: bool = False, backhaul_last: bool = False, vehicles: int | None = None,
) -> Instance:  # fmt: skip
    """Seeded points on a square; whole numbers throughout."""
    dice = random.Random(seed)
    points = np.array([[dice.randrange(100), dice.randrange(100)] for _ in range(stops + 1)])
    apart = points[:, None, :] - points[None, :, :]
    d = np.floor(np.hypot(apart[:, :, 0], apart[:, :, 1]) + 0.5).astype(np.int32)
    delivery = np.array([[0]] + [[dice.randint(1, 30)] for _ in range(stops)])
    pickup = np.zeros_like(delivery)
    if pickups:
        for i in range(1, stops + 1):
            if dice.random() < 0.5:
                pickup[i] = dice.randint(1, 25)
                if backhaul_last or dice.random() < 0.5:
                    delivery[i] = 0
        delivery[1], pickup[1] = 10, 0  # somebody must be delivered to
    fleets = tuple(
        Fleet(
            name=f"type {k}", capacity=(60 + 25 * k,), count=vehicles or stops,
            fixed=10.0 * k + 5.0, per_m=1.0 + 0.25 * k, per_gm=0.02 if energy else 0.0,
        )
        for k in range(types)
    )  # fmt: skip
    return Instance(
        name=f"seed {seed}", distance=d, durations=(d,), delivery=delivery, pickup=pickup,
        fleets=fleets, backhaul_last=backhaul_last,
        windows=_windows(dice, stops) if windows else None,
        service=np.array([0] + [5] * stops) if windows else None,
        penalty=np.full(stops + 1, 5_000.0),
    )  # fmt: skip


def _windows(dice: random.Random, stops: int) -> tuple[tuple[tuple[int, int], ...], ...]:
    opens = [dice.randrange(300) for _ in range(stops)]
    return (((0, 1_000),), *(((one, one + dice.randint(40, 300)),) for one in opens))
