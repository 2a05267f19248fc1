"""What was recorded of a leg, as the question that the engine answers."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from typing import Any

from emissions.distance import COMPUTED
from emissions.question import LegQuestion, TripLoad
from schemas.vocabulary import DistanceMethod


def question_of(
    *,
    mode: str,
    vehicle_class: str | None,
    energy: str | None,
    on: date,
    mass_kg: Decimal,
    distance_km: Decimal,
    inputs: Mapping[str, Any],
) -> LegQuestion:
    """Return what a recorded leg asked: its columns, and the inputs kept beside them.

    A distance that was computed is computed again; one that was driven is the one that was told.
    """
    given_km: Decimal | None = distance_km
    method = inputs.get("distance_method")
    if method == DistanceMethod.ACTUAL:
        given_km = _number(inputs.get("driven_km"))
    elif method == DistanceMethod.GCD and COMPUTED in inputs.get("flags", ()):
        given_km = method = None
    origin, destination = inputs.get("origin") or {}, inputs.get("destination") or {}
    return LegQuestion(
        mode=mode,
        mass_kg=mass_kg,
        on=on,
        energy=energy,
        vehicle_class=vehicle_class,
        distance_km=given_km,
        distance_method=method,
        origin_lat=_number(origin.get("lat")),
        origin_lon=_number(origin.get("lon")),
        destination_lat=_number(destination.get("lat")),
        destination_lon=_number(destination.get("lon")),
        energy_kwh=_number(inputs.get("energy_kwh")),
        fuel_l=_number(inputs.get("fuel_l")),
        grid_region=inputs.get("grid_region"),
        load=_load(inputs),
    )


def _load(inputs: Mapping[str, Any]) -> TripLoad | None:
    load_share = _number(inputs.get("load_share"))
    empty_distance_share = _number(inputs.get("empty_distance_share"))
    if load_share is None or empty_distance_share is None:
        return None
    return TripLoad(load_share, empty_distance_share)


def _number(text: object) -> Decimal | None:
    return None if text is None else Decimal(str(text))
