"""The wire accepts what the published contract accepts, and refuses the rest in its words.

One difference is wanted: HTTP refuses a field nobody knows, the wire ignores it, because a later
minor version may have added it.
"""

import json
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.event import MAX_EVENT_BYTES
from schemas.refusal import Reason, Refused
from schemas.wire import WireEvent, WireLeg, WireReading
from streams.codecs import CONTRACTS, decode, encode
from tests.builders import leg, leg_bytes, reading_body
from tests.streams.agreement import by_contract, by_wire
from tests.streams.literals import (
    damaged_events,
    fields_of,
    odd_events,
    valid_events,
    written,
)

EVERY = pytest.mark.parametrize("kind", CONTRACTS, ids=lambda kind: kind.__name__)
EXTRA = "Extra inputs are not permitted"
LATER = ["1", '{"deep": [1, 2]}', "null", '"\\ud800"', "1e400", "[" * 30 + "]" * 30]
REASONS = {reason.value for reason in Reason}


def refused_by_wire(kind: type[WireEvent], raw: bytes) -> Refused:
    with pytest.raises(Refused) as refused:
        decode(kind, raw)
    return refused.value


@EVERY
@given(data=st.data())
def test_both_accept_a_valid_event_with_equal_values(
    kind: type[WireEvent], data: st.DataObject
) -> None:
    raw = written(data.draw(valid_events(kind)))

    contract, wire = by_contract(kind, raw), by_wire(kind, raw)

    assert contract.detail == ""
    assert wire == contract


@EVERY
@given(data=st.data())
def test_both_give_the_same_verdict_on_an_odd_event(
    kind: type[WireEvent], data: st.DataObject
) -> None:
    raw = data.draw(odd_events(kind))

    contract, wire = by_contract(kind, raw), by_wire(kind, raw)

    assert wire == contract
    assert contract.values is not None or contract.reason in REASONS


@EVERY
@given(data=st.data())
def test_both_give_the_same_verdict_on_damaged_bytes(
    kind: type[WireEvent], data: st.DataObject
) -> None:
    raw = data.draw(damaged_events(kind))

    contract, wire = by_contract(kind, raw), by_wire(kind, raw)

    if EXTRA not in contract.detail:  # a damaged name is a field nobody knows
        assert wire == contract


@EVERY
@given(data=st.data())
def test_what_is_encoded_reads_as_the_same_event(
    kind: type[WireEvent], data: st.DataObject
) -> None:
    event = decode(kind, written(data.draw(valid_events(kind))))

    assert decode(kind, encode(event)) == event


@EVERY
@settings(max_examples=20)
@given(data=st.data())
def test_a_field_of_a_later_version_is_refused_by_http_and_ignored_on_the_wire(
    kind: type[WireEvent], data: st.DataObject
) -> None:
    event = data.draw(valid_events(kind))
    later = written(event | {"of_a_later_version": data.draw(st.sampled_from(LATER))})

    assert by_contract(kind, later).values is None
    assert by_wire(kind, later) == by_contract(kind, written(event))


def test_a_field_of_a_later_version_is_not_the_fault_that_is_named() -> None:
    raw = leg_bytes(later=1, origin={"site_id": "QDO", "dock": 4}, mass_kg="-1")

    refused = refused_by_wire(WireLeg, raw)

    assert refused.reason is Reason.UNIT_BOUND
    assert refused.detail == "mass_kg: must be above 0, got -1"


def test_a_later_field_inside_a_place_is_ignored_too() -> None:
    assert decode(WireLeg, leg_bytes(origin={"site_id": "QDO", "dock": 4})) == leg()


@EVERY
def test_every_field_that_must_be_there_is_missed_by_its_name(kind: type[WireEvent]) -> None:
    for field in fields_of(kind):
        if field.required:
            refused = refused_by_wire(kind, b"{}")
            raw = written({one.name: "null" for one in fields_of(kind) if one is not field})

            assert by_wire(kind, raw) == by_contract(kind, raw)
            assert refused.reason is Reason.SCHEMA
            assert "Field required" in refused.detail


@pytest.mark.parametrize(
    ("field", "literal", "reason", "value"),
    [
        ("mass_kg", "NaN", Reason.NOT_FINITE, "NaN"),
        ("mass_kg", '"NaN"', Reason.NOT_FINITE, "NaN"),
        ("mass_kg", "1e400", Reason.UNIT_BOUND, "1E+400"),
        ("mass_kg", "1e-19", Reason.UNIT_BOUND, "1E-19"),
        ("mass_kg", "true", Reason.SCHEMA, "True"),
        ("mass_kg", "0", Reason.UNIT_BOUND, "0"),
        ("energy_kwh", "0e18", Reason.UNIT_BOUND, "0E+18"),
        ("mode", '"truck"', Reason.VOCABULARY, "truck"),
        ("leg_seq", "1.0", Reason.SCHEMA, "1.0"),
        ("leg_seq", "true", Reason.SCHEMA, "True"),
        ("shipment_id", '"S-1\\n"', Reason.SCHEMA, "S-1"),
        ("shipment_id", '"S\\ud800"', Reason.SCHEMA, "S\\ud800"),
        ("occurred_at", '"2025-06-01T12:00:00"', Reason.SCHEMA, "2025-06-01T12:00:00"),
        ("occurred_at", '"2025-06-01T12:00:00+24:00"', Reason.SCHEMA, "2025-06-01T12:00:00+24:00"),
        ("occurred_at", '"0001-01-01T00:00:00+23:59"', Reason.SCHEMA, "0001-01-01T00:00:00+23:59"),
        ("event_id", '"7"', Reason.SCHEMA, "7"),
        ("flags", '["A"]', Reason.SCHEMA, "A"),
        ("is_direct", '"yes"', Reason.SCHEMA, "yes"),
    ],
)
def test_a_refusal_on_the_wire_names_field_and_value(
    field: str, literal: str, reason: Reason, value: str
) -> None:
    raw = leg_bytes(**{field: "@"}).replace(b'"@"', literal.encode())

    refused = refused_by_wire(WireLeg, raw)

    assert refused.reason is reason
    assert value in refused.detail
    assert field in refused.detail or reason is Reason.NOT_FINITE


@pytest.mark.parametrize(
    ("changed", "reason", "sentence"),
    [
        (
            {"load_share": "0.6"},
            Reason.SCHEMA,
            "load_share and empty_distance_share come together, got 0.6 and None",
        ),
        (
            {"empty_distance_share": "0.4"},
            Reason.SCHEMA,
            "load_share and empty_distance_share come together, got None and 0.4",
        ),
        (
            {"load_share": "0", "empty_distance_share": "0"},
            Reason.UNIT_BOUND,
            "load_share: must be above 0, got 0",
        ),
        (
            {"load_share": "1.01", "empty_distance_share": "0"},
            Reason.UNIT_BOUND,
            "load_share: must be at most 1, got 1.01",
        ),
        (
            {"load_share": "1", "empty_distance_share": "1"},  # a round that is never loaded
            Reason.UNIT_BOUND,
            "empty_distance_share: must be below 1, got 1",
        ),
    ],
)
def test_load_and_empty_kilometres_come_together_and_within_their_bounds(
    changed: dict[str, str], reason: Reason, sentence: str
) -> None:
    raw = leg_bytes(**changed)

    refused = refused_by_wire(WireLeg, raw)

    assert refused.reason is reason
    assert sentence in refused.detail
    assert by_wire(WireLeg, raw) == by_contract(WireLeg, raw)


def test_a_number_on_the_wire_never_passes_through_a_float() -> None:
    raw = leg_bytes(mass_kg="@").replace(b'"@"', b"0.123456789012345678")

    event = decode(WireLeg, raw)

    assert event.mass_kg == Decimal("0.123456789012345678")
    assert json.loads(encode(event))["mass_kg"] == "0.123456789012345678"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", Reason.BAD_JSON),
        (b"\xff\xfe", Reason.BAD_JSON),
        (leg_bytes(later="@").replace(b"@", b"\xff"), Reason.BAD_JSON),  # in an ignored field
        (b'{"a":' * 10_000, Reason.BAD_JSON),
        (leg_bytes()[:-1], Reason.BAD_JSON),
        (leg_bytes() + b"{}", Reason.BAD_JSON),
        (leg_bytes(shipment_id="x" * 2**20), Reason.TOO_LARGE),
        (leg_bytes(later="x" * MAX_EVENT_BYTES), Reason.TOO_LARGE),
        (b"[]", Reason.SCHEMA),
        (b"null", Reason.SCHEMA),
    ],
)
def test_bytes_that_are_no_event_are_refused_on_the_wire(raw: bytes, reason: Reason) -> None:
    assert refused_by_wire(WireLeg, raw).reason is reason


def test_of_a_name_given_twice_both_take_the_last() -> None:
    raw = b'{"mass_kg": true, "leg_seq": "x", ' + leg_bytes()[1:]

    assert decode(WireLeg, raw) == leg()
    assert by_wire(WireLeg, raw) == by_contract(WireLeg, raw)


def test_a_reading_that_tells_nothing_is_refused() -> None:
    body = reading_body()
    del body["energy_total_kwh"]

    refused = refused_by_wire(WireReading, json.dumps(body).encode())

    assert "a reading needs at least one counter or state" in refused.detail
