"""A reporting period: one year, quarter, month or day, or all from one of them to another."""

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date

from schemas.refusal import Reason, Refused, shown

FIRST_YEAR, LAST_YEAR = 1970, 2199
MONTHS_PER_QUARTER = 3
FORMS = "2026, 2026-Q2, 2026-06, 2026-06-15, or two of them as 2026-01..2026-06"
_FORM = re.compile(r"(\d{4})(?:-Q([1-4])|-(\d{2})(?:-(\d{2}))?)?", re.ASCII)


@dataclass(frozen=True, slots=True)
class Period:
    """The days from ``from_on`` to ``to_on``, both included, under the name that was asked for."""

    name: str
    from_on: date
    to_on: date

    @property
    def months(self) -> tuple[date, ...]:
        """The first days of its months; none where it does not consist of whole months."""
        last_day = monthrange(self.to_on.year, self.to_on.month)[1]
        if self.from_on.day != 1 or self.to_on.day != last_day:
            return ()
        first = self.from_on.year * 12 + self.from_on.month - 1
        last = self.to_on.year * 12 + self.to_on.month - 1
        return tuple(date(n // 12, n % 12 + 1, 1) for n in range(first, last + 1))


def period_of(name: str) -> Period:
    """Return the period that ``name`` tells.

    Raises
    ------
    Refused
        If it is no period, or ends before it begins.

    Examples
    --------
    >>> period_of("2026-Q1").to_on
    datetime.date(2026, 3, 31)
    >>> len(period_of("2025-07..2026-06").months)
    12
    """
    first, dots, last = name.partition("..")
    start, end = _days(first, name), _days(last if dots else first, name)
    if end[1] < start[0]:
        raise Refused(Reason.DATE_INVALID, f"period {shown(name)} ends before it begins")
    return Period(name, start[0], end[1])


def _days(one: str, name: str) -> tuple[date, date]:
    found = _FORM.fullmatch(one)
    if found is None or not FIRST_YEAR <= int(found[1]) <= LAST_YEAR:
        raise _unknown(name)
    quarter, month, day = (None if part is None else int(part) for part in found.groups()[1:])
    try:
        return _first_and_last(int(found[1]), quarter, month, day)
    except ValueError:
        raise _unknown(name) from None


def _first_and_last(
    year: int, quarter: int | None, month: int | None, day: int | None
) -> tuple[date, date]:
    if day is not None and month is not None:
        return date(year, month, day), date(year, month, day)
    first, last = (month, month) if month is not None else (1, 12)
    if quarter is not None:
        last = quarter * MONTHS_PER_QUARTER
        first = last - MONTHS_PER_QUARTER + 1
    return date(year, first, 1), date(year, last, monthrange(year, last)[1])


def _unknown(name: str) -> Refused:
    return Refused(Reason.DATE_INVALID, f"period {shown(name)} is no {FORMS}")
