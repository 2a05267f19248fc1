"""Bounds, and the one reading of a number that keeps all its digits."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.quantity import (
    BOUNDS,
    MAX_DIGITS,
    NotFinite,
    OutOfBounds,
    exact,
    refuse_outside,
    within,
)
from schemas.refusal import Reason, Refused

kept = st.integers(1 - 10**MAX_DIGITS, 10**MAX_DIGITS - 1).flatmap(
    lambda digits: st.integers(0, MAX_DIGITS).map(lambda places: Decimal(digits).scaleb(-places))
)


@given(number=kept)
def test_a_number_of_at_most_eighteen_digits_is_kept_as_it_is(number: Decimal) -> None:
    assert str(exact(str(number))) == str(number)
    assert exact(number) is number


@pytest.mark.parametrize("value", [True, 1.5, None, b"1", [], "1,5", "one", "0x10", ""])
def test_what_is_no_decimal_number_is_refused(value: object) -> None:
    with pytest.raises(ValueError, match="is no decimal number"):
        exact(value)


@pytest.mark.parametrize("value", ["NaN", "sNaN", "Infinity", "-inf", Decimal("NaN")])
def test_what_is_not_finite_is_refused(value: str | Decimal) -> None:
    with pytest.raises(NotFinite, match="is not finite"):
        exact(value)


@pytest.mark.parametrize(
    "value",
    [
        "1" * 19,
        "0." + "1" * 19,
        "1e18",
        "1e-19",
        "0e18",
        "0e-19",
        10**18,
        "1e400",
        "1.50" + "0" * 20,
    ],
)
def test_what_has_too_many_digits_is_refused(value: str | int) -> None:
    with pytest.raises(OutOfBounds, match="has more than 18 digits"):
        exact(value)


@pytest.mark.parametrize("name", BOUNDS)
def test_a_bound_takes_its_ends_and_nothing_beyond(name: str) -> None:
    bound = BOUNDS[name]
    a_little = Decimal("0.000001")

    assert within(bound.minimum + a_little, bound) == bound.minimum + a_little
    with pytest.raises(OutOfBounds, match=r"must be (at most|below)"):
        within(bound.maximum + a_little, bound)
    if bound.below:
        with pytest.raises(OutOfBounds, match="must be below"):
            within(bound.maximum, bound)
    else:
        assert within(bound.maximum, bound) == bound.maximum
    if bound.above:
        with pytest.raises(OutOfBounds, match="must be above"):
            within(bound.minimum, bound)
    else:
        assert within(bound.minimum, bound) == bound.minimum
    with pytest.raises(OutOfBounds, match=r"must be (above|at least)"):
        within(bound.minimum - a_little, bound)


@pytest.mark.parametrize(
    ("number", "reason", "sentence"),
    [
        (Decimal(-1), Reason.UNIT_BOUND, "mass_kg: must be above 0, got -1"),
        (Decimal("NaN"), Reason.NOT_FINITE, "mass_kg: is not finite: NaN"),
        (Decimal("0." + "1" * 19), Reason.UNIT_BOUND, "mass_kg: has more than 18 digits"),
    ],
)
def test_a_refusal_names_the_field_and_its_value(
    number: Decimal, reason: Reason, sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence) as refused:
        refuse_outside("mass_kg", number, BOUNDS["mass_kg"])

    assert refused.value.reason is reason


def test_an_absent_quantity_is_not_outside() -> None:
    assert refuse_outside("mass_kg", None, BOUNDS["mass_kg"]) is None  # type: ignore[func-returns-value]  # that it returns is the point
