"""``GET /v1/certificates/{id}``: signed, for programs as a JWS and for people as a PDF."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from ledger.desk.certificate import CERTIFICATE, CertificateState
from ledger.records import Ref
from runtime.signing_keys import key_list
from web.partner.answers import JSON
from web.partner.certificate_pdf import certificate_pdf
from web.partner.certificate_store import CertificateStore
from web.partner.credential import Scope
from web.partner.kept import kept_row
from web.partner.openapi import reading_doc
from web.partner.order_of_checks import Rule
from web.partner.problems import ProblemName, problem
from web.partner.services import PartnerServices
from web.partner.writing import admit

KEYS = "/.well-known/jwks.json"
KEYS_MAX_AGE_S = 3_600
PDF = "application/pdf"
RULE = Rule(scope=Scope.BATCHES_READ)
JWS: Mapping[str, Any] = {
    "type": "object",
    "description": "RFC 7515, flattened; `loopline verify` checks it offline.",
    "properties": {name: {"type": "string"} for name in ("payload", "protected", "signature")},
    "required": ["payload", "protected", "signature"],
}


def routes(services: PartnerServices) -> APIRouter:
    """Return the routes of certificates, and of the keys that stand for them."""
    router = APIRouter(tags=["certificates"])
    content = {JSON: {"schema": JWS}, PDF: {"schema": {"type": "string", "format": "binary"}}}
    given = {"200": {"description": "the same bytes each time", "content": content}}

    @router.get(
        "/v1/certificates/{id}",
        operation_id="get_certificate",
        summary="Read a signed treatment certificate",
        response_model=None,
        openapi_extra=reading_doc(given, of_one=True),
    )
    async def read(request: Request) -> Response:
        admitted = admit(request, RULE, services)
        media_type = wanted(request.headers.get("accept", ""))
        ref = Ref(CERTIFICATE, request.path_params["id"])
        record = await kept_row(services, admitted.credential, ref)
        if record.state == CertificateState.REVOKED:
            detail = f"certificate {record.id} was revoked: nobody may rely on it"
            raise problem(ProblemName.GUARD_FAILED, detail)
        raw = await run_in_threadpool(services.certificates.signed, record)
        headers = {**admitted.allowance.headers, "Cache-Control": "no-store"}
        if media_type == PDF:
            raw = await run_in_threadpool(_drawn, services.certificates, raw)
            headers["Content-Disposition"] = f'attachment; filename="{record.id}.pdf"'
        return Response(raw, headers=headers, media_type=media_type)

    @router.get(
        KEYS,
        operation_id="get_keys",
        summary="Read the public keys that certificates are signed with",
        response_model=None,
        openapi_extra={"security": []},
    )
    async def keys() -> Response:
        told = key_list(services.certificates.keys.values())
        return JSONResponse(told, headers={"Cache-Control": f"max-age={KEYS_MAX_AGE_S}"})

    return router


def _drawn(store: CertificateStore, raw: bytes) -> bytes:
    return certificate_pdf(store.verified(raw))


def wanted(accept: str) -> str:
    """Return the first offered form that an Accept header names; JSON where it takes anything.

    Raises
    ------
    Problem
        406 ``not-acceptable``.

    Examples
    --------
    >>> wanted(""), wanted("application/pdf"), wanted("text/html, */*;q=0.1")
    ('application/json', 'application/pdf', 'application/json')
    """
    named = [one.partition(";")[0].strip().lower() for one in accept.split(",") if one.strip()]
    for one in named or ["*/*"]:
        if one in (JSON, PDF):
            return one
        if one in ("*/*", "application/*"):
            return JSON
    raise problem(ProblemName.NOT_ACCEPTABLE, f"Accept names neither {JSON} nor {PDF}")
