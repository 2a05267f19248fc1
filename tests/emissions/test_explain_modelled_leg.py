"""A modelled leg is explained from its load down to the source cell of every row it stands on."""

from decimal import Decimal

import pytest

from emissions.explain import Explanation, explain_leg
from emissions.explain_modelled_leg import modelled_steps
from emissions.leg import emission_of_leg
from emissions.question import LegQuestion, TripLoad
from emissions.read import load_book
from emissions.vehicle import vehicle_figures
from tests.emissions.builders import IN_VALIDITY, without_ends

MILLIGRAM_KG = Decimal("0.000001")


def worked_lorry() -> LegQuestion:
    """1.9 t, 120 km out and 80 km back empty, in a rigid lorry of 7.5 to 17 t."""
    figures = vehicle_figures(vehicle_class="rigid_7_5_17t", on=IN_VALIDITY, book=load_book())
    load_share = figures.load_share(Decimal("1.9")).quantize(Decimal("1e-18"))
    return without_ends(
        mass_kg=Decimal(1_900),
        distance_km=Decimal(120),
        distance_method="sfd",
        vehicle_class="rigid_7_5_17t",
        energy="diesel",
        load=TripLoad(load_share, Decimal("0.4")),
    )


def explained() -> Explanation:
    question, book = worked_lorry(), load_book()
    return explain_leg(question, emission_of_leg(question, book), book)


def test_every_step_stands_in_the_order_of_the_arithmetic() -> None:
    assert [step.title for step in explained().steps] == [
        "mass", "distance", "activity", "daf", "load_share", "empty_distance_share",
        "factor_empty_ttw", "factor_empty_wtt", "factor_full_ttw", "factor_full_wtt",
        "factor_full_tkm_ttw", "capacity", "per_km_ttw", "per_km_wtt", "per_tkm_ttw",
        "per_tkm_wtt", "ttw", "wtt", "wtw",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("title", "value", "unit", "cell"),
    [
        ("factor_empty_ttw", "0.55061", "kgco2e/km", "27_304_3113_4_1"),
        ("factor_empty_wtt", "0.13207", "kgco2e/km", "28_907_3113_4_1"),
        ("factor_full_ttw", "0.70603", "kgco2e/km", "27_304_3115_4_1"),
        ("factor_full_wtt", "0.16981", "kgco2e/km", "28_907_3115_4_1"),
        ("factor_full_tkm_ttw", "0.14849", "kgco2e/tkm", "27_304_3115_14_1"),
    ],
)
def test_every_row_leads_to_its_source_cell(title: str, value: str, unit: str, cell: str) -> None:
    step = explained().step(title)

    assert (str(step.value), step.unit, step.cell) == (value, unit, cell)
    assert (step.set_id, step.licence) == ("defra_2025", "OGL-UK-3.0")
    assert step.is_assumption  # British lorries stand in for Chinese ones


def test_load_capacity_and_intensity_read_as_they_are_done_by_hand() -> None:
    found = explained()

    assert found.step("load_share").substituted == "0.399601999915017775"
    assert found.step("empty_distance_share").substituted == "0.4"
    assert found.step("capacity").substituted.startswith("0.70603 / 0.14849 = 4.75473")
    assert found.step("per_km_ttw").substituted.startswith(
        "0.55061 + 0.399601999915017775 x (0.70603 - 0.55061) = 0.6127161"
    )
    assert " + 0.4 / (1 - 0.4) x 0.55061) / (0.3996" in found.step("per_tkm_ttw").substituted
    assert found.step("ttw").formula == "activity x per_tkm_ttw x daf"
    assert found.step("wtw").substituted == "28.223718 + 117.574737 = 145.798455"


@pytest.mark.parametrize("part", ["ttw", "wtt"])
def test_the_shown_digits_alone_give_the_stored_milligram(part: str) -> None:
    found = explained()
    empty, full, load, away, capacity_t, activity_tkm, daf = (
        found.step(title).value
        for title in (
            f"factor_empty_{part}", f"factor_full_{part}", "load_share", "empty_distance_share",
            "capacity", "activity", "daf",
        )
    )  # fmt: skip

    per_tkm = (empty + load * (full - empty) + away / (1 - away) * empty) / (load * capacity_t)

    assert abs(found.step(f"per_tkm_{part}").value - per_tkm) < Decimal("1e-24")
    assert (activity_tkm * per_tkm * daf).quantize(MILLIGRAM_KG) == found.step(part).value


def test_only_the_ranks_above_were_refused() -> None:
    assert [one.method for one in explained().refused_ranks] == ["primary_energy", "carrier_toc"]


def test_a_leg_without_a_load_has_no_such_steps() -> None:
    with pytest.raises(ValueError, match="a modelled leg needs load and class, got None and None"):
        modelled_steps(without_ends(), load_book())
