"""Stored results done again: per kind the sum that must give what the warehouse holds."""

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC
from decimal import Decimal
from typing import Any, NamedTuple

import msgspec

from emissions.explain import explain_leg
from emissions.explain_energy import explain_forklift
from emissions.explain_hub import explain_hub
from emissions.explain_refrigerant import explain_refrigerant
from emissions.explanation import ExplainMismatch, Explanation
from emissions.factor import Factor, FactorBook
from emissions.forklift import emission_of_forklift
from emissions.hub import hub_operation
from emissions.leg import emission_of_leg
from schemas.hub import HubEmitted
from schemas.refrigerant import RefrigerantEmitted
from schemas.wall import accept, read_json
from streams.hub import period_of
from streams.refrigerant import (
    charge_told,
    destroyed_share_told,
    outcomes_told,
    unit_refrigerant,
)
from warehouse.recorded import question_of
from warehouse.results import Stored
from warehouse.trace import Leg, Split

WTW = ("wtt_kgco2e", "ttw_kgco2e", "wtw_kgco2e")


class Sum(NamedTuple):
    """A result's sum on a book, and the hashes of the factor sets that it was recorded under.

    It raises ``ExplainMismatch`` or ``Refused`` where the book does not give the stored digits.
    """

    explain: Callable[[FactorBook], Explanation]
    hashes: Sequence[str] = ()


def parts_of(split: Split) -> dict[str, Decimal]:
    """Return an emission by the names of its parts."""
    return {name: getattr(split, name) for name in WTW}


def leg_sum(leg: Leg) -> Sum:
    """Return the sum of a leg as it stands."""
    question = question_of(
        mode=leg.mode,
        vehicle_class=leg.vehicle_class,
        energy=leg.energy,
        on=leg.occurred_at.astimezone(UTC).date(),
        mass_kg=leg.mass_kg,
        distance_km=leg.distance_km,
        inputs=leg.inputs,
    )
    sha256 = leg.inputs.get("factor_set_sha256")

    def explain(book: FactorBook) -> Explanation:
        again = emission_of_leg(question, book)
        _refuse_other_factor(again.factor, leg.factor_id, sha256)
        stored = msgspec.structs.replace(
            again,
            distance_km=leg.distance_km,
            distance_kind=leg.distance_kind,
            transport_tkm=leg.transport_tkm,
            method=leg.method,
            data_class=leg.data_class,
            **parts_of(leg.emission),
        )
        return explain_leg(question, stored, book)

    return Sum(explain, [sha256] if sha256 else [])


def forklift_sum(stored: Stored) -> Sum:
    """Return the sum of a forklift's interval, of the exact quantity that was kept beside it."""
    row = stored.newest
    inputs = json.loads(row["extra_inputs"] or "{}")
    used: dict[str, Any] = {
        "energy": row["energy"],
        "energy_kwh": _exact(inputs.get("energy_kwh", row["energy_kwh"])),
        "fuel_l": _exact(inputs.get("fuel_l", row["fuel_l"])),
        "on": row["occurred_at"].astimezone(UTC).date(),
        "grid_region": None,
    }
    sha256 = inputs.get("factor_set_sha256")

    def explain(book: FactorBook) -> Explanation:
        again = emission_of_forklift(**used, book=book)
        _refuse_other_factor(again.factor, row["factor"], sha256)
        _refuse_other_digits(stored.emission, again)
        return explain_forklift(again, **used, book=book)

    return Sum(explain, [sha256] if sha256 else [])


def _exact(quantity: object) -> Decimal | None:
    return None if quantity is None else Decimal(str(quantity))


def hub_sum(stored: Stored) -> Sum:
    """Return the sum of a site's month."""
    told = accept(HubEmitted, read_json(stored.newest["extra_inputs"].encode()))
    period = period_of(told)

    def explain(book: FactorBook) -> Explanation:
        again = hub_operation(period, gwp_set=told.gwp_set, book=book)
        _refuse_other_digits(stored.emission, again.total())
        return explain_hub(period, again, gwp_set=told.gwp_set, book=book)

    return Sum(explain, [one.factor_set_sha256 for one in told.factors])


def refrigerant_sum(stored: Stored) -> Sum:
    """Return the sum of a treated unit's refrigerant; no factor is in it."""
    told = accept(RefrigerantEmitted, read_json(stored.newest["extra_inputs"].encode()))

    def explain(_book: FactorBook) -> Explanation:
        unit = unit_refrigerant(told, gwp_set=told.gwp_set)
        _refuse_other_digits(stored.emission, unit)
        return explain_refrigerant(
            charge_told(told),
            outcomes_told(told),
            gwp_set=told.gwp_set,
            destroyed_share=destroyed_share_told(told),
            unit=unit,
        )

    return Sum(explain)


def _refuse_other_digits(kept: Mapping[str, Decimal], again: Any) -> None:
    for name, value in kept.items():
        got = getattr(again, name)
        if got != value:
            raise ExplainMismatch(f"{name} is stored as {value}, computed as {got}")


def _refuse_other_factor(factor: Factor, name: str, sha256: str | None) -> None:
    got = f"{factor.set_id}/{factor.factor_id}"
    if got != name:
        raise ExplainMismatch(f"factor is stored as {name}, computed as {got}")
    if sha256 not in (None, factor.set_sha256):
        raise ExplainMismatch(
            f"factor_set_sha256 is stored as {sha256}, computed as {factor.set_sha256}"
        )
