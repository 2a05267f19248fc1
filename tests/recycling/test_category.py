"""Packaged data: default masses with their year, limits and permits with what they stand on."""

import csv
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from recycling.category import CategoryUnknown, categories, default_mass
from recycling.limits import packaged_limits
from recycling.permit import DatedNeed, PermitKind, missing_permit
from tests.builders import ROOT
from tests.recycling.builders import permit

SHARED = ROOT.parent / "shared" / "data" / "takeback"


@pytest.mark.parametrize(
    ("category", "year", "mass_kg"),
    [
        ("refrigerator", 2010, "40.79"), ("freezer", 2010, "44.09"),
        ("air_conditioner", 2010, "26.70"), ("washing_machine", 2010, "72.54"),
        ("dishwasher", 2010, "43.30"), ("microwave", 2010, "22.90"), ("tv_crt", 2010, "33.20"),
        ("tv_flat", 2010, "14.70"), ("tv_flat", 2016, "10.20"),
    ],
)  # fmt: skip
def test_a_default_mass_is_that_of_its_year(category: str, year: int, mass_kg: str) -> None:
    found = default_mass(category, year=year)

    assert (found.mass_kg, found.year) == (Decimal(mass_kg), year)
    assert found.provenance == "assumption"
    assert "Statistics Netherlands" in found.source


def test_an_unlisted_year_takes_the_last_before_it_and_says_which() -> None:
    assert default_mass("tv_flat", year=2030).year == 2021
    assert default_mass("tv_flat", year=1970).year == 1993


def test_an_unknown_category_has_no_mass() -> None:
    with pytest.raises(CategoryUnknown, match="category 'boat' is none of"):
        default_mass("boat", year=2010)


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data/takeback is absent")
def test_the_packaged_masses_are_those_of_the_publisher() -> None:
    published = {
        (row["UNU_Key"], row["Year"]): Decimal(row["AverageWeight"])
        for row in rows_of(SHARED / "unu_unit_weights.csv")
        if row["Country"] == ""
    }

    packaged = rows_of(ROOT / "recycling" / "unit_weights.csv")

    assert len(packaged) == 232
    for row in packaged:
        assert published[row["unu_key"], row["year"]] == Decimal(row["mass_kg"])


def rows_of(file: Path) -> list[dict[str, str]]:
    return list(csv.DictReader(file.read_text(encoding="utf-8").splitlines()))


def test_depollution_is_needed_where_there_is_gas_or_glass() -> None:
    assert [name for name, one in categories().items() if one.needs_depollution] == [
        "refrigerator", "freezer", "air_conditioner", "tv_crt", "tv_flat"
    ]  # fmt: skip


def test_the_limits_are_those_of_the_rules() -> None:
    limits = packaged_limits()

    assert (limits.gap_share, limits.loss_share) == (Decimal("0.02"), Decimal("0.02"))
    assert (limits.accept_sla_h, limits.appoint_sla_h) == (Decimal(4), Decimal(24))


NEED = DatedNeed(holder_id="P", kind=PermitKind.LICENCE, covering="tv_crt", on=date(2026, 6, 1))


@pytest.mark.parametrize(
    ("from_on", "to_on", "is_valid"),
    [
        (date(2026, 6, 1), date(2026, 6, 1), True),  # both days belong to it
        (date(2026, 6, 2), date(2026, 12, 31), False),
        (date(2025, 6, 1), date(2026, 5, 31), False),
    ],
)
def test_a_permit_is_asked_on_the_day_of_the_event(
    from_on: date, to_on: date, is_valid: bool
) -> None:
    one = permit(PermitKind.LICENCE, "P", "tv_crt", valid_from_on=from_on, valid_to_on=to_on)

    missing = missing_permit([one], NEED)

    assert (missing is None) is is_valid
    assert missing is None or "on 2026-06-01: valid" in missing


def test_a_permit_of_another_or_for_another_is_none() -> None:
    others = [
        permit(PermitKind.LICENCE, "Q", "tv_crt"),
        permit(PermitKind.AGREEMENT, "P", "tv_crt"),
        permit(PermitKind.LICENCE, "P", "refrigerator"),
    ]

    assert missing_permit(others, NEED) == "P has no licence for tv_crt"
