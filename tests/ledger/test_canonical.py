"""One text per value."""

import json
import math
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.canonical import MAX_BODY_BYTES, MAX_DEPTH, body_digest, canonical, stamp
from ledger.chain import difference
from ledger.records import Ref
from ledger.refusals import Malformed


def nested(depth: int) -> Any:
    return None if depth == 0 else [nested(depth - 1)]


def test_the_sequence_of_names_makes_no_difference() -> None:
    assert body_digest({"b": 1, "a": "\u6d77"}) == body_digest({"a": "\u6d77", "b": 1})
    assert body_digest({"a": 1}) != body_digest({"a": 1.0})


def test_bytes_are_taken_as_they_are() -> None:
    assert body_digest(b'{"a": 1}') != body_digest(b'{"a":1}')
    assert body_digest(b'{"a":1}') == body_digest({"a": 1})


@pytest.mark.parametrize(
    ("value", "told"),
    [
        (math.nan, "Out of range float values"),
        ([math.inf], "Out of range float values"),
        ({"a": "\udfff"}, "half a surrogate pair"),
        ({"\ud800": 1}, "half a surrogate pair"),
        ({1: "a", "b": 2}, "cannot be written as JSON"),
        (b"bytes", "cannot be written as JSON"),
        ("x" * MAX_BODY_BYTES, f"{MAX_BODY_BYTES + 2} bytes"),
        (nested(MAX_DEPTH + 1), "nested deeper than 20"),
        (nested(500), "nested deeper than 20"),
    ],
    ids=["NaN", "infinity", "low half", "high half in a name", "mixed names", "bytes", "long",
         "deep", "very deep"],
)  # fmt: skip
def test_what_cannot_be_kept_is_named(value: Any, told: str) -> None:
    with pytest.raises(Malformed, match=told):
        canonical(value)


WHOLE = (
    st.none() | st.booleans() | st.integers() | st.text(st.characters(exclude_categories=["Cs"]))
)
NUMBER = st.floats(allow_nan=False, allow_infinity=False)


def json_of(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.recursive(
        leaves,
        lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text('ab\u6d77"\\'), inner),
        max_leaves=12,
    )


JSON = json_of(WHOLE | NUMBER)


@given(value=json_of(WHOLE))
def test_the_text_is_what_the_standard_library_writes(value: Any) -> None:
    written = json.dumps(
        value, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )

    assert canonical(value) == written


@given(value=JSON)
def test_a_float_is_read_as_it_was_and_has_one_text(value: Any) -> None:
    """How a float is spelled is the writer's choice; a ledger's own numbers are texts."""
    again = json.loads(canonical(value))

    assert again == value
    assert canonical(again) == canonical(value)


@pytest.mark.parametrize("value", [datetime(2026, 1, 2, tzinfo=UTC), Ref("unit", "U-1"), {1, 2}])
def test_what_json_lacks_is_refused(value: Any) -> None:
    with pytest.raises(Malformed, match="cannot be written as JSON"):
        canonical({"a": value})


@given(before=st.dictionaries(st.sampled_from("abcd"), JSON), after=st.dictionaries(
    st.sampled_from("abcd"), JSON))  # fmt: skip
def test_a_difference_makes_the_one_out_of_the_other(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    changed, removed = difference(before, after)

    rebuilt = {name: one for name, one in before.items() if name not in removed} | changed
    assert canonical(rebuilt) == canonical(after)


def test_a_tuple_is_the_list_that_it_is_written_as() -> None:
    assert difference({"a": [1], "b": [True]}, {"a": (1,), "b": (1,)}) == ({"b": (1,)}, [])


def test_what_holds_itself_is_refused() -> None:
    ring: list[Any] = []
    ring.append(ring)

    with pytest.raises(Malformed, match="cannot be written as JSON"):
        canonical(ring)


def test_the_deepest_that_is_allowed_is_taken() -> None:
    assert canonical(nested(MAX_DEPTH)) == "[" * MAX_DEPTH + "null" + "]" * MAX_DEPTH


def test_an_instant_without_offset_is_refused() -> None:
    with pytest.raises(ValueError, match="has no offset"):
        stamp(datetime(2026, 1, 1))  # noqa: DTZ001 - what is refused


@given(
    one=st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2999, 1, 1)),  # noqa: DTZ001
    other=st.datetimes(min_value=datetime(1900, 1, 1), max_value=datetime(2999, 1, 1)),  # noqa: DTZ001
    hours=st.integers(-12, 14),
)
def test_texts_of_instants_sort_as_instants_do(one: datetime, other: datetime, hours: int) -> None:
    early = one.replace(tzinfo=UTC)
    late = other.replace(tzinfo=timezone(timedelta(hours=hours)))

    assert (stamp(early) < stamp(late)) == (early < late)
    assert datetime.fromisoformat(stamp(late)) == late
