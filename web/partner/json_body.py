"""JSON bodies: read in C wherever that says the same as the wall does."""

from contextlib import suppress
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from schemas.wall import MAX_DEPTH, read_json

_decode = msgspec.json.Decoder(float_hook=Decimal).decode
# What it does not take is refused, or read, by the wall itself, which says why.
_LEFT_TO_THE_WALL = (msgspec.DecodeError, UnicodeDecodeError, ValueError, InvalidOperation)


def read_body_json(raw: bytes, *, max_bytes: int) -> Any:
    """Return the JSON value of ``raw`` with exact numbers, as ``schemas.wall.read_json`` does.

    Raises
    ------
    schemas.refusal.Refused
        If it is too large, not UTF-8, not JSON, too deep, or holds NaN or infinity.
    """
    # What opens so few brackets cannot be too deep.
    if len(raw) <= max_bytes and raw.count(b"{") + raw.count(b"[") < MAX_DEPTH:
        with suppress(*_LEFT_TO_THE_WALL):
            return _decode(raw)
    return read_json(raw, max_bytes=max_bytes)
