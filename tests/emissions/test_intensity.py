from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.allocation import share
from emissions.intensity import (
    kgco2e_per_km_at,
    kgco2e_per_teu_km,
    lane_intensity,
    reduction_percent,
    toc_intensity,
    uplifted,
)
from emissions.parameter import parameter
from emissions.weight import ContainerCargo, RopaxVehicle, ropax_weight
from schemas.refusal import Reason, Refused

factors = st.decimals("0.0001", "3", places=5)
shares = st.decimals("0", "1", places=4)


@given(empty=factors, full=factors, load_share=shares)
def test_a_vehicle_emits_between_its_empty_and_its_full_figure(
    empty: Decimal, full: Decimal, load_share: Decimal
) -> None:
    low, high = sorted((empty, full))

    found = kgco2e_per_km_at(empty=low, full=high, load_share=load_share)

    assert low <= found <= high
    assert kgco2e_per_km_at(empty=low, full=high, load_share=Decimal("0.5")) == (low + high) / 2


@pytest.mark.parametrize("load_share", ["-0.1", "1.01"])
def test_a_load_share_beyond_one_is_a_mistake(load_share: str) -> None:
    with pytest.raises(ValueError, match="load_share must be from 0 to 1"):
        kgco2e_per_km_at(empty=Decimal(1), full=Decimal(2), load_share=Decimal(load_share))


@given(emission=factors, activity=st.decimals("0.1", "1e6", places=1))
def test_an_intensity_gives_back_its_emission(emission: Decimal, activity: Decimal) -> None:
    found = toc_intensity(emission=emission, activity=activity)

    assert abs(found * activity - emission) < Decimal("1e-20")


def test_a_ferry_lane_has_the_intensity_of_its_freight() -> None:
    lorries = ropax_weight("lorries", vehicle=RopaxVehicle.ARTIC, vehicles=20).value
    freight = share(weight=lorries, total_weight=lorries + 840)

    intensity = lane_intensity(
        emission_kgco2e=Decimal(60_000) * freight,
        trips=Decimal(1),
        distance_km=Decimal(150),
        load_t=Decimal(400),
    )

    assert freight == Decimal("0.3")
    assert intensity == Decimal("0.3")


@pytest.mark.parametrize(
    ("cargo", "per_teu_km"),
    [
        (ContainerCargo.AVERAGE, "0.1612"),
        (ContainerCargo.LIGHT, "0.09672"),
        (ContainerCargo.HEAVY, "0.23374"),
    ],
)
def test_a_ship_per_tonne_is_a_ship_per_container(cargo: ContainerCargo, per_teu_km: str) -> None:
    assert kgco2e_per_teu_km(kgco2e_per_tkm=Decimal("0.01612"), cargo=cargo) == Decimal(per_teu_km)


@pytest.mark.parametrize(("vehicle", "uplift"), [("van", "1.15"), ("heavier", "1.12")])
def test_cooling_without_a_published_row_is_an_uplift(vehicle: str, uplift: str) -> None:
    row = parameter(f"cooled_uplift.{vehicle}")

    assert (row.value, row.is_assumption) == (Decimal(uplift), True)
    assert uplifted(intensity=Decimal(2), uplift=row.value) == Decimal(uplift) * 2


def test_a_change_is_told_in_percent_of_what_was() -> None:
    assert reduction_percent(before=Decimal(80), after=Decimal(60)) == 25
    assert reduction_percent(before=Decimal(50), after=Decimal(60)) == -20
    with pytest.raises(Refused, match="before is 0"):
        reduction_percent(before=Decimal(0), after=Decimal(1))


def test_nothing_moved_has_no_intensity() -> None:
    with pytest.raises(Refused) as no:
        lane_intensity(
            emission_kgco2e=Decimal(1), trips=Decimal(0), distance_km=Decimal(1), load_t=Decimal(1)
        )

    assert no.value.reason is Reason.ALLOCATION_BASIS_EMPTY
