"""An addition breaks nobody; what is taken away, narrowed or newly asked for is named."""

import copy
from collections.abc import Callable
from typing import Any

import pytest

from web.partner.openapi_changes import breaking_changes

BODY: dict[str, Any] = {
    "type": "object",
    "properties": {
        "name": {"type": "string", "maxLength": 50},
        "mode": {"type": "string", "enum": ["a", "b"]},
        "mass_kg": {"anyOf": [{"type": "string"}, {"type": "number"}]},
        "rows": {"type": "array", "items": {"type": "integer", "minimum": 1}},
    },
    "required": ["name"],
}
OLD: dict[str, Any] = {
    "components": {
        "schemas": {
            "Thing": {
                "type": "object",
                "properties": {
                    "id": {"type": "string"},
                    "state": {"type": "string", "enum": ["open", "done"]},
                    "note": {"type": ["string", "null"]},
                },
                "required": ["id"],
            }
        }
    },
    "paths": {
        "/v1/things/{id}": {
            "get": {
                "parameters": [{"name": "id", "in": "path", "required": True, "schema": {}}],
                "responses": {
                    "200": {
                        "content": {
                            "application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}
                        }
                    },
                    "404": {"description": "not-found"},
                },
                "x-scope": "things:read",
            },
            "post": {
                "parameters": [{"name": "limit", "in": "query", "schema": {"type": "integer"}}],
                "requestBody": {"content": {"application/json": {"schema": BODY}}},
                "responses": {"200": {"description": "done"}},
            },
        }
    },
}


def thing(document: Any) -> Any:
    return document["components"]["schemas"]["Thing"]


def get(document: Any) -> Any:
    return document["paths"]["/v1/things/{id}"]["get"]


def post(document: Any) -> Any:
    return document["paths"]["/v1/things/{id}"]["post"]


def body(document: Any) -> Any:
    return post(document)["requestBody"]["content"]["application/json"]["schema"]


def changed(change: Callable[[Any], object]) -> Any:
    new = copy.deepcopy(OLD)
    change(new)
    return new


BREAKS: list[tuple[str, Callable[[Any], object]]] = [
    ("/v1/things/{id} is gone", lambda d: d["paths"].clear()),
    ("POST /v1/things/{id} is gone", lambda d: d["paths"]["/v1/things/{id}"].pop("post")),
    ("is not answered 200 any more", lambda d: post(d)["responses"].clear()),
    ("application/json is gone", lambda d: get(d)["responses"]["200"]["content"].clear()),
    ("200/state: is gone", lambda d: thing(d)["properties"].pop("state")),
    ("200/id: need not be told", lambda d: thing(d)["required"].clear()),
    ("200/id: was string, is integer|string",
     lambda d: thing(d)["properties"]["id"].update(type=["string", "integer"])),
    ("the value 'done' is gone",
     lambda d: thing(d)["properties"]["state"].update(enum=["open", "shut"])),
    ("parameter limit is gone", lambda d: post(d)["parameters"].clear()),
    ("parameter limit is required now", lambda d: post(d)["parameters"][0].update(required=True)),
    ("parameter mode is new and required",
     lambda d: post(d)["parameters"].append({"name": "mode", "in": "query", "required": True})),
    ("the body is required now", lambda d: post(d)["requestBody"].update(required=True)),
    ("takes no body any more", lambda d: post(d).pop("requestBody")),
    ("body/mode: is required now", lambda d: body(d)["required"].append("mode")),
    ("body/phone: is required now", lambda d: (
        body(d)["properties"].update(phone={}), body(d)["required"].append("phone"))),
    ("body/name: is gone", lambda d: body(d)["properties"].pop("name")),
    ("body/name: maxLength is 20 now",
     lambda d: body(d)["properties"]["name"].update(maxLength=20)),
    ("body/name: pattern is 'x' now", lambda d: body(d)["properties"]["name"].update(pattern="x")),
    ("body/mode: the value 'b' is gone",
     lambda d: body(d)["properties"]["mode"].update(enum=["a"])),
    ("body/rows/*: minimum is 2 now",
     lambda d: body(d)["properties"]["rows"]["items"].update(minimum=2)),
    ("body/mass_kg: anyOf 1 has no match any more",
     lambda d: body(d)["properties"]["mass_kg"].update(anyOf=[{"type": "string"}])),
    ("takes no further fields", lambda d: body(d).update(additionalProperties=False)),
    ("asks for the scope things:admin", lambda d: get(d).update({"x-scope": "things:admin"})),
]  # fmt: skip


@pytest.mark.parametrize(("sentence", "change"), BREAKS, ids=[one for one, _ in BREAKS])
def test_what_breaks_a_partner_is_named(sentence: str, change: Callable[[Any], object]) -> None:
    found = breaking_changes(OLD, changed(change))

    assert [one for one in found if sentence in one], found


ADDITIONS: list[Callable[[Any], object]] = [
    lambda d: d["paths"].update({"/v1/others": {}}),
    lambda d: d["paths"]["/v1/things/{id}"].update(delete={}),
    lambda d: thing(d)["properties"].update(colour={"type": "string"}),
    lambda d: thing(d)["required"].append("state"),
    lambda d: thing(d)["properties"]["state"]["enum"].append("lost"),
    lambda d: thing(d)["properties"]["note"].update(type="string"),
    lambda d: body(d)["properties"].update(colour={"type": "string"}),
    lambda d: body(d)["properties"]["mode"]["enum"].append("c"),
    lambda d: body(d)["properties"]["name"].update(maxLength=100),
    lambda d: body(d)["properties"]["mass_kg"]["anyOf"].append({"type": "integer"}),
    lambda d: body(d)["required"].clear(),
    lambda d: post(d)["parameters"].append({"name": "q", "in": "query"}),
    lambda d: post(d)["responses"].update({"201": {}, "409": {}}),
    lambda d: get(d)["responses"].pop("404"),
]


@pytest.mark.parametrize("change", ADDITIONS, ids=range(len(ADDITIONS)))
def test_an_addition_breaks_nobody(change: Callable[[Any], object]) -> None:
    assert breaking_changes(OLD, changed(change)) == ()
