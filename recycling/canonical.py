"""Canonical JSON of RFC 8785: one sequence of bytes per document, so that it can be signed.

Signed documents hold no fractions (a decimal is a text), so that numbers need no rule of their own.
"""

import json
from collections.abc import Iterable
from typing import Any

from schemas.refusal import shown

MAX_DEPTH = 20
MAX_SAFE_INTEGER = 2**53 - 1  # beyond it readers that keep numbers as doubles disagree
_encode = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode


class NotCanonical(ValueError):
    """A value that has no canonical form, or bytes that are not theirs."""


def canonical_bytes(value: Any) -> bytes:
    """Return the canonical form of ``value`` in UTF-8.

    Raises
    ------
    NotCanonical
        If it holds a fraction, a whole number of more than 53 bits, half a surrogate pair, a key
        that is no text, or what JSON lacks, or is nested too deep.

    Examples
    --------
    >>> canonical_bytes({"b": 1, "a": [True, None, "1.50"]})
    b'{"a":[true,null,"1.50"],"b":1}'
    """
    try:
        return _encode(_ordered(value, 0)).encode()
    except UnicodeEncodeError as error:
        raise NotCanonical(f"half a surrogate pair in {shown(error.object)}") from None


def _ordered(value: Any, depth: int) -> Any:
    if depth > MAX_DEPTH:
        raise NotCanonical(f"is nested deeper than {MAX_DEPTH}")
    if value is None or isinstance(value, bool | str):
        return value
    if isinstance(value, int):
        if abs(value) > MAX_SAFE_INTEGER:
            raise NotCanonical(f"{value} has more than 53 bits; write it as a text")
        return value
    if isinstance(value, list | tuple):
        return [_ordered(one, depth + 1) for one in value]
    if isinstance(value, dict):
        return {name: _ordered(value[name], depth + 1) for name in _sorted(value)}
    raise NotCanonical(f"{shown(value)} is {type(value).__name__}; write it as a text")


def _sorted(names: Iterable[Any]) -> list[str]:
    """Sort by UTF-16 code units (RFC 8785, 3.2.3), where a pair comes before U+FB33."""
    some = list(names)
    for name in some:
        if not isinstance(name, str):
            raise NotCanonical(f"the key {shown(name)} is no text")
    return sorted(some, key=lambda name: name.encode("utf-16-be"))


def read_canonical(raw: bytes) -> Any:
    """Return the value whose canonical form ``raw`` is.

    Raises
    ------
    NotCanonical
        If it is no JSON, or written in another way than its canonical form: other spaces, another
        sequence, a key twice, a fraction.
    """
    try:
        value = json.loads(raw.decode(), parse_float=_no_fraction, parse_constant=_no_fraction)
    except NotCanonical:
        raise
    except (ValueError, RecursionError) as error:
        raise NotCanonical(f"is no JSON of UTF-8: {shown(str(error))}") from None
    if canonical_bytes(value) != raw:
        raise NotCanonical("is not written in its canonical form (RFC 8785)")
    return value


def _no_fraction(text: str) -> Any:
    raise NotCanonical(f"{shown(text)} is a fraction; write it as a text")
