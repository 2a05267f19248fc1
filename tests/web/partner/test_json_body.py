"""Both readers of a body say the same."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.refusal import Refused
from schemas.wall import read_json
from web.partner.json_body import read_body_json

MAX_BYTES = 10_000
JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)  # fmt: skip


def told(read: Any, raw: bytes) -> Any:
    try:
        return read(raw, max_bytes=MAX_BYTES)
    except Refused as no:
        return str(no.reason), no.detail


@given(JSON_VALUES)
def test_what_is_json_is_read_alike(value: Any) -> None:
    raw = json.dumps(value).encode()

    assert told(read_body_json, raw) == told(read_json, raw)


@given(st.binary(max_size=40))
def test_what_is_hardly_json_is_read_or_refused_alike(raw: bytes) -> None:
    assert told(read_body_json, raw) == told(read_json, raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"NaN", b"[Infinity]", b'"\\ud800"', b"1e999999999999999999999", b"\xff", b"", b"{",
        b"[" * 21 + b"]" * 21, b'{"a":1,"a":2}', b"123456789012345678901234567890", b"-0",
        b"[1,]", b"01", b"\xef\xbb\xbf1", b'"' + b"x" * MAX_BYTES + b'"', b"9" * 5_000,
    ],
)  # fmt: skip
def test_hostile_bodies_are_read_or_refused_alike(raw: bytes) -> None:
    assert told(read_body_json, raw) == told(read_json, raw)
