"""Canonical JSON: one text per value, so that digests, hashes and replays are equal."""

import hashlib
import json
from datetime import UTC, datetime
from typing import Any

import orjson

from ledger.refusals import Malformed
from schemas.refusal import shown

MAX_BODY_BYTES = 1024 * 1024
MAX_DEPTH = 20


_strict = json.JSONEncoder(
    sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
).encode
# Instants and dataclasses are no JSON: they are left to the strict one, which refuses them.
_OPTIONS = orjson.OPT_SORT_KEYS | orjson.OPT_PASSTHROUGH_DATETIME | orjson.OPT_PASSTHROUGH_DATACLASS


def compact(value: Any) -> bytes:
    """Return ``value`` as JSON in UTF-8: keys sorted, nothing between, every character as it is.

    Written in Rust; the standard library is asked about what that refuses, and where a null may
    be a NaN: it says what is wrong.

    Raises
    ------
    TypeError, ValueError, RecursionError
        If JSON has no such value; ``UnicodeEncodeError`` for half a surrogate pair.
    """
    try:
        raw = orjson.dumps(value, option=_OPTIONS)
    except orjson.JSONEncodeError:
        return _strict(value).encode()
    if b"null" in raw:
        _strict(value)
    return raw


def canonical(value: Any) -> str:
    """Return ``value`` as JSON text: keys sorted, nothing between, every character as it is.

    Raises
    ------
    Malformed
        If it holds NaN or infinity, half a surrogate pair, what JSON lacks, or is too deep or long.

    Examples
    --------
    >>> canonical({"b": 1, "a": [True, None]})
    '{"a":[true,null],"b":1}'
    """
    try:
        raw = compact(value)
    except UnicodeEncodeError as error:
        raise Malformed(f"half a surrogate pair at character {error.start}") from None
    except (TypeError, ValueError, RecursionError) as error:
        raise Malformed(f"cannot be written as JSON: {shown(str(error))}") from None
    if len(raw) > MAX_BODY_BYTES:
        raise Malformed(f"{len(raw)} bytes; at most {MAX_BODY_BYTES} are kept")
    # What opens fewer brackets cannot be deeper; the walk is for the few that do.
    if raw.count(b"[") + raw.count(b"{") > MAX_DEPTH and depth_of(value) > MAX_DEPTH:
        raise Malformed(f"is nested deeper than {MAX_DEPTH}")
    return raw.decode()


def depth_of(value: Any) -> int:
    """Return how deep ``value`` is nested, not looking further than is allowed.

    Examples
    --------
    >>> depth_of({"a": [1]})
    2
    """
    depth, level = 0, [value]
    while depth <= MAX_DEPTH:
        level = [one for one in level if isinstance(one, dict | list | tuple)]
        if not level:
            return depth
        depth += 1
        level = [
            inner for one in level for inner in (one.values() if isinstance(one, dict) else one)
        ]
    return depth


def body_digest(body: Any) -> str:
    """Return the SHA-256 of bytes as they are, and of anything else as canonical JSON.

    Raises
    ------
    Malformed
        If it has no canonical JSON.
    """
    raw = body if isinstance(body, bytes) else canonical(body).encode()
    return hashlib.sha256(raw).hexdigest()


def stamp(instant: datetime) -> str:
    """Return an aware ``instant`` as a UTC text of one width, so that texts sort as instants do.

    Raises
    ------
    ValueError
        If it has no offset.

    Examples
    --------
    >>> stamp(datetime(2026, 1, 2, 3, 4, tzinfo=UTC))
    '2026-01-02T03:04:00.000000Z'
    """
    if instant.tzinfo is None:
        raise ValueError(f"has no offset from UTC: {instant}")
    text = instant.astimezone(UTC).replace(tzinfo=None).isoformat(timespec="microseconds")
    return f"{text}Z"
