"""Pure functions event -> event: the only place where a leg meets its sum."""

from datetime import UTC, date, datetime
from functools import lru_cache

from emissions.factor import FactorBook
from emissions.leg import METHOD_VERSION, LegAnswer, LegQuestion, emission_of_leg
from schemas.event import MAX_FLAGS, caused_id_text
from schemas.vocabulary import (
    CalculationMethod,
    DataClass,
    DistanceKind,
    DistanceMethod,
    ElectricityBasis,
)
from schemas.wire import WireEmission, WireLeg

MAX_CACHED_DAYS = 4_096
# A look-up costs a fifth of what calling the enum does.
_KINDS = {member.value: member for member in DistanceKind}
_DISTANCE_METHODS = {member.value: member for member in DistanceMethod}
_METHODS = {member.value: member for member in CalculationMethod}
_CLASSES = {member.value: member for member in DataClass}
_BASES = {member.value: member for member in ElectricityBasis}


@lru_cache(maxsize=MAX_CACHED_DAYS)
def _day_of(utc_day: str) -> date:
    return date.fromisoformat(utc_day)


def utc_day_of(occurred_at: str) -> date:
    """Return the UTC day of a checked RFC 3339 time."""
    if occurred_at.endswith("Z"):
        return _day_of(occurred_at[:10])
    return datetime.fromisoformat(occurred_at).astimezone(UTC).date()


def question_of(leg: WireLeg | WireEmission, *, distance_known: bool = True) -> LegQuestion:
    """Return what the emissions room wants to know of ``leg``."""
    return LegQuestion(
        mode=leg.mode,
        mass_kg=leg.mass_kg,
        on=utc_day_of(leg.occurred_at),
        energy=leg.energy,
        vehicle_class=leg.vehicle_class,
        distance_km=leg.distance_km if distance_known else None,
        distance_method=leg.distance_method,
        origin_lat=leg.origin.lat,
        origin_lon=leg.origin.lon,
        destination_lat=leg.destination.lat,
        destination_lon=leg.destination.lon,
        energy_kwh=leg.energy_kwh,
        fuel_l=leg.fuel_l,
        grid_region=leg.grid_region,
    )


def on_leg_completed(
    leg: WireLeg, *, book: FactorBook, topic: str, partition: int, offset: int
) -> WireEmission:
    """Return the emission of a finished leg; its id is the same at every replay.

    Raises
    ------
    Refused
        If the leg has no defensible number; the message names field and value.
    """
    return _emitted(leg, emission_of_leg(question_of(leg), book), topic, partition, offset)


def _emitted(
    leg: WireLeg, answer: LegAnswer, topic: str, partition: int, offset: int
) -> WireEmission:
    factor = answer.factor
    return WireEmission(
        event_id=caused_id_text(
            leg.event_id.lower(), factor.set_id, factor.factor_id, METHOD_VERSION
        ),
        source_event_id=leg.event_id,
        occurred_at=leg.occurred_at,
        shipment_id=leg.shipment_id,
        consignment_id=leg.consignment_id,
        leg_seq=leg.leg_seq,
        leg=leg.leg,
        mode=leg.mode,
        energy=leg.energy,
        vehicle_class=leg.vehicle_class,
        category=leg.category,
        company=leg.company,
        production_base=leg.production_base,
        origin=leg.origin,
        destination=leg.destination,
        mass_kg=leg.mass_kg,
        volume_m3=leg.volume_m3,
        is_direct=leg.is_direct,
        trip_id=leg.trip_id,
        carrier_id=leg.carrier_id,
        correction_of=leg.correction_of,
        flags=(*leg.flags, *answer.flags)[:MAX_FLAGS],
        distance_km=answer.distance_km,
        distance_kind=_KINDS[answer.distance_kind],
        distance_method=_DISTANCE_METHODS[answer.distance_method],
        transport_tkm=answer.transport_tkm,
        daf=answer.daf,
        emission_wtt_kgco2e=answer.wtt_kgco2e,
        emission_ttw_kgco2e=answer.ttw_kgco2e,
        emission_wtw_kgco2e=answer.wtw_kgco2e,
        factor_id=factor.factor_id,
        factor_set=factor.set_id,
        factor_set_sha256=factor.set_sha256,
        method=_METHODS[answer.method],
        data_class=_CLASSES[answer.data_class],
        basis=None if answer.basis is None else _BASES[answer.basis],
        gwp_set=answer.gwp_set,
        method_version=METHOD_VERSION,
        energy_kwh=leg.energy_kwh,
        fuel_l=leg.fuel_l,
        grid_region=leg.grid_region,
        source_topic=topic,
        source_partition=partition,
        source_offset=offset,
    )
