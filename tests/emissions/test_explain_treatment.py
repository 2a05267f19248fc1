"""Treatments explained: per tonne as published, per short ton by its publisher's own constant."""

from dataclasses import replace
from decimal import Decimal

import pytest

from emissions.explain_treatment import explain_treatment
from emissions.explanation import ExplainMismatch, Explanation
from emissions.read import load_book
from emissions.treatment import TreatmentRoute
from tests.emissions.builders import IN_VALIDITY
from tests.emissions.test_treatment import treated


def explained(**changed: object) -> Explanation:
    return explain_treatment(treated(**changed), on=IN_VALIDITY, book=load_book())


def test_a_figure_per_tonne_needs_no_constant() -> None:
    told = explained(mass_kg=Decimal(78_500))

    assert told.step("wtw").substituted == "78.5 t x 8.98311 = 705.174135"
    assert "unit_constant" not in [step.title for step in told.steps]
    assert "ttw" not in [step.title for step in told.steps]
    assert told.flags == ("proxy_region", "not_split")


def test_a_figure_per_short_ton_shows_the_constant_of_its_set() -> None:
    told = explained(material="copper_wire", route=TreatmentRoute.RECYCLING)

    assert told.step("unit_constant").value == Decimal("1.102")
    assert told.step("unit_constant").set_id == "epa_2025_waste"
    assert told.step("mass_short_ton").substituted == "1 t x 1.102 = 1.102"
    assert told.step("wtw").substituted == "1.102 short_ton x 180 = 198.36"
    assert told.step("factor_wtw").cell == "0.18*kg_per_t"


def test_an_answer_for_another_mass_is_a_mismatch() -> None:
    heavier = replace(treated(), mass_kg=Decimal(2_000))

    with pytest.raises(ExplainMismatch, match=r"wtw_kgco2e is stored as 8\.98\d+, computed as 17"):
        explain_treatment(heavier, on=IN_VALIDITY, book=load_book())
