"""The facts of quiet topics: a hub's month, and the refrigerant of a treated unit."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from decimal import Decimal
from operator import attrgetter
from typing import Any

from schemas.topics import HUB_EMISSIONS, REFRIGERANT_EMISSIONS
from warehouse.answered import StoredHub, StoredRefrigerant
from warehouse.columns import (
    Column,
    constant,
    days,
    decimals,
    digest64,
    flags,
    integers,
    texts,
)
from warehouse.dimensions import Dimensions
from warehouse.fact import Arrival, Fact, Only, Told

_ZERO = Decimal(0)


def _nothing_shared(_es: Sequence[Any]) -> Told:
    return {}


def _content(es: Sequence[Any], _at: Sequence[datetime], _told: Told) -> list[int]:
    return [digest64(e.content()) for e in es]


def _numbers(told: Sequence[Any], places: int, *names: str) -> dict[str, Column]:
    return {name: decimals((getattr(one, name) for one in told), places) for name in names}


def _shared(rows: Sequence[Arrival], told: Sequence[Any], dims: Dimensions) -> dict[str, Column]:
    return {
        "site_key": integers(dims.keys("site", [one.site_id for one in told])),
        "gwp_set": texts([one.gwp_set for one in told]),
        "method_version_key": integers(
            dims.keys("method_version", [one.method_version for one in told])
        ),
        "extra_inputs": texts([row.event.inputs() for row in rows]),
    }


def _sum_of(parts: Sequence[Any], amount: Callable[[Any], Decimal | None]) -> Decimal | None:
    given = [found for part in parts if (found := amount(part)) is not None]
    return sum(given, _ZERO) if given else None


def _hub_columns(rows: Sequence[Arrival], _told: Told, dims: Dimensions) -> Mapping[str, Column]:
    told = [row.event.told for row in rows]
    energy_kwh, fuel_l, lost_kg = map(attrgetter, ("energy_kwh", "fuel_l", "lost_kg"))
    return {
        **_shared(rows, told, dims),
        "hub_type": texts([one.hub_type for one in told]),
        "period_on": days([one.period_on for one in told]),
        **_numbers(told, 3, "outbound_mass_kg", "cooled_outbound_mass_kg"),
        **_numbers(told, 6, "storage_m3_days", *_HUB_EMISSIONS),
        "energy_kwh": decimals([_sum_of(one.energy, energy_kwh) for one in told], 3),
        "fuel_l": decimals([_sum_of(one.energy, fuel_l) for one in told], 3),
        "refrigerant_lost_kg": decimals([_sum_of(one.refrigerants, lost_kg) for one in told], 6),
        "periods": constant(1, "int64", len(rows)),
    }


def _refrigerant_columns(
    rows: Sequence[Arrival], _told: Told, dims: Dimensions
) -> Mapping[str, Column]:
    told = [row.event.told for row in rows]
    return {
        **_shared(rows, told, dims),
        "unit_id": texts([one.unit_id for one in told]),
        "partner_key": integers(dims.keys("partner", [one.partner_id for one in told])),
        "substance": texts([one.substance for one in told]),
        **_numbers(told, 6, *_GAS_MASSES, "emission_ttw_kgco2e"),
        "is_charge_assumed": flags([one.is_charge_assumed for one in told]),
        "units": constant(1, "int64", len(rows)),
    }


_HUB_EMISSIONS = (
    "emission_wtt_kgco2e", "emission_ttw_kgco2e", "emission_wtw_kgco2e",
    "cooling_wtt_kgco2e", "cooling_ttw_kgco2e",
)  # fmt: skip
_GAS_MASSES = (
    "charge_kg", "recovered_destroyed_kg", "recovered_reclaimed_kg", "vented_kg",
    "left_in_unit_kg", "emitted_kg",
)  # fmt: skip


def _fact(kind: type[StoredHub | StoredRefrigerant], **own: Any) -> Fact:
    """Return a fact of answers; ``own`` is what tells it from the others."""
    return Fact(
        events=(kind,),
        read=kind.read,
        tell=_nothing_shared,
        content=_content,
        source_of=attrgetter("source_event_id"),
        **own,
    )


HUB = _fact(
    StoredHub,
    table="fact_hub_emission",
    topic=HUB_EMISSIONS.name,
    columns=_hub_columns,
    counted="periods",
    measures=(
        "outbound_mass_kg", "cooled_outbound_mass_kg", "storage_m3_days", *_HUB_EMISSIONS,
        "energy_kwh", "fuel_l", "refrigerant_lost_kg", "periods",
    ),
    described=("gwp_set", "method_version_key"),
    only=Only(
        "mart.hub_emission",
        "site || '/' || strftime(period_on, '%Y-%m')",
        lambda e: f"{e.told.site_id}/{e.told.period_on:%Y-%m}",
    ),
)  # fmt: skip
REFRIGERANT = _fact(
    StoredRefrigerant,
    table="fact_refrigerant",
    topic=REFRIGERANT_EMISSIONS.name,
    columns=_refrigerant_columns,
    counted="units",
    measures=(*_GAS_MASSES, "emission_ttw_kgco2e", "units"),
    described=("gwp_set", "method_version_key", "is_charge_assumed"),
    only=Only(
        "mart.refrigerant",
        "unit_id || '/' || substance",
        lambda e: f"{e.told.unit_id}/{e.told.substance}",
    ),
)
