"""``POST /oauth2/token``: a key's id and secret for a short token, as RFC 6749 has it."""

import json
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from web.intake import read_body
from web.partner.openapi import answer, refusals
from web.partner.problems import ProblemName, problem
from web.partner.services import PartnerServices
from web.partner.token import FORM, MAX_FORM_BYTES, answer_form

_FIELD: Mapping[str, Any] = {"type": "string"}
GIVEN: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "access_token": _FIELD,
        "token_type": _FIELD,
        "expires_in": {"type": "integer"},
        "scope": _FIELD,
    },
    "required": ["access_token", "token_type", "expires_in"],
}
REFUSED: Mapping[str, Any] = {
    "type": "object",
    "properties": {"error": _FIELD, "error_description": _FIELD},
    "required": ["error"],
}
DOC: Mapping[str, Any] = {
    "security": [],
    "requestBody": {
        "required": True,
        "content": {
            FORM: {
                "schema": {
                    "type": "object",
                    "properties": {
                        "grant_type": {"type": "string", "enum": ["client_credentials"]},
                        "scope": _FIELD,
                        "client_id": _FIELD,
                        "client_secret": _FIELD,
                    },
                    "required": ["grant_type"],
                }
            }
        },
    },
    "responses": {
        **answer(200, "a token", GIVEN),
        **answer(400, "invalid_request, unsupported_grant_type, invalid_scope", REFUSED),
        **answer(401, "invalid_client", REFUSED),
        **refusals((413, 415, 429)),
    },
}


def routes(services: PartnerServices) -> APIRouter:
    """Return the route; whoever guesses secrets is limited by the address it comes from."""
    router = APIRouter()

    @router.post(
        "/oauth2/token",
        operation_id="token",
        summary="Give a short token for a key",
        tags=["credentials"],
        response_model=None,
        openapi_extra=dict(DOC),
    )
    async def token(request: Request) -> Response:
        _refuse_often(request, services)
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind != FORM:
            raise problem(ProblemName.MEDIA_TYPE_UNSUPPORTED, f"Content-Type is not {FORM}")
        told = answer_form(
            await read_body(request, max_bytes=MAX_FORM_BYTES),
            authorization=request.headers.get("authorization"),
            find=services.gate.authority.find,
            keys=services.token_keys,
            now=services.now(),
            jti=services.new_id(),
        )
        return Response(json.dumps(told.body), told.status, told.headers, "application/json")

    return router


def _refuse_often(request: Request, services: PartnerServices) -> None:
    host = "unknown" if request.client is None else request.client.host
    allowance = services.gate.limiter.take(f"token {host}", services.gate.monotonic_s())
    if not allowance.allowed:
        raise allowance.refusal
