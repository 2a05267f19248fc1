"""Where a leg began and ended, and how far that is: or why nobody can say."""

from dataclasses import dataclass
from decimal import Decimal

from schemas.refusal import Reason, Refused, shown
from schemas.shipment import Place
from schemas.vocabulary import DistanceMethod, TransportMode
from streams.history.fields import Row, text_of
from streams.history.land import OPEN_SEA_KM, open_sea_km
from streams.history.places import KnownPlace, Places
from streams.history.rules import ColumnRule
from streams.history.sea import sea_route
from streams.history.verdict import ORIGIN_ASSUMED

SEA_ROUTE = "sea_route"
PORT_PROXY = "port_proxy"
ON_WHEELS = frozenset({TransportMode.ROAD, TransportMode.RAIL, TransportMode.PARCEL})


@dataclass(frozen=True, slots=True)
class Route:
    """A leg's ends, its distance where it is known here, and what was assumed.

    A leg by air or road carries points only: its great circle is computed with its emission.
    A leg by sea runs from port to port and carries the points of the ports.
    """

    origin: Place
    destination: Place
    distance_km: Decimal | None = None
    distance_method: DistanceMethod | None = None
    flags: tuple[str, ...] = ()


def origin_of(
    rule: ColumnRule, row: Row, places: Places, null_text: tuple[str, ...]
) -> tuple[KnownPlace, tuple[str, ...]]:
    """Return the place a leg began at, and the flag that it is the mapping's assumption.

    Raises
    ------
    Refused
        ``origin_unknown`` if the file does not name it, ``place_unknown`` if no point is known.
    """
    named = rule.applies(row) and text_of(rule, row, null_text) is not None
    if not named and rule.assumed is None:
        raise Refused(Reason.ORIGIN_UNKNOWN, "origin is not named by the file")
    if not named:
        return _known("origin", rule.assumed, places), (ORIGIN_ASSUMED,)
    return _known("origin", text_of(rule, row, null_text), places), ()


def destination_of(
    rule: ColumnRule, row: Row, places: Places, null_text: tuple[str, ...]
) -> KnownPlace:
    """Return the place a leg ended at, or refuse with ``place_unknown``."""
    text = text_of(rule, row, null_text) if rule.applies(row) else rule.assumed
    return _known("destination", text, places)


def route_between(mode: TransportMode, origin: KnownPlace, destination: KnownPlace) -> Route:
    """Return the route of a leg.

    Raises
    ------
    Refused
        ``distance_missing`` if it cannot have gone that way, ``distance_zero`` if it went nowhere.
    """
    if (origin.lat, origin.lon) == (destination.lat, destination.lon):
        raise Refused(Reason.DISTANCE_ZERO, f"origin and destination are both {origin.place}")
    flags = tuple(dict.fromkeys((*origin.flags, *destination.flags)))
    if mode is TransportMode.SEA:
        return _by_sea(origin, destination, flags)
    if mode in ON_WHEELS:
        _refuse_open_sea(origin, destination)
    return Route(_ashore(origin), _ashore(destination), flags=flags)


def _by_sea(origin: KnownPlace, destination: KnownPlace, flags: tuple[str, ...]) -> Route:
    for place in (origin, destination):
        if place.landlocked:
            raise Refused(Reason.DISTANCE_MISSING, f"{place.place} lies in a landlocked country")
    way = sea_route(origin, destination)
    if way is None:
        raise Refused(
            Reason.DISTANCE_MISSING, f"no way by sea from {origin.place} to {destination.place}"
        )
    if way.distance_km == 0:
        raise Refused(Reason.DISTANCE_ZERO, f"{way.origin.name} serves both ends of a sea leg")
    proxy = (PORT_PROXY,) if way.origin.stands_in or way.destination.stands_in else ()
    return Route(
        origin=Place(site_id=origin.place, lat=way.origin.lat, lon=way.origin.lon),
        destination=Place(
            site_id=destination.place, lat=way.destination.lat, lon=way.destination.lon
        ),
        distance_km=way.distance_km,
        distance_method=DistanceMethod.SFD,
        flags=(*flags, SEA_ROUTE, *proxy),
    )


def _refuse_open_sea(origin: KnownPlace, destination: KnownPlace) -> None:
    at_sea_km = open_sea_km(
        from_lat=float(origin.lat), from_lon=float(origin.lon),
        to_lat=float(destination.lat), to_lon=float(destination.lon),
    )  # fmt: skip
    if at_sea_km > OPEN_SEA_KM:
        raise Refused(
            Reason.DISTANCE_MISSING,
            f"{origin.place} to {destination.place} crosses {at_sea_km:.0f} km of open sea",
        )


def _ashore(place: KnownPlace) -> Place:
    return Place(site_id=place.place, lat=place.lat, lon=place.lon)


def _known(field: str, name: str | None, places: Places) -> KnownPlace:
    place = None if name is None else places.find(name)
    if place is None:
        raise Refused(Reason.PLACE_UNKNOWN, f"{field} {shown(name or '')!r} has no point")
    return place
