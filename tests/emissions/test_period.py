from datetime import date

import pytest

from emissions.period import period_of
from schemas.refusal import Reason, Refused


@pytest.mark.parametrize(
    ("name", "from_on", "to_on"),
    [
        ("2026", date(2026, 1, 1), date(2026, 12, 31)),
        ("2026-Q2", date(2026, 4, 1), date(2026, 6, 30)),
        ("2024-02", date(2024, 2, 1), date(2024, 2, 29)),
        ("2026-06-15", date(2026, 6, 15), date(2026, 6, 15)),
        ("2025-07..2026-06", date(2025, 7, 1), date(2026, 6, 30)),
        ("2025..2026-01-03", date(2025, 1, 1), date(2026, 1, 3)),
    ],
)
def test_a_period_has_a_first_and_a_last_day(name: str, from_on: date, to_on: date) -> None:
    found = period_of(name)

    assert (found.from_on, found.to_on) == (from_on, to_on)


@pytest.mark.parametrize(
    "name",
    [
        "", "last year", "26", "2026-13", "2026-02-30", "2026-Q5", "2026-Q2-01", "1969", "2026-6",
        "2026..", "..2026", "2026..2027..2028", "2026-06-15T00:00", "\uff12\uff10\uff12\uff16",
    ],
)  # fmt: skip
def test_what_is_no_period_is_refused_with_the_forms_that_are(name: str) -> None:
    with pytest.raises(Refused, match="2026-Q2") as refused:
        period_of(name)

    assert refused.value.reason is Reason.DATE_INVALID


def test_a_period_that_ends_before_it_begins_is_refused() -> None:
    with pytest.raises(Refused, match=r"2026-06..2026-05 ends before it begins"):
        period_of("2026-06..2026-05")


def test_whole_months_are_listed_and_broken_ones_are_not() -> None:
    assert period_of("2025-12..2026-01").months == (date(2025, 12, 1), date(2026, 1, 1))
    assert period_of("2026-06-01..2026-06-29").months == ()
