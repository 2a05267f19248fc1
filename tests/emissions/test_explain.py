from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from emissions.explain import ExplainMismatch, Explanation, explain_leg
from emissions.leg import LegQuestion, emission_of_leg
from emissions.question import TripLoad
from emissions.read import load_book
from tests.emissions.builders import leg, without_distance, without_ends

MODELLED = leg(vehicle_class="rigid_over_17t", load=TripLoad(Decimal("0.875"), Decimal("0.2")))
EVERY_KIND: list[LegQuestion] = [
    leg(),
    leg(vehicle_class="truck_9_6m"),
    leg(mode="air"),
    leg(mode="sea", distance_method="actual"),
    leg(mode="rail", energy="electric", energy_kwh=Decimal("38.4")),
    leg(mode="ropax"),
    leg(mode="parcel"),
    leg(energy="diesel", fuel_l=Decimal("12.4")),
    MODELLED,
    leg(energy="electric", energy_kwh=Decimal("38.4")),
    without_distance(),
    without_ends(mass_kg=Decimal("0.0015")),
]


def explained(question: LegQuestion) -> Explanation:
    return explain_leg(question, emission_of_leg(question, load_book()), load_book())


def titles(question: LegQuestion) -> list[str]:
    return [step.title for step in explained(question).steps]


@pytest.mark.parametrize("question", EVERY_KIND, ids=lambda one: f"{one.mode} {one.energy}")
def test_the_explained_parts_add_up_to_the_answer(question: LegQuestion) -> None:
    answer = emission_of_leg(question, load_book())

    found = explain_leg(question, answer, load_book())

    assert found.step("ttw").value + found.step("wtt").value == answer.wtw_kgco2e
    assert found.step("wtw").value == answer.wtw_kgco2e
    assert [step.n for step in found.steps] == [*range(1, len(found.steps) + 1)]


@pytest.mark.parametrize("question", EVERY_KIND, ids=lambda one: f"{one.mode} {one.energy}")
def test_every_product_shown_rounds_to_the_value_beside_it(question: LegQuestion) -> None:
    for part in ("ttw", "wtt"):
        step = explained(question).step(part)
        exact = Decimal(step.substituted.rpartition(" = ")[2])

        assert exact.quantize(Decimal("0.000001")) == step.value


def test_the_worked_example_reads_as_it_is_done_by_hand() -> None:
    found = explained(leg(vehicle_class="artic_over_33t"))

    assert found.step("activity").substituted == "7536.000 / 1000 x 412.000 = 3104.832"
    assert found.step("ttw").substituted == "3104.832 tkm x 0.07703 x 1 = 239.16520896"
    assert found.step("wtw").substituted == "55.855928 + 239.165209 = 295.021137"


def test_a_factor_leads_to_its_source_cell_licence_and_validity() -> None:
    step = explained(leg(vehicle_class="artic_over_33t")).step("factor_wtt")

    assert step.cell == "28_907_3132_14_1"
    assert (step.set_id, step.set_version, step.licence) == ("defra_2025", "2025", "OGL-UK-3.0")
    assert (step.valid_from, step.valid_to) == (date(2025, 1, 1), date(2025, 12, 31))
    assert step.is_assumption  # British lorries stand in for Chinese ones


def test_assumptions_are_marked_where_they_are_made() -> None:
    computed = explained(without_distance())

    assert computed.step("daf").is_assumption
    assert computed.step("daf").value == Decimal("1.3")
    assert not explained(leg(mode="sea")).step("daf").is_assumption
    assert explained(leg()).step("distance").is_assumption


def test_metered_energy_has_no_distance_adjustment_and_a_charger_has_a_loss() -> None:
    by_meter = titles(leg(energy="electric", energy_kwh=Decimal("38.4")))

    assert "daf" not in by_meter
    assert "charging_loss" in by_meter
    assert "charging_loss" not in titles(EVERY_KIND[4])


def test_the_ranks_that_could_not_answer_are_listed() -> None:
    refused = explained(leg()).refused_ranks

    assert [one.method for one in refused] == [
        "primary_energy",
        "carrier_toc",
        "modelled",
        "class_default",
    ]
    assert all(one.why for one in refused)


def test_a_factor_of_another_year_says_how_far_away_it_is() -> None:
    late = explained(leg(on=date(2026, 1, 10)))

    assert "10 days outside its validity" in late.step("factor_ttw").note


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"ttw_kgco2e": Decimal("1.000000")}, "ttw_kgco2e is stored as 1.000000"),
        ({"transport_tkm": Decimal("9.000000")}, "transport_tkm is stored as 9.000000"),
        ({"flags": ()}, "flags is stored as"),
    ],
)
def test_a_record_with_other_digits_is_not_explained_away(
    changed: dict[str, Any], field: str
) -> None:
    question = leg()
    tampered = replace(emission_of_leg(question, load_book()), **changed)

    with pytest.raises(ExplainMismatch, match=field):
        explain_leg(question, tampered, load_book())


def test_an_answer_from_another_factor_is_named() -> None:
    question = leg()
    stored = emission_of_leg(leg(vehicle_class="artic_over_33t"), load_book())

    with pytest.raises(ExplainMismatch, match=r"is stored as .*, computed as"):
        explain_leg(question, stored, load_book())


def test_a_step_that_is_not_there_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="allocation"):
        explained(leg()).step("allocation")


@given(
    mass_kg=st.decimals("0.001", "1e6", places=3), distance_km=st.decimals("1", "40000", places=3)
)
def test_any_leg_can_be_explained(mass_kg: Decimal, distance_km: Decimal) -> None:
    found = explained(without_ends(mass_kg=mass_kg, distance_km=distance_km))

    assert found.step("wtw").value == found.step("ttw").value + found.step("wtt").value
