"""Builders that name only what a test is about."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

from emissions.factor import Factor, FactorBook, FactorSet, book_of
from emissions.forklift import ForkliftAnswer, emission_of_forklift
from emissions.leg import LegQuestion
from emissions.read import load_book

QINGDAO_TO_JINAN = {
    "origin_lat": Decimal("36.067131"),
    "origin_lon": Decimal("120.382621"),
    "destination_lat": Decimal("36.6512"),
    "destination_lon": Decimal("117.120098"),
}
GREAT_CIRCLE_KM = Decimal("299.265")
IN_VALIDITY = date(2025, 6, 1)


def leg(**changed: Any) -> LegQuestion:
    """96 refrigerators of 78.5 kg, 412 km by road from Qingdao to Jinan."""
    plain: dict[str, Any] = {
        "mode": "road",
        "mass_kg": Decimal(7_536),
        "distance_km": Decimal(412),
        "distance_method": "declared",
        "on": IN_VALIDITY,
        **QINGDAO_TO_JINAN,
    }
    return LegQuestion(**plain | changed)


def without_distance(**changed: Any) -> LegQuestion:
    return leg(**{"distance_km": None, "distance_method": None} | changed)


def without_ends(**changed: Any) -> LegQuestion:
    return leg(**dict.fromkeys(QINGDAO_TO_JINAN) | changed)


def interval(**changed: Any) -> dict[str, Any]:
    """19.50 kWh of a battery truck in 2024: what a forklift's answer is asked with."""
    plain: dict[str, Any] = {
        "energy": "battery_electric",
        "energy_kwh": Decimal("19.50"),
        "fuel_l": None,
        "on": date(2024, 5, 6),
        "grid_region": None,
        "book": load_book(),
    }
    return plain | changed


def forklift(**changed: Any) -> ForkliftAnswer:
    return emission_of_forklift(**interval(**changed))


def factor(packaged_id: str, /, **changed: Any) -> Factor:
    """A packaged factor, changed."""
    return replace(load_book().factor(packaged_id), **changed)


def book_with(*changed: Factor) -> FactorBook:
    """The packaged book with some factors replaced or added."""
    packaged = load_book()
    kept = {one.factor_id for one in changed}
    own = FactorSet(packaged.sets[0].manifest, "0" * 64, changed)
    others = tuple(
        replace(one, factors=tuple(f for f in one.factors if f.factor_id not in kept))
        for one in packaged.sets
    )
    return book_of(
        (*others, own),
        vehicle_classes=tuple(packaged.vehicle_classes.values()),
        mode_defaults=tuple(row for rows in packaged.mode_defaults.values() for row in rows),
    )
