"""A line judged as a transport leg: usable by its mass and mode first, then placed on the map."""

from collections.abc import Mapping as MappingOf
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from types import MappingProxyType
from zoneinfo import ZoneInfo

from schemas.refusal import Reason, Refused, shown
from schemas.shipment import LegCompleted
from schemas.vocabulary import TransportMode
from streams.history.fields import (
    category_of,
    id_of,
    is_direct_of,
    needed_day,
    needed_mode,
    noon_of,
)
from streams.history.mapping import Mapping, TransportLeg
from streams.history.mass import HEAVY_MASS_KG, StatedMass, stated_mass
from streams.history.orders import event_id_of
from streams.history.problems import Problems, accepted_or_rejected, plain_verdict
from streams.history.records import Record
from streams.history.route import Route, destination_of, origin_of, route_between
from streams.history.verdict import (
    CONSIGNMENT_MASS_UNKNOWN,
    CONSIGNMENT_REJECTED,
    MASS_ABOVE_60_T,
    TRANSPORT_LEG,
    LineVerdict,
    Status,
)

ONLY_LEG = 1  # a line of history tells of one leg and does not know of others


@dataclass(frozen=True, slots=True)
class Legs:
    """What judging one line as a leg needs: the mapping, the zone, and the other lines."""

    mapping: Mapping
    rules: TransportLeg
    timezone: ZoneInfo
    by_key: MappingOf[str, Record]

    @property
    def null_text(self) -> tuple[str, ...]:
        """The texts that say that there is nothing."""
        return self.mapping.source.null_text

    def mass_of(self, record: Record) -> StatedMass:
        """Return what a line says about its mass."""
        return stated_mass(self.rules.mass_kg, record.row, self.null_text)


@dataclass(slots=True)
class Facts:
    """What could be read of a line, before anything is decided."""

    shipment_id: str | None
    consignment_id: str | None
    day: date | None
    category: str | None
    is_direct: bool | None
    mode: TransportMode | None


def legs_of(
    records: Sequence[Record], mapping: Mapping, rules: TransportLeg, *, timezone: ZoneInfo
) -> Legs:
    """Return the judge of all lines, knowing which line carries which consignment."""
    by_key: dict[str, Record] = {}
    for record in records:
        if record.problem is None and not record.duplicate:
            by_key[record.shown_key] = record
    return Legs(mapping, rules, timezone, MappingProxyType(by_key))


def leg_verdict(legs: Legs, record: Record) -> LineVerdict:
    """Return the verdict on a line as a transport leg."""
    plain = plain_verdict(record, TRANSPORT_LEG)
    if plain is not None:
        return plain
    mass, problems = legs.mass_of(record), Problems()
    facts = _facts(legs, record, mass, problems)
    if mass.points_to is not None:
        return _attached(legs, record, mass.points_to, facts, problems)
    route = _route(legs, record, facts, problems)
    heavy = (MASS_ABOVE_60_T,) if (mass.mass_kg or 0) > HEAVY_MASS_KG else ()
    flags = (*record.flags, *heavy, *(() if route is None else route.flags))
    event = (
        None if problems else problems.take(lambda: _leg(legs, record, mass, facts, route, flags))
    )
    return _verdict(
        record, facts, problems, accepted_or_rejected(event), flags=flags, event=event, mass=mass
    )


def _facts(legs: Legs, record: Record, mass: StatedMass, problems: Problems) -> Facts:
    rules, row, null_text, take = legs.rules, record.row, legs.null_text, problems.take
    shipment_id = take(lambda: id_of("shipment_id", rules.shipment_id, row, null_text))
    consignment_id = take(lambda: id_of("consignment_id", rules.consignment_id, row, null_text))
    day = take(lambda: needed_day("occurred_at", rules.occurred_at, row, null_text))
    category = take(lambda: category_of(rules.category, row, null_text))
    is_direct = take(lambda: is_direct_of(rules.is_direct, row, null_text))
    if mass.problem is not None:
        problems.add(mass.problem)
    mode = take(lambda: needed_mode(rules.mode, row, null_text))
    return Facts(shipment_id, consignment_id, day, category, is_direct, mode)


def _attached(
    legs: Legs, record: Record, points_to: str, facts: Facts, problems: Problems
) -> LineVerdict:
    carrier = problems.take(lambda: _carrier(legs, record, points_to, facts))
    if problems or carrier is None:
        return _verdict(record, facts, problems, Status.REJECTED, flags=record.flags)
    flags = (*record.flags, *_carrier_flags(legs, carrier))
    return _verdict(
        record, facts, problems, Status.ATTACHED, flags=flags, attached_to=carrier.shown_key
    )


def _carrier(legs: Legs, record: Record, points_to: str, facts: Facts) -> Record:
    carrier = legs.by_key.get(points_to)

    def broken(why: str) -> Refused:
        return Refused(Reason.MASS_POINTER_BROKEN, f"mass_kg points to {shown(points_to)!r}, {why}")

    if carrier is None:
        raise broken("which is no line of this file")
    if legs.mass_of(carrier).points_to is not None:
        raise broken("which points on")
    other = id_of("shipment_id", legs.rules.shipment_id, carrier.row, legs.null_text)
    if other != facts.shipment_id:
        raise broken(f"which belongs to shipment {shown(other)!r}")
    return carrier


def _carrier_flags(legs: Legs, carrier: Record) -> tuple[str, ...]:
    if legs.mass_of(carrier).problem is not None:
        return (CONSIGNMENT_MASS_UNKNOWN,)
    rejected = leg_verdict(legs, carrier).status is Status.REJECTED
    return (CONSIGNMENT_REJECTED,) if rejected else ()


def _route(legs: Legs, record: Record, facts: Facts, problems: Problems) -> Route | None:
    rules, row, null_text = legs.rules, record.row, legs.null_text
    starts, ends = (legs.mapping.places_of(rule) for rule in (rules.origin, rules.destination))
    origin = problems.take(lambda: origin_of(rules.origin, row, starts, null_text))
    destination = problems.take(lambda: destination_of(rules.destination, row, ends, null_text))
    mode = facts.mode
    if origin is None or destination is None or mode is None:
        return None
    place, assumed = origin
    route = problems.take(lambda: route_between(mode, place, destination))
    return route and Route(
        route.origin, route.destination, route.distance_km, route.distance_method,
        (*assumed, *route.flags),
    )  # fmt: skip


def _leg(
    legs: Legs, record: Record, mass: StatedMass, facts: Facts, route: Route | None,
    flags: tuple[str, ...],
) -> LegCompleted | None:  # fmt: skip
    if route is None or facts.day is None:
        return None
    return LegCompleted.model_validate(
        {
            "event_id": event_id_of(legs.mapping, legs.rules, TRANSPORT_LEG, record),
            "occurred_at": noon_of(facts.day, legs.timezone),
            "shipment_id": facts.shipment_id,
            "consignment_id": facts.consignment_id,
            "leg_seq": ONLY_LEG,
            "leg": legs.rules.leg.constant,
            "mode": facts.mode,
            "category": facts.category,
            "origin": route.origin,
            "destination": route.destination,
            "mass_kg": mass.mass_kg,
            "is_direct": facts.is_direct,
            "distance_km": route.distance_km,
            "distance_method": route.distance_method,
            "flags": flags,
        }
    )


def _verdict(
    record: Record, facts: Facts, problems: Problems, status: Status, *,
    flags: tuple[str, ...], event: LegCompleted | None = None, mass: StatedMass | None = None,
    attached_to: str | None = None,
) -> LineVerdict:  # fmt: skip
    return LineVerdict(
        line_no=record.line.line_no,
        raw_line=record.line.raw_line,
        key=record.shown_key,
        target=TRANSPORT_LEG,
        status=status,
        reasons=problems.reasons,
        details=problems.details,
        flags=flags,
        event=event,
        mode=facts.mode,
        mass_kg=None if mass is None else mass.mass_kg,
        attached_to=attached_to,
    )
