"""From values to Arrow columns: exact scales, UUIDs as UUIDs, days left to the database."""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from schemas.quantity import MAX_DIGITS

_CONTEXT = Context(prec=38, rounding=ROUND_HALF_EVEN)
_STEPS = {places: Decimal(1).scaleb(-places) for places in (3, 6)}
_PRECISION = 18
_EXACT = pa.decimal128(38, MAX_DIGITS)
UUID_BYTES = 16
INSTANT = pa.timestamp("us", tz="UTC")
SEPARATOR = b"\x1f"  # no text of an event holds a control character
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


def decimals_of(numbers: Column, places: int) -> Column:
    """Return ``decimals`` of a text column; Arrow reads a text faster than a Decimal.

    Examples
    --------
    >>> decimals_of(pa.array(["698.6", None, "2.5005"]), 3).to_pylist()
    [Decimal('698.600'), None, Decimal('2.500')]
    """
    try:
        return numbers.cast(pa.decimal128(_PRECISION, places))
    except pa.ArrowInvalid:  # more decimals than places, or an exponent
        return decimals((t if t is None else Decimal(t) for t in numbers.to_pylist()), places)


def exact_texts(numbers: Column) -> Column:
    """Return a text column of numbers in the one spelling that each value has.

    Examples
    --------
    >>> exact_texts(pa.array(["412.500", "412.5"])).to_pylist()
    ['412.500000000000000000', '412.500000000000000000']
    """
    try:
        wide = numbers.cast(_EXACT)
    except pa.ArrowInvalid:
        wide = pa.array([t if t is None else Decimal(t) for t in numbers.to_pylist()], _EXACT)
    return wide.cast(pa.string())


def id_bytes(text: str) -> bytes:
    """Return the sixteen bytes of a UUID's text, in whatever case it is written.

    Examples
    --------
    >>> id_bytes("00000000-0000-0000-0000-0000000000FF")[-1]
    255
    """
    return bytes.fromhex(text.replace("-", ""))


def ids_bytes(texts_of_ids: Sequence[str]) -> list[bytes]:
    """Return ``id_bytes`` of many checked UUIDs at once."""
    joined = bytes.fromhex("".join(texts_of_ids).replace("-", ""))
    return [joined[at : at + UUID_BYTES] for at in range(0, len(joined), UUID_BYTES)]


def uuids(ids: Iterable[bytes | None]) -> Column:
    """Return a UUID column from the bytes of each."""
    return pa.ExtensionArray.from_storage(pa.uuid(), pa.array(list(ids), pa.binary(UUID_BYTES)))


def column_of(values: list[Any], kind: Any) -> Column:
    """Return a column of ``kind``; ids are given as UUIDs."""
    if kind == pa.uuid():
        return uuids([None if value is None else value.bytes for value in values])
    return pa.array(values, kind)


def instants(values: Iterable[datetime | None]) -> Column:
    """Return a column of instants."""
    return pa.array(list(values), INSTANT)


def days_in(zone: str, at: Column) -> Column:
    """Return the day of each instant of a column in a time zone.

    Examples
    --------
    >>> night = instants([datetime.fromisoformat("2026-05-31T16:30:00Z")])
    >>> days_in("Asia/Shanghai", night).to_pylist()
    [datetime.date(2026, 6, 1)]
    """
    local = pc.local_timestamp(at.cast(pa.timestamp("us", tz=zone)))
    return pc.floor_temporal(local, unit="day").cast(pa.date32())


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


def constant(value: Any, kind: Any, count: int) -> Column:
    """Return a column that holds ``value`` everywhere."""
    return pa.repeat(pa.scalar(value, kind), count)


def table(columns: Mapping[str, Column]) -> pa.Table:
    """Return ``columns`` as one table."""
    return pa.table(dict(columns))


def joined(columns: Iterable[Column]) -> list[bytes]:
    """Return the texts of each row in one; an absent one is empty."""
    given = [column.cast(pa.string()).cast(pa.binary()) for column in columns]
    rows = pc.binary_join_element_wise(
        *given, SEPARATOR, null_handling="replace", null_replacement=b""
    )
    told: list[bytes] = rows.to_pylist()
    return told


def digest64(data: bytes) -> int:
    """Return 64 bits of BLAKE2b: a content hash that fits a column."""
    return int.from_bytes(hashlib.blake2b(data, digest_size=8).digest())
