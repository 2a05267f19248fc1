"""From values to Arrow columns: exact scales, UUIDs as UUIDs, days left to the database."""

import hashlib
from collections.abc import Iterable, Mapping
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import pyarrow as pa

_CONTEXT = Context(prec=38, rounding=ROUND_HALF_EVEN)
_STEPS = {places: Decimal(1).scaleb(-places) for places in (3, 6)}
_PRECISION = 18
UUID_BYTES = 16
INSTANT = pa.timestamp("us", tz="UTC")
Column = Any  # a pyarrow.Array; pyarrow ships no types


def rounded(number: Decimal | None, places: int) -> Decimal | None:
    """Return ``number`` with at most ``places`` decimals, half even; nothing is done twice.

    Examples
    --------
    >>> rounded(Decimal("2.5005"), 3)
    Decimal('2.500')
    """
    if number is None or int(number.as_tuple().exponent) >= -places:
        return number
    return number.quantize(_STEPS[places], context=_CONTEXT)


def decimals(numbers: Iterable[Decimal | None], places: int) -> Column:
    """Return a decimal column of ``places`` decimals, each number rounded once, half even."""
    given, kind = list(numbers), pa.decimal128(_PRECISION, places)
    try:
        return pa.array(given, kind)
    except pa.ArrowInvalid:  # a number with more decimals is refused, never cut
        return pa.array([rounded(number, places) for number in given], kind)


def id_bytes(text: str) -> bytes:
    """Return the sixteen bytes of a UUID's text, in whatever case it is written.

    Examples
    --------
    >>> id_bytes("00000000-0000-0000-0000-0000000000FF")[-1]
    255
    """
    return bytes.fromhex(text.replace("-", ""))


def uuids(ids: Iterable[bytes | None]) -> Column:
    """Return a UUID column from the bytes of each."""
    return pa.ExtensionArray.from_storage(pa.uuid(), pa.array(list(ids), pa.binary(UUID_BYTES)))


def instants(values: Iterable[datetime | None]) -> Column:
    """Return a column of instants."""
    return pa.array(list(values), INSTANT)


def texts(values: Iterable[str | bytes | None]) -> Column:
    """Return a text column; bytes are UTF-8."""
    return pa.array(list(values), pa.string())


def integers(values: Iterable[int | None]) -> Column:
    """Return a signed 64-bit column."""
    return pa.array(list(values), pa.int64())


def hashes(values: Iterable[int]) -> Column:
    """Return an unsigned 64-bit column."""
    return pa.array(list(values), pa.uint64())


def flags(values: Iterable[bool | None]) -> Column:
    """Return a boolean column."""
    return pa.array(list(values), pa.bool_())


def days(values: Iterable[str | date | None]) -> Column:
    """Return a column of days, given as days or as their text."""
    given = [date.fromisoformat(v) if isinstance(v, str) else v for v in values]
    return pa.array(given, pa.date32())


def table(columns: Mapping[str, Column]) -> pa.Table:
    """Return ``columns`` as one table."""
    return pa.table(dict(columns))


def digest64(data: bytes) -> int:
    """Return 64 bits of BLAKE2b: a content hash that fits a column."""
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest())
