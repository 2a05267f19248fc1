"""Canonical JSON: one text per value, so that digests, hashes and replays are equal."""

import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from ledger.refusals import Malformed
from schemas.refusal import shown

MAX_BODY_BYTES = 1024 * 1024
MAX_DEPTH = 20


def encoder(*, sort_keys: bool) -> Callable[[Any], str]:
    """Return what writes compact JSON, every character as it is, NaN and cycles refused.

    ``JSONEncoder.encode`` builds a new encoder in C for each value, which costs more than a short
    value itself; here one is built for all, where this Python has it.
    """
    plain = json.JSONEncoder(
        sort_keys=sort_keys, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )
    make = getattr(json.encoder, "c_make_encoder", None)
    if make is None:
        return plain.encode
    write = make(
        None, plain.default, json.encoder.encode_basestring, None, ":", ",", sort_keys, False, False
    )
    return lambda value: "".join(write(value, 0))


_encode = encoder(sort_keys=True)


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
        text = _encode(value)
        size = len(text) if text.isascii() else len(text.encode())
    except UnicodeEncodeError as error:
        raise Malformed(f"half a surrogate pair at character {error.start}") from None
    except (TypeError, ValueError, RecursionError) as error:
        raise Malformed(f"cannot be written as JSON: {shown(str(error))}") from None
    if size > MAX_BODY_BYTES:
        raise Malformed(f"{size} bytes; at most {MAX_BODY_BYTES} are kept")
    # What opens fewer brackets cannot be deeper; the walk is for the few that do.
    if text.count("[") + text.count("{") > MAX_DEPTH and depth_of(value) > MAX_DEPTH:
        raise Malformed(f"is nested deeper than {MAX_DEPTH}")
    return text


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
