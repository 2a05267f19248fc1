"""Which version of the partners' header a file has, and what may stand in each of its columns."""

import re
import tomllib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from recycling.feed import FeedRefused
from schemas.refusal import Reason, Refused, shown

VERSIONS = Path(__file__).with_name("feed_versions.toml")
MAX_ID_CHARACTERS = 64
MAX_NAMED_COLUMNS = 5


@dataclass(frozen=True, slots=True)
class Kind:
    """What a cell may say, in the words of a refusal, and the reason of one that does not."""

    pattern: re.Pattern[str]
    said: str
    reason: Reason = Reason.SCHEMA
    is_free_text: bool = False
    is_needed: bool = False


TEXT = Kind(re.compile(r".*", re.DOTALL), "a text")
KINDS: Mapping[str, Kind] = {
    "id": Kind(
        re.compile(rf"\S{{1,{MAX_ID_CHARACTERS}}}"),
        f"an id of at most {MAX_ID_CHARACTERS} characters without blanks",
        is_needed=True,
    ),
    "day": Kind(
        re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
        "a day like 2019-06-13",
        Reason.DATE_INVALID,
        is_needed=True,
    ),
    "year": Kind(re.compile(r"(earlier than )?[0-9]{4}"), "a year, or earlier than a year"),
    "count": Kind(re.compile(r"[0-9]{1,6}"), "a whole number"),
    "text": TEXT,
    "free_text": Kind(TEXT.pattern, TEXT.said, is_free_text=True),
}


@dataclass(frozen=True, slots=True)
class Column:
    """One column of the house: what may stand in it, and which texts mean unknown."""

    name: str
    kind: Kind
    unknown: frozenset[str]

    def read(self, text: str) -> str | None:
        """Return the value of a cell, or None where it says that nobody knows.

        Raises
        ------
        Refused
            If it holds something else than the column may hold.

        Examples
        --------
        >>> columns()["year_of_manufacture"].read("????") is None
        True
        """
        if (not text or text in self.unknown) and not self.kind.is_needed:
            return None
        if self.kind.pattern.fullmatch(text) is None or not self._is_there(text):
            raise Refused(
                self.kind.reason, f"{self.name} is {shown(repr(text))}, not {self.kind.said}"
            )
        return text

    def _is_there(self, text: str) -> bool:
        """Return whether a day exists: 2019-02-30 has the form of one."""
        if self.kind is not KINDS["day"]:
            return True
        try:
            return bool(date.fromisoformat(text))
        except ValueError:
            return False


@dataclass(frozen=True, slots=True)
class Version:
    """One version of the header: its names, each with the name that the house has for it."""

    id: str
    names: Mapping[str, str]


@cache
def columns() -> Mapping[str, Column]:
    """Return the columns of the house by name."""
    return {name: _column(name, told) for name, told in _told()["column"].items()}


@cache
def versions() -> tuple[Version, ...]:
    """Return the known versions of the header, oldest first."""
    return tuple(
        Version(
            one["id"], {name: one.get("aliases", {}).get(name, name) for name in one["columns"]}
        )
        for one in _told()["version"]
    )


def version_of(header: Sequence[str]) -> Version:
    """Return the version that has exactly the names of ``header``, in whatever order.

    Raises
    ------
    FeedRefused
        If there is none; the sentence names the nearest and what differs.
    """
    names = frozenset(header)
    _refuse_no_header(header)
    for version in versions():
        if version.names.keys() == names:
            return version
    nearest = min(versions(), key=lambda version: len(version.names.keys() ^ names))
    raise FeedRefused(
        Reason.SCHEMA,
        "line 1 has the header of no known version; the nearest is "
        f"{nearest.id}, {_difference(names, frozenset(nearest.names))}",
    )


def _refuse_no_header(header: Sequence[str]) -> None:
    known = frozenset(name for version in versions() for name in version.names)
    if known.isdisjoint(header):
        raise FeedRefused(
            Reason.SCHEMA,
            f"line 1 is no header, it begins with {shown(repr(header[0]))}: names like "
            f"{', '.join(versions()[-1].names)} are needed",
        )
    for name, count in Counter(header).items():
        if count > 1:
            raise FeedRefused(Reason.SCHEMA, f"line 1, the header, names {shown(repr(name))} twice")


def _difference(names: frozenset[str], wanted: frozenset[str]) -> str:
    told = []
    if wanted - names:
        told.append(f"which has {_named(wanted - names)} too")
    if names - wanted:
        told.append(f"which has no {_named(names - wanted)}")
    return " and ".join(told)


def _named(names: frozenset[str]) -> str:
    first = [shown(repr(name)) for name in sorted(names)[:MAX_NAMED_COLUMNS]]
    more = len(names) - len(first)
    return ", ".join(first) + (f" and {more} more" if more else "")


def _column(name: str, told: Mapping[str, Any]) -> Column:
    kind = KINDS.get(told.get("kind", "text"))
    if kind is None:
        words = told["words"]
        pattern = re.compile("|".join(re.escape(word) for word in words))
        kind = Kind(pattern, f"one of {', '.join(words)}", Reason.VOCABULARY)
    return Column(name, kind, frozenset(told.get("unknown", ())))


@cache
def _told() -> Mapping[str, Any]:
    return tomllib.loads(VERSIONS.read_text(encoding="utf-8"))
