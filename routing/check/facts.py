"""A problem looked up by name, and the distances that the plan claims to stand on."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from routing.problem import (
    Depot,
    Direction,
    FrozenRoute,
    Location,
    RoutingProblem,
    Stop,
    VehicleType,
)

Travel = Callable[[str, str], int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything a rule may ask."""

    problem: RoutingProblem
    stops: Mapping[str, Stop]
    kinds: Mapping[str, VehicleType]
    depots: Mapping[str, Depot]
    locations: Mapping[str, Location]
    distance_m: Travel
    duration_s: Travel

    def amounts(self, stop_id: str, direction: Direction) -> tuple[int, int, int]:
        """Return grams, cm3 and mm of floor that a stop is brought or gives."""
        lines = [one for one in self.stops[stop_id].lines if one.direction is direction]
        return (
            sum(one.mass_g for one in lines),
            sum(one.volume_cm3 for one in lines),
            sum(one.floor_mm for one in lines),
        )

    def frozen_of(self, vehicle_id: str) -> FrozenRoute | None:
        """Return the running route that a vehicle id names: ``frozen-1`` is the first."""
        head, _, number = vehicle_id.rpartition("frozen-")
        if head or not number.isdigit() or not 1 <= int(number) <= len(self.problem.frozen):
            return None
        return self.problem.frozen[int(number) - 1]


def facts_of(problem: RoutingProblem, *, distance_m: Travel, duration_s: Travel) -> Facts:
    """Return the facts of a problem; the functions tell metres and seconds between locations."""
    return Facts(
        problem=problem,
        stops={one.stop_id: one for one in problem.stops},
        kinds={one.vehicle_type_id: one for one in problem.vehicle_types},
        depots={one.depot_id: one for one in problem.depots},
        locations={one.location_id: one for one in problem.locations},
        distance_m=distance_m,
        duration_s=duration_s,
    )
