from collections.abc import Sequence
from decimal import Decimal
from math import exp, isclose, log
from random import Random
from statistics import quantiles, stdev

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.uncertainty import DEFAULT_GSD, UncertainRow, gsd_of, interval_of, leg_gsd
from schemas.refusal import Refused
from schemas.vocabulary import CalculationMethod

AGREES_WITHIN = 0.03
DRAWS = 20_000
FLEET = [
    UncertainRow("artic", Decimal(400), 1.23),
    UncertainRow("artic", Decimal(100), 1.26),
    UncertainRow("rail", Decimal(200), 1.35),
    UncertainRow("metered", Decimal(150), 1.03),
]
MODES = [UncertainRow(mode, Decimal(100), 1.35) for mode in ("road", "rail", "sea", "air")]
spreads = st.floats(1.0, 2.0)
uncertain_rows = st.builds(
    UncertainRow, st.sampled_from("abc"), st.decimals("0.001", "1e6", places=3), spreads
)


def drawn_totals(rows: Sequence[UncertainRow], seed: int) -> list[float]:
    """Totals of a world in which each factor is off by one draw for all of its rows."""
    dice = Random(seed)
    factors = sorted({row.factor_id for row in rows})
    totals = []
    for _ in range(DRAWS):
        off = {factor_id: dice.gauss() for factor_id in factors}
        parts = (float(row.kgco2e) * row.gsd ** off[row.factor_id] for row in rows)
        totals.append(sum(parts))
    return totals


@pytest.mark.parametrize("rows", [FLEET, MODES, FLEET[:1], FLEET[:2]])
def test_a_monte_carlo_of_the_same_world_agrees(rows: list[UncertainRow]) -> None:
    totals = drawn_totals(rows, seed=20260101)
    at = quantiles(totals, n=40)

    found = interval_of(rows)

    assert found is not None
    assert isclose(log(found.gsd), stdev(map(log, totals)), rel_tol=AGREES_WITHIN)
    assert isclose(found.low_kgco2e, at[0], rel_tol=AGREES_WITHIN)
    assert isclose(found.high_kgco2e, at[-1], rel_tol=AGREES_WITHIN)


@given(rows=st.lists(uncertain_rows, min_size=1, max_size=8))
def test_different_factors_never_spread_more_than_one(rows: list[UncertainRow]) -> None:
    together = interval_of([row._replace(factor_id="a") for row in rows])
    apart = interval_of([row._replace(factor_id=str(n)) for n, row in enumerate(rows)])

    assert together is not None
    assert apart is not None
    assert 1 <= apart.gsd <= together.gsd * (1 + 1e-12)


@given(gsd=spreads, masses=st.lists(st.integers(1, 1_000), min_size=1, max_size=8))
def test_rows_of_one_factor_spread_as_the_factor_does(gsd: float, masses: list[int]) -> None:
    found = interval_of([UncertainRow("a", Decimal(one), gsd) for one in masses])

    assert found is not None
    assert isclose(found.gsd, gsd)


def test_independent_factors_add_their_squares() -> None:
    found = interval_of([UncertainRow(one, Decimal(1), 1.23) for one in "abcd"])

    assert found is not None
    assert isclose(found.gsd, exp(log(1.23) / 2))


def test_the_inputs_of_a_leg_add_their_squares() -> None:
    three_and_four = [Decimal(repr(exp(one))) for one in (0.03, 0.04)]

    assert isclose(leg_gsd(three_and_four), exp(0.05))
    assert leg_gsd([]) == 1


def test_the_default_of_a_class_is_plus_minus_fifty_percent_at_95() -> None:
    found = interval_of([UncertainRow("air", Decimal(1), 1.23)])

    assert found is not None
    assert round(found.high_kgco2e, 2) == 1.5
    assert round(1 / found.low_kgco2e, 2) == 1.5


@pytest.mark.parametrize("method", [*CalculationMethod])
def test_an_assumed_spread_is_flagged(method: str) -> None:
    assert gsd_of(method=method, factor_gsd=None) == (DEFAULT_GSD[method], ("gsd_assumed",))


def test_a_published_spread_is_taken_as_it_is() -> None:
    assert gsd_of(method="mode_default", factor_gsd=Decimal("1.11")) == (Decimal("1.11"), ())


@pytest.mark.parametrize("gsd", ["0.99", "NaN"])
def test_a_spread_below_one_is_refused(gsd: str) -> None:
    with pytest.raises(Refused, match="gsd must be at least 1"):
        gsd_of(method="mode_default", factor_gsd=Decimal(gsd))


def test_a_method_that_is_no_rank_is_refused() -> None:
    with pytest.raises(Refused, match="method guess is no rank"):
        gsd_of(method="guess", factor_gsd=None)


def test_nothing_emitted_has_no_interval() -> None:
    assert interval_of([]) is None
    assert interval_of([UncertainRow("a", Decimal(0), 1.23)]) is None


@given(data=st.data(), rows=st.lists(uncertain_rows, min_size=1, max_size=8))
def test_rows_in_another_sequence_have_the_same_interval(
    data: st.DataObject, rows: list[UncertainRow]
) -> None:
    assert interval_of(data.draw(st.permutations(rows))) == interval_of(rows)
