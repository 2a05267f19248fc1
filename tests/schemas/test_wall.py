"""The wall: exact JSON in, a validated event or one clear sentence out."""

import json
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from schemas.event import MAX_EVENT_BYTES
from schemas.refusal import Reason, Refused
from schemas.shipment import LegCompleted
from schemas.wall import MAX_AHEAD, MAX_DEPTH, MAX_NAMED_FAULTS, accept, read_json, refuse_future
from tests.builders import leg_body

NOW = datetime(2025, 6, 1, 12, tzinfo=UTC)


def refusal_of(raw: bytes) -> Refused:
    with pytest.raises(Refused) as refused:
        accept(LegCompleted, read_json(raw))
    return refused.value


def written(**literal: str) -> bytes:
    """A leg whose named fields are written letter by letter."""
    text = json.dumps(leg_body(**{name: f"@{name}@" for name in literal}))
    for name, value in literal.items():
        text = text.replace(f'"@{name}@"', value)
    return text.encode()


@pytest.mark.parametrize(
    ("raw", "reason", "sentence"),
    [
        (b"", Reason.BAD_JSON, "is no JSON: Expecting value at byte 0"),
        (b"{", Reason.BAD_JSON, "is no JSON: Expecting property name"),
        (b'{"a": 1} x', Reason.BAD_JSON, "is no JSON: Extra data at byte 9"),
        (b"{'a': 1}", Reason.BAD_JSON, "is no JSON"),
        (b'{"a": "\xff"}', Reason.BAD_JSON, r"byte 7 is not UTF-8: b'\xff'"),
        (b'{"a": "\xed\xa0\x80"}', Reason.BAD_JSON, "byte 7 is not UTF-8"),
        (b"\xef\xbb\xbf{}", Reason.BAD_JSON, "is no JSON"),
        (b"[" * 21 + b"]" * 21, Reason.BAD_JSON, f"nests deeper than {MAX_DEPTH} levels"),
        (b"[" * 30_000, Reason.BAD_JSON, f"nests deeper than {MAX_DEPTH} levels"),
        (b'"' + b"x" * 2**20 + b'"', Reason.TOO_LARGE, f"at most {MAX_EVENT_BYTES}"),
        (b'{"a": NaN}', Reason.NOT_FINITE, "holds NaN, which is no finite number"),
        (b'{"a": -Infinity}', Reason.NOT_FINITE, "holds -Infinity"),
        (b"1e999999999999999999999", Reason.NOT_FINITE, "is no number that fits"),
        (b"[1]", Reason.SCHEMA, "the body must be a JSON object, got [1]"),
        (b"null", Reason.SCHEMA, "the body must be a JSON object, got None"),
    ],
)
def test_bytes_that_are_no_event_are_refused_with_one_sentence(
    raw: bytes, reason: Reason, sentence: str
) -> None:
    refused = refusal_of(raw)

    assert refused.reason is reason
    assert sentence in refused.detail


@pytest.mark.parametrize(
    ("literal", "reason", "sentence"),
    [
        ({"mass_kg": "0"}, Reason.UNIT_BOUND, "mass_kg: must be above 0, got 0"),
        ({"mass_kg": "-5.5"}, Reason.UNIT_BOUND, "mass_kg: must be above 0, got -5.5"),
        ({"mass_kg": "1000000000.1"}, Reason.UNIT_BOUND, "mass_kg: must be at most 1000000000"),
        ({"mass_kg": "1e400"}, Reason.UNIT_BOUND, "mass_kg: has more than 18 digits: 1E+400"),
        ({"mass_kg": '"NaN"'}, Reason.NOT_FINITE, "mass_kg: is not finite: NaN"),
        ({"mass_kg": '"-inf"'}, Reason.NOT_FINITE, "mass_kg: is not finite: -Infinity"),
        ({"mass_kg": '"not finite"'}, Reason.SCHEMA, "mass_kg: is no decimal number: not finite"),
        ({"mass_kg": "true"}, Reason.SCHEMA, "mass_kg: is no decimal number: True"),
        ({"mass_kg": "null"}, Reason.SCHEMA, "mass_kg: is no decimal number: None"),
        ({"mass_kg": '""'}, Reason.SCHEMA, "mass_kg: is no decimal number"),
        ({"mode": '"truck"'}, Reason.VOCABULARY, "'parcel', got truck"),
        ({"mode": "1"}, Reason.VOCABULARY, "mode: Input should be 'road'"),
        ({"leg_seq": "0"}, Reason.SCHEMA, "leg_seq: Input should be greater than or equal to 1"),
        ({"leg_seq": "1.0"}, Reason.SCHEMA, "leg_seq: Input should be a valid integer, got 1.0"),
        ({"leg_seq": "true"}, Reason.SCHEMA, "leg_seq: Input should be a valid integer, got True"),
        ({"is_direct": "1"}, Reason.SCHEMA, "is_direct: Input should be a valid boolean, got 1"),
        ({"shipment_id": '"S-1\\n"'}, Reason.SCHEMA, "shipment_id: String should match pattern"),
        ({"shipment_id": '""'}, Reason.SCHEMA, "shipment_id: String should have at least 1"),
        ({"category": '"Fridge"'}, Reason.SCHEMA, "category: String should match pattern"),
        ({"event_id": '"7"'}, Reason.SCHEMA, "event_id: is no UUID: 7"),
        ({"occurred_at": "1748779200"}, Reason.SCHEMA, "occurred_at: is no RFC 3339 text: 174"),
        (
            {"occurred_at": '"2025-06-01T12:00:00"'},
            Reason.SCHEMA,
            "occurred_at: is no RFC 3339 time with offset and at most 6 decimals: 2025-06-01T12",
        ),
        (
            {"occurred_at": '"2025-02-30T12:00:00Z"'},
            Reason.SCHEMA,
            "is no time of the calendar (day is out of range for month): 2025-02-30T12:00:00Z",
        ),
        (
            {"occurred_at": '"0001-01-01T00:00:00+23:59"'},  # has no day in UTC
            Reason.SCHEMA,
            "occurred_at: must lie in the years 1900 to 2999, got 0001-01-01",
        ),
        ({"origin": "{}"}, Reason.SCHEMA, "origin: a place needs a site_id, or lat and lon"),
        ({"origin": '{"lat": 36}'}, Reason.SCHEMA, "origin: lat and lon come together"),
        ({"origin": '{"lat": 91, "lon": 0}'}, Reason.UNIT_BOUND, "origin.lat: must be at most 90"),
        (
            {"distance_method": "null"},
            Reason.SCHEMA,
            "the body: distance_km and distance_method come together",
        ),
    ],
)
def test_a_leg_that_breaks_the_contract_is_refused_by_field_and_value(
    literal: dict[str, str], reason: Reason, sentence: str
) -> None:
    refused = refusal_of(written(**literal))

    assert refused.reason is reason
    assert sentence in refused.detail
    assert "\n" not in refused.detail.strip()


def test_a_field_nobody_knows_is_refused_because_writers_are_closed() -> None:
    refused = refusal_of(written(colour='"red"'))

    assert refused.detail == "colour: Extra inputs are not permitted, got red"


def test_a_missing_field_is_named() -> None:
    body = leg_body()
    del body["mass_kg"]

    assert refusal_of(json.dumps(body).encode()).detail == "mass_kg: Field required"


def test_every_fault_is_named_up_to_a_limit() -> None:
    named = refusal_of(written(mass_kg="0", leg_seq="0")).detail
    many = refusal_of(b"{}").detail

    assert "leg_seq: " in named
    assert "mass_kg: " in named
    assert many.count("Field required") == MAX_NAMED_FAULTS
    assert many.endswith("; and 6 more")


def test_a_hostile_value_does_not_fill_the_sentence() -> None:
    refused = refusal_of(written(shipment_id=json.dumps("x" * 60_000)))

    assert len(refused.detail) < 400
    assert "(60000 characters)" in refused.detail


@pytest.mark.parametrize(
    ("literal", "number"),
    [
        ("0.123456789012345678", "0.123456789012345678"),  # a float holds sixteen of them
        ("1.0", "1.0"),
        ('"12.50"', "12.50"),
        ("1e2", "1E+2"),
        ("7", "7"),
    ],
)
def test_a_number_keeps_the_digits_it_was_written_with(literal: str, number: str) -> None:
    leg = accept(LegCompleted, read_json(written(mass_kg=literal)))

    assert str(leg.mass_kg) == number
    assert isinstance(leg.mass_kg, Decimal)


@pytest.mark.parametrize("ahead", [timedelta(0), -timedelta(days=900), MAX_AHEAD])
def test_an_event_of_the_past_or_a_clock_a_little_ahead_is_taken(ahead: timedelta) -> None:
    refuse_future(NOW + ahead, NOW)

    assert ahead <= MAX_AHEAD


def test_an_event_of_the_future_is_refused() -> None:
    with pytest.raises(Refused, match=r"occurred_at 2025-06-01T12:05:01\+00:00 lies more than"):
        refuse_future(NOW + MAX_AHEAD + timedelta(seconds=1), NOW)


def test_an_event_is_frozen() -> None:
    leg: Any = accept(LegCompleted, read_json(written()))

    with pytest.raises(ValueError, match="frozen"):
        leg.mass_kg = Decimal(1)
