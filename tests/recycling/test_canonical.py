"""Canonical JSON: the examples of RFC 8785 that apply to documents without fractions."""

import json
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recycling.canonical import MAX_DEPTH, NotCanonical, canonical_bytes, read_canonical

# RFC 8785, 3.2.2: the string and the literals of its sample, as the sample's input writes them.
SAMPLE = r"""{
  "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
  "literals": [null, true, false]
}"""
SAMPLE_HEX = (
    "7b226c69746572616c73223a5b6e756c6c2c747275652c66616c73655d2c22737472696e67223a22e282ac245c7530"
    "3030665c6e4127425c225c5c5c5c5c222f227d"
)
# RFC 8785, 3.2.3: names and the sequence they must come in.
NAMES = {
    "\u20ac": "Euro Sign",
    "\r": "Carriage Return",
    "\ufb33": "Hebrew Letter Dalet With Dagesh",
    "1": "One",
    "\U0001f600": "Emoji: Grinning Face",
    "\u0080": "Control",
    "\u00f6": "Latin Small Letter O With Diaeresis",
}
IN_SEQUENCE = [
    "Carriage Return",
    "One",
    "Control",
    "Latin Small Letter O With Diaeresis",
    "Euro Sign",
    "Emoji: Grinning Face",
    "Hebrew Letter Dalet With Dagesh",
]
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=8)
scalars = st.none() | st.booleans() | st.integers(-(2**53) + 1, 2**53 - 1) | texts
documents = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=12,
)


def nested(depth: int) -> Any:
    value: Any = 1
    for _ in range(depth):
        value = [value]
    return value


def test_the_string_and_the_literals_of_the_standard() -> None:
    assert canonical_bytes(json.loads(SAMPLE)).hex() == SAMPLE_HEX


def test_names_are_sorted_as_the_standard_sorts_them() -> None:
    told = json.loads(canonical_bytes(NAMES))

    assert list(told.values()) == IN_SEQUENCE


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("\b\t\n\f\r\x00\x1f", r'"\b\t\n\f\r\u0000\u001f"'),
        ("\x7f\u2028/", '"\x7f\u2028/"'),  # written as they are
        ([9007199254740991, -9007199254740991, 0], "[9007199254740991,-9007199254740991,0]"),
        ({"b": {"d": 1, "c": {}}, "a": []}, '{"a":[],"b":{"c":{},"d":1}}'),
    ],
)
def test_a_value_has_one_text(value: Any, text: str) -> None:
    assert canonical_bytes(value) == text.encode()


@pytest.mark.parametrize(
    ("value", "why"),
    [
        (1.0, "float"),
        (Decimal(1), "Decimal"),
        (float("nan"), "float"),
        (2**53, "53 bits"),
        (-(2**53), "53 bits"),
        ({1: "a"}, "no text"),
        ("\ud800", "surrogate"),
        ({"\udfff": 1}, "surrogate"),
        (b"raw", "bytes"),
        (nested(MAX_DEPTH + 1), "nested"),
    ],
)
def test_what_has_no_canonical_form_is_refused(value: Any, why: str) -> None:
    with pytest.raises(NotCanonical, match=why):
        canonical_bytes(value)


@pytest.mark.parametrize(
    ("raw", "why"),
    [
        (b'{"a": 1}', "canonical form"),
        (b'{"b":1,"a":2}', "canonical form"),
        (b'{"a":1,"a":1}', "canonical form"),
        (b'{"a":"\\u0041"}', "canonical form"),
        (b'{"a":1.5}', "fraction"),
        (b'{"a":NaN}', "fraction"),
        (b'{"a":1e3}', "fraction"),
        (b"-0", "canonical form"),
        (b'\xef\xbb\xbf{"a":1}', "no JSON"),
        (b"\xff", "no JSON"),
        (b"", "no JSON"),
        (b"[" * 100_000, "no JSON"),
        (b"1" * 5_000, "no JSON"),
    ],
)
def test_another_spelling_is_refused(raw: bytes, why: str) -> None:
    with pytest.raises(NotCanonical, match=why):
        read_canonical(raw)


@given(documents)
def test_what_is_written_is_read_again(value: Any) -> None:
    assert read_canonical(canonical_bytes(value)) == value


@given(st.dictionaries(texts, scalars, min_size=2, max_size=6), st.randoms(use_true_random=False))
def test_the_sequence_of_the_names_makes_no_difference(value: dict[str, Any], dice: Any) -> None:
    names = list(value)
    dice.shuffle(names)

    assert canonical_bytes({name: value[name] for name in names}) == canonical_bytes(value)
