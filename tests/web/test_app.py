import hashlib
import re
import tomllib
from pathlib import Path

import pytest
from starlette.testclient import TestClient

import web
from tests.warehouse.board_rows import add_legs, leg
from tests.web.room import Room
from web.headers import CONTENT_SECURITY_POLICY, SECURITY_HEADERS
from web.services import Check

STATIC = Path(web.__file__).with_name("static")
EVERYWHERE = ("/board", "/shipments/S-1", "/shipments/none", "/v1/metrics", "/v1/nothing",
              "/nothing-here", "/health/live", "/health/ready", "/metrics", "/openapi.json",
              "/static/board.css", "/static/none.css", "/board?cat=nope", "/")  # fmt: skip


@pytest.fixture
def room() -> Room:
    room = Room()
    add_legs(room.db, [leg()])
    return room


@pytest.mark.parametrize("path", EVERYWHERE)
def test_every_response_carries_the_security_headers(room: Room, path: str) -> None:
    with room.client() as client:
        answer = client.get(path)

    assert {name: answer.headers.get(name) for name in SECURITY_HEADERS} == dict(SECURITY_HEADERS)


def test_the_policy_is_the_specified_one() -> None:
    assert CONTENT_SECURITY_POLICY == (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
        "img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
    )


def test_a_defect_of_ours_is_a_problem_with_headers_and_without_its_inside(room: Room) -> None:
    room.db.execute("drop table dead_letter")

    with TestClient(room.app(), raise_server_exceptions=False) as client:
        answer = client.get("/v1/dead-letters")

    assert (answer.status_code, answer.json()["code"]) == (500, "bug")
    assert "dead_letter" not in answer.text
    assert answer.headers["content-security-policy"] == CONTENT_SECURITY_POLICY


@pytest.mark.parametrize(("path", "kind"), [
    ("/v1/nothing", "application/problem+json"),
    ("/nothing-here", "text/html; charset=utf-8"),
    ("/static/none.css", "text/html; charset=utf-8"),
])  # fmt: skip
def test_an_unknown_address_is_not_found_in_the_shape_its_reader_expects(
    room: Room, path: str, kind: str
) -> None:
    with room.client() as client:
        answer = client.get(path)

    assert (answer.status_code, answer.headers["content-type"]) == (404, kind)


def test_another_method_is_refused(room: Room) -> None:
    with room.client() as client:
        answer = client.get("/v1/legs")

    assert (answer.status_code, answer.json()["code"]) == (405, "method_not_allowed")


def test_the_root_leads_to_the_board(room: Room) -> None:
    with room.client() as client:
        assert client.get("/").headers["location"] == "/board"


def test_health_tells_one_line_per_check(room: Room) -> None:
    room.checks.append(Check("broker", False, "no answer from 127.0.0.1:1"))

    with room.client() as client:
        live, ready = client.get("/health/live"), client.get("/health/ready")

    assert (live.status_code, ready.status_code) == (200, 503)
    assert [line.count('"check"') for line in ready.text.splitlines()] == [1, 1]


def test_openapi_names_the_intake_with_its_contract(room: Room) -> None:
    with room.client() as client:
        paths = client.get("/openapi.json").json()["paths"]

    body = paths["/v1/legs"]["post"]["requestBody"]["content"]["application/json"]
    assert "mass_kg" in body["schema"]["properties"]
    assert {"/v1/forklift-readings", "/v1/metrics", "/v1/dead-letters"} <= set(paths)


def test_a_parameter_that_cannot_be_is_a_problem(room: Room) -> None:
    with room.client() as client:
        answer = client.get("/v1/dead-letters?limit=201")

    assert (answer.status_code, answer.json()["code"]) == (422, "parameter")
    assert "limit" in answer.json()["detail"]


def test_what_others_wrote_is_what_the_list_says() -> None:
    listed = tomllib.loads((STATIC / "assets.toml").read_text("utf-8"))["asset"]

    for asset in listed:
        raw = (STATIC / asset["file"]).read_bytes()
        assert hashlib.sha256(raw).hexdigest() == asset["sha256"]
    ours = {"assets.toml", "board.css", "icon.svg", "live.js"}
    assert {path.name for path in STATIC.iterdir()} - ours == {a["file"] for a in listed}


def test_pages_hold_no_inline_script_and_no_style(room: Room) -> None:
    with room.client() as client:
        pages = [client.get(path).text for path in ("/board", "/shipments/S-1", "/none")]

    for html in pages:
        assert not re.search(r"<style|\sstyle=|\son\w+=|javascript:", html)
        assert all("src=" in tag for tag in re.findall(r"<script[^>]*>", html))
