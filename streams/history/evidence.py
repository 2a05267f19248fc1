"""What a column's texts say of its dates: which number can be a day, how long things took."""

import re
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from statistics import median

from streams.history.fields import Row, parsed_day, text_of
from streams.history.mapping import MappingText, Plausible

NUMERIC_DATE = re.compile(r"([0-9]{1,2})[/.-]([0-9]{1,2})[/.-](?:[0-9]{4}|[0-9]{2})")
LAST_MONTH = 12
MIN_DATE_SHARE = 0.5  # assumption: a column of which half reads as numeric dates holds dates
ISO_DATE = "%Y-%m-%d"
MAX_SHAPES = 5
DIGITS = re.compile(r"[0-9]+")


@dataclass(frozen=True, slots=True)
class DateEvidence:
    """How often the first and the second number of a column's dates cannot be a month."""

    column: str
    dates: int
    first_above_12: int
    second_above_12: int

    @property
    def sentence(self) -> str:
        """The evidence as a person reads it, the winner first."""
        day_first, month_first = self.first_above_12, self.second_above_12
        if day_first == month_first:
            return f"{self.column}: {day_first} : {month_first}, undecided between d/m/y and m/d/y"
        wins = "m/d/y" if month_first > day_first else "d/m/y"
        high, low = max(day_first, month_first), min(day_first, month_first)
        return f"{self.column}: {high} : {low} for {wins}"


@dataclass(frozen=True, slots=True)
class LeadTime:
    """Days between two dates, over the lines whose start is written in one shape.

    ``read_as`` is the format the shape was read with: the mapping's, or ISO where it does not fit;
    the latter is evidence only and never imported.
    """

    id: str
    start_shape: str
    read_as: str
    lines: int
    below: int
    above: int
    median_days: float
    plausible: bool


def shape_of(text: str) -> str:
    """Return a text with its numbers replaced by nines, one per digit and at most five.

    Examples
    --------
    >>> shape_of("7-Nov-13"), shape_of("1234567")
    ('9-Nov-99', '99999')
    """
    return DIGITS.sub(lambda found: "9" * min(len(found[0]), 5), text)


def date_evidence(column: str, texts: Iterable[str]) -> DateEvidence | None:
    """Return the evidence of a column, or None if it does not hold numeric dates."""
    filled = [text for text in texts if text]
    dates = [found for found in map(NUMERIC_DATE.fullmatch, filled) if found]
    if not dates or len(dates) < MIN_DATE_SHARE * len(filled):
        return None
    first = sum(int(found[1]) > LAST_MONTH for found in dates)
    second = sum(int(found[2]) > LAST_MONTH for found in dates)
    return DateEvidence(column, len(dates), first, second)


def lead_times(rows: Iterable[Row], text: MappingText) -> tuple[LeadTime, ...]:
    """Return the lead times of every plausibility rule, apart by the format the start fits."""
    kept = [*rows]
    return tuple(
        found for rule in text.plausible for found in _lead_times(rule, kept, text.source.null_text)
    )


def _lead_times(rule: Plausible, rows: Iterable[Row], null_text: tuple[str, ...]) -> list[LeadTime]:
    days: dict[str, list[int]] = defaultdict(list)
    example: dict[str, str] = {}
    for row in rows:
        start, end = text_of(rule.start, row, null_text), text_of(rule.end, row, null_text)
        ended = None if end is None else parsed_day(end, rule.end.date or "")
        if start is None or ended is None:
            continue
        for read_as in dict.fromkeys((rule.start.date or "", ISO_DATE)):
            started = parsed_day(start, read_as)
            if started is not None:
                days[read_as].append((ended - started).days)
                example.setdefault(read_as, shape_of(start))
                break
    return [_lead_time(rule, read_as, example[read_as], found) for read_as, found in days.items()]


def _lead_time(rule: Plausible, read_as: str, shape: str, days: list[int]) -> LeadTime:
    middle = median(days)
    return LeadTime(
        id=rule.id,
        start_shape=shape,
        read_as=read_as,
        lines=len(days),
        below=sum(day < rule.minimum_days for day in days),
        above=sum(day > rule.maximum_days for day in days),
        median_days=middle,
        plausible=rule.minimum_days <= middle <= rule.maximum_days,
    )
