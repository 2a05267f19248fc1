"""Hubs: the worked month to the milligram, the cooled part apart, and what has no number."""

from datetime import date
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.allocation import allocate
from emissions.energy_use import EnergyUse
from emissions.hub import (
    HubOperation,
    HubPeriod,
    RefrigerantLoss,
    emission_of_hub,
    emission_of_storage,
    hoc_intensity,
    hub_emission,
    hub_operation,
    site_share,
    storage_emission,
)
from emissions.number import quantise_kg
from emissions.read import load_book
from emissions.weight import outbound_weight
from schemas.refusal import Reason, Refused
from schemas.vocabulary import HubType

GRID = EnergyUse(energy="electric", energy_kwh=Decimal(412_000))
DIESEL = EnergyUse(energy="diesel", fuel_l=Decimal(5_200))
LEAK = RefrigerantLoss(substance="R-410A", lost_kg=Decimal("3.2"))


def worked_period(**changed: Any) -> HubPeriod:
    """A month of 412,000 kWh, 5,200 l of diesel, 3.2 kg of R-410A and 61,800 t out."""
    plain: dict[str, Any] = {
        "site_id": "RDC-QD",
        "hub_type": HubType.STORAGE_AND_TRANSSHIPMENT,
        "month_on": date(2024, 5, 1),
        "energy": (GRID, DIESEL),
        "outbound_mass_kg": Decimal(61_800_000),
        "refrigerants": (LEAK,),
    }
    return HubPeriod(**plain | changed)


def hub(**changed: Any) -> HubOperation:
    return hub_operation(worked_period(**changed), gwp_set="ar6", book=load_book())


def test_the_worked_month_is_exact() -> None:
    operation = hub()

    total = operation.total()
    assert [str(part) for part in total] == ["20955.495051", "241257.668000", "262213.163051"]
    intensity = hoc_intensity(emission_kgco2e=total.wtw_kgco2e, outbound_t=Decimal(61_800))
    assert quantise_kg(intensity) == Decimal("4.242931")


def test_a_consignment_carries_its_tonnes() -> None:
    part = emission_of_hub(hub(), mass_kg=Decimal(14_200))

    assert [str(one) for one in part] == ["4.815017", "55.434610", "60.249627"]


def test_a_month_names_the_factors_it_stands_on() -> None:
    operation = hub()

    assert [one.factor_id for one in operation.factors] == [
        "cn_grid.lifecycle_co2e.cn.2024", "cn_diesel_l",
    ]  # fmt: skip
    assert operation.flags == ("outside_validity",)  # diesel of 2025 in 2024
    assert operation.gwp_set == "ar6"


COOLED = EnergyUse(energy="electric", energy_kwh=Decimal(10_000), is_cooling=True)
COLD_LEAK = RefrigerantLoss(substance="R-410A", lost_kg=Decimal(1), is_cooling=True)


def test_cooling_is_carried_by_what_was_cooled() -> None:
    plain = hub()
    cold = hub(
        energy=(GRID, DIESEL, COOLED),
        refrigerants=(LEAK, COLD_LEAK),
        cooled_outbound_mass_kg=Decimal(1_000_000),
    )

    ambient = emission_of_hub(cold, mass_kg=Decimal(10_000))
    cooled = emission_of_hub(cold, mass_kg=Decimal(10_000), is_cooled=True)

    assert ambient == emission_of_hub(plain, mass_kg=Decimal(10_000))
    assert cooled.wtt_kgco2e - ambient.wtt_kgco2e == Decimal("57.770000")
    assert cooled.ttw_kgco2e - ambient.ttw_kgco2e == Decimal("22.555000")


def test_what_leaves_a_hub_carries_all_of_it() -> None:
    operation = hub()
    weights = [
        outbound_weight(name, mass_kg=Decimal(mass_kg))
        for name, mass_kg in (("A", 20_000_000), ("B", 30_000_000), ("C", 11_800_000))
    ]

    parts = allocate(total_kgco2e=operation.total().wtt_kgco2e, weights=weights)

    assert sum(parts.values()) == operation.total().wtt_kgco2e
    alone = emission_of_hub(operation, mass_kg=Decimal(30_000_000)).wtt_kgco2e
    assert abs(parts["B"] - alone) <= Decimal("0.000001")


@pytest.mark.parametrize(
    ("changed", "reason", "sentence"),
    [
        (
            {"outbound_mass_kg": Decimal(0)},
            Reason.ALLOCATION_BASIS_EMPTY,
            "site_id RDC-QD in 2024-05: outbound_mass_kg is 0, nothing to share by",
        ),
        (
            {"outbound_mass_kg": None},
            Reason.ALLOCATION_BASIS_EMPTY,
            "site_id RDC-QD in 2024-05: storage_m3_days is None, nothing to share by",
        ),
        (
            {"energy": ()},
            Reason.FACTOR_NOT_FOUND,  # a hub without a meter is not a hub without emissions
            "site_id RDC-QD in 2024-05: no energy was metered",
        ),
        (
            {"energy": (EnergyUse(energy="electric"),)},
            Reason.FACTOR_NOT_FOUND,
            "energy_kwh is None, energy electric needs it",
        ),
        (
            {"energy": (EnergyUse(energy="hydrogen", fuel_l=Decimal(1)),)},
            Reason.FACTOR_NOT_FOUND,
            "no factor for fuel_l of energy=hydrogen on 2024-05-01: no row of region cn, gb",
        ),
        (
            {"refrigerants": (RefrigerantLoss(substance="R-X", lost_kg=Decimal(1)),)},
            Reason.GWP_UNKNOWN,
            "substance R-X is in no loaded set",
        ),
        (
            {"refrigerants": (RefrigerantLoss(substance="R-32", lost_kg=Decimal(-1)),)},
            Reason.UNIT_BOUND,
            "lost_kg must be finite and not negative, got -1",
        ),
        (
            {"cooled_outbound_mass_kg": Decimal(61_800_001)},
            Reason.UNIT_BOUND,
            "site_id RDC-QD in 2024-05: cooled_outbound_mass_kg must be from 0 to 61800000, "
            "got 61800001",
        ),
    ],
)
def test_a_month_that_cannot_be_answered_has_no_number(
    changed: dict[str, Any], reason: Reason, sentence: str
) -> None:
    with pytest.raises(Refused) as no:
        hub(**changed)

    assert (no.value.reason, no.value.detail) == (reason, sentence)


def test_a_cooled_consignment_of_a_hub_that_cools_nothing_is_refused() -> None:
    with pytest.raises(Refused) as no:
        emission_of_hub(hub(), mass_kg=Decimal(1), is_cooled=True)

    assert no.value.reason is Reason.ALLOCATION_BASIS_EMPTY


def test_a_hub_whose_tonnes_nobody_knows_is_shared_by_space_and_days() -> None:
    operation = hub(outbound_mass_kg=None, storage_m3_days=Decimal(120_000))

    part = emission_of_storage(operation, volume_m3=Decimal(400), days=Decimal(30))

    assert part.wtt_kgco2e == Decimal("24125.766800")
    assert part.wtw_kgco2e == part.ttw_kgco2e + part.wtt_kgco2e


def test_a_hub_is_shared_by_one_basis() -> None:
    by_space = hub(outbound_mass_kg=None, storage_m3_days=Decimal(120_000))
    by_mass = hub(storage_m3_days=Decimal(120_000))

    for ask in (
        partial(emission_of_hub, by_space, mass_kg=Decimal(1)),
        partial(emission_of_storage, by_mass, volume_m3=Decimal(1), days=Decimal(1)),
    ):
        with pytest.raises(Refused, match="site_id RDC-QD in 2024-05: shared by") as no:
            ask()
        assert no.value.reason is Reason.MIXED_BASIS


@given(st.permutations([GRID, DIESEL, COOLED]))
def test_the_order_of_the_meters_changes_nothing(energy: list[EnergyUse]) -> None:
    cooled_kg = Decimal(1_000)

    found = hub(energy=tuple(energy), cooled_outbound_mass_kg=cooled_kg)

    wanted = hub(energy=(GRID, DIESEL, COOLED), cooled_outbound_mass_kg=cooled_kg)
    assert (found.handling, found.cooling) == (wanted.handling, wanted.cooling)


@given(mass_kg=st.decimals("0.001", "1e6", places=3), more_kg=st.decimals("0", "1e6", places=3))
def test_a_heavier_consignment_never_carries_less(mass_kg: Decimal, more_kg: Decimal) -> None:
    operation = hub()

    light = emission_of_hub(operation, mass_kg=mass_kg)
    heavy = emission_of_hub(operation, mass_kg=mass_kg + more_kg)

    assert heavy.ttw_kgco2e >= light.ttw_kgco2e
    assert heavy.wtt_kgco2e >= light.wtt_kgco2e
    assert heavy.wtw_kgco2e == heavy.ttw_kgco2e + heavy.wtt_kgco2e


def test_the_plain_sums_of_a_hub() -> None:
    assert hub_emission(mass_kg=Decimal(87_000), kgco2e_per_t=Decimal("0.233")) == Decimal("20.271")
    assert site_share(
        emission_kgco2e=Decimal(8_250), own_m3=Decimal(100), total_m3=Decimal(400)
    ) == Decimal("2062.5")
    rows = [(Decimal(4_000), Decimal(2), Decimal(ef)) for ef in ("0.01", "0.02")]
    assert storage_emission(rows) == 240
    with pytest.raises(Refused, match="outbound_t is 0"):
        hoc_intensity(emission_kgco2e=Decimal(1), outbound_t=Decimal(0))
    with pytest.raises(Refused, match="total_m3 is 0"):
        site_share(emission_kgco2e=Decimal(1), own_m3=Decimal(0), total_m3=Decimal(0))
