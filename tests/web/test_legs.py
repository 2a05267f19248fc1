import json
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest

from schemas.shipment import LegCompleted
from schemas.topics import LEGS
from tests.builders import ROOT
from tests.web.room import NOW, Room, leg_json
from web import intake
from web.posts import POSTED

PROBLEM = "application/problem+json"


@pytest.fixture
def room() -> Room:
    return Room()


def test_a_leg_is_published_under_its_shipment_and_acknowledged(room: Room) -> None:
    with room.client() as client:
        answer = client.post("/v1/legs", json=leg_json())

    assert answer.status_code == 202
    assert answer.json() == {"event_id": leg_json()["event_id"], "durable": False}
    ((topic, key, value, headers),) = room.published
    assert (topic, key) == (LEGS, b"CHECK-1")
    assert LegCompleted.model_validate(json.loads(value)).mass_kg == Decimal(7536)
    assert headers["ce_id"] == leg_json()["event_id"]
    assert headers["ce_type"] == "loopline.shipment.leg.v1"
    assert headers["ce_specversion"] == "1.0"
    assert headers["ce_time"] == leg_json()["occurred_at"]


@pytest.mark.parametrize("path", POSTED)
def test_every_path_takes_the_golden_event_of_its_topic(room: Room, path: str) -> None:
    topic, _ = POSTED[path]
    golden = json.loads((ROOT / "schemas" / "golden" / f"{topic.name}.json").read_bytes())

    with room.client() as client:
        answer = client.post(path, json=golden)
        refused = client.post(path, json=golden | {topic.key: None})

    assert answer.status_code == 202
    assert [(told.name, key) for told, key, *_ in room.published] == [
        (topic.name, golden[topic.key].encode())
    ]
    assert refused.status_code == 422
    assert topic.key in refused.json()["detail"]


def test_a_number_keeps_the_digits_it_was_written_with(room: Room) -> None:
    body = json.dumps(leg_json()).replace('"7536"', "7536.10000000000000")

    with room.client() as client:
        assert client.post("/v1/legs", content=body).status_code == 202

    assert json.loads(room.published[0][2])["mass_kg"] == "7536.10000000000000"


def test_a_trace_of_the_caller_goes_on_and_a_forged_one_does_not(room: Room) -> None:
    good = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

    with room.client() as client:
        for given in (good, "00-zz\tx"):
            client.post("/v1/legs", json=leg_json(), headers={"traceparent": given})

    assert [headers.get("traceparent") for *_, headers in room.published] == [good, None]


HOSTILE: list[tuple[bytes, int, str]] = [
    (b"{", 400, "bad_json"),  # no JSON
    (b"", 400, "bad_json"),  # nothing at all
    (b"{}", 422, "schema"),  # every field missing
    (b"[]", 422, "schema"),  # no object
    (b"null", 422, "schema"),
    (b'{"mass_kg":NaN}', 422, "not_finite"),  # Python would read it
    (b'{"mass_kg":-Infinity}', 422, "not_finite"),
    (b'{"a":"\xff"}', 400, "bad_json"),  # no UTF-8
    (b'{"a":' * 3000 + b"1" + b"}" * 3000, 400, "bad_json"),  # exhausts a recursive parser
    (b'{"a":' * 21 + b"1" + b"}" * 21, 400, "bad_json"),  # one level too deep
    (b'{"a":"' + b"x" * 2**21 + b'"}', 413, "too_large"),  # two mebibytes
    (b'{"a":"' + b"x" * 70_000 + b'"}', 413, "too_large"),  # an event has at most 64 KiB
    (b'{"a":' + b"9" * 5_000 + b"}", 422, "schema"),  # int() would refuse with a word of its own
]


@pytest.mark.parametrize(("body", "status", "code"), HOSTILE)
def test_a_hostile_body_gets_a_problem_and_nothing_is_published(
    room: Room, body: bytes, status: int, code: str
) -> None:
    with room.client() as client:
        answer = client.post("/v1/legs", content=body, headers={"Content-Type": "application/json"})

    assert (answer.status_code, answer.headers["content-type"]) == (status, PROBLEM)
    assert answer.json()["code"] == code
    assert answer.json()["type"] == f"urn:loopline:problem:{code.replace('_', '-')}"
    assert not room.published


WRONG: list[tuple[dict[str, Any], str, str]] = [
    ({"mass_kg": "0"}, "unit_bound", "mass_kg"),
    ({"mass_kg": "-1"}, "unit_bound", "mass_kg"),  # a correction is an event of its own
    ({"mass_kg": True}, "schema", "mass_kg"),  # lax readers take it for 1
    ({"distance_km": "45001"}, "unit_bound", "distance_km"),  # more than around the world
    ({"mode": "teleport"}, "vocabulary", "mode"),
    ({"leg_seq": "1"}, "schema", "leg_seq"),
    ({"origin": {"lat": False, "lon": "1"}}, "schema", "origin.lat"),
    ({"colour": "red"}, "schema", "colour"),  # closed for writers
    ({"occurred_at": "2026-06-12 10:00"}, "schema", "occurred_at"),  # no offset
    ({"occurred_at": (NOW + timedelta(minutes=6)).isoformat()}, "time_future", "occurred_at"),
    ({"shipment_id": "a\nb"}, "schema", "shipment_id"),  # would break a log line
    ({"category": "x" * 500}, "schema", "category"),
]


@pytest.mark.parametrize(("change", "code", "field"), WRONG)
def test_a_wrong_field_is_named_with_its_value_cut_to_a_readable_length(
    room: Room, change: dict[str, Any], code: str, field: str
) -> None:
    with room.client() as client:
        answer = client.post("/v1/legs", json=leg_json(**change))

    assert (answer.status_code, answer.json()["code"]) == (422, code)
    assert field in answer.json()["detail"]
    assert len(answer.json()["detail"]) < 400
    assert not room.published


def test_a_leg_five_minutes_ahead_is_a_clock_and_not_a_lie(room: Room) -> None:
    with room.client() as client:
        ahead = (NOW + timedelta(minutes=5)).isoformat()
        assert client.post("/v1/legs", json=leg_json(occurred_at=ahead)).status_code == 202


def test_a_broker_that_is_away_asks_to_come_again(room: Room) -> None:
    room.acknowledged = 0

    with room.client() as client:
        answer = client.post("/v1/legs", json=leg_json())

    assert (answer.status_code, answer.json()["code"]) == (503, "broker_away")
    assert int(answer.headers["retry-after"]) > 0


def test_another_content_type_is_refused(room: Room) -> None:
    with room.client() as client:
        answer = client.post("/v1/legs", content=b"a=1", headers={"Content-Type": "text/csv"})

    assert (answer.status_code, answer.json()["code"]) == (415, "content_type")


def many(lines: list[str | bytes]) -> dict[str, Any]:
    raw = b"\n".join(line if isinstance(line, bytes) else line.encode() for line in lines)
    return {"content": raw, "headers": {"Content-Type": "application/x-ndjson"}}


def results(answer: Any) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.text.splitlines()]


def test_many_legs_get_a_result_each_and_a_bad_one_does_not_stop_the_rest(room: Room) -> None:
    lines: list[str | bytes] = [
        json.dumps(leg_json()),
        "{",
        b"x" * 70_000,
        json.dumps(leg_json(mass_kg="0")),
        json.dumps(leg_json(shipment_id="S-9")),
        "",
    ]

    with room.client() as client:
        answer = client.post("/v1/legs", **many(lines))

    assert answer.status_code == 200
    assert [(r["line"], r["status"]) for r in results(answer)] == [
        (1, 202), (2, 400), (3, 413), (4, 422), (5, 202)
    ]  # fmt: skip
    assert results(answer)[3]["problem"]["code"] == "unit_bound"
    assert [key for _, key, *_ in room.published] == [b"CHECK-1", b"S-9"]


def test_lines_after_the_broker_went_away_say_so(
    room: Room, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake, "BULK_AT_ONCE", 2)
    room.acknowledged = 3

    with room.client() as client:
        answer = client.post("/v1/legs", **many([json.dumps(leg_json())] * 7))

    assert [r["status"] for r in results(answer)] == [202, 202, 202, 503, 503, 503, 503]
    assert len(room.published) == 3


def test_a_bulk_of_which_nothing_arrived_is_one_refusal(room: Room) -> None:
    room.acknowledged = 0

    with room.client() as client:
        answer = client.post("/v1/legs", **many([json.dumps(leg_json())] * 2))

    assert answer.status_code == 503


def test_a_bulk_has_limits(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intake, "MAX_BULK_LINES", 3)
    with room.client() as client:
        lines = client.post("/v1/legs", **many([json.dumps(leg_json())] * 4))
        monkeypatch.setattr(intake, "MAX_BULK_BYTES", 1_000)
        size = client.post("/v1/legs", **many([json.dumps(leg_json())] * 4))

    assert (lines.status_code, size.status_code) == (413, 413)


def test_refusals_are_counted_by_reason(room: Room) -> None:
    with room.client() as client:
        client.post("/v1/legs", content=b"{}", headers={"Content-Type": "application/json"})
        text = client.get("/metrics").text

    assert 'loopline_rejected_total{reason="schema"} 1.0' in text
    assert 'loopline_http_seconds_count{route="/v1/legs",status="422"} 1.0' in text
