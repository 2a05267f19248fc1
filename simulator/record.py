"""What the simulator hands over, and the small things every producer of it needs."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, NamedTuple

import msgspec

from schemas.event import caused_id

COMPANY_ZONE = timezone(timedelta(hours=8), "Asia/Shanghai")
HOUR_S = 3_600
DAY_S = 86_400

encode = msgspec.json.Encoder().encode


@dataclass(frozen=True, slots=True)
class Record:
    """One message for a topic, as a producer would send it."""

    topic: str
    key: bytes
    value: bytes
    occurred_at: datetime


@dataclass(frozen=True, slots=True)
class Scale:
    """How much happens between the first and the last day, roughly; orders follow legs."""

    legs: int = 30_000
    readings: int = 15_000
    takeback_orders: int = 2_500


class Draft(NamedTuple):
    """An event before it meets the weather of delivery; ``occurred_s`` is Unix time."""

    occurred_s: int
    topic: str
    key: str
    body: dict[str, Any]


def draft(occurred_s: int, topic: str, key: str, nth: object, **facts: Any) -> Draft:
    """Return an event whose id follows from topic, key and ``nth``; absent facts stay absent."""
    body = {
        "event_id": str(caused_id("simulator", topic, key, nth)),
        "occurred_at": utc_text(occurred_s),
    }
    body |= {name: value for name, value in facts.items() if value is not None}
    return Draft(occurred_s, topic, key, body)


def instant(unix_s: int) -> datetime:
    """Return Unix seconds as an aware instant."""
    return datetime.fromtimestamp(unix_s, UTC)


def utc_text(unix_s: int) -> str:
    """Return Unix seconds as RFC 3339 text in UTC.

    Examples
    --------
    >>> utc_text(0)
    '1970-01-01T00:00:00Z'
    """
    return instant(unix_s).isoformat()[:19] + "Z"


def day_start_s(on: date) -> int:
    """Return the Unix second at which a day begins in the company's zone."""
    return int(datetime(on.year, on.month, on.day, tzinfo=COMPANY_ZONE).timestamp())


def day_of(unix_s: int) -> date:
    """Return the day in the company's zone."""
    return datetime.fromtimestamp(unix_s, COMPANY_ZONE).date()


def decimal_text(number: float, digits: int = 3) -> str:
    """Return a number as the decimal text that events carry.

    Examples
    --------
    >>> decimal_text(12.5)
    '12.500'
    """
    return f"{number:.{digits}f}"
