"""JSON bytes to wire structs and back; the only JSON of the hot path."""

from collections.abc import Mapping
from datetime import date
from decimal import Decimal, InvalidOperation
from operator import attrgetter
from types import MappingProxyType
from typing import Any, TypeVar

import msgspec

from schemas.event import MAX_EVENT_BYTES, Event, instant
from schemas.forklift import ForkliftRead
from schemas.open_reading import without_unknown
from schemas.quantity import BOUNDS, MAX_DIGITS, Bound, refuse_outside
from schemas.refusal import Reason, Refused, shown
from schemas.shipment import ForwardOrderRouted, LegCompleted, LegEmitted
from schemas.takeback import TakebackOrderChanged, TakebackUnitChanged
from schemas.wall import accept, read_json
from schemas.wire import (
    HASH,
    ID,
    PAIRS,
    QUANTITIES,
    SLUG,
    TIME,
    Shape,
    WireEmission,
    WireEvent,
    WireLeg,
    WireLegDescribed,
    WireOrderRoute,
    WirePlace,
    WireReading,
    WireTakebackOrder,
    WireTakebackUnit,
    shapes_of,
)

Wire = TypeVar("Wire", bound=WireEvent)

CONTRACTS: Mapping[type[WireEvent], type[Event]] = MappingProxyType(
    {
        WireLeg: LegCompleted,
        WireEmission: LegEmitted,
        WireOrderRoute: ForwardOrderRouted,
        WireReading: ForkliftRead,
        WireTakebackOrder: TakebackOrderChanged,
        WireTakebackUnit: TakebackUnitChanged,
    }
)
_DECODERS: Mapping[type[WireEvent], msgspec.json.Decoder[Any]] = {
    kind: msgspec.json.Decoder(kind) for kind in CONTRACTS
}
_PLACE: tuple[tuple[str, Bound], ...] = (("lat", BOUNDS["lat"]), ("lon", BOUNDS["lon"]))
_SOUTH, _NORTH = BOUNDS["lat"].minimum, BOUNDS["lat"].maximum
_WEST, _EAST = BOUNDS["lon"].minimum, BOUNDS["lon"].maximum
_WORD_SHAPES = frozenset({SLUG, HASH})
MAX_KNOWN_WORDS = 100_000
_known_words: set[object] = set()  # a company has few, and says them again and again


class _Texts:
    """The text fields of one shape by how they are asked: remembered words, ids, others."""

    def __init__(self, kind: type[WireEvent]) -> None:
        """Sort the fields of ``kind``; its time is read, not compared."""
        shapes = [(n, s) for n, s in shapes_of(kind).items() if s is not TIME]
        self.word_shapes = tuple((n, s) for n, s in shapes if s in _WORD_SHAPES)
        self.words = attrgetter("__class__", *(n for n, _ in self.word_shapes))
        self.ids = tuple(n for n, s in shapes if s is ID)
        known = {*self.ids, *(n for n, _ in self.word_shapes)}
        self.others = tuple((n, s) for n, s in shapes if n not in known)


_TEXTS: Mapping[type[WireEvent], _Texts] = {kind: _Texts(kind) for kind in CONTRACTS}
_DAYS = ("ordered_on", "promised_on", "delivered_on")
encode = msgspec.json.Encoder(decimal_format="string").encode


def decode(kind: type[Wire], raw: bytes) -> Wire:
    """Return the event that ``raw`` tells.

    Raises
    ------
    Refused
        If it breaks the contract; the sentence is the one HTTP intake would give.
    """
    if len(raw) > MAX_EVENT_BYTES:
        raise Refused(Reason.TOO_LARGE, f"{len(raw)} bytes; an event has at most {MAX_EVENT_BYTES}")
    try:
        raw.decode()  # what stands in an ignored field must be text too
        event: Wire = _DECODERS[kind].decode(raw)
        # JSON has control characters only behind a backslash, but for DEL.
        check(event, is_plain=b"\\" not in raw and b"\x7f" not in raw)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError, Refused) as error:
        return _judged(kind, raw, error)
    return event


def _judged(kind: type[Wire], raw: bytes, error: Exception) -> Wire:
    """Let the published contract judge what the hot path refused: it names field and value.

    They differ on one thing: the contract takes the last of a name given twice, and the hot path
    stumbles over a bad first.
    """
    model = CONTRACTS[kind]
    value = without_unknown(model, read_json(raw))
    accept(model, value)
    try:
        return msgspec.convert(value, kind)
    except msgspec.ValidationError:
        raise Refused(Reason.SCHEMA, shown(str(error))) from None


def check(event: WireEvent, *, is_plain: bool = False) -> None:
    """Raise ``Refused`` where ``event`` breaks a bound or a rule that its types do not tell.

    Parameters
    ----------
    is_plain
        Whether it is known that no text holds a control character.
    """
    kind = type(event)
    _refuse_texts(event, _TEXTS[kind], is_plain=is_plain)
    _refuse_numbers("", event, QUANTITIES[kind])
    try:
        instant(event.occurred_at)
    except ValueError as error:
        raise Refused(Reason.SCHEMA, f"occurred_at: {error}") from None
    if isinstance(event, WireLegDescribed):
        _check_leg(event, is_plain=is_plain)
    elif isinstance(event, WireReading):
        _check_reading(event)
    elif isinstance(event, WireOrderRoute):
        _check_days(event)


def _refuse_texts(event: WireEvent, texts: _Texts, *, is_plain: bool) -> None:
    words = texts.words(event)
    if words not in _known_words:
        for name, shape in texts.word_shapes:
            _refuse_text(name, getattr(event, name), shape)
        if len(_known_words) >= MAX_KNOWN_WORDS:
            _known_words.clear()
        _known_words.add(words)
    for name, shape in texts.others:
        text = getattr(event, name)
        if text is not None and shape.refuses(text):
            _refuse_text(name, text, shape)
    if not is_plain:
        for name in texts.ids:
            _refuse_text(name, getattr(event, name), ID)


def _refuse_text(name: str, given: str | tuple[str, ...] | None, shape: Shape) -> None:
    for text in given if isinstance(given, tuple) else (given,):
        if text is not None and shape.refuses(text):
            raise Refused(Reason.SCHEMA, f"{name}: {shown(text)} does not match {shape.pattern}")


def _refuse_numbers(prefix: str, of: object, bounds: tuple[tuple[str, Bound], ...]) -> None:
    for field, bound in bounds:
        number = getattr(of, field)
        if number is None:
            continue
        try:
            low = bound.minimum < number if bound.above else bound.minimum <= number
            good = low and bound.reaches(number) and _fits(number)
        except InvalidOperation:  # a comparison with NaN
            good = False
        if not good:
            refuse_outside(prefix + field, number, bound)


def _fits(number: Decimal) -> bool:
    text = str(number)
    if len(text) <= MAX_DIGITS and "E" not in text:
        return True  # a short text without an exponent cannot hold too many digits
    parts = number.as_tuple()
    exponent = int(parts.exponent)  # a number within bounds is finite
    return len(parts.digits) + max(exponent, 0) <= MAX_DIGITS and exponent >= -MAX_DIGITS


def _check_leg(leg: WireLegDescribed, *, is_plain: bool) -> None:
    for name in ("origin", "destination"):
        place: WirePlace = getattr(leg, name)
        if not is_plain and place.site_id is not None:
            _refuse_text(f"{name}.site_id", place.site_id, ID)
        if not _is_on_earth(place):
            _check_place(name, place)
    if isinstance(leg, WireLeg):
        for one, other in PAIRS:
            if (getattr(leg, one) is None) != (getattr(leg, other) is None):
                raise Refused(
                    Reason.SCHEMA,
                    f"the body: {one} and {other} come together, "
                    f"got {getattr(leg, one)} and {getattr(leg, other)}",
                )


def _is_on_earth(place: WirePlace) -> bool:
    """Return whether both coordinates are certainly good; what is not certain is asked again."""
    lat, lon = place.lat, place.lon
    return (
        lat is not None
        and lon is not None
        and lat.is_finite()
        and lon.is_finite()
        and _SOUTH <= lat <= _NORTH
        and _WEST <= lon <= _EAST
        and _fits(lat)
        and _fits(lon)
    )


def _check_place(name: str, place: WirePlace) -> None:
    if (place.lat is None) != (place.lon is None):
        raise Refused(Reason.SCHEMA, f"{name}: lat and lon come together")
    if place.site_id is None and place.lat is None:
        raise Refused(Reason.SCHEMA, f"{name}: a place needs a site_id, or lat and lon")
    _refuse_numbers(f"{name}.", place, _PLACE)


def _check_reading(reading: WireReading) -> None:
    told = (
        reading.operating_total_h, reading.energy_total_kwh, reading.fuel_total_l,
        reading.distance_total_km, reading.lift_total_count, reading.state_of_charge_share,
        reading.charging, reading.loaded,
    )  # fmt: skip
    if all(value is None for value in told):
        raise Refused(Reason.SCHEMA, "the body: a reading needs at least one counter or state")


def _check_days(routed: WireOrderRoute) -> None:
    for name in _DAYS:
        day = getattr(routed, name)
        try:
            if day is not None:
                date.fromisoformat(day)
        except ValueError as error:
            raise Refused(Reason.SCHEMA, f"{name}: {error}, got {day}") from None
