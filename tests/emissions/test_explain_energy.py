"""Forklifts explained: a charger's kilowatt-hours, a tank's litres, and where a mix comes from."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from emissions.explain_energy import explain_forklift
from emissions.explanation import ExplainMismatch, Explanation
from emissions.read import load_book
from tests.emissions.builders import forklift, interval


def explained(**changed: Any) -> Explanation:
    return explain_forklift(forklift(**changed), **interval(**changed))


def test_a_battery_truck_reads_as_it_is_done_by_hand() -> None:
    told = explained()

    assert told.step("ttw").substituted == "19.5 kwh x 0 = 0"
    assert told.step("wtt").substituted == "19.5 kwh x 0.5777 = 11.26515"
    assert told.step("wtw").substituted == "11.265150 + 0.000000 = 11.265150"
    assert "charging_loss" not in [step.title for step in told.steps]


def test_a_combined_factor_leads_to_the_two_figures_it_joins() -> None:
    told = explained(energy="diesel", energy_kwh=None, fuel_l=Decimal("12.4"))

    operation, provision = told.step("factor_origin_ttw"), told.step("factor_origin_wtt")
    assert operation.factor_id == "cn_ndrc_fuel.diesel.l"
    assert operation.cell == "co2=0.84*43.330*0.0202*0.98*44/12"
    assert provision.factor_id == "defra_2025.fuel.diesel_mineral.l"
    assert provision.value == told.step("factor_wtt").value
    assert provision.licence == "OGL-UK-3.0"


def test_a_factor_of_another_unit_is_shown_with_its_own() -> None:
    told = explained(energy="lpg", energy_kwh=None, fuel_l=Decimal(10))

    assert told.step("factor_ttw").formula == (
        "loopline_composites: epa_2025.fuel.lpg.gal/l_per_gal"
    )
    assert told.step("factor_origin_ttw").unit == "kgco2e/gal"
    assert told.step("factor_ttw").is_assumption  # British and American figures in China


def test_the_day_outside_the_validity_is_counted() -> None:
    told = explained(on=date(2025, 1, 10))

    assert "10 days outside its validity" in told.step("factor_wtt").note
    assert told.flags == ("outside_validity",)


def test_an_answer_of_another_factor_is_no_answer_to_this_interval() -> None:
    other = replace(forklift(), factor=load_book().factor("cn_diesel_l"))

    with pytest.raises(ExplainMismatch, match="factor is stored as cn_diesel_l, computed as"):
        explain_forklift(other, **interval())
