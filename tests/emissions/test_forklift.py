from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from schemas.refusal import Reason, Refused
from tests.emissions.builders import forklift


def test_a_battery_truck_emits_where_its_electricity_is_made() -> None:
    found = forklift()

    assert str(found.ttw_kgco2e) == "0.000000"
    assert str(found.wtt_kgco2e) == str(found.wtw_kgco2e) == "11.265150"
    assert (found.basis, found.data_class) == ("lifecycle_co2e", "primary")
    assert found.flags == ()


@pytest.mark.parametrize(
    ("energy", "fuel_l", "ttw", "wtt", "factor_id"),
    [
        ("diesel", "12.4", "32.759596", "7.738716", "cn_diesel_l"),
        ("lpg", "10", "15.004973", "1.855100", "proxy_lpg_l"),
    ],
)
def test_a_fuel_truck_emits_by_the_litre(
    energy: str, fuel_l: str, ttw: str, wtt: str, factor_id: str
) -> None:
    found = forklift(energy=energy, fuel_l=Decimal(fuel_l), energy_kwh=None)

    assert (str(found.ttw_kgco2e), str(found.wtt_kgco2e)) == (ttw, wtt)
    assert found.factor.factor_id == factor_id
    assert found.basis is None


def test_a_province_is_answered_by_the_nation_and_flagged() -> None:
    assert forklift(grid_region="shandong").flags == ("region_widened",)
    assert forklift(grid_region="tibet").flags == ("region_widened",)


def test_a_foreign_grid_is_answered_by_the_house_and_flagged() -> None:
    assert forklift(grid_region="gb").flags == ("proxy_region",)


def test_a_truck_that_stood_still_is_answered_with_nothing_because_it_was_measured() -> None:
    assert str(forklift(energy_kwh=Decimal(0)).wtw_kgco2e) == "0.000000"


def test_last_years_factor_is_flagged() -> None:
    assert "outside_validity" in forklift(on=date(2025, 5, 6)).flags


@pytest.mark.parametrize(
    ("changed", "reason", "sentence"),
    [
        ({"energy_kwh": None}, Reason.FACTOR_NOT_FOUND, "energy_kwh is None"),
        ({"energy": "diesel"}, Reason.FACTOR_NOT_FOUND, "fuel_l is None, energy diesel needs it"),
        ({"energy": "hydrogen"}, Reason.FACTOR_NOT_FOUND, "energy=hydrogen"),
        ({"energy": "cng"}, Reason.FACTOR_NOT_FOUND, "energy=cng; nearest: diesel, lpg"),
        ({"energy": "oxen"}, Reason.VOCABULARY, "energy oxen is unknown"),
        ({"energy_kwh": Decimal(-1)}, Reason.UNIT_BOUND, "energy_kwh must be from 0"),
    ],
)
def test_an_interval_without_an_answer_is_refused_by_field_and_value(
    changed: dict[str, Any], reason: Reason, sentence: str
) -> None:
    with pytest.raises(Refused) as refused:
        forklift(**changed)

    assert refused.value.reason is reason
    assert sentence in refused.value.detail


def test_a_float_is_no_meter() -> None:
    with pytest.raises(TypeError, match="energy_kwh"):
        forklift(energy_kwh=19.5)
