"""The one filter language of pages, API and exports: text in, one canonical form out."""

import calendar
import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date, timedelta
from difflib import get_close_matches
from enum import StrEnum
from types import MappingProxyType
from urllib.parse import quote, unquote

from schemas.event import SLUG_PATTERN
from schemas.refusal import shown
from schemas.vocabulary import DataClass, LegKind, TransportMode, VehicleEnergy

MAX_QUERY_BYTES = 4_096
MAX_ITEMS = 200
MAX_YEARS = 20
MAX_TOKEN_LENGTH = 64
FIRST_YEAR, LAST_YEAR = 1970, 2199

OPEN_KEYS = ("cat", "company", "base")
PERIOD_KEYS = ("from", "to")
NARROWING_KEYS = (*OPEN_KEYS, "mode", "energy", "leg", "direct", "dq")
PRESENTATION_KEYS = ("lang", "theme")

Known = Mapping[str, Collection[str]]


class Scope(StrEnum):
    """Which part of the emission is shown."""

    WTW = "wtw"
    TTW = "ttw"
    WTT = "wtt"


class Grain(StrEnum):
    """How long one point of a trend is."""

    AUTO = "auto"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    QUARTER = "quarter"
    YEAR = "year"


CLOSED_VALUES: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "mode": tuple(TransportMode),
        "energy": tuple(VehicleEnergy),
        "leg": tuple(LegKind),
        "direct": ("yes", "no"),
        "dq": tuple(DataClass),
        "scope": tuple(Scope),
        "grain": tuple(Grain),
        "lang": ("zh", "en"),
        "theme": ("light", "dark"),
    }
)
KEYS = (*NARROWING_KEYS, *PERIOD_KEYS, "scope", "grain", *PRESENTATION_KEYS)


# Why a filter cannot be; pages have the same sentences in their catalogues.
WHY: Mapping[str, str] = MappingProxyType(
    {
        "too_long": f"is longer than {MAX_QUERY_BYTES} bytes",
        "too_many": f"has more than {MAX_ITEMS} items",
        "too_wide": f"starts a range of more than {MAX_YEARS} years",
        "unknown_key": "is no key of the filter",
        "repeated_key": "repeats a key; the values of one key are joined by commas",
        "unknown_value": "is no known value",
        "no_id": "is no id: lower case letters, digits, and . _ -",
        "no_text": "is not percent-encoded UTF-8",
        "no_date": "is no YYYY, YYYY-MM, YYYY-MM-DD, -30d, -12m, mtd or ytd",
        "reversed": "lies after the end of the range",
    }
)


class FilterInvalid(ValueError):
    """A filter that cannot be; it names key, value and the nearest known one."""

    def __init__(self, key: str, value: str, why: str, nearest: str | None = None) -> None:
        """Keep the parts for machines and one sentence for people; ``why`` is a key of ``WHY``."""
        hint = f"; the nearest known one is {nearest}" if nearest else ""
        super().__init__(f"{shown(key)}={shown(value)} {WHY[why]}{hint}")
        self.key, self.value, self.why, self.nearest = shown(key), shown(value), why, nearest


@dataclass(frozen=True, slots=True, order=True)
class Item:
    """One value of a key; ``excluded`` where it was written with ``!``."""

    token: str
    excluded: bool = False

    def __str__(self) -> str:
        """Return the item as the canonical form writes it."""
        return ("!" if self.excluded else "") + quote(self.token, safe="")


@dataclass(frozen=True, slots=True)
class Filter:
    """What a reader asked for, its dates absolute; equal filters have equal canonical forms."""

    items: tuple[tuple[str, tuple[Item, ...]], ...] = ()
    from_on: date | None = None
    to_on: date | None = None
    scope: Scope = Scope.WTW
    grain: Grain = Grain.AUTO
    lang: str | None = None
    theme: str | None = None

    @property
    def canonical(self) -> str:
        """The one spelling of this filter, without presentation and defaults."""
        pairs = {key: ",".join(str(item) for item in items) for key, items in self.items}
        if self.from_on:
            pairs["from"] = self.from_on.isoformat()
        if self.to_on:
            pairs["to"] = self.to_on.isoformat()
        if self.scope is not Scope.WTW:
            pairs["scope"] = self.scope
        if self.grain is not Grain.AUTO:
            pairs["grain"] = self.grain
        return "&".join(f"{key}={pairs[key]}" for key in sorted(pairs))

    @property
    def sha256(self) -> str:
        """Fingerprint of the canonical form, in hexadecimal."""
        return hashlib.sha256(self.canonical.encode()).hexdigest()

    @property
    def keys(self) -> frozenset[str]:
        """The keys that narrow rows, the period apart."""
        return frozenset(key for key, _ in self.items)

    def of(self, key: str) -> tuple[Item, ...]:
        """Return the items of ``key``, none where it does not narrow."""
        return dict(self.items).get(key, ())

    def narrowed(self, key: str, token: str) -> "Filter":
        """Return this filter with ``key`` set to the one value ``token``."""
        rest = tuple(pair for pair in self.items if pair[0] != key)
        return replace(self, items=tuple(sorted((*rest, (key, (Item(token),))))))

    def widened(self, key: str) -> "Filter":
        """Return this filter without ``key``."""
        return replace(self, items=tuple(pair for pair in self.items if pair[0] != key))


def parse_filter(text: str, *, watermark_on: date, known: Known | None = None) -> Filter:
    """Return the filter that a query string tells.

    Parameters
    ----------
    text
        The part of an address after ``?``.
    watermark_on
        Day of the data watermark: relative dates count from it, never from the wall clock.
    known
        Ids of the open vocabularies by key; a key that is absent accepts every id.

    Raises
    ------
    FilterInvalid
        At the first key, value or range that cannot be.
    """
    if len(text.encode()) > MAX_QUERY_BYTES:
        raise FilterInvalid("filter", text[:40], "too_long")
    pairs = _pairs_of(text)
    narrowing = [(key, _items_of(key, raw, known or {})) for key, raw in pairs.items()
                 if key in NARROWING_KEYS]  # fmt: skip
    if sum(len(items) for _, items in narrowing) > MAX_ITEMS:
        raise FilterInvalid("filter", text[:40], "too_many")
    from_on = _period_of("from", pairs["from"], watermark_on)[0] if "from" in pairs else None
    to_on = _period_of("to", pairs["to"], watermark_on)[1] if "to" in pairs else None
    _refuse_range(from_on, to_on)
    return Filter(
        items=tuple(sorted(narrowing)),
        from_on=from_on,
        to_on=to_on,
        scope=Scope(_single("scope", pairs.get("scope", Scope.WTW))),
        grain=Grain(_single("grain", pairs.get("grain", Grain.AUTO))),
        lang=_single("lang", pairs["lang"]) if "lang" in pairs else None,
        theme=_single("theme", pairs["theme"]) if "theme" in pairs else None,
    )


def _pairs_of(text: str) -> dict[str, str]:
    pairs: dict[str, str] = {}
    for pair in filter(None, text.split("&")):
        key, _, raw = pair.partition("=")
        if key not in KEYS:
            raise FilterInvalid(key, raw, "unknown_key", _nearest(key, KEYS))
        if key in pairs:
            raise FilterInvalid(key, raw, "repeated_key")
        pairs[key] = raw
    return pairs


def _nearest(word: str, words: Iterable[str]) -> str | None:
    found = get_close_matches(word.lower()[:MAX_TOKEN_LENGTH], list(words), n=1, cutoff=0.5)
    return found[0] if found else None


def _token(key: str, raw: str) -> str:
    try:
        return unquote(raw, errors="strict")
    except UnicodeDecodeError:
        raise FilterInvalid(key, raw, "no_text") from None


def _items_of(key: str, raw: str, known: Known) -> tuple[Item, ...]:
    found = {
        Item(_valid(key, _token(key, part.removeprefix("!")), known), part.startswith("!"))
        for part in raw.split(",")
    }
    return tuple(sorted(found, key=str))


def _valid(key: str, token: str, known: Known) -> str:
    values = CLOSED_VALUES.get(key) or known.get(key)
    if values is not None and token in values:
        return token
    if values is not None:
        raise FilterInvalid(key, token, "unknown_value", _nearest(token, values))
    if len(token) > MAX_TOKEN_LENGTH or re.fullmatch(SLUG_PATTERN, token) is None:
        raise FilterInvalid(key, token, "no_id")
    return token


def _single(key: str, raw: str) -> str:
    return _valid(key, _token(key, raw), {})


def _month_end(first: date) -> date:
    return first.replace(day=calendar.monthrange(first.year, first.month)[1])


def _month(year: int, month: int) -> tuple[date, date]:
    first = date(year, month, 1)
    return first, _month_end(first)


def _relative(token: str, watermark_on: date) -> tuple[date, date] | None:
    if token == "mtd":  # noqa: S105 - a word of the language, no secret
        return watermark_on.replace(day=1), watermark_on
    if token == "ytd":  # noqa: S105
        return watermark_on.replace(month=1, day=1), watermark_on
    back = re.fullmatch(r"-(\d{1,4})([dm])", token)
    if back is None:
        return None
    if back[2] == "d":
        day = watermark_on - timedelta(days=int(back[1]))
        return day, day
    months = watermark_on.year * 12 + watermark_on.month - 1 - int(back[1])
    return _month(months // 12, months % 12 + 1)


def _absolute(token: str) -> tuple[date, date] | None:
    parts = re.fullmatch(r"(\d{4})(?:-(\d{2}))?(?:-(\d{2}))?", token)
    if parts is None or not FIRST_YEAR <= int(parts[1]) <= LAST_YEAR:
        return None
    year, month, day = (int(part) if part else None for part in parts.groups())
    if year is None:
        return None
    if month is None:
        return date(year, 1, 1), date(year, 12, 31)
    if day is None:
        return _month(year, month)
    return date(year, month, day), date(year, month, day)


def _period_of(key: str, raw: str, watermark_on: date) -> tuple[date, date]:
    """Return first and last day of what a token names: ``2026-02`` is the whole month."""
    token = _token(key, raw)
    try:
        period = _relative(token, watermark_on) or _absolute(token)
    except (ValueError, OverflowError):
        period = None
    if period is None:
        raise FilterInvalid(key, token, "no_date")
    return period


def _refuse_range(from_on: date | None, to_on: date | None) -> None:
    if from_on is None or to_on is None:
        return
    if from_on > to_on:
        raise FilterInvalid("from", from_on.isoformat(), "reversed")
    if (to_on - from_on).days > MAX_YEARS * 366:
        raise FilterInvalid("from", from_on.isoformat(), "too_wide")
