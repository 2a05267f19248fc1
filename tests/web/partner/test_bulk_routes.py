"""Files of pickups: each row is told, none is skipped; a killed job does nothing twice."""

import json
from concurrent.futures import Future
from typing import Any

import pytest

from ledger.desk.ask import Asked
from ledger.records import Answer, Caller, Ref, Request
from recycling.vocabulary import AggregateKind, Role
from tests.web.partner.room import Room
from tests.web.partner.visits import Visit
from web.partner.job_runner import JobRunner
from web.partner.pickup_file import COLUMNS, CSV, NDJSON

ORDER = AggregateKind.TAKEBACK_ORDER


def code(answer: Any) -> tuple[int, str]:
    return answer.status_code, answer.json()["type"].rpartition(":")[2]


def post(
    visit: Visit, raw: bytes, mode: str = "proceed", media_type: str = NDJSON, key: str = "k"
) -> Any:
    headers = {**visit.north, "Content-Type": media_type, "Idempotency-Key": key}
    path = f"/v1/pickups:batch?mode={mode}"
    return visit.room.client.post(path, content=raw, headers=headers)


def ndjson(*rows: Any) -> bytes:
    return b"".join(json.dumps(one).encode() + b"\n" for one in rows)


def outcomes(visit: Visit, answer: Any, query: str = "") -> list[str]:
    assert answer.status_code == 202, answer.text
    job = visit.room.get(answer.headers["Location"] + query, visit.north).json()
    return [one["outcome"] for one in job["results"]]


def state(visit: Visit, order: Any) -> str:
    return visit.room.ledger.get(Caller("hisense"), Ref(ORDER, order["id"])).state


def test_a_file_is_taken_at_once_and_told_row_by_row(room: Room) -> None:
    visit = Visit(room)
    good, other = visit.appointed(), visit.appointed()
    twice = visit.pickup(good)
    wrong = visit.pickup(other, accuracy_m="far")

    answer = post(visit, ndjson(twice, wrong, twice, {}) + b"{no json\n")
    waiting = room.get(answer.headers["Location"], visit.north).json()
    room.jobs.round()
    job = room.get(answer.headers["Location"], visit.north).json()

    assert (waiting["state"], waiting["rows"], waiting["results"]) == ("queued", 5, [])
    assert job["state"] == "done"
    told = [one["outcome"] for one in job["results"]]
    assert told == ["accepted", "rejected", "duplicate", "rejected", "rejected"]
    assert job["counts"] == {"accepted": 1, "duplicate": 1, "rejected": 3, "rolled_back": 0}
    assert job["results"][1]["problem"]["errors"][0]["pointer"] == "/accuracy_m"
    assert job["results"][4]["problem"]["type"].endswith("malformed-json")
    assert (state(visit, good), state(visit, other)) == ("picked_up", "appointed")


def test_what_was_posted_alone_before_is_a_duplicate(room: Room) -> None:
    visit = Visit(room)
    order = visit.appointed()
    body = visit.pickup(order)
    visit.ok("/v1/pickups", body, visit.north)

    answer = post(visit, ndjson(body))
    room.jobs.round()

    assert outcomes(visit, answer) == ["duplicate"]


def test_with_rollback_one_refused_row_undoes_them_all(room: Room) -> None:
    visit = Visit(room)
    good, bad = visit.appointed(), visit.appointed()
    stolen = visit.pickup(bad)
    stolen["units"][0]["unit_code"] = f"PL-{good['unit_ids'][0]}"  # the code of the other row

    answer = post(visit, ndjson(visit.pickup(good), stolen), "rollback")
    room.jobs.round()

    assert outcomes(visit, answer) == ["rolled_back", "rejected"]
    assert (state(visit, good), state(visit, bad)) == ("appointed", "appointed")
    assert not room.ledger.verify().breaks


def test_with_rollback_good_rows_commit_together(room: Room) -> None:
    visit = Visit(room)
    orders = [visit.appointed() for _ in range(3)]

    answer = post(visit, ndjson(*map(visit.pickup, orders)), "rollback")
    room.jobs.round()

    assert outcomes(visit, answer) == ["accepted"] * 3
    assert {state(visit, one) for one in orders} == {"picked_up"}


def test_with_rollback_a_row_that_cannot_be_read_leaves_all_unasked(room: Room) -> None:
    visit = Visit(room)
    order = visit.appointed()

    answer = post(visit, ndjson(visit.pickup(order), {}), "rollback")
    room.jobs.round()

    assert outcomes(visit, answer) == ["rolled_back", "rejected"]
    assert state(visit, order) == "appointed"


class Killed(Exception):
    """The process is gone."""


class Dying:
    """A ledger whose process is killed once it has taken some rows."""

    def __init__(self, room: Room, rows: int) -> None:
        self._ledger, self._left = room.ledger, rows

    def submit(self, request: Request[Asked]) -> "Future[Answer]":
        is_row = request.path.startswith("/v1/jobs/")
        if is_row and self._left == 0:
            raise Killed
        self._left -= is_row
        future = self._ledger.submit(request)
        future.result(20)
        return future

    def __getattr__(self, name: str) -> Any:
        return getattr(self._ledger, name)


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_a_killed_job_goes_on_where_it_was(room: Room, rows: int) -> None:
    visit = Visit(room)
    orders = [visit.appointed() for _ in range(3)]
    answer = post(visit, ndjson(*map(visit.pickup, orders)))
    dying: Any = Dying(room, rows)
    with pytest.raises(Killed):
        JobRunner(dying, room.ledger.watch, room.services.uploads).round()
    assert [state(visit, one) for one in orders].count("picked_up") == rows

    assert JobRunner(room.ledger, room.ledger.watch, room.services.uploads).resume() == 1

    assert outcomes(visit, answer) == ["accepted"] * 3
    for order in orders:
        events = room.ledger.history(Caller("hisense"), Ref(ORDER, order["id"]))
        assert [event.type for event in events].count("picked_up") == 1


def test_a_job_is_done_once(room: Room) -> None:
    visit = Visit(room)
    post(visit, ndjson(visit.pickup(visit.appointed())))

    assert [room.jobs.round() for _ in range(2)] == [1, 0]


def test_the_same_file_under_the_same_key_is_one_job(room: Room) -> None:
    visit = Visit(room)
    raw = ndjson(visit.pickup(visit.appointed()))

    first, again, other = post(visit, raw), post(visit, raw), post(visit, raw, "rollback")

    assert (again.status_code, again.json()) == (202, first.json())
    assert again.headers["Idempotency-Replayed"] == "true"
    assert code(other) == (422, "idempotency-key-reused")


def test_results_come_in_pages(room: Room) -> None:
    visit = Visit(room)
    answer = post(visit, ndjson({}, {}, {}))
    room.jobs.round()
    path = answer.headers["Location"]

    page = room.get(f"{path}?limit=2", visit.north).json()
    rest = room.get(f"{path}?limit=2&cursor={page['next_cursor']}", visit.north).json()

    assert [one["row"] for one in page["results"] + rest["results"]] == [1, 2, 3]
    assert rest["next_cursor"] is None


def test_only_its_partner_and_the_maker_know_of_a_job(room: Room) -> None:
    visit = Visit(room)
    path = post(visit, ndjson({})).headers["Location"]

    assert room.get(path, visit.office).status_code == 200
    assert "roles" not in room.get(path, visit.office).json()
    south = room.key(Role.RECYCLER, partner_id="south")
    assert code(room.get(path, south)) == (404, "not-found")


@pytest.mark.parametrize(
    ("raw", "no"),
    [
        (b"", (422, "validation-failed")),
        (b"{}\n" * 1_001, (413, "batch-too-large")),
        (b"x" * (5 * 1024 * 1024 + 1), (413, "body-too-large")),
        (b"\xff\n", (422, "validation-failed")),
    ],
)
def test_a_file_that_cannot_be_is_refused_whole(
    room: Room, raw: bytes, no: tuple[int, str]
) -> None:
    assert code(post(Visit(room), raw)) == no


def test_whoever_posts_says_whether_one_row_undoes_the_others(room: Room) -> None:
    answer = post(Visit(room), b"{}\n", "maybe")

    assert code(answer) == (422, "validation-failed")
    assert answer.json()["errors"][0]["pointer"] == "/query/mode"


# -- CSV -------------------------------------------------------------------------------------------


def cells(pickup: Any) -> list[dict[str, str]]:
    """The lines of a pickup, a unit each."""
    whole = {name: str(value) for name, value in pickup.items() if name != "units"}
    lines = []
    for unit in pickup["units"]:
        photos = ";".join(f"{one['view']}={one['upload_id']}" for one in unit["photos"])
        told = {name: str(one) for name, one in unit.items()}
        parts = ";".join(unit["completeness"])
        lines.append({**whole, **told, "photos": photos, "completeness": parts})
    return lines


def csv_of(lines: list[dict[str, str]], *more: str) -> bytes:
    head = [*COLUMNS, *more]
    rows = [",".join(line.get(name, "") for name in head) for line in lines]
    return "\ufeff".encode() + "\r\n".join([",".join(head), *rows, ""]).encode()


def test_lines_of_one_order_are_one_pickup(room: Room) -> None:
    visit = Visit(room)
    two, one = visit.appointed(2), visit.appointed()
    raw = csv_of([*cells(visit.pickup(two)), *cells(visit.pickup(one))])

    answer = post(visit, raw, media_type=CSV)
    room.jobs.round()

    assert outcomes(visit, answer) == ["accepted", "accepted"]
    unit = room.ledger.get(Caller("hisense"), Ref(AggregateKind.UNIT, two["unit_ids"][1]))
    assert unit.body["door_mass_kg"] == "61.500"  # as it was written, to the gram


def test_lines_that_do_not_stand_together_are_told(room: Room) -> None:
    visit = Visit(room)
    two, one = visit.appointed(2), visit.appointed()
    first, second = cells(visit.pickup(two))
    raw = csv_of([first, *cells(visit.pickup(one)), second])

    answer = post(visit, raw, media_type=CSV)
    room.jobs.round()

    job = room.get(answer.headers["Location"], visit.north).json()
    assert "do not stand together" in job["results"][2]["problem"]["detail"]
    assert job["results"][1]["outcome"] == "accepted"
    assert len(job["results"]) == 3


def test_a_column_that_is_not_known_is_named(room: Room) -> None:
    answer = post(Visit(room), csv_of([], "colour"), media_type=CSV)

    assert code(answer) == (422, "validation-failed")
    assert answer.json()["errors"][0]["pointer"] == "/colour"


def test_a_photo_that_was_not_uploaded_is_named_by_its_place(room: Room) -> None:
    visit = Visit(room)
    (line,) = cells(visit.pickup(visit.appointed()))
    line["photos"] = line["photos"].replace("whole=", "whole=not-")

    answer = post(visit, csv_of([line]), media_type=CSV)
    room.jobs.round()

    (row,) = room.get(answer.headers["Location"], visit.north).json()["results"]
    assert row["problem"]["errors"][0]["pointer"] == "/units/0/photos/0/upload_id"


def test_lines_of_one_order_that_contradict_each_other_are_refused(room: Room) -> None:
    visit = Visit(room)
    first, second = cells(visit.pickup(visit.appointed(2)))
    second["collector_id"] = "K-8"

    answer = post(visit, csv_of([first, second]), media_type=CSV)
    room.jobs.round()

    (row,) = room.get(answer.headers["Location"], visit.north).json()["results"]
    assert row["problem"]["detail"].startswith("collector_id is K-8 in line 3")
