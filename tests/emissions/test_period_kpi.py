from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.period_kpi import KpiCell, figures_of
from emissions.read import load_book
from schemas.refusal import Refused
from schemas.vocabulary import CalculationMethod, DataClass
from tests.emissions.kpi_builders import cell, rail

BOOK = load_book()
METHODS = list(CalculationMethod)
amounts = st.decimals("0.001", "1e6", places=3).map(str)
cells = st.lists(
    st.builds(
        lambda tkm, per_tkm, split, kind, method: cell(
            tkm=tkm, per_tkm=per_tkm, split=split, distance_kind=kind, method=method.value
        ),
        amounts,
        amounts,
        st.sampled_from(["road", "rail", None]),
        st.sampled_from(["sfd", "gcd"]),
        st.sampled_from(METHODS),
    ),
    min_size=1,
    max_size=6,
)


@given(told=cells, data=st.data())
def test_parts_add_up_to_the_whole_in_any_sequence(
    told: list[KpiCell], data: st.DataObject
) -> None:
    found = figures_of(told, BOOK)

    assert figures_of(data.draw(st.permutations(told)), BOOK).whole.wtw_kgco2e == (
        found.whole.wtw_kgco2e
    )
    for parts in (found.by_distance_kind, found.by_split):
        for name in ("legs", "mass_kg", "transport_tkm", "wtt_kgco2e", "ttw_kgco2e", "wtw_kgco2e"):
            added = sum(getattr(one, name) for one in parts.values())
            assert added == getattr(found.whole, name)


def test_an_intensity_is_a_ratio_of_sums() -> None:
    found = figures_of([cell(tkm="9000", per_tkm="0.1"), rail(tkm="1000", per_tkm="0.03")], BOOK)

    assert found.whole.wtw_kgco2e_per_tkm == Decimal("0.093")
    assert found.whole.wtt_kgco2e_per_tkm == Decimal("0.02325")


def test_one_split_on_two_kinds_of_distance_has_two_intensities() -> None:
    found = figures_of([cell(), cell(distance_kind="gcd", per_tkm="0.2")], BOOK)

    assert {key: one.wtw_kgco2e_per_tkm for key, one in found.by_split.items()} == {
        ("road", "gcd"): Decimal("0.2"),
        ("road", "sfd"): Decimal("0.1"),
    }
    assert found.whole.distance_kinds == ("gcd", "sfd")


def test_quality_is_weighted_by_kilograms_and_knows_how_much_is_metered() -> None:
    metered = cell(tkm="9500", method="primary_energy")
    found = figures_of([metered, cell(tkm="500")], BOOK).whole

    assert found.data.tkm_share(DataClass.PRIMARY) == Decimal("0.95")
    assert found.scores is not None
    assert found.scores.completeness == 1
    assert found.scores.technology == Decimal("1.1")  # .95 of 1, .05 of 3


def test_cells_that_stand_on_one_factor_are_off_together() -> None:
    alone = figures_of([cell(tkm="2000")], BOOK).whole.interval
    apart = figures_of([cell(), cell(factor_id="another")], BOOK).whole.interval
    halves = figures_of([cell(), cell(flags=("proxy_region",))], BOOK).whole.interval

    assert alone is not None
    assert apart is not None
    assert halves is not None
    assert halves.gsd == pytest.approx(alone.gsd)
    assert apart.gsd < alone.gsd


def test_nothing_moved_is_zero_and_has_no_ratio() -> None:
    whole = figures_of([], BOOK).whole

    assert (whole.legs, whole.wtw_kgco2e) == (0, Decimal(0))
    assert (whole.wtw_kgco2e_per_tkm, whole.scores, whole.interval) == (None, None, None)


def test_a_method_that_is_no_rank_is_refused() -> None:
    with pytest.raises(Refused, match="guess is no rank"):
        figures_of([replace(cell(), method="guess")], BOOK)
