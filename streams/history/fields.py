"""One cell read as text, a day, a number, a word of the house, or a place; or refused."""

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, time
from decimal import Decimal
from functools import lru_cache
from zoneinfo import ZoneInfo

from schemas.event import MAX_ID_LENGTH
from schemas.refusal import Reason, Refused, shown
from schemas.vocabulary import TransportMode
from streams.history.rules import ColumnRule

Row = Mapping[str, str]

NUMBER = re.compile(r"[+-]?[0-9]+(\.[0-9]+)?")
NOT_IN_A_SLUG = re.compile(r"[^a-z0-9_.-]+")
NOON = time(12)
MAX_REMEMBERED_DAYS = 65_536


def text_of(rule: ColumnRule, row: Row, null_text: tuple[str, ...]) -> str | None:
    """Return the text of a field, or None where the file says that it has none."""
    if rule.column is None:
        return rule.constant
    text = row[rule.column]
    return None if text in null_text or text in rule.missing else text


def id_of(field: str, rule: ColumnRule, row: Row, null_text: tuple[str, ...]) -> str:
    """Return the text of a field that must not be empty."""
    text = text_of(rule, row, null_text)
    if text is None:
        raise Refused(Reason.SCHEMA, f"{field} is empty")
    return text


def day_of(field: str, rule: ColumnRule, row: Row, null_text: tuple[str, ...]) -> date | None:
    """Return the day a field states in the one format of its column, or None if it has none."""
    text = text_of(rule, row, null_text)
    if text is None:
        return None
    day = parsed_day(text, rule.date or "")
    if day is None:
        raise Refused(Reason.DATE_INVALID, f"{field} {shown(text)!r} is no day as {rule.date}")
    return day


@lru_cache(maxsize=MAX_REMEMBERED_DAYS)
def parsed_day(text: str, date_format: str) -> date | None:
    """Return the day ``text`` states in ``date_format``, or None if it states none."""
    try:
        return datetime.strptime(text, date_format).replace(tzinfo=UTC).date()
    except ValueError:
        return None


def needed_day(field: str, rule: ColumnRule, row: Row, null_text: tuple[str, ...]) -> date:
    """Return the day a field states; a field without one is refused."""
    day = day_of(field, rule, row, null_text)
    if day is None:
        raise Refused(Reason.DATE_INVALID, f"{field} is empty")
    return day


def noon_of(day: date, timezone: ZoneInfo) -> datetime:
    """Return the instant in UTC that stands for a day without a time: noon in the zone."""
    return datetime.combine(day, NOON, tzinfo=timezone).astimezone(UTC)


def number_in(text: str) -> Decimal | None:
    """Return the plain decimal number ``text`` is, or None; no separators, no exponents."""
    return Decimal(text) if NUMBER.fullmatch(text) else None


def category_of(rule: ColumnRule, row: Row, null_text: tuple[str, ...]) -> str:
    """Return the category as a slug (``ARV`` becomes ``arv``)."""
    text = id_of("category", rule, row, null_text)
    if rule.values is not None:
        return _slug(_value("category", text, rule, Reason.VOCABULARY))
    return _slug(text)


def mode_of(rule: ColumnRule, row: Row, null_text: tuple[str, ...]) -> TransportMode | None:
    """Return the transport mode a line states, or None where it states none."""
    text = text_of(rule, row, null_text)
    if text is None:
        return None
    if rule.values is not None:
        return TransportMode(str(_value("mode", text, rule, Reason.MODE_UNKNOWN)))
    if text not in {*TransportMode}:
        raise Refused(Reason.MODE_UNKNOWN, f"mode {shown(text)!r} is none of the house")
    return TransportMode(text)


def needed_mode(rule: ColumnRule, row: Row, null_text: tuple[str, ...]) -> TransportMode:
    """Return the transport mode of a line; a line without one is refused."""
    mode = mode_of(rule, row, null_text)
    if mode is None:
        raise Refused(Reason.MODE_MISSING, "mode is not stated")
    return mode


def is_direct_of(rule: ColumnRule | None, row: Row, null_text: tuple[str, ...]) -> bool | None:
    """Return whether the line went directly; None where the mapping does not ask."""
    if rule is None:
        return None
    text = id_or_flag(text_of(rule, row, null_text))
    return bool(_value("is_direct", text, rule, Reason.FLAG_UNKNOWN))


def id_or_flag(text: str | None) -> str:
    """Return ``text``; a flag that is not set is unknown, never false."""
    if text is None:
        raise Refused(Reason.FLAG_UNKNOWN, "is_direct is empty")
    return text


def _value(field: str, text: str, rule: ColumnRule, reason: Reason) -> bool | str:
    values = rule.values or {}
    if text not in values:
        raise Refused(reason, f"{field} {shown(text)!r} is none of the mapping's values")
    return values[text]


def _slug(value: bool | str) -> str:
    slug = NOT_IN_A_SLUG.sub("_", str(value).lower()).strip("_.-")
    if not slug or len(slug) > MAX_ID_LENGTH:
        raise Refused(
            Reason.VOCABULARY, f"category {shown(str(value))!r} needs a word under its 'values'"
        )
    return slug
