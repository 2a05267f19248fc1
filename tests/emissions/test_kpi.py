from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.kpi import (
    PeriodSum,
    change_by_mode,
    change_of,
    intensity_kgco2e_per_tkm,
    whole_of,
)
from schemas.refusal import Refused

OLD = {
    "road": PeriodSum(Decimal(8_000), Decimal("760.0")),
    "rail": PeriodSum(Decimal(2_000), Decimal("69.4")),
}
NEW = {
    "road": PeriodSum(Decimal(7_000), Decimal("670.6")),
    "rail": PeriodSum(Decimal(4_000), Decimal("144.0")),
}
periods = st.builds(
    PeriodSum, st.decimals("0.000001", "1e9", places=6), st.decimals("0", "1e9", places=6)
)


def test_the_worked_example_is_less_in_all_and_per_tonne_kilometre() -> None:
    found = change_of(old=whole_of(OLD), new=whole_of(NEW))

    assert str(found.absolute_kgco2e) == "-14.800000"
    assert str(found.relative_kgco2e) == "-97.740000"


def test_each_mode_has_its_own_change() -> None:
    found = change_by_mode(old=OLD, new=NEW)

    assert list(found) == ["rail", "road"]
    assert str(found["road"].relative_kgco2e) == "5.600000"
    assert str(found["rail"].relative_kgco2e) == "5.200000"
    assert str(found["rail"].absolute_kgco2e) == "74.600000"


def test_a_mode_that_did_not_exist_has_no_relative_change() -> None:
    found = change_by_mode(old={"road": OLD["road"]}, new=NEW)

    assert found["rail"].relative_kgco2e is None
    assert found["rail"].absolute_kgco2e == Decimal(144)


def test_a_mode_that_is_gone_saved_what_it_emitted() -> None:
    found = change_by_mode(old=OLD, new={"road": NEW["road"]})

    assert found["rail"].absolute_kgco2e == Decimal("-69.4")
    assert found["rail"].relative_kgco2e == 0


@given(period=periods, times=st.integers(1, 99))
def test_more_of_the_same_is_no_relative_change(period: PeriodSum, times: int) -> None:
    more = PeriodSum(period.transport_tkm * times, period.kgco2e * times)

    assert change_of(old=period, new=more).relative_kgco2e == 0


@given(old=periods, new=periods)
def test_the_absolute_change_is_the_difference_to_the_last_digit(
    old: PeriodSum, new: PeriodSum
) -> None:
    assert change_of(old=old, new=new).absolute_kgco2e == new.kgco2e - old.kgco2e


def test_an_intensity_is_a_ratio_of_sums() -> None:
    assert intensity_kgco2e_per_tkm(whole_of(OLD)) == Decimal("0.08294")


def test_an_intensity_of_nothing_is_refused() -> None:
    with pytest.raises(Refused, match="transport_tkm must be above 0, got 0"):
        intensity_kgco2e_per_tkm(PeriodSum(Decimal(0), Decimal(0)))


def test_a_negative_activity_is_refused() -> None:
    with pytest.raises(Refused, match="of the new period must not be negative: -1"):
        change_of(old=OLD["road"], new=PeriodSum(Decimal(-1), Decimal(0)))
