from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.kpi import change_of
from emissions.period_change import ChangedBasis, Comparison, compare
from emissions.period_kpi import KpiCell, figures_of
from emissions.read import load_book
from schemas.refusal import Refused
from tests.emissions.kpi_builders import SHA256, cell, rail

BOOK = load_book()
STEPS = ("activity", "mix", "operations", "factor", "method", "not_told_apart")
OLD = [cell(tkm="8000", per_tkm="0.0950"), rail(tkm="2000", per_tkm="0.0347")]


def compared(old: list[KpiCell], new: list[KpiCell]) -> Comparison:
    return compare(old, new, old_figures=figures_of(old, BOOK), new_figures=figures_of(new, BOOK))


def test_the_worked_example_without_new_sets_or_methods() -> None:
    new = [cell(tkm="7000", per_tkm="0.0930"), rail(tkm="4000", per_tkm="0.0347")]

    told = compared(OLD, new).wtw

    assert told.old_kgco2e == Decimal("829.4")
    assert told.activity_kgco2e == Decimal("82.94")
    assert told.mix_kgco2e == Decimal("-108.54")
    assert told.operations_kgco2e == Decimal("-14")
    assert (told.factor_kgco2e, told.method_kgco2e) == (Decimal(0), Decimal(0))


amounts = st.decimals("0.001", "1e6", places=3).map(str)
periods = st.lists(
    st.builds(
        lambda tkm, per_tkm, of, sha256: of(tkm=tkm, per_tkm=per_tkm, factor_set_sha256=sha256),
        amounts,
        amounts,
        st.sampled_from([cell, rail]),
        st.sampled_from([SHA256, "b" * 64]),
    ),
    min_size=1,
    max_size=5,
)


@given(old=periods, new=periods)
def test_what_is_told_adds_up_to_the_change_exactly(old: list[KpiCell], new: list[KpiCell]) -> None:
    found = compared(old, new)

    for told in (found.ttw, found.wtt, found.wtw):
        known = [getattr(told, f"{step}_kgco2e") for step in STEPS]
        change = sum((one for one in known if one is not None), Decimal(0))
        assert told.old_kgco2e + change == told.new_kgco2e
        assert (told.not_told_apart_kgco2e is None) == (not found.changed_basis)
    assert found.wtw.new_kgco2e == found.ttw.new_kgco2e + found.wtt.new_kgco2e


@pytest.mark.parametrize(
    ("changed", "basis"),
    [
        ({"factor_set_sha256": "b" * 64}, ChangedBasis("factor_set", f"defra_2025@{'b' * 64}")),
        ({"factor_set": "defra_2026"}, ChangedBasis("factor_set", f"defra_2026@{SHA256}")),
        ({"method_version": "iso14083-2"}, ChangedBasis("method", "iso14083-2")),
    ],
)
def test_what_only_the_new_period_stands_on_keeps_drivers_together(
    changed: dict[str, Any], basis: ChangedBasis
) -> None:
    found = compared(OLD, [cell(), cell(**changed)])

    assert found.changed_basis == (basis,)
    assert found.wtw.operations_kgco2e is None
    assert found.wtw.factor_kgco2e is None


def test_a_set_that_is_no_longer_used_changes_no_basis() -> None:
    assert compared([*OLD, cell(factor_set="defra_2024")], [cell()]).changed_basis == ()


def test_a_split_that_moved_in_one_period_only_is_compared_with_nothing() -> None:
    found = compared([cell()], [rail()])

    assert found.by_split["road", "sfd"].absolute_kgco2e == -100
    assert found.by_split["rail", "sfd"].relative_kgco2e is None
    whole = figures_of([cell()], BOOK).whole.moved
    assert found.whole == change_of(old=whole, new=figures_of([rail()], BOOK).whole.moved)


def test_an_old_period_that_moved_nothing_is_refused() -> None:
    with pytest.raises(Refused, match="old_tkm in total must be above 0"):
        compared([], [cell()])
