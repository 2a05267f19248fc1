"""The distance an activity stands on: given and checked, or computed from the ends of the leg."""

from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple

from emissions.daf import without_detour_km
from emissions.great_circle import great_circle_km
from emissions.number import CONTEXT, quantise_3
from emissions.question import Lane
from schemas.quantity import BOUNDS, Bound
from schemas.refusal import Reason, Refused, shown

__all__ = ["Travelled", "circle_of", "distance_of", "great_circle_km"]

# Nothing is nearer than the great circle; 2 % is left for coordinates some hundred metres off.
LEAST_GREAT_CIRCLE_SHARE = Decimal("0.98")
# Assumption: beyond this a distance is a slipped decimal, unless the ends are neighbours anyway.
MAX_GREAT_CIRCLES = Decimal(20)
NEIGHBOURS_KM = Decimal(5)
MAX_REMEMBERED_CIRCLES = 100_000
LATITUDE, LONGITUDE = BOUNDS["lat"], BOUNDS["lon"]
MAX_DISTANCE_KM = BOUNDS["distance_km"].maximum
KIND_OF_METHOD = {"declared": "sfd", "sfd": "sfd", "actual": "sfd", "gcd": "gcd"}
FLAGS_OF_METHOD: dict[str, tuple[str, ...]] = {
    "declared": ("distance_declared",),
    "actual": ("distance_actual",),
    "sfd": (),
    "gcd": (),
}
COMPUTED = "distance_computed"
MODES_BY_CIRCLE = frozenset({"road", "rail", "parcel", "air"})


class Travelled(NamedTuple):
    """A leg's distance with three decimals, what it means, and how it came about."""

    km: Decimal
    kind: str
    method: str
    flags: tuple[str, ...]
    is_rounded: bool


def distance_of(lane: Lane) -> Travelled:
    """Return the shortest feasible or great-circle distance of a lane.

    Raises
    ------
    Refused
        If there is none, or the one given is impossible; the message names field and value.
    """
    circle_km = circle_of(lane)
    if lane.distance_km is None:
        return _computed(lane, circle_km)
    return _given(lane, lane.distance_km, circle_km)


def circle_of(lane: Lane) -> Decimal | None:
    """Return the great circle between the ends of a leg, or ``None`` where an end is not known."""
    if (
        lane.origin_lat is None
        or lane.origin_lon is None
        or lane.destination_lat is None
        or lane.destination_lon is None
    ):
        return None
    return _circle_km(
        lane.origin_lat,
        lane.origin_lon,
        lane.destination_lat,
        lane.destination_lon,
    )


@lru_cache(maxsize=MAX_REMEMBERED_CIRCLES)
def _circle_km(
    origin_lat: Decimal, origin_lon: Decimal, destination_lat: Decimal, destination_lon: Decimal
) -> Decimal:
    """A company drives the same lanes every day; each is checked and computed once."""
    _refuse_off_earth("origin_lat", origin_lat, LATITUDE)
    _refuse_off_earth("origin_lon", origin_lon, LONGITUDE)
    _refuse_off_earth("destination_lat", destination_lat, LATITUDE)
    _refuse_off_earth("destination_lon", destination_lon, LONGITUDE)
    return great_circle_km(
        origin_lat=origin_lat,
        origin_lon=origin_lon,
        destination_lat=destination_lat,
        destination_lon=destination_lon,
    )


def _refuse_off_earth(field: str, degrees: Decimal, bound: Bound) -> None:
    if not isinstance(degrees, Decimal):
        raise TypeError(f"{field} must be a Decimal, got {degrees!r}")
    if not degrees.is_finite():
        raise Refused(Reason.NOT_FINITE, f"{field} is not finite: {degrees}")
    if not bound.minimum <= degrees <= bound.maximum:
        raise Refused(
            Reason.UNIT_BOUND,
            f"{field} must be from {bound.minimum} to {bound.maximum}, got {degrees}",
        )


def _computed(lane: Lane, circle_km: Decimal | None) -> Travelled:
    if circle_km is None:
        ends = ("origin_lat", "origin_lon", "destination_lat", "destination_lon")
        missing = [name for name in ends if getattr(lane, name) is None]
        raise Refused(
            Reason.DISTANCE_MISSING,
            f"distance_km is None, and no great circle without {', '.join(missing)}",
        )
    if lane.mode not in MODES_BY_CIRCLE:
        raise Refused(
            Reason.DISTANCE_MISSING,
            f"distance_km is None and mode {lane.mode} does not follow the great circle "
            f"of {circle_km} km: a sea route is needed",
        )
    if circle_km == 0:
        raise Refused(
            Reason.DISTANCE_ZERO,
            "distance_km is None and origin and destination are the same point: 0.000 km",
        )
    return Travelled(circle_km, "gcd", "gcd", ("distance_computed",), False)


def _given(lane: Lane, given_km: Decimal, circle_km: Decimal | None) -> Travelled:
    method = lane.distance_method or "declared"
    if method not in KIND_OF_METHOD:
        raise Refused(Reason.VOCABULARY, f"distance_method {shown(method)} is unknown")
    exact_km = _positive(given_km)
    if method == "actual":
        exact_km = without_detour_km(mode=lane.mode, actual_km=given_km)
    km = quantise_3(exact_km)
    is_rounded = km != exact_km
    if km <= 0:
        raise Refused(
            Reason.DISTANCE_ZERO, f"distance_km {given_km} {method} leaves no distance: {km} km"
        )
    flags = FLAGS_OF_METHOD[method]
    if circle_km is None:
        flags = (*flags, "distance_unchecked")
    else:
        _refuse_impossible(given_km, method, km, circle_km)
    kind = "gcd" if lane.mode == "air" else KIND_OF_METHOD[method]
    return Travelled(km, kind, method, flags, is_rounded)


def _positive(given_km: Decimal) -> Decimal:
    if not isinstance(given_km, Decimal):
        raise TypeError(f"distance_km must be a Decimal, got {given_km!r}")
    if not given_km.is_finite():
        raise Refused(Reason.NOT_FINITE, f"distance_km is not finite: {given_km}")
    if given_km <= 0:
        raise Refused(Reason.DISTANCE_ZERO, f"distance_km must be above 0, got {given_km}")
    if given_km > MAX_DISTANCE_KM:
        raise Refused(
            Reason.DISTANCE_IMPLAUSIBLE,
            f"distance_km {given_km} is more than {MAX_DISTANCE_KM:f} km, once around the earth",
        )
    return given_km


def _refuse_impossible(given_km: Decimal, method: str, km: Decimal, circle_km: Decimal) -> None:
    if km < CONTEXT.multiply(circle_km, LEAST_GREAT_CIRCLE_SHARE):
        raise Refused(
            Reason.DISTANCE_BELOW_GREAT_CIRCLE,
            f"distance_km {given_km} {method} is below {LEAST_GREAT_CIRCLE_SHARE} "
            f"of the great circle {circle_km} km",
        )
    if circle_km > NEIGHBOURS_KM and km > CONTEXT.multiply(circle_km, MAX_GREAT_CIRCLES):
        raise Refused(
            Reason.DISTANCE_IMPLAUSIBLE,
            f"distance_km {given_km} {method} is more than {MAX_GREAT_CIRCLES} times "
            f"the great circle {circle_km} km (limit is an assumption)",
        )
