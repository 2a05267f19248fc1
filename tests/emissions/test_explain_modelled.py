"""Modelled trips explained: the worked lorry, its capacity, and a load that is only assumed."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.explain_modelled import explain_modelled, explain_preset
from emissions.explanation import FIGURES_OF_FACTORS, ExplainMismatch
from emissions.split import Load
from emissions.trip import Section, emission_by_preset, emission_of_sections
from emissions.vehicle import load_preset
from tests.emissions.test_trip import distances_km, figures, loads_t, modelled

WORKED = [Section(Decimal(120), Decimal("1.9"))]


def test_the_worked_lorry_reads_as_it_is_done_by_hand() -> None:
    trip = modelled((120, "1.9"), empty_km=80)

    told = explain_modelled(figures(), WORKED, empty_km=Decimal(80), trip=trip)

    assert told.step("capacity").substituted.startswith("0.70603 / 0.14849 = 4.75473")
    assert told.step("load_share", "section 1").substituted.startswith("1.9 / 4.75473")
    assert told.step("empty_ttw").substituted == "0.55061 x 80 km = 44.0488"
    assert str(told.step("ttw").value) == "117.574737"
    assert told.step("activity").value == 228
    assert told.step("empty_distance_share").substituted == "80 / 200 = 0.4"
    assert FIGURES_OF_FACTORS in told.checks


@given(ridden=st.lists(st.tuples(distances_km, loads_t), max_size=4), empty_km=distances_km)
def test_any_trip_can_be_explained(
    ridden: list[tuple[Decimal, Decimal]], empty_km: Decimal
) -> None:
    sections = [Section(*one) for one in ridden]
    trip = emission_of_sections(figures(), sections, empty_km=empty_km)

    told = explain_modelled(figures(), sections, empty_km=empty_km, trip=trip)

    parts = [step.value for step in told.steps if step.title in ("section_wtt", "empty_wtt")]
    assert sum(parts).quantize(Decimal("0.000001")) == told.step("wtt").value  # type: ignore[union-attr]
    assert told.step("mean_load_share").value == trip.load_share


def test_an_assumed_load_is_marked() -> None:
    preset = load_preset("mixed")
    trip = emission_by_preset(figures(), preset, transport_tkm=Decimal(100))

    told = explain_preset(figures(), preset, transport_tkm=Decimal(100), trip=trip)

    assert told.step("load_share").is_assumption
    assert told.step("load_share").note == "preset mixed"
    assert "load_assumed" in told.flags


def test_figures_that_are_not_those_of_their_factors_are_named() -> None:
    typed_in = replace(figures(), empty=Load(Decimal(1), Decimal(0)))
    trip = emission_of_sections(typed_in, WORKED, empty_km=Decimal(0))

    with pytest.raises(
        ExplainMismatch, match=r"figures\.empty\.ttw_kgco2e is stored as 1, computed as 0\.55061"
    ):
        explain_modelled(typed_in, WORKED, empty_km=Decimal(0), trip=trip)


def test_a_capacity_that_does_not_follow_from_the_factors_is_named() -> None:
    typed_in = replace(figures(), capacity_t=Decimal(5))
    trip = emission_of_sections(typed_in, WORKED, empty_km=Decimal(0))

    with pytest.raises(ExplainMismatch, match="capacity is stored as 5, computed as 4"):
        explain_modelled(typed_in, WORKED, empty_km=Decimal(0), trip=trip)
