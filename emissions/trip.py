"""A round trip: modelled from load and empty kilometres, or summed from what it metered."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from emissions.allocation import Weight, allocate_both
from emissions.chain import exact_sum
from emissions.energy_use import EnergyUse, UsedEnergy, emission_of_use
from emissions.factor import FactorBook
from emissions.intensity import toc_intensity
from emissions.number import CONTEXT, ZERO
from emissions.split import Emission, Load, stored_emission, sum_of_loads, times
from emissions.vehicle import LoadPreset, VehicleFigures
from schemas.refusal import Reason, Refused

DAYS_OF_A_YEAR = 365


class Section(NamedTuple):
    """A part of a trip with one load aboard, in driven km as a vehicle's figures are."""

    distance_km: Decimal
    load_t: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class ModelledTrip:
    """A trip's emission from its class, its loads and its empty kilometres."""

    ttw_kgco2e: Decimal
    wtt_kgco2e: Decimal
    wtw_kgco2e: Decimal
    transport_tkm: Decimal
    load_share: Decimal
    empty_distance_share: Decimal
    flags: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Trip:
    """A round that metered its energy; its empty kilometres are in the meter."""

    trip_id: str
    on: date
    energy: tuple[EnergyUse, ...]
    weights: tuple[Weight, ...]
    grid_region: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class MeteredTrip:
    """A round's emission, what it stands on, and the part of every consignment."""

    total: Emission
    parts: dict[str, Emission]
    used: tuple[UsedEnergy, ...]
    flags: tuple[str, ...]


class RoundRecord(NamedTuple):
    """One round of a transport operation category: its emission and the activity it did."""

    on: date
    load: Load
    transport_tkm: Decimal
    has_energy_records: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Toc:
    """A transport operation category: like operations over a year, per unit of activity."""

    toc_id: str
    mode: str
    vehicle_class: str
    energy: str
    temperature: str
    ttw_kgco2e_per_tkm: Decimal
    wtt_kgco2e_per_tkm: Decimal
    transport_tkm: Decimal
    rounds: int
    primary_share: Decimal
    flags: tuple[str, ...]


def emission_of_sections(
    figures: VehicleFigures, sections: Sequence[Section], *, empty_km: Decimal
) -> ModelledTrip:
    """Return a trip's TTW, WTT and WTW: each section at its load, and the empty kilometres.

    Raises
    ------
    Refused
        If a section carries more than the class does, or a distance is negative.

    Notes
    -----
    GLEC Framework v3.0, page 92. A class's average includes empty running already (assumption),
    so empty kilometres are added to the empty and full figures alone.
    """
    _refuse_negative(sections, empty_km)
    shares = [figures.load_share(section.load_t) for section in sections]
    loads = [
        times(figures.per_km(share), section.distance_km)
        for section, share in zip(sections, shares, strict=True)
    ]
    emission = stored_emission(sum_of_loads([*loads, times(figures.empty, empty_km)]))
    loaded_km = exact_sum(section.distance_km for section in sections)
    return ModelledTrip(
        ttw_kgco2e=emission.ttw_kgco2e,
        wtt_kgco2e=emission.wtt_kgco2e,
        wtw_kgco2e=emission.wtw_kgco2e,
        transport_tkm=exact_sum(CONTEXT.multiply(*section) for section in sections),
        load_share=_mean_share(sections, shares, loaded_km),
        empty_distance_share=_quotient(empty_km, CONTEXT.add(loaded_km, empty_km)),
        flags=figures.flags,
    )


def emission_by_preset(
    figures: VehicleFigures, preset: LoadPreset, *, transport_tkm: Decimal
) -> ModelledTrip:
    """Return the emission of an activity whose load and empty kilometres nobody knows.

    Raises
    ------
    Refused
        If nothing was moved.

    Notes
    -----
    GLEC Framework v3.0, page 92; the preset is an assumption and the answer says so.
    """
    if not transport_tkm.is_finite() or transport_tkm <= 0:
        raise Refused(Reason.UNIT_BOUND, f"transport_tkm must be above 0, got {transport_tkm}")
    per_tkm = figures.per_tkm(
        load_share=preset.load_share, empty_distance_share=preset.empty_distance_share
    )
    emission = stored_emission(times(per_tkm, transport_tkm))
    return ModelledTrip(
        ttw_kgco2e=emission.ttw_kgco2e,
        wtt_kgco2e=emission.wtt_kgco2e,
        wtw_kgco2e=emission.wtw_kgco2e,
        transport_tkm=transport_tkm,
        load_share=preset.load_share,
        empty_distance_share=preset.empty_distance_share,
        flags=(*figures.flags, "load_assumed"),
    )


def emission_of_trip(trip: Trip, *, book: FactorBook) -> MeteredTrip:
    """Return a round's TTW, WTT and WTW by its metered energy, and what each consignment carries.

    Raises
    ------
    Refused
        If nothing was metered, a factor is missing, or the round cannot be shared out.

    Notes
    -----
    ISO 14083:2023; GLEC Framework v3.0, pages 106-107.
    """
    if not trip.energy:
        raise Refused(Reason.FACTOR_NOT_FOUND, f"trip_id {trip.trip_id}: no energy was metered")
    used = tuple(
        emission_of_use(use, on=trip.on, grid_region=trip.grid_region, book=book)
        for use in trip.energy
    )
    total = stored_emission(sum_of_loads(one.load for one in used))
    return MeteredTrip(
        total=total,
        parts=allocate_both(
            ttw_kgco2e=total.ttw_kgco2e, wtt_kgco2e=total.wtt_kgco2e, weights=trip.weights
        ),
        used=used,
        flags=tuple(sorted({flag for one in used for flag in one.flags})),
    )


def toc_of(
    rounds: Sequence[RoundRecord],
    *,
    toc_id: str,
    mode: str,
    vehicle_class: str,
    energy: str,
    temperature: str = "ambient",
) -> Toc:
    """Return the category of like rounds: the sum of their emissions over that of their activity.

    Raises
    ------
    Refused
        If they moved nothing.
    ValueError
        If they span more than a year.

    Notes
    -----
    ISO 14083:2023, transport operation categories: 12 months of round trips.
    """
    days = _span_days(rounds)
    if days > DAYS_OF_A_YEAR:
        raise ValueError(f"rounds of toc {toc_id} span {days} days, more than {DAYS_OF_A_YEAR}")
    emitted = sum_of_loads(one.load for one in rounds)
    activity_tkm = exact_sum(one.transport_tkm for one in rounds)
    metered_tkm = exact_sum(one.transport_tkm for one in rounds if one.has_energy_records)
    return Toc(
        toc_id=toc_id,
        mode=mode,
        vehicle_class=vehicle_class,
        energy=energy,
        temperature=temperature,
        ttw_kgco2e_per_tkm=toc_intensity(emission=emitted.ttw_kgco2e, activity=activity_tkm),
        wtt_kgco2e_per_tkm=toc_intensity(emission=emitted.wtt_kgco2e, activity=activity_tkm),
        transport_tkm=activity_tkm,
        rounds=len(rounds),
        primary_share=_quotient(metered_tkm, activity_tkm),
        flags=("under_12_months",) if days < DAYS_OF_A_YEAR - 1 else (),
    )


def _refuse_negative(sections: Sequence[Section], empty_km: Decimal) -> None:
    for name, km in [("distance_km", one.distance_km) for one in sections] + [
        ("empty_km", empty_km)
    ]:
        if not km.is_finite() or km < 0:
            raise Refused(Reason.UNIT_BOUND, f"{name} must be finite and not negative, got {km}")


def _mean_share(
    sections: Sequence[Section], shares: Sequence[Decimal], loaded_km: Decimal
) -> Decimal:
    """The load share by kilometre: a short full section does not fill a long empty one."""
    weighted = exact_sum(
        CONTEXT.multiply(section.distance_km, share)
        for section, share in zip(sections, shares, strict=True)
    )
    return _quotient(weighted, loaded_km)


def _quotient(part: Decimal, whole: Decimal) -> Decimal:
    return CONTEXT.divide(part, whole) if whole else ZERO


def _span_days(rounds: Sequence[RoundRecord]) -> int:
    days = [one.on for one in rounds]
    return (max(days) - min(days)).days if days else 0
