"""``/v1/uploads``: a photo is declared, then sent, and kept without what its camera told of it."""

import hashlib
from pathlib import Path
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ledger.desk.ask import Keep
from ledger.desk.uploads import KIND, STORED
from ledger.records import Aggregate, Ref
from recycling.evidence import SHA256, TEXT, needs, plain, schema_of, whole
from web.partner.answers import told
from web.partner.credential import Scope
from web.partner.kept import DOCUMENT, kept_row, read_fields, shown_noun
from web.partner.openapi import answer, reading_doc, writing_doc
from web.partner.order_of_checks import Rule
from web.partner.picture import Picture, read_picture
from web.partner.problems import ProblemName, problem
from web.partner.services import PartnerServices
from web.partner.upload import (
    FORMATS,
    MAX_UPLOAD_BYTES,
    Declared,
    check_bytes,
    declared,
    path_of,
    served_headers,
)
from web.partner.upload_store import keep
from web.partner.writing import actor_of, admit, ask_ledger, read_raw, read_value

PATH = "/v1/uploads"
DECLARED = "declared"
# How many bytes and which type may come is told by problems of their own, 413 and 415.
FIELDS = (
    needs("sha256", SHA256),
    needs("size_bytes", whole(1, 2**53 - 1)),
    needs("media_type", TEXT),
)
WRITE, READ = Rule(scope=Scope.UPLOADS_WRITE), Rule(scope=Scope.UPLOADS_READ)
SEND = Rule(
    scope=Scope.UPLOADS_WRITE,
    media_types=frozenset({*FORMATS, "application/octet-stream"}),
    max_bytes=MAX_UPLOAD_BYTES,
)
BYTES = {"type": "string", "format": "binary", "maxLength": MAX_UPLOAD_BYTES}


def routes(services: PartnerServices) -> APIRouter:
    """Return the routes of uploads."""
    router = APIRouter(tags=["uploads"])
    _add_declare(router, services)
    _add_send(router, services)
    _add_read(router, services)
    _add_content(router, services)
    return router


def _add_declare(router: APIRouter, services: PartnerServices) -> None:
    schema = schema_of(FIELDS)
    schema["properties"]["media_type"] = {"type": "string", "enum": list(FORMATS)}
    schema["properties"]["size_bytes"]["maximum"] = MAX_UPLOAD_BYTES

    @router.post(
        PATH,
        operation_id="upload_declare",
        summary="Declare a photo that will be sent",
        response_model=None,
        openapi_extra=writing_doc(schema, success=answer(201, "declared", DOCUMENT), of_one=False),
    )
    async def declare(request: Request) -> Response:
        admitted = admit(request, WRITE, services)
        value = await read_value(request, admitted)
        what = declared(**read_fields(FIELDS, value))
        credential = admitted.credential
        command = Keep(
            kind=KIND,
            id=None,
            state=DECLARED,
            type=DECLARED,
            body={
                "partner_id": credential.partner_id,
                "sha256": what.sha256,
                "size_bytes": what.size_bytes,
                "media_type": what.media_type,
            },
            by=actor_of(credential),
            seen_by=credential.partner_id,
        )
        return await ask_ledger(services, request, admitted, command, body=value, collection=PATH)


def _add_send(router: APIRouter, services: PartnerServices) -> None:
    @router.put(
        f"{PATH}/{{id}}",
        operation_id="upload_send",
        summary="Send the bytes that were declared",
        response_model=None,
        openapi_extra=writing_doc(
            BYTES,
            success=answer(200, "kept", DOCUMENT),
            of_one=True,
            has_key=False,
            media_types=sorted(SEND.media_types),
        ),
    )
    async def send(request: Request) -> Response:
        admitted = admit(request, SEND, services)
        content = await read_raw(request, admitted)
        ref = Ref(KIND, request.path_params["id"])
        row = await kept_row(services, admitted.credential, ref)
        check_bytes(content, declared_of(row))
        if row.state == STORED:
            return told(shown_noun(row), admitted, version=row.version)
        picture = await run_in_threadpool(read_picture, content, row.body["media_type"])
        sha256 = await run_in_threadpool(_kept, services.uploads, picture)
        command = Keep(
            kind=KIND,
            id=row.id,
            state=STORED,
            type=STORED,
            body={**row.body, **_told_of(picture, sha256)},
            by=actor_of(admitted.credential),
            must_exist=True,
            private=_private(picture),
        )
        return await ask_ledger(services, request, admitted, command, body=content, target=ref)


def declared_of(row: Aggregate) -> Declared:
    """Return what an upload was declared as."""
    body = row.body
    return Declared(
        sha256=body["sha256"], size_bytes=body["size_bytes"], media_type=body["media_type"]
    )


def _kept(folder: Path, picture: Picture) -> str:
    """Keep the picture on the disk; return the SHA-256 of what is kept."""
    sha256 = hashlib.sha256(picture.content).hexdigest()
    keep(folder, path_of(sha256, picture.media_type), picture.content)
    return sha256


def _told_of(picture: Picture, sha256: str) -> dict[str, Any]:
    """Return what is told of a kept picture; where it was taken is not."""
    return {
        "kept_sha256": sha256,
        "kept_media_type": picture.media_type,
        "kept_size_bytes": len(picture.content),
        "width_px": picture.width_px,
        "height_px": picture.height_px,
        "taken_at": plain(picture.taken_at),
        "taken_local": None if picture.taken_local is None else picture.taken_local.isoformat(),
        "has_position": picture.position is not None,
    }


def _private(picture: Picture) -> dict[str, Any] | None:
    if picture.position is None:
        return None
    lat, lon = picture.position.latitude_deg, picture.position.longitude_deg
    return {"lat": f"{lat:.6f}", "lon": f"{lon:.6f}"}


def _add_read(router: APIRouter, services: PartnerServices) -> None:
    @router.get(
        f"{PATH}/{{id}}",
        operation_id="get_upload",
        summary="Read what is known of an upload",
        response_model=None,
        openapi_extra=reading_doc(answer(200, "as it is now", DOCUMENT), of_one=True),
    )
    async def read(request: Request) -> Response:
        admitted = admit(request, READ, services)
        ref = Ref(KIND, request.path_params["id"])
        row = await kept_row(services, admitted.credential, ref)
        return told(shown_noun(row), admitted, version=row.version)


def _add_content(router: APIRouter, services: PartnerServices) -> None:
    content = {kind: {"schema": BYTES} for kind in FORMATS}
    given = {"200": {"description": "the picture, to be saved", "content": content}}

    @router.get(
        f"{PATH}/{{id}}/content",
        operation_id="get_upload_content",
        summary="Read the picture as it is kept",
        response_model=None,
        openapi_extra=reading_doc(given, of_one=True),
    )
    async def read_content(request: Request) -> Response:
        admitted = admit(request, READ, services)
        ref = Ref(KIND, request.path_params["id"])
        row = await kept_row(services, admitted.credential, ref)
        if row.state != STORED:
            detail = f"upload {row.id} is {row.state}: PUT its bytes first"
            raise problem(ProblemName.NOT_FOUND, detail)
        sha256, media_type = row.body["kept_sha256"], row.body["kept_media_type"]
        file = services.uploads / path_of(sha256, media_type)
        raw = await run_in_threadpool(file.read_bytes)
        headers = {**admitted.allowance.headers, **served_headers(sha256, media_type)}
        return Response(raw, headers=headers)
