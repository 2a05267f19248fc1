"""Every route of the API: nobody comes in without a key or its scope, and the document has it."""

import re
from collections.abc import Iterator
from typing import Any

import pytest

from tests.web.partner.room import Room
from web.partner.credential import Scope
from web.partner.pickup_route import PATH as PICKUPS
from web.partner.reference_routes import ANY

OPEN = ("/health/", "/metrics", "/openapi.json", "/.well-known/", "/oauth2/token")
ANY_CREDENTIAL = ("/v1/me", "/v1/reference/")
SAMPLES = {"application/json": b"{}", "application/x-ndjson": b"{}\n"}


def asked(room: Room) -> Iterator[tuple[str, str]]:
    """Every method and path that asks who calls."""
    for route in room.app.routes:
        told: Any = route
        if not told.path.startswith(OPEN):
            for method in sorted(told.methods - {"HEAD"}):
                yield method, told.path


def ask(
    room: Room, method: str, path: str, headers: dict[str, str], *, key: str | None = "k"
) -> Any:
    media_type = "application/x-ndjson" if path.endswith(":batch") else "application/json"
    more = {"Content-Type": media_type} | ({"Idempotency-Key": key} if key else {})
    url = re.sub(r"\{\w+\}", "X-1", path)
    content = None if method in ("GET", "DELETE") else SAMPLES[media_type]
    return room.client.request(method, url, content=content, headers={**more, **headers})


def names(answer: Any) -> str:
    return str(answer.json()["type"]).rpartition(":")[2]


def test_nobody_comes_in_without_a_key(room: Room) -> None:
    found = {(method, path): names(ask(room, method, path, {})) for method, path in asked(room)}

    assert len(found) > 70
    assert set(found.values()) == {"credential-invalid"}


def test_a_key_opens_nothing_without_its_scope(room: Room) -> None:
    key = room.key(scopes=frozenset())

    found = {
        path: names(ask(room, method, path, key))
        for method, path in asked(room)
        if not path.startswith(ANY_CREDENTIAL)
    }

    assert ANY.scope is None
    assert {path for path, name in found.items() if name != "scope-missing"} == set()


def test_nobody_elses_thing_is_told_from_one_that_is_not_there(room: Room) -> None:
    key = room.key(scopes=frozenset(Scope), partner_id="stranger")

    reads = [path for method, path in asked(room) if method == "GET" and "{id}" in path]

    assert len(reads) > 8
    answers = {path: ask(room, "GET", path, key).status_code for path in reads}
    assert set(answers.values()) <= {403, 404}  # partners are for the platform alone


def test_every_route_is_in_the_document_with_how_it_says_no(room: Room) -> None:
    document = room.client.get("/openapi.json").json()

    for method, path in asked(room):
        told = document["paths"][path][method.lower()]
        assert told["operationId"], path
        assert told["summary"], path
        assert {"401", "403", "429"} <= told["responses"].keys(), path
        needs = {one["name"] for one in told["parameters"] if one["required"]}
        assert set(re.findall(r"\{(\w+)\}", path)) <= needs, path
        assert ("Idempotency-Key" in needs) == (method in ("POST", "PATCH")), path
        assert (method == "PATCH") == ("If-Match" in needs), path
    assert PICKUPS in document["paths"]


def test_no_two_routes_have_one_name(room: Room) -> None:
    document = room.client.get("/openapi.json").json()
    every = [told["operationId"] for one in document["paths"].values() for told in one.values()]

    assert len(set(every)) == len(every)


@pytest.mark.parametrize("method", ["POST", "PATCH"])
def test_a_write_without_a_key_of_its_own_is_refused(room: Room, method: str) -> None:
    key = room.key(scopes=frozenset(Scope))

    writes = [path for asks, path in asked(room) if asks == method]
    found = {path: ask(room, method, path, key, key=None) for path in writes}

    assert {names(one) for one in found.values()} == {"idempotency-key-missing"}
