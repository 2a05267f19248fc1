"""A batch read at once takes nothing that a record alone would not, and says the same of it."""

import json
import re
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.event import MAX_EVENT_BYTES
from schemas.refusal import Reason, Refused
from schemas.twin import twin
from schemas.wall import refuse_future
from schemas.wire import QUANTITIES, WireEmission, WireEvent, WireLeg, WireReading
from streams.batch_reader import PIECE_RECORDS, BatchReader
from streams.codecs import decode, encode
from tests.builders import emission, event_id, leg, leg_body, leg_bytes, records
from tests.streams.literals import damaged_events, odd_events, valid_events, written

KINDS = (WireLeg, WireEmission)
EVERY = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.__name__)
NOW = datetime(2999, 12, 31, tzinfo=UTC)
READERS: dict[type[WireEvent], BatchReader] = {kind: BatchReader(kind) for kind in KINDS}
BAD = leg_bytes(mass_kg="-1")


def certain(kind: type[WireEvent], *raws: bytes, now: datetime = NOW) -> list[Any] | None:
    return READERS[kind]._certain(raws, now)


def with_texts(kind: type[WireEvent], given: bytes | dict[str, str]) -> bytes:
    """Return the event with its bare quantities as texts: only those can be certain."""
    raw = given if isinstance(given, bytes) else written(given)
    names = "|".join(name for name, _ in QUANTITIES[kind])
    return re.sub(rf'("(?:{names})":)([-0-9.]+)'.encode(), rb'\1"\2"', raw)


@EVERY
@given(data=st.data())
def test_what_is_certain_is_what_the_record_alone_tells(
    kind: type[WireEvent], data: st.DataObject
) -> None:
    raw = with_texts(kind, data.draw(odd_events(kind) | valid_events(kind)))

    read = certain(kind, raw)

    if read is not None:
        alone = decode(kind, raw)  # or it raises, and so does the test
        refuse_future(datetime.fromisoformat(alone.occurred_at), NOW)
        assert decode(kind, encode(read[0])) == alone


@EVERY
@given(data=st.data())
def test_damaged_bytes_are_never_certain_but_where_they_are_good(
    kind: type[WireEvent], data: st.DataObject
) -> None:
    raw = data.draw(damaged_events(kind))

    read = certain(kind, raw)

    if read is not None:
        assert decode(kind, encode(read[0])) == decode(kind, raw)


@EVERY
@given(data=st.data())
def test_every_record_is_an_event_or_a_dead_letter_and_the_same_as_alone(
    kind: type[WireEvent], data: st.DataObject
) -> None:
    raws = [
        with_texts(kind, fields)
        for fields in data.draw(st.lists(odd_events(kind) | valid_events(kind), max_size=6))
    ]
    good, bad = {}, {}
    for at, raw in enumerate(raws):
        try:
            good[at] = decode(kind, raw)
        except Refused as no:
            bad[at] = no.reason

    read = READERS[kind].read(records(*raws), NOW)

    assert [record.offset for record in read.records] == list(good)
    assert [decode(kind, encode(event)) for event in read.events] == list(good.values())
    assert {letter.record.offset: letter.reason for letter in read.dead} == bad


def test_a_plain_leg_and_a_plain_emission_are_certain() -> None:
    assert certain(WireLeg, leg_bytes(), leg_bytes(event_id=event_id(2))) is not None
    assert certain(WireEmission, encode(emission())) == [twin(emission())]


def test_a_leg_with_its_load_is_certain_among_others_without() -> None:
    loaded = leg_bytes(load_share="0.6", empty_distance_share="0.17")

    assert certain(WireLeg, leg_bytes(), loaded) == [twin(leg()), twin(decode(WireLeg, loaded))]


def test_a_load_of_one_and_the_empty_kilometres_of_another_are_not_certain() -> None:
    assert certain(WireLeg, leg_bytes(load_share="1"), leg_bytes(empty_distance_share="0")) is None


def test_one_bad_record_among_many_costs_its_neighbours_nothing() -> None:
    raws = [leg_bytes(event_id=event_id(n)) for n in range(3 * PIECE_RECORDS)]
    raws[PIECE_RECORDS + 7] = BAD

    read = READERS[WireLeg].read(records(*raws), NOW)

    assert [letter.record.offset for letter in read.dead] == [PIECE_RECORDS + 7]
    assert read.dead[0].detail == "mass_kg: must be above 0, got -1"
    assert [record.offset for record in read.records] == [
        at for at in range(len(raws)) if at != PIECE_RECORDS + 7
    ]


@pytest.mark.parametrize(
    "raws",
    [
        (leg_bytes() + b"\n" + leg_bytes(), b""),
        (leg_bytes() + leg_bytes(), b""),
        (leg_bytes() + b",", leg_bytes()),
        (leg_bytes()[:40], leg_bytes()[40:]),
        (leg_bytes()[:40] + b"\n" + leg_bytes()[40:],),
        (leg_bytes(), b" "),
        (leg_bytes()[:-1] + b",", b'"later":1}', leg_bytes() + leg_bytes()),
    ],
    ids=["two_lines", "two_objects", "comma", "torn", "line_inside", "blank", "shifted"],
)
def test_records_cannot_borrow_from_each_other(raws: tuple[bytes, ...]) -> None:
    assert certain(WireLeg, *raws) is None


@pytest.mark.parametrize(
    "changed",
    [
        {"mass_kg": "1e3"},
        {"mass_kg": "+5"},
        {"mass_kg": 5},
        {"mass_kg": "0"},
        {"mass_kg": "NaN"},
        {"mass_kg": "1234567890123456789"},
        {"origin": {"site_id": "QDO", "lat": "91", "lon": "0"}},
        {"origin": {"site_id": "QDO", "lat": "9"}},
        {"origin": {}},
        {"distance_km": None},
        {"load_share": "0.6"},
        {"empty_distance_share": "0.17"},
        {"load_share": "0", "empty_distance_share": "0.17"},
        {"load_share": "0.6", "empty_distance_share": "1"},
        {"flags": ["A"]},
        {"category": "Fridge"},
        {"mode": "truck"},
        {"event_id": "7"},
        {"shipment_id": "a\\b"},
        {"shipment_id": "a\x7fb"},
        {"occurred_at": "2025-02-30T12:00:00Z"},
        {"occurred_at": "2025-06-01T12:00:00"},
        {"later": "x" * MAX_EVENT_BYTES},
    ],
    ids=str,
)
def test_what_might_be_refused_is_judged_alone(changed: dict[str, Any]) -> None:
    body = {name: value for name, value in leg_body(**changed).items() if value is not None}

    assert certain(WireLeg, json.dumps(body, ensure_ascii=False).encode()) is None


def test_an_event_of_the_future_is_a_dead_letter() -> None:
    now = datetime.fromisoformat("2025-06-01T12:00:00Z") - timedelta(minutes=6)

    read = READERS[WireLeg].read(records(leg_bytes()), now)

    assert [letter.reason for letter in read.dead] == [Reason.TIME_FUTURE]


def test_a_kind_whose_rules_are_not_known_here_is_refused() -> None:
    with pytest.raises(TypeError, match="describes no leg"):
        BatchReader(WireReading)
