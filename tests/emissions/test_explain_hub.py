"""A hub's month explained: the worked one, its cooled part, and one shared by m3-days."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from emissions.explain_hub import explain_hub
from emissions.explanation import ExplainMismatch, Explanation
from emissions.number import quantise_kg
from emissions.read import load_book
from tests.emissions.explain_cases import month
from tests.emissions.test_hub import COLD_LEAK, COOLED, DIESEL, GRID, worked_period


def explained(**changed: Any) -> Explanation:
    period = worked_period(**changed)
    return explain_hub(period, month(period), gwp_set="ar6", book=load_book())


def test_the_worked_month_reads_as_it_is_done_by_hand() -> None:
    told = explained()

    assert told.step("use_wtt", "electric 1").substituted == "412000 kwh x 0.5777 = 238012.4"
    assert told.step("leak_ttw", "R-410A 1").substituted == "3.2 kg x 2255.5 = 7217.6"
    assert told.step("handling_ttw").substituted == ("0 + 13737.89505088 + 7217.6 = 20955.49505088")
    assert told.step("wtw").value == Decimal("262213.163051")
    assert quantise_kg(told.step("intensity_wtw").value) == Decimal("4.242931")
    assert told.step("intensity_wtw").unit == "kgco2e/t"
    assert "245 days outside its validity" in told.step("factor_ttw", "diesel 2").note


def test_cooling_stands_apart_with_an_intensity_of_its_own() -> None:
    told = explained(
        energy=(GRID, DIESEL, COOLED),
        refrigerants=(COLD_LEAK,),
        cooled_outbound_mass_kg=Decimal(1_000_000),
    )

    assert told.step("cooling_ttw").substituted == "0 + 2255.5 = 2255.5"
    assert told.step("cooling_wtt").substituted == "5777 = 5777"
    assert told.step("cooling_intensity_wtt").substituted == "5777 / 1000 = 5.777"
    handling, cooling = told.step("handling_wtt").value, told.step("cooling_wtt").value
    assert handling + cooling == told.step("wtt").value


def test_a_month_without_tonnes_has_an_intensity_per_m3_day() -> None:
    told = explained(outbound_mass_kg=None, storage_m3_days=Decimal(50_000))

    assert told.step("intensity_wtw").unit == "kgco2e/m3_day"
    assert told.step("intensity_wtw").substituted.startswith("262213.163051 / 50000 = ")


def test_a_meter_in_a_vehicle_shows_what_its_charger_lost() -> None:
    told = explained(energy=(replace(GRID, is_metered_in_vehicle=True),))

    assert told.step("charging_loss").is_assumption
    assert told.step("use_wtt").substituted.startswith("412000 kwh x 1.1 x 0.5777 = ")
    assert "charging_loss_assumed" in told.flags


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"gwp_set": "ar5"}, "gwp_set is stored as ar5, computed as ar6"),
        ({"factors": ()}, r"factors is stored as \(\), computed as"),
        ({"outbound_mass_kg": Decimal(1)}, "outbound_mass_kg is stored as 1, computed as 61800000"),
    ],
)
def test_a_month_of_other_inputs_is_named(changed: dict[str, Any], sentence: str) -> None:
    period = worked_period()

    with pytest.raises(ExplainMismatch, match=sentence):
        explain_hub(period, replace(month(period), **changed), gwp_set="ar6", book=load_book())
