"""The parameters of a list: filters that it knows, a cursor that it gave out, a bounded page."""

import difflib
import re
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from schemas.refusal import shown
from web.partner.cursor import read_cursor, sign_cursor
from web.partner.problems import Fault, ProblemName, problem
from web.problems import Problem

DEFAULT_LIMIT = 50
MAX_LIMIT = 200
PAGING = ("cursor", "limit")

_LIMIT = re.compile(r"[0-9]{1,4}", re.ASCII)
_INSTANT = re.compile(
    r"\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(?:\.\d{1,6})?(?:[Zz]|[+-]\d\d:\d\d)", re.ASCII
)

Read = Callable[[str], Any]
"""Reads the text of one filter, or raises ValueError with the reason."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ListAsked:
    """One page of one list."""

    filters: Mapping[str, Any]
    after_seq: int
    limit: int
    of: Mapping[str, str | None]

    def next_cursor(self, next_seq: int | None, secret: bytes) -> str | None:
        """Return the cursor of the page after ``next_seq``, or None at the end."""
        return None if next_seq is None else sign_cursor(next_seq, of=self.of, secret=secret)


def parse_list(
    pairs: Sequence[tuple[str, str]],
    *,
    filters: Mapping[str, Read],
    owner: Mapping[str, str | None],
    secrets: Sequence[bytes],
) -> ListAsked:
    """Return the page that the query's ``pairs`` ask for.

    Parameters
    ----------
    filters
        What the list can be filtered by, and how each is read.
    owner
        Whose list it is and which: tenant, partner, collection. A cursor of another is invalid.

    Raises
    ------
    Problem
        400 ``parameter-unknown`` or ``cursor-invalid``, 422 ``validation-failed``.
    """
    known = (*filters, *PAGING)
    for name, _ in pairs:
        if name not in known:
            raise _unknown(name, known)
    texts = dict(pairs)
    for name, times in Counter(name for name, _ in pairs).items():
        if times > 1:
            raise _impossible(name, texts[name], "appears more than once")
    values = {name: _read(name, texts[name], filters[name]) for name in filters if name in texts}
    limit = _read("limit", texts.get("limit", str(DEFAULT_LIMIT)), limit_of)
    of = dict(owner) | {f"?{name}": texts[name] for name in values}
    cursor = texts.get("cursor")
    after_seq = 0 if cursor is None else read_cursor(cursor, of=of, secrets=secrets)
    return ListAsked(
        filters=MappingProxyType(values), after_seq=after_seq, limit=limit, of=MappingProxyType(of)
    )


def _read(name: str, text: str, read: Read) -> Any:
    try:
        return read(text)
    except ValueError as error:
        raise _impossible(name, text, str(error)) from None


def _impossible(name: str, text: str, reason: str) -> Problem:
    fault = Fault(f"/query/{name}", shown(text), reason)
    detail = f"parameter {name}: {reason}, got {shown(text)}"
    return problem(ProblemName.VALIDATION_FAILED, detail, faults=[fault])


def _unknown(name: str, known: Sequence[str]) -> Problem:
    near = difflib.get_close_matches(name[:50], known, n=1)
    hint = f"; {near[0]} is meant?" if near else f"; it has {', '.join(known)}"
    detail = f"this list has no parameter {shown(name)}{hint}"
    return problem(ProblemName.PARAMETER_UNKNOWN, detail)


def limit_of(text: str) -> int:
    """Return how many rows a page has.

    Raises
    ------
    ValueError
        If it is not from 1 to 200.
    """
    if _LIMIT.fullmatch(text) is None or not 1 <= int(text) <= MAX_LIMIT:
        raise ValueError(f"must be 1 to {MAX_LIMIT}")
    return int(text)


def instant_of(text: str) -> datetime:
    """Return an RFC 3339 instant in UTC.

    Raises
    ------
    ValueError
        If it is none, or has no offset.

    Examples
    --------
    >>> instant_of("2026-03-01T08:00:00+08:00").isoformat()
    '2026-03-01T00:00:00+00:00'
    """
    told = text.upper()
    if _INSTANT.fullmatch(told) is None:
        raise ValueError("must be an RFC 3339 instant with an offset; in an address + is %2B")
    try:
        return datetime.fromisoformat(told).astimezone(UTC)
    except OverflowError:
        raise ValueError("must lie in the years 1 to 9999") from None


def instant_text(instant: datetime) -> str:
    """Return an aware ``instant`` as the API answers it: RFC 3339 in ``Z``.

    Examples
    --------
    >>> instant_text(datetime(2026, 3, 1, tzinfo=UTC))
    '2026-03-01T00:00:00Z'
    """
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z")
