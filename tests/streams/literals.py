"""Events written letter by letter: what a sender may put on the wire, good and odd."""

import json
import re
from collections.abc import Mapping
from decimal import Decimal
from functools import cache
from typing import Any

from hypothesis import strategies as st
from msgspec import inspect

from schemas.quantity import MAX_DIGITS, Bound
from schemas.wire import ID, PAIRS, QUANTITIES, Shape, WireEvent, WireLeg, WireReading, shapes_of

Event = dict[str, str]  # the JSON text of each field

quoted = st.booleans()


def written(fields: Mapping[str, str]) -> bytes:
    """Return the object, each field as its literal says; lone surrogates stay escaped."""
    return ("{" + ",".join(f'"{name}":{text}' for name, text in fields.items()) + "}").encode()


def _decimals(bound: Bound) -> st.SearchStrategy[str]:
    lowest = bound.minimum + (Decimal("1e-9") if bound.above else 0)
    highest = bound.maximum - (Decimal("1e-9") if bound.below else 0)
    numbers = st.decimals(lowest, highest, places=6).filter(
        lambda number: len(number.as_tuple().digits) <= MAX_DIGITS
    )
    ends = st.sampled_from([lowest, highest])
    return st.builds(
        lambda number, quote: json.dumps(f"{number:f}") if quote else f"{number:f}",
        numbers | ends,
        quoted,
    )


_TEXT = {
    "event_id": st.uuids().map(str) | st.uuids().map(lambda one: str(one).upper()),
    "time": st.datetimes()
    .filter(lambda at: 1900 <= at.year <= 2999)
    .flatmap(
        lambda at: st.sampled_from(["Z", "+08:00", "-03:30", "+00:00", "-00:00", "+23:59"]).map(
            lambda offset: at.isoformat() + offset
        )
    ),
    "day": st.dates().map(str),
}


def _text(name: str, of: inspect.StrType, shape: Shape) -> st.SearchStrategy[str]:
    if name in {"event_id", "source_event_id", "correction_of"}:
        return _TEXT["event_id"]
    if name.endswith("_at"):
        return _TEXT["time"]
    if name.endswith("_on"):
        return _TEXT["day"]
    if shape == ID:  # any letters but control characters
        letters = st.characters(exclude_categories=["Cs"]).filter(
            lambda letter: letter not in "\x7f" and letter >= " "
        )
        return st.text(letters, min_size=1, max_size=of.max_length)
    pattern = shape.pattern.removesuffix("$").replace("*", "{0,63}")
    texts = st.from_regex(re.compile(pattern + r"\Z"))
    return texts.filter(lambda text: len(text) <= (of.max_length or 64))


def _value(
    name: str, of: inspect.Type, bounds: Mapping[str, Bound], shapes: Mapping[str, Shape]
) -> st.SearchStrategy[str]:
    if isinstance(of, inspect.UnionType):
        inner = next(one for one in of.types if not isinstance(one, inspect.NoneType))
        return st.just("null") | _value(name, inner, bounds, shapes)
    if isinstance(of, inspect.DecimalType):
        return _decimals(bounds[name])
    if isinstance(of, inspect.IntType):
        return st.integers(of.ge, of.le).map(str)
    if isinstance(of, inspect.BoolType):
        return st.sampled_from(["true", "false"])
    if isinstance(of, inspect.EnumType):
        return st.sampled_from([json.dumps(member.value) for member in of.cls])
    if isinstance(of, inspect.StrType):
        return st.builds(
            lambda text, ascii_only: json.dumps(text, ensure_ascii=ascii_only),
            _text(name, of, shapes[name]),
            st.booleans(),
        )
    if isinstance(of, inspect.VarTupleType):
        return st.lists(_value(name, of.item_type, bounds, shapes), max_size=of.max_length).map(
            lambda items: f"[{','.join(items)}]"
        )
    assert isinstance(of, inspect.StructType), of
    return st.sampled_from(
        ['{"site_id":"QDO"}', '{"lat":"36.1","lon":-120.40}', '{"site_id":"A","lat":-90,"lon":180}']
    )


@cache
def fields_of(kind: type[WireEvent]) -> tuple[inspect.Field, ...]:
    told = inspect.type_info(kind)
    assert isinstance(told, inspect.StructType)
    return told.fields


@cache  # building a strategy costs more than drawing from it
def valid_events(kind: type[WireEvent]) -> st.SearchStrategy[Event]:
    bounds, shapes = dict(QUANTITIES[kind]), shapes_of(kind)
    must: dict[str, st.SearchStrategy[str]] = {}
    may: dict[str, st.SearchStrategy[str]] = {}
    for field in fields_of(kind):
        (must if field.required else may)[field.name] = _value(
            field.name, field.type, bounds, shapes
        )
    return st.fixed_dictionaries(must, optional=may).map(lambda drawn: _consistent(kind, drawn))


def _consistent(kind: type[WireEvent], drawn: dict[str, Any]) -> Event:
    for pair in PAIRS if kind is WireLeg else ():
        if "null" in {drawn.get(name, "null") for name in pair}:
            drawn = {name: text for name, text in drawn.items() if name not in pair}
    if kind is WireReading:
        drawn = drawn | {"charging": "true"}
    return drawn


ODD = [
    "null", "true", "false", "[]", "{}", "0", "-0", "-0.0", "1", "1.0", "1e0", "10E-1", "-1", "01",
    "+1", ".5", "5.", "1e400", "-1e400", "1e-400", "0e18", "0e19", "1e-18", "1e-19", "0e400",
    "1e999999999999999999999", "NaN", "Infinity", "-Infinity", "nan", '"NaN"', '"sNaN123"',
    '"Infinity"', '"-inf"', '"1e400"', '"1e999999999999999999999"', '"0e-30"', '" 1"', '"1\\n"',
    '"1_0"', '"+5"', '".5"', '"0x10"', '"\\u0661"', "9" * 18, "9" * 19, "9" * 21, "9" * 400,
    "9" * 5_000, "0." + "0" * 400, "0." + "1" * 18, "0." + "1" * 19, '"' + "1" * 19 + '"',
    "9223372036854775807", "9223372036854775808", "18446744073709551616", '""', '"x"', '"S-1\\n"',
    '"a\\u0000b"', '"\\ud800"', '"\\ud83d\\ude00"', '"\\udc00\\ud800"', '"\\u007f"', '"\\x"',
    '"tab\there"', json.dumps("x" * 64), json.dumps("x" * 65), json.dumps("😀" * 64),
    json.dumps("x" * 40_000), json.dumps("x" * 70_000), '"2025-06-01T12:00:00Z"',
    '"2025-06-01T12:00:00"', '"2025-06-01t12:00:00z"', '"2025-06-01 12:00:00Z"',
    '"2025-06-01T12:00:00Z\\n"', '"2025-06-01T12:00:00.1234567Z"', '"2025-06-01T12:00:00.Z"',
    '"2025-02-30T12:00:00Z"', '"2025-06-01T24:00:00Z"', '"2025-06-01T23:59:60Z"',
    '"2025-06-01T12:00:00+24:00"', '"2025-06-01T12:00:00+00:60"', '"0001-01-01T00:00:00+23:59"',
    '"9999-12-31T23:59:59-23:59"', '"20250601T120000Z"', '"2025-06-01"', '"2025-02-29"',
    '"2025-6-1"', '"20250601"', '"2025-W01-1"', '"0000-01-01"', '"2025-06-01\\n"', "20250601",
    '"road"', '"Road"', '"road "', '["road"]', "[" * 25 + "]" * 25, "[" * 30_000, '{"a":' * 30_000,
    '{"site_id":null}', '{"lat":1}', '{"lat":1,"lon":181}', '{"lat":"nan","lon":0}',
    '{"lat":true,"lon":0}', '{"site_id":""}', '{"site_id":"A","lat":null}', '["a","a"]', '["A"]',
    "[" + ",".join(['"a"'] * 16) + "]", "[" + ",".join(['"a"'] * 17) + "]", '["a",null]', "[1]",
    '"00000000-0000-0000-0000-000000000001\\n"', '"{00000000-0000-0000-0000-000000000001}"',
    '"00000000000000000000000000000001"', "", " ", "\u2028", '"unclosed', "1,",
]  # fmt: skip

numbers = st.from_regex(r"\A-?[0-9]{1,24}(\.[0-9]{1,24})?([eE][+-]?[0-9]{1,4})?\Z")
odd_literals = st.one_of(
    st.sampled_from(ODD),
    numbers,
    numbers.map(json.dumps),
    st.floats().map(json.dumps),
    st.text(st.characters(), max_size=70).map(json.dumps),  # surrogates too
    st.datetimes().map(lambda at: json.dumps(at.isoformat())),
)


@st.composite
def odd_events(draw: st.DrawFn, kind: type[WireEvent]) -> bytes:
    """A valid event, some of whose fields are missing, odd, or given twice."""
    event = draw(valid_events(kind))
    names = [field.name for field in fields_of(kind)]
    for name in draw(st.lists(st.sampled_from(names), min_size=1, max_size=3)):
        if draw(st.integers(0, 9)) == 0:
            event.pop(name, None)
        else:
            event[name] = draw(odd_literals)
    raw = written({name: text for name, text in event.items()})
    if draw(st.integers(0, 9)) == 0:
        twice = draw(st.sampled_from(names))
        raw = b'{"' + twice.encode() + b'":' + draw(odd_literals).encode() + b"," + raw[1:]
    return raw


@st.composite
def damaged_events(draw: st.DrawFn, kind: type[WireEvent]) -> bytes:
    """The bytes of a valid event, some of them lost, changed or added on the way."""
    raw = bytearray(written(draw(valid_events(kind))))
    for _ in range(draw(st.integers(1, 3))):
        at = draw(st.integers(0, len(raw) - 1))
        with_ = draw(
            st.binary(max_size=2)
            | st.sampled_from([b'"', b",", b"\\", b"0", b"\xff", b"\xed\xa0\x80"])
        )
        raw[at : at + draw(st.integers(0, 1))] = with_
    return bytes(raw)
