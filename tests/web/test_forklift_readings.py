from schemas.topics import FORKLIFT_READINGS
from tests.web.room import Room, reading_json


def test_a_reading_is_published_under_its_forklift() -> None:
    room = Room()

    with room.client() as client:
        answer = client.post("/v1/forklift-readings", json=reading_json())

    assert answer.status_code == 202
    ((topic, key, _, headers),) = room.published
    assert (topic, key) == (FORKLIFT_READINGS, b"F-1")
    assert headers["ce_type"] == "loopline.forklift.reading.v1"


def test_a_reading_that_tells_nothing_is_refused() -> None:
    room = Room()

    with room.client() as client:
        answer = client.post("/v1/forklift-readings", json=reading_json(operating_total_h=None))

    assert answer.status_code == 422
    assert "at least one counter" in answer.json()["detail"]
