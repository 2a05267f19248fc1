"""Photos are declared, sent, kept without their camera's words, and named by a pickup."""

from pathlib import Path

import pytest

from ledger.desk.uploads import KIND
from ledger.records import Caller, Ref
from recycling.vocabulary import Role
from tests.web.partner.room import Room
from tests.web.partner.test_picture import photo
from tests.web.partner.visits import Visit, declaration, picture


def code(answer: object) -> tuple[int, str]:
    told = answer.json()  # type: ignore[attr-defined]
    return answer.status_code, told["type"].rpartition(":")[2]  # type: ignore[attr-defined]


def test_a_photo_that_was_declared_and_sent_is_given_back_to_be_saved(room: Room) -> None:
    visit = Visit(room)

    kept = visit.uploaded()

    assert (kept["state"], kept["partner_id"]) == ("stored", "north")
    content = room.get(f"/v1/uploads/{kept['id']}/content", visit.north)
    assert content.headers["Content-Disposition"].startswith("attachment")
    assert content.headers["Content-Type"] == "image/png"
    (file,) = [one for one in Path(room.services.uploads).rglob("*.png")]
    assert file.read_bytes() == content.content


def test_the_place_of_a_photo_is_kept_and_never_told(room: Room) -> None:
    raw, north = photo(), room.key(Role.RECYCLER, partner_id="north")
    told = room.post("/v1/uploads", declaration(raw, "image/jpeg"), north).json()

    kept = room.put(f"/v1/uploads/{told['id']}", raw, north, "image/jpeg")

    assert kept.json()["has_position"] is True
    assert kept.json()["taken_at"] == "2026-03-01T12:00:00Z"
    content = room.get(f"/v1/uploads/{told['id']}/content", north).content
    assert b"Exif" not in content
    row = room.ledger.get(Caller("hisense"), Ref(KIND, told["id"]))
    assert "36.0" not in str(row.body)


def test_sent_twice_it_is_kept_once(room: Room) -> None:
    visit, raw = Visit(room), picture(3)
    told = visit.ok("/v1/uploads", declaration(raw), visit.north)
    path = f"/v1/uploads/{told['id']}"

    first, again = (room.put(path, raw, visit.north, "image/png") for _ in range(2))

    assert (first.status_code, again.status_code) == (200, 200)
    assert first.json()["version"] == again.json()["version"] == 2


@pytest.mark.parametrize(
    ("sent", "why"),
    [
        (picture(1) + b"x", "size_bytes"),  # a byte more than was declared
        (bytes(len(picture(1))), "sha256"),  # as long, but other bytes
    ],
)
def test_other_bytes_than_declared_are_refused_by_name(room: Room, sent: bytes, why: str) -> None:
    visit = Visit(room)
    told = visit.ok("/v1/uploads", declaration(picture(1)), visit.north)

    answer = room.put(f"/v1/uploads/{told['id']}", sent, visit.north, "image/png")

    assert code(answer) == (422, "validation-failed")
    assert answer.json()["errors"][0]["pointer"] == f"/{why}"
    assert room.get(f"/v1/uploads/{told['id']}", visit.north).json()["state"] == "declared"
    assert code(room.get(f"/v1/uploads/{told['id']}/content", visit.north)) == (404, "not-found")


def test_what_is_no_picture_or_too_large_is_refused_when_it_is_declared(room: Room) -> None:
    north = room.key(Role.RECYCLER, partner_id="north")
    plain = declaration(b"x")

    for changed, no in (
        ({"media_type": "text/html"}, (415, "media-type-unsupported")),
        ({"size_bytes": 11 * 1024 * 1024}, (413, "body-too-large")),
        ({"sha256": "abc"}, (422, "validation-failed")),
        ({"name": "x.png"}, (422, "validation-failed")),
    ):
        assert code(room.post("/v1/uploads", plain | changed, north)) == no


def test_a_body_longer_than_any_upload_is_not_read_to_its_end(room: Room) -> None:
    visit = Visit(room)
    told = visit.ok("/v1/uploads", declaration(picture(1)), visit.north)

    answer = room.put(
        f"/v1/uploads/{told['id']}", bytes(10 * 1024 * 1024 + 1), visit.north, "image/png"
    )

    assert code(answer) == (413, "body-too-large")


def test_only_its_partner_and_the_maker_know_of_an_upload(room: Room) -> None:
    visit = Visit(room)
    kept = visit.uploaded()
    south = room.key(Role.RECYCLER, partner_id="south")
    foreign = room.key(Role.PLATFORM, tenant="other")

    for path in (f"/v1/uploads/{kept['id']}", f"/v1/uploads/{kept['id']}/content"):
        assert room.get(path, visit.office).status_code == 200
        for stranger in (south, foreign):
            assert code(room.get(path, stranger)) == (404, "not-found")
    sent = room.put(f"/v1/uploads/{kept['id']}", picture(2), south, "image/png")
    assert code(sent) == (404, "not-found")


def test_a_pickup_names_uploads_that_are_kept(room: Room) -> None:
    visit = Visit(room)
    order = visit.appointed()

    answer = room.post("/v1/pickups", visit.pickup(order), visit.north)

    assert answer.status_code == 200, answer.text
    assert answer.json()["state"] == "picked_up"


def test_a_pickup_with_a_photo_that_was_not_sent_is_refused_by_its_place(room: Room) -> None:
    visit = Visit(room)
    order = visit.appointed()
    declared = visit.ok("/v1/uploads", declaration(picture(9)), visit.north)
    body = visit.pickup(order)
    body["units"][0]["photos"][1] |= {"upload_id": declared["id"], "sha256": declared["sha256"]}

    answer = room.post("/v1/pickups", body, visit.north)

    assert code(answer) == (422, "validation-failed")
    assert answer.json()["errors"][0]["pointer"] == "/units/0/photos/1/upload_id"
