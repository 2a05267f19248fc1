"""Factors under another assessment report."""

from dataclasses import replace
from decimal import Decimal

import pytest

from emissions.factor import Factor
from emissions.number import quantise_kg
from emissions.read import load_book
from emissions.rebase import not_rebased_share, rebased_ttw
from schemas.refusal import Reason, Refused
from tests.emissions.builders import factor

ARTIC = "defra_2025.road.artic_over_33t.average.tkm"


def test_a_row_that_says_its_gases_follows_the_report() -> None:
    row = factor(
        ARTIC, ttw_kgco2e=Decimal("1.593"), ch4_kgco2e=Decimal("0.028"), n2o_kgco2e=Decimal("0.265")
    )

    found = rebased_ttw(row, gwp_set="ar6")

    assert found.is_rebased
    assert found.gwp_set == "ar6"
    assert quantise_kg(found.ttw_kgco2e) == Decimal("1.600900")  # + 0.0079: 27.9/28 and 273/265


def test_a_row_in_the_set_of_the_report_keeps_its_digits() -> None:
    for row in load_book().by_id.values():
        if row.ttw_kgco2e is not None and row.gwp_set == "ar5":
            found = rebased_ttw(row, gwp_set="ar5")
            assert (found.ttw_kgco2e, found.is_rebased) == (row.ttw_kgco2e, True)


def test_a_row_without_its_gases_stays_as_published_and_says_so() -> None:
    row = factor(ARTIC, ch4_kgco2e=None)

    found = rebased_ttw(row, gwp_set="ar6")

    assert (found.ttw_kgco2e, found.gwp_set, found.is_rebased) == (row.ttw_kgco2e, "ar5", False)


def test_carbon_dioxide_is_the_same_in_every_report() -> None:
    row = load_book().factor("cn_ndrc_fuel.diesel.l")

    assert rebased_ttw(row, gwp_set="ar6").is_rebased
    assert rebased_ttw(row, gwp_set="ar6").ttw_kgco2e == row.ttw_kgco2e


def test_there_and_back_again_is_where_it_began() -> None:
    row = load_book().factor(ARTIC)
    there = rebased_ttw(row, gwp_set="ar6").ttw_kgco2e
    assert row.ttw_kgco2e is not None
    assert row.ch4_kgco2e is not None
    assert row.n2o_kgco2e is not None
    moved = factor(
        ARTIC,
        ttw_kgco2e=there,
        ch4_kgco2e=row.ch4_kgco2e * Decimal("27.9") / 28,
        n2o_kgco2e=row.n2o_kgco2e * 273 / 265,
        manifest=replace(row.manifest, gwp_set="ar6"),
    )

    back = rebased_ttw(moved, gwp_set="ar5").ttw_kgco2e

    assert abs(back - row.ttw_kgco2e) < Decimal("1e-20")


@pytest.mark.parametrize(
    ("row", "gwp_set", "reason"),
    [
        (factor(ARTIC), "ar9", Reason.GWP_UNKNOWN),
        (factor(ARTIC, ttw_kgco2e=None), "ar6", Reason.FACTOR_INCOMPLETE),
    ],
)
def test_what_cannot_be_moved_is_refused(row: Factor, gwp_set: str, reason: Reason) -> None:
    with pytest.raises(Refused) as no:
        rebased_ttw(row, gwp_set=gwp_set)

    assert no.value.reason is reason


def test_a_report_tells_how_much_kept_other_values() -> None:
    assert not_rebased_share([(Decimal(30), False), (Decimal(90), True)]) == Decimal("0.25")
    with pytest.raises(Refused, match="total is 0: no share to tell"):
        not_rebased_share([])
