"""Treatment of old appliances: published figures per tonne or short ton, and what has none."""

import csv
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.factor import FactorSet
from emissions.read import load_book
from emissions.treatment import (
    TreatmentAnswer,
    TreatmentRoute,
    emission_of_treatment,
    treatment_emission,
)
from schemas.refusal import Reason, Refused

FACTORS = Path(__file__).parents[3] / "shared" / "data" / "factors"
FIGURE = "GHG Conversion Factor 2025"
TREATED = {"Material use", "Waste disposal"}


def treated(**changed: Any) -> TreatmentAnswer:
    """A tonne of large appliances to landfill."""
    plain: dict[str, Any] = {
        "material": "weee_large",
        "route": TreatmentRoute.LANDFILL,
        "mass_kg": Decimal(1_000),
        "on": date(2025, 6, 1),
        "book": load_book(),
    }
    return emission_of_treatment(**plain | changed)


@pytest.mark.parametrize(
    ("material", "route", "kgco2e"),
    [
        ("weee_large", TreatmentRoute.OPEN_LOOP, "4.685680"),
        ("weee_large", TreatmentRoute.INCINERATION, "4.685680"),
        ("weee_large", TreatmentRoute.LANDFILL, "8.983110"),
        ("weee_fridges_and_freezers", TreatmentRoute.LANDFILL, "8.983110"),
        ("steel_cans", TreatmentRoute.RECYCLING, "352.640000"),
        ("copper_wire", TreatmentRoute.RECYCLING, "198.360000"),
        ("aluminium_ingot", TreatmentRoute.RECYCLING, "44.080000"),
        ("mixed_plastics", TreatmentRoute.RECYCLING, "242.440000"),
        ("pp", TreatmentRoute.RECYCLING, "220.400000"),
        ("flat_panel_displays", TreatmentRoute.RECYCLING, "22.040000"),
        ("mixed_electronics", TreatmentRoute.RECYCLING, "22.040000"),
        ("mixed_electronics", TreatmentRoute.LANDFILL, "22.040000"),
        ("mixed_electronics", TreatmentRoute.INCINERATION, "1057.920000"),
    ],
)
def test_a_tonne_emits_what_the_table_of_the_specification_says(
    material: str, route: TreatmentRoute, kgco2e: str
) -> None:
    assert str(treated(material=material, route=route).wtw_kgco2e) == kgco2e


def test_a_short_ton_is_the_one_its_publisher_rounds_to() -> None:
    cans = treated(
        material="steel_cans", route=TreatmentRoute.RECYCLING, mass_kg=Decimal(10_000_000)
    )

    assert cans.wtw_kgco2e == 3_526_400
    assert cans.factor.manifest.conversions["short_ton_per_t"] == "1.102"


def test_an_answer_names_its_factor_and_what_is_weak_about_it() -> None:
    found = treated(on=date(2026, 1, 2))

    assert found.factor.factor_id == "defra_2025.treatment.weee_large.landfill"
    assert found.flags == ("proxy_region", "outside_validity", "not_split")
    assert found.gwp_set == "ar5"


@pytest.mark.parametrize(
    ("changed", "reason", "sentence"),
    [
        (
            {"material": "moon_dust"},
            Reason.FACTOR_NOT_FOUND,
            "no treatment factor for material=moon_dust route=landfill on 2025-06-01",
        ),
        (
            {"route": TreatmentRoute.CLOSED_LOOP},
            Reason.FACTOR_NOT_FOUND,  # blank at the publisher, so not 0
            "no treatment factor for material=weee_large route=closed_loop on 2025-06-01",
        ),
        (
            {"mass_kg": Decimal(0)},
            Reason.MASS_NOT_POSITIVE,
            "mass_kg must be above 0, got 0",
        ),
        (
            {"mass_kg": Decimal("NaN")},
            Reason.MASS_NOT_POSITIVE,
            "mass_kg must be above 0, got NaN",
        ),
    ],
)
def test_what_cannot_be_answered_is_refused(
    changed: dict[str, Any], reason: Reason, sentence: str
) -> None:
    with pytest.raises(Refused) as no:
        treated(**changed)

    assert (no.value.reason, no.value.detail) == (reason, sentence)


@given(masses_kg=st.lists(st.decimals("0.001", "1000", places=3), min_size=1, max_size=5))
def test_a_batch_emits_what_its_lots_do(masses_kg: list[Decimal]) -> None:
    figure = Decimal("8.98311")

    together = treatment_emission([(sum(masses_kg, start=Decimal(0)), figure)])

    assert treatment_emission([(mass_kg, figure) for mass_kg in masses_kg]) == together


@pytest.mark.skipif(not FACTORS.is_dir(), reason="../shared/data is absent")
def test_every_row_of_the_publisher_with_a_value_is_carried_and_no_other() -> None:
    published: dict[str, dict[str, str]] = {}
    for name in ("category_material_use", "category_waste_disposal"):
        with (FACTORS / f"defra_2025/{name}.csv").open(encoding="utf-8", newline="") as file:
            rows = list(csv.DictReader(file))
        assert {row["Level 1"] for row in rows} <= TREATED
        published |= {row["ID"]: row for row in rows if row[FIGURE]}
    packaged = {one.cell_of("wtw"): one for one in _set("defra_2025_waste").factors}

    assert len(published) == 204
    assert packaged.keys() == published.keys()
    for cell, one in packaged.items():
        assert one.wtw_kgco2e == Decimal(published[cell][FIGURE]), cell
        is_material = published[cell]["Level 1"] == "Material use"
        assert one.kind == ("material" if is_material else "treatment"), cell


def test_every_treatment_factor_ends_in_a_route() -> None:
    kinds = Counter(one.kind for one in load_book().by_id.values())
    routes = {one.value for one in TreatmentRoute}

    assert kinds["treatment"] > 100
    for one in load_book().by_id.values():
        if one.kind == "treatment":
            assert one.factor_id.rpartition(".")[2] in routes, one.factor_id


def _set(set_id: str) -> FactorSet:
    return next(one for one in load_book().sets if one.manifest.set_id == set_id)
