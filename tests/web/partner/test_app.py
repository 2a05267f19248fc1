"""The application as a whole: what it offers, and how it says no."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.routing import Route

from recycling.vocabulary import Role
from tests.web.partner.room import Room, opened
from web.partner.app import openapi_of


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Room]:
    with opened(tmp_path) as room:
        yield room


def test_me_tells_what_the_credential_is(room: Room) -> None:
    headers = room.key(Role.RECYCLER, partner_id="P-7")

    told = room.get("/v1/me", headers).json()

    assert (told["tenant"], told["partner_id"], told["roles"]) == ("hisense", "P-7", ["recycler"])


def test_without_a_credential_the_answer_is_a_problem_with_a_trace(room: Room) -> None:
    answer = room.get("/v1/me", {})

    assert answer.status_code == 401
    assert answer.headers["content-type"] == "application/problem+json"
    assert answer.json()["type"] == "urn:loopline:problem:credential-invalid"
    assert len(answer.json()["trace_id"]) == 32


def test_every_route_stands_in_the_document(room: Room) -> None:
    paths = openapi_of(room.app)["paths"]
    served = {route.path for route in room.app.routes if isinstance(route, Route)}

    assert served - {"/openapi.json"} == set(paths)
    assert len(paths) > 40


def test_what_is_not_there_and_what_is_not_offered_are_problems(room: Room) -> None:
    headers = room.key(Role.PLATFORM)

    assert room.get("/v1/nothing", headers).json()["type"].endswith(":not-found")
    refused = room.client.delete("/v1/pickups", headers=headers)
    assert refused.json()["type"].endswith(":method-not-allowed")


def test_an_unknown_order_is_404_for_a_command_and_for_a_pickup(room: Room) -> None:
    headers = room.key(Role.PLATFORM)

    answer = room.post("/v1/takeback-orders/none:cancel", {"reason_code": "wish"}, headers)

    assert (answer.status_code, answer.json()["code"]) == (404, "not_found")
