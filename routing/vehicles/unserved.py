"""Why a stop is in no round: a rule that no vehicle could keep, or none that had room."""

from routing.instance import DIMENSIONS, Fleet, Instance
from routing.plan import Unserved
from routing.problem import Direction, RoutingProblem, Stop, VehicleType


def amounts(stop: Stop, direction: Direction) -> tuple[int, int, int]:
    """Return grams, cm3 and mm of floor of a stop's lines of one direction."""
    lines = [one for one in stop.lines if one.direction is direction]
    return (
        sum(one.mass_g for one in lines),
        sum(one.volume_cm3 for one in lines),
        sum(one.floor_mm for one in lines),
    )


def never_served(problem: RoutingProblem, instance: Instance, point: int) -> Unserved | None:
    """Return why no vehicle could ever serve a stop, or None where one could."""
    stop = problem.stops[point - instance.depots]
    reasons = []
    for kind, fleet in zip(problem.vehicle_types, instance.fleets, strict=False):
        broken = _first_broken(problem, kind, fleet, instance, stop, point)
        if broken is None:
            return None
        reasons.append(broken)
    if not reasons:
        return Unserved(stop_id=stop.stop_id, reason="no_vehicle", detail="there is no vehicle")
    reason, detail = max(reasons, key=lambda one: RANK.index(one[0]))
    return Unserved(stop_id=stop.stop_id, reason=reason, detail=detail)


# The later a rule, the nearer its vehicle came to serving the stop.
RANK = ("skill", "vehicle_class", "goods_elsewhere", "payload_kg", "volume_m3", "floor_m",
        "backhaul_only", "max_distance", "range", "window", "shift", "max_duration")  # fmt: skip


def _first_broken(
    problem: RoutingProblem, kind: VehicleType, fleet: Fleet, instance: Instance,
    stop: Stop, point: int,
) -> tuple[str, str] | None:  # fmt: skip
    return (
        _suits(problem, kind, stop)
        or _fits(kind, stop)
        or _reaches(kind, fleet, instance, point)
        or _in_time(fleet, instance, point)
    )


def _suits(problem: RoutingProblem, kind: VehicleType, stop: Stop) -> tuple[str, str] | None:
    missing = stop.required_skills - kind.skills
    if missing:
        return "skill", f"skill {', '.join(sorted(missing))} missing on {kind.vehicle_type_id}"
    access = next(
        one.access_vehicle_classes for one in problem.locations
        if one.location_id == stop.location_id
    )  # fmt: skip
    forbidden = kind.vehicle_class and kind.vehicle_class in stop.forbidden_vehicle_classes
    if forbidden or (access and kind.vehicle_class not in access):
        return "vehicle_class", f"class {kind.vehicle_class or 'unknown'} may not go there"
    for line in stop.lines:
        if line.direction is Direction.DELIVERY and line.depot_id not in (None, kind.depot_id):
            return "goods_elsewhere", f"its goods are at {line.depot_id}, not at {kind.depot_id}"
    return None


def _fits(kind: VehicleType, stop: Stop) -> tuple[str, str] | None:
    rooms = (kind.payload_g, kind.volume_cm3, kind.floor_mm)
    for direction in Direction:
        for (name, unit), amount, room in zip(
            DIMENSIONS.values(), amounts(stop, direction), rooms, strict=True
        ):
            if amount > room and (name == "payload_kg" or room > 0):
                return name, f"{name} over by {(amount - room) / unit:g} on {kind.vehicle_type_id}"
    return None


def _reaches(
    kind: VehicleType, fleet: Fleet, instance: Instance, point: int
) -> tuple[str, str] | None:
    to = int(instance.distance[fleet.depot, point])
    back = int(instance.distance[point, fleet.depot])
    if to + back > fleet.max_distance:
        return "max_distance", f"{(to + back - fleet.max_distance) / 1_000:g} km too far"
    moment = int(instance.delivery[point, 0]) * to + int(instance.pickup[point, 0]) * back
    short = fleet.energy_per_m * (to + back) + fleet.energy_per_gm * moment - fleet.energy_max
    if short > 0:
        km = short / fleet.energy_per_m / 1_000 if fleet.energy_per_m else 0
        return "range", f"range short by {km:.1f} km on {kind.vehicle_type_id}"
    return None


def _in_time(fleet: Fleet, instance: Instance, point: int) -> tuple[str, str] | None:
    travel = instance.durations[fleet.profile]
    service = 0 if instance.service is None else int(instance.service[point])
    arrival = fleet.shift[0] + int(travel[fleet.depot, point])
    windows = instance.windows[point] if instance.windows else ((0, fleet.shift[1]),)
    if arrival > windows[-1][1]:
        return "window", f"window missed by {arrival - windows[-1][1]} s"
    start = next(max(arrival, opens) for opens, closes in windows if arrival <= closes)
    end = start + service + int(travel[point, fleet.depot])
    if end > fleet.shift[1]:
        return "shift", f"shift too short by {end - fleet.shift[1]} s"
    took = int(travel[fleet.depot, point]) + service + int(travel[point, fleet.depot])
    if took > fleet.max_duration:
        return "max_duration", f"takes {took - fleet.max_duration} s too long"
    return None
