"""A batch read at once: what every record of it certainly tells, column by column.

``codecs.decode`` judges one record and words the refusal. Here a whole batch is decoded in one
call and its columns are asked together, which costs a fifth. What does not pass is cut into pieces,
and a piece that does not pass goes record by record: the doubt costs time and never an event.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache, lru_cache
from itertools import chain
from operator import attrgetter
from typing import Any, get_type_hints

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from schemas.event import MAX_EVENT_BYTES, MAX_YEAR, MIN_YEAR
from schemas.quantity import BOUNDS, MAX_DIGITS, Bound
from schemas.twin import twin, twin_of
from schemas.wall import MAX_AHEAD, refuse_future
from schemas.wire import (
    HASH,
    ID,
    PAIRS,
    QUANTITIES,
    SLUG,
    Shape,
    WireEvent,
    WireLeg,
    WireLegDescribed,
    WirePlace,
    shapes_of,
)
from streams.codecs import decode
from streams.sort_out import DeadLetter, sort_out

PIECE_RECORDS = 64
MAX_KNOWN_TEXTS = 100_000
# Plain ids need no look: JSON has control characters only behind a backslash, but for DEL.
NOT_PLAIN = (b"\\", b"\x7f")
_WIDE = pa.decimal128(38, MAX_DIGITS)
_INSTANT = pa.timestamp("us", tz="UTC")
_OF_NUMBERS = b"0123456789.-"  # no exponent, no sign of plus: those are judged one by one
# No offset moves these out of the years that an event may lie in.
_EARLIEST = datetime(MIN_YEAR, 1, 2, tzinfo=UTC)
_LATEST = datetime(MAX_YEAR, 12, 30, tzinfo=UTC)
_PAIR = (("lat", BOUNDS["lat"]), ("lon", BOUNDS["lon"]))
Column = Sequence[Any]


@dataclass(slots=True)
class Batch:
    """What records tell: ``events[i]`` is the twin of ``records[i]``; the others are letters."""

    records: list[Any]
    events: list[Any]
    dead: list[DeadLetter]


class BatchReader:
    """Reads batches of one kind of event; what it takes, ``codecs.decode`` takes too."""

    def __init__(self, kind: type[WireEvent]) -> None:
        """Compile the questions of ``kind``, which describes a leg."""
        if not issubclass(kind, WireLegDescribed):
            raise TypeError(f"{kind.__name__} describes no leg; its rules are not known here")
        self._kind = kind
        self._decoder = msgspec.json.Decoder(twin_of(kind))
        shapes = shapes_of(kind)
        self._words = [n for n, s in shapes.items() if s in (SLUG, HASH)]
        self._shapes = shapes
        self._formed = [(n, s) for n, s in shapes.items() if s not in (SLUG, HASH, ID)]
        self._places = [n for n, hint in get_type_hints(kind).items() if hint is WirePlace]
        self._pairs = PAIRS if kind is WireLeg else ()
        self._numbers = QUANTITIES[kind]
        self._once = {*(n for n, _ in self._numbers), *chain.from_iterable(self._pairs)}

    def read(self, records: Sequence[Any], now: datetime) -> Batch:
        """Return what ``records`` tell, in their order; an event after ``now`` is refused.

        Every record is either among the events or among the dead letters.
        """
        events = self._certain([record.value or b"" for record in records], now)
        if events is not None:
            return Batch(list(records), events, [])
        read = Batch([], [], [])
        for start in range(0, len(records), PIECE_RECORDS):
            self._read_piece(records[start : start + PIECE_RECORDS], now, read)
        return read

    def _read_piece(self, piece: Sequence[Any], now: datetime, into: Batch) -> None:
        events = self._certain([record.value or b"" for record in piece], now)
        if events is not None:
            into.records.extend(piece)
            into.events.extend(events)
            return

        def judge(record: Any) -> tuple[Any, Any]:
            event = decode(self._kind, record.value or b"")
            refuse_future(datetime.fromisoformat(event.occurred_at), now)
            return record, twin(event)

        judged = sort_out(piece, judge)
        for record, event in judged.answers:
            into.records.append(record)
            into.events.append(event)
        into.dead.extend(judged.dead)

    # -- what is certain -----------------------------------------------------------------------

    def _certain(self, raws: Sequence[bytes], now: datetime) -> list[Any] | None:
        """Return the twins of ``raws``, or None where one of them might be refused."""
        lines = b"\n".join(raws)
        if (
            not raws
            or max(map(len, raws)) > MAX_EVENT_BYTES
            or any(sign in lines for sign in NOT_PLAIN)
            # An object that ends in the next record, or two in one, would shift what follows. With
            # both braces in place a record of more lines than one gives more events than records.
            or not all(raw.startswith(b"{") and raw.endswith(b"}") for raw in raws)
        ):
            return None
        try:
            lines.decode()  # what stands in an ignored field must be text too
            events = self._decoder.decode_lines(lines)
            passed = len(events) == len(raws) and self._pass(events, now)
        except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, pa.ArrowInvalid):
            return None
        return events if passed else None

    def _pass(self, events: list[Any], now: datetime) -> bool:
        columns = {name: _column(events, name) for name in self._once}
        return (
            all(_are_words(_column(events, name), self._shapes[name]) for name in self._words)
            and all(_are_formed(_column(events, name), shape) for name, shape in self._formed)
            and _are_times(_column(events, "occurred_at"), now)
            and all(_are_within(columns[name], bound) for name, bound in self._numbers)
            and all(_are_places(_column(events, name)) for name in self._places)
            and all(_come_together(columns[one], columns[other]) for one, other in self._pairs)
        )


@cache
def _getter(name: str) -> Callable[[Any], Any]:
    return attrgetter(name)


def _column(events: Sequence[Any], name: str) -> list[Any]:
    return list(map(_getter(name), events))


def _told(column: Column) -> list[str]:
    """Return the texts that were given."""
    lacking = column.count(None)
    if lacking == len(column):
        return []
    return [text for text in column if text is not None] if lacking else list(column)


@lru_cache(MAX_KNOWN_TEXTS)
def _is_word(text: str, shape: Shape) -> bool:
    return not shape.refuses(text)


def _are_words(column: Column, shape: Shape) -> bool:
    """A company has few words and says them again and again, so each is asked once."""
    different = set(column)
    different.discard(None)
    if isinstance(next(iter(different), None), tuple):
        different = set(chain.from_iterable(different))
    return all(_is_word(text, shape) for text in different)


@cache
def _lines_of(shape: Shape) -> Callable[[str], object]:
    pattern = shape.pattern.removeprefix("^").removesuffix("$")
    return re.compile(rf"(?:{pattern}\n)*").fullmatch


def _are_formed(column: Column, shape: Shape) -> bool:
    texts = _told(column)
    return not texts or _lines_of(shape)("\n".join((*texts, ""))) is not None


def _are_times(column: Column, now: datetime) -> bool:
    """Whether all are times of the calendar; their form was asked before."""
    ends = pc.min_max(pa.array(column, pa.string()).cast(_INSTANT)).as_py()
    first, last = ends["min"], ends["max"]
    return bool(first >= _EARLIEST and last <= min(now + MAX_AHEAD, _LATEST))


def _are_within(column: Column, bound: Bound) -> bool:
    texts = _told(column)
    if not texts:
        return True
    others = "".join(texts).encode().translate(None, _OF_NUMBERS)
    if others or max(map(len, texts)) > MAX_DIGITS:
        return False
    ends = pc.min_max(pa.array(texts, pa.string()).cast(_WIDE)).as_py()
    least: Decimal = ends["min"]
    return bool(
        (bound.minimum < least if bound.above else bound.minimum <= least)
        and bound.reaches(ends["max"])
    )


def _are_places(column: Column) -> bool:
    """A place has a site, or both coordinates; it never has one of the two."""
    different = set(column)
    return all(
        _are_within([getattr(place, name) for place in different], bound) for name, bound in _PAIR
    ) and not any(
        (place.lat is None) != (place.lon is None) or (place.site_id is None and place.lat is None)
        for place in different
    )


def _come_together(first: Column, second: Column) -> bool:
    lacking = first.count(None)
    if lacking != second.count(None):
        return False
    return lacking in (0, len(first)) or not any(
        (one is None) != (other is None) for one, other in zip(first, second, strict=True)
    )
