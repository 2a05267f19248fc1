"""Idempotency keys: quoted or bare, once, and bound to one body."""

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.wall import read_json
from tests.web.partner.builders import credential, expect_problem
from web.partner.idempotency import (
    KeyScope,
    body_sha256,
    canonical_json,
    key_of,
    needs_key,
    scope_of,
)
from web.partner.problems import ProblemName


@pytest.mark.parametrize(
    ("header", "key"),
    [
        ('"8e03978e-40d5-43e8-bc93-6894a57f9324"', "8e03978e-40d5-43e8-bc93-6894a57f9324"),
        ("8e03978e-40d5-43e8-bc93-6894a57f9324", "8e03978e-40d5-43e8-bc93-6894a57f9324"),
        ("  k ", "k"),
        (r'"a\"b\\c"', 'a"b\\c'),
        ('a"b', 'a"b'),
        ("two words", "two words"),
        ("x" * 255, "x" * 255),
        ('"' + "x" * 255 + '"', "x" * 255),
    ],
)
def test_a_key_is_the_same_quoted_or_bare(header: str, key: str) -> None:
    assert key_of([header]) == key


@pytest.mark.parametrize(
    "headers",
    [
        [],
        ["a", "a"],
        [""],
        [" "],
        ['""'],
        ['"a'],
        ['"a"b"'],
        ['"a";q=1'],  # an item of RFC 8941 with a parameter says more than a key
        [r'"a\b"'],
        ["x" * 256],
        ["a\x00b"],
        ["a\x7f"],
        ["a\nb"],
        ["schl\u00fcssel"],
    ],
)
def test_what_is_no_key_is_missing(headers: list[str]) -> None:
    expect_problem(ProblemName.IDEMPOTENCY_KEY_MISSING, lambda: key_of(headers))


@given(key=st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=255))
def test_every_printable_key_can_be_quoted(key: str) -> None:
    quoted = '"' + key.replace("\\", "\\\\").replace('"', '\\"') + '"'

    assert key_of([quoted]) == key


@pytest.mark.parametrize(
    ("method", "path", "needed"),
    [
        ("POST", "/v1/pickups", True),
        ("PATCH", "/v1/partners/P-7", True),
        ("PUT", "/v1/uploads/U-1", False),
        ("DELETE", "/v1/webhook-endpoints/W-1", False),
        ("GET", "/v1/units", False),
        ("POST", "/v1/epcis/capture", False),
        ("POST", "/oauth2/token", False),
    ],
)
def test_which_requests_need_a_key(method: str, path: str, needed: bool) -> None:
    assert needs_key(method, path) is needed


def test_a_key_is_unique_in_tenant_partner_method_and_path() -> None:
    asked: dict[str, str] = {"method": "POST", "path": "/v1/pickups", "key": "k"}

    scope = scope_of(credential(), **asked)

    assert scope == KeyScope("hisense", "P-7", "POST", "/v1/pickups", "k")
    others = [
        scope_of(credential(tenant="other"), **asked),
        scope_of(credential(partner_id=None), **asked),
        scope_of(credential(), **asked | {"method": "PATCH"}),
        scope_of(credential(), **asked | {"path": "/v1/demands"}),
        scope_of(credential(), **asked | {"key": "K"}),
    ]
    assert len({scope, *others}) == 6


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.decimals(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)  # fmt: skip


def turned(value: Any) -> Any:
    """The same value, each object's members the other way round."""
    if isinstance(value, Mapping):
        return {key: turned(value[key]) for key in reversed(value)}
    return [turned(one) for one in value] if isinstance(value, list) else value


@given(value=json_values)
def test_the_order_of_members_does_not_count(value: Any) -> None:
    assert canonical_json(turned(value)) == canonical_json(value)


@given(value=json_values)
def test_canonical_json_says_what_the_value_says(value: Any) -> None:
    assert read_json(canonical_json(value).encode()) == value


@given(one=json_values, other=json_values)
def test_different_values_have_different_texts(one: Any, other: Any) -> None:
    same = canonical_json(one) == canonical_json(other)

    assert same is (typed(one) == typed(other))


def typed(value: Any) -> Any:
    """A value that is equal to another only where JSON says the same: True is not 1."""
    if isinstance(value, Mapping):
        return {key: typed(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [typed(inner) for inner in value]
    return ("flag", value) if isinstance(value, bool) else value


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b'{"a":1,"b":2}', b' { "b" : 2.0 , "a" : 1e0 } '),
        (b'{"a":100}', b'{"a":1e2}'),
        (b'{"a":-0.0}', b'{"a":0}'),
        (b'{"a":"\\u0041"}', b'{"a":"A"}'),
        (b'["\\ud800"]', b'["\\uD800"]'),  # half a pair stays half a pair
    ],
)
def test_two_ways_to_write_the_same_have_one_hash(one: bytes, other: bytes) -> None:
    assert body_sha256(read_json(one)) == body_sha256(read_json(other))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (b"[1]", b'["1"]'),
        (b"[1]", b"[true]"),
        (b"[0]", b"[null]"),
        (b"[1,2]", b"[2,1]"),
        (b'[{"a":1},{}]', b'[{},{"a":1}]'),
        (b"[0.1]", b"[0.10000000000000000000000000000000000001]"),  # equal as binary numbers
        (b"[1e999999]", b"[1e999998]"),
    ],
)
def test_two_things_have_two_hashes(one: bytes, other: bytes) -> None:
    assert body_sha256(read_json(one)) != body_sha256(read_json(other))


def test_bytes_are_hashed_as_they_are() -> None:
    assert body_sha256(b"") == ("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855")


@pytest.mark.parametrize("value", [Decimal("NaN"), Decimal("Infinity"), 1.5, {1}])
def test_what_is_no_json_has_no_text(value: object) -> None:
    with pytest.raises(TypeError):
        canonical_json(value)
