"""What OpenAPI says of the routes whose bodies are state tables, and of every refusal."""

from collections.abc import Iterable, Mapping
from typing import Any

from recycling.table import Move
from web.partner.command_body import CommandBody
from web.partner.nouns import Noun
from web.partner.problems import KINDS, ProblemName
from web.problems import PROBLEM_TYPE, URN

OPENAPI_VERSION = "3.1.0"
KEY_CHARACTERS = r"^[\x20-\x7e]+$"

IDEMPOTENCY_KEY: Mapping[str, Any] = {
    "name": "Idempotency-Key",
    "in": "header",
    "required": True,
    "description": "Your name for this attempt: the same key gets the same answer for 30 days.",
    "schema": {"type": "string", "minLength": 1, "maxLength": 255},
    "example": "8e03978e-40d5-43e8-bc93-6894a57f9324",
}
IF_MATCH: Mapping[str, Any] = {
    "name": "If-Match",
    "in": "header",
    "required": False,
    "description": 'The version you go on from, as the ETag told it, such as "7".',
    "schema": {"type": "string", "maxLength": 200},
}
PATH_ID: Mapping[str, Any] = {
    "name": "id",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "minLength": 1, "maxLength": 64, "pattern": "^[A-Za-z0-9._-]+$"},
}
PROBLEM_SCHEMA: Mapping[str, Any] = {
    "type": "object",
    "description": "RFC 9457. A program decides by `type`, never by the sentence.",
    "properties": {
        "type": {"type": "string", "enum": [URN + name for name in ProblemName]},
        "title": {"type": "string"},
        "status": {"type": "integer"},
        "code": {"type": "string"},
        "detail": {"type": "string"},
        "trace_id": {"type": "string"},
        "errors": {
            "type": "array",
            "items": {
                "type": "object",
                "properties": {
                    "pointer": {"type": "string"},
                    "value": {"type": ["string", "integer", "boolean", "null"]},
                    "reason": {"type": "string"},
                },
                "required": ["pointer", "reason"],
            },
        },
    },
    "required": ["type", "title", "status", "detail"],
}
DOCUMENT: Mapping[str, Any] = {
    "type": "object",
    "description": "The thing as it is after the command.",
    "properties": {
        "id": {"type": "string"},
        "kind": {"type": "string"},
        "state": {"type": "string"},
        "flags": {"type": "array", "items": {"type": "string"}},
        "version": {"type": "integer", "minimum": 1},
        "allowed": {"type": "array", "items": {"type": "string"}},
    },
    "required": ["id", "kind", "state", "version"],
}
READING = (401, 403, 406, 429)
WRITING = (400, 401, 403, 406, 409, 413, 415, 422, 429, 503, 507)


def refusals(statuses: Iterable[int]) -> dict[str, Any]:
    """Return the responses that say no, each naming the problems of its status."""
    content = {PROBLEM_TYPE: {"schema": {"$ref": "#/components/schemas/Problem"}}}
    found: dict[str, Any] = {}
    for status in statuses:
        names = ", ".join(str(name) for name, kind in KINDS.items() if kind.status == status)
        found[str(status)] = {"description": names, "content": content}
    return found


def answer(status: int, description: str, schema: Mapping[str, Any]) -> dict[str, Any]:
    """Return one response that says yes."""
    return {
        str(status): {
            "description": description,
            "content": {"application/json": {"schema": schema}},
        }
    }


def writing_doc(
    schema: Mapping[str, Any] | None,
    *,
    success: Mapping[str, Any],
    of_one: bool,
    roles: Iterable[str] = (),
    has_key: bool = True,
    needs_if_match: bool = False,
    media_types: Iterable[str] = ("application/json",),
    parameters: Iterable[Mapping[str, Any]] = (),
) -> dict[str, Any]:
    """Return what OpenAPI says of a write; ``of_one`` is one that already exists.

    Without ``schema`` the request has no body.
    """
    statuses = {*WRITING, *((404, 412) if of_one else ()), *((428,) if needs_if_match else ())}
    told = [dict(one) for one in parameters] + ([dict(IDEMPOTENCY_KEY)] if has_key else [])
    if of_one:
        told += [dict(PATH_ID), dict(IF_MATCH) | {"required": needs_if_match}]
    doc: dict[str, Any] = {
        "parameters": told,
        "responses": {**success, **refusals(sorted(statuses))},
    }
    if schema is not None:
        content = {kind: {"schema": schema} for kind in media_types}
        doc["requestBody"] = {"required": True, "content": content}
    named = sorted(roles)
    return doc | {"x-roles": named} if named else doc


def reading_doc(
    success: Mapping[str, Any], *, parameters: Iterable[Mapping[str, Any]] = (), of_one: bool
) -> dict[str, Any]:
    """Return what OpenAPI says of a read."""
    told = [dict(one) for one in parameters] + ([dict(PATH_ID)] if of_one else [])
    statuses = (*READING, 404) if of_one else (*READING, 400, 422)
    return {"parameters": told, "responses": {**success, **refusals(sorted(statuses))}}


def command_doc(noun: Noun, move: Move, reading: CommandBody) -> dict[str, Any]:
    """Return what OpenAPI says of a command: evidence, roles, states it is allowed from."""
    states = [str(state) for state in move.from_states if state is not None]
    doc = writing_doc(
        reading.schema,
        success=answer(200, "done", {"$ref": "#/components/schemas/Document"}),
        of_one=True,
        roles=map(str, move.roles),
    )
    told = f"Allowed while {', '.join(states)}. Event: {move.event}."
    return {**doc, "description": told, "x-states": states, "x-kind": str(noun.kind)}
