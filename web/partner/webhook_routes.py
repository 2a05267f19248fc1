"""``/v1/webhook-endpoints`` and ``/v1/deliveries``: who is told what happened, and what became."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ledger.desk.ask import Keep
from ledger.outgoing import Message
from ledger.records import Aggregate, Caller, Ref
from recycling.evidence import plain, schema_of
from web.partner.answers import told
from web.partner.credential import Credential, Scope
from web.partner.kept import (
    DOCUMENT,
    kept_row,
    read_fields,
    shown_noun,
    versions_to_go_on_from,
)
from web.partner.listing import instant_text
from web.partner.openapi import answer, reading_doc, writing_doc
from web.partner.order_of_checks import Admitted, Rule
from web.partner.problems import ProblemName, problem
from web.partner.reading_routes import LIST_PARAMETERS, PAGE, asked_list
from web.partner.services import PartnerServices
from web.partner.webhook_delivery import DeliveryState, replayed
from web.partner.webhook_dispatch import delivery_of, endpoints_of
from web.partner.webhook_endpoint import (
    CHANGE,
    HIDDEN,
    KIND,
    MAX_ENDPOINTS,
    NEW,
    EndpointState,
    new_body,
    rotated,
)
from web.partner.writing import actor_of, admit, ask_ledger, caller_of, read_value
from web.problems import Problem

PATH = "/v1/webhook-endpoints"
READ, WRITE = Rule(scope=Scope.WEBHOOKS_READ), Rule(scope=Scope.WEBHOOKS_WRITE)
PAGING = tuple(one for one in LIST_PARAMETERS if one["name"] in ("cursor", "limit"))
WITH_SECRET = {**DOCUMENT, "description": "With `secret`, which is told here and never again."}
LIVE = (EndpointState.ENABLED, EndpointState.DISABLED)


def routes(services: PartnerServices) -> APIRouter:
    """Return the routes of webhooks."""
    router = APIRouter(tags=["webhooks"])
    _add_new(router, services)
    _add_list(router, services)
    _add_one(router, services)
    _add_change(router, services)
    _add_rotate(router, services)
    _add_delete(router, services)
    _add_log(router, services)
    _add_replay(router, services)
    return router


async def endpoint_row(
    services: PartnerServices, credential: Credential, endpoint_id: str
) -> Aggregate:
    """Return an endpoint that the credential may see and that was not deleted.

    Raises
    ------
    Problem
        404 ``not-found``.
    """
    row = await kept_row(services, credential, Ref(KIND, endpoint_id))
    if row.state == EndpointState.DELETED:
        raise problem(ProblemName.NOT_FOUND, f"{KIND} {endpoint_id} was deleted")
    return row


def shown_endpoint(row: Aggregate) -> dict[str, Any]:
    """Return what is told of an endpoint; never its secret."""
    return shown_noun(row, hidden=HIDDEN)


def _with_secret(services: PartnerServices, response: Response, generation: int) -> Response:
    """Return an answer with the secret in it; the key's first answer is given again as it was."""
    body = json.loads(bytes(response.body))
    body["secret"] = services.webhook_secrets.of(body["id"], generation).text
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, response.status_code, headers)


def _add_new(router: APIRouter, services: PartnerServices) -> None:
    @router.post(
        PATH,
        operation_id="webhook_endpoint_add",
        summary="Be told what happens",
        response_model=None,
        openapi_extra=writing_doc(
            schema_of(NEW),
            success=answer(201, "made", WITH_SECRET),
            scope=WRITE.scope,
            of_one=False,
        ),
    )
    async def add(request: Request) -> Response:
        admitted = admit(request, WRITE, services)
        value = await read_value(request, admitted)
        fields = read_fields(NEW, value)
        await run_in_threadpool(_refuse_too_many, services, admitted.credential)
        credential = admitted.credential
        command = Keep(
            kind=KIND,
            id=None,
            state=EndpointState.ENABLED,
            type="added",
            body=new_body(credential.partner_id, fields),
            by=actor_of(credential),
            secret=HIDDEN,
            seen_by=credential.partner_id,
        )
        made = await ask_ledger(services, request, admitted, command, body=value, collection=PATH)
        return _with_secret(services, made, generation=1)


def _refuse_too_many(services: PartnerServices, credential: Credential) -> None:
    caller = caller_of(credential)
    own = sum(
        row.body["partner_id"] == credential.partner_id
        for state in LIVE
        for row in endpoints_of(services.ledger, caller, state)
    )
    if own >= MAX_ENDPOINTS:
        detail = f"there are {own} endpoints; a party has at most {MAX_ENDPOINTS}, delete one first"
        raise problem(ProblemName.GUARD_FAILED, detail)


def _add_list(router: APIRouter, services: PartnerServices) -> None:
    @router.get(
        PATH,
        operation_id="list_webhook_endpoints",
        summary="List webhook endpoints",
        response_model=None,
        openapi_extra=reading_doc(answer(200, "all of them", PAGE), scope=READ.scope, of_one=False),
    )
    async def listed(request: Request) -> Response:
        admitted = admit(request, READ, services)
        rows = await run_in_threadpool(_live, services, admitted.credential)
        return told({"items": list(map(shown_endpoint, rows)), "next_cursor": None}, admitted)


def _live(services: PartnerServices, credential: Credential) -> list[Aggregate]:
    caller = caller_of(credential)
    rows = [row for state in LIVE for row in endpoints_of(services.ledger, caller, state)]
    return sorted(rows, key=lambda row: row.seq)


def _add_one(router: APIRouter, services: PartnerServices) -> None:
    @router.get(
        f"{PATH}/{{id}}",
        operation_id="get_webhook_endpoint",
        summary="Read one webhook endpoint",
        response_model=None,
        openapi_extra=reading_doc(
            answer(200, "as it is now", DOCUMENT), scope=READ.scope, of_one=True
        ),
    )
    async def read(request: Request) -> Response:
        admitted = admit(request, READ, services)
        row = await endpoint_row(services, admitted.credential, request.path_params["id"])
        return told(shown_endpoint(row), admitted, version=row.version)


async def _keep(
    services: PartnerServices,
    request: Request,
    admitted: Admitted,
    row: Aggregate,
    *,
    state: str,
    type: str,
    body: Mapping[str, Any],
    value: Any,
    versions: frozenset[int] | None = None,
) -> Response:
    command = Keep(
        kind=KIND,
        id=row.id,
        state=state,
        type=type,
        body=body,
        by=actor_of(admitted.credential),
        must_exist=True,
        secret=HIDDEN,
    )
    return await ask_ledger(
        services,
        request,
        admitted,
        command,
        body=value,
        target=Ref(KIND, row.id),
        if_match=versions,
    )


def _add_change(router: APIRouter, services: PartnerServices) -> None:
    @router.patch(
        f"{PATH}/{{id}}",
        operation_id="webhook_endpoint_change",
        summary="Change a webhook endpoint, disable or enable it",
        response_model=None,
        openapi_extra=writing_doc(
            schema_of(CHANGE),
            success=answer(200, "changed", DOCUMENT),
            scope=WRITE.scope,
            of_one=True,
            needs_if_match=True,
        ),
    )
    async def change(request: Request) -> Response:
        admitted = admit(request, WRITE, services)
        value = await read_value(request, admitted)
        fields = read_fields(CHANGE, value)
        row = await endpoint_row(services, admitted.credential, request.path_params["id"])
        state = fields.pop("state", row.state)
        changed = {**row.body, **plain(fields)}
        if state == EndpointState.ENABLED:
            changed["disabled_because"] = None
        return await _keep(
            services, request, admitted, row, state=state, type="changed", body=changed,
            value=value, versions=versions_to_go_on_from(admitted, row),
        )  # fmt: skip


def _add_rotate(router: APIRouter, services: PartnerServices) -> None:
    @router.post(
        f"{PATH}/{{id}}:rotate-secret",
        operation_id="webhook_endpoint_rotate_secret",
        summary="Get another secret; both sign for a day",
        response_model=None,
        openapi_extra=writing_doc(
            {"type": "object", "additionalProperties": False},
            success=answer(200, "rotated", WITH_SECRET),
            scope=WRITE.scope,
            of_one=True,
        ),
    )
    async def rotate(request: Request) -> Response:
        admitted = admit(request, WRITE, services)
        value = await read_value(request, admitted)
        read_fields((), value)
        row = await endpoint_row(services, admitted.credential, request.path_params["id"])
        body = rotated(row.body, services.now())
        done = await _keep(
            services, request, admitted, row, state=row.state, type="secret_rotated", body=body,
            value=value,
        )  # fmt: skip
        version = json.loads(bytes(done.body))["version"]
        generation = await run_in_threadpool(_generation_at, services, row, version)
        return _with_secret(services, done, generation)


def _generation_at(services: PartnerServices, row: Aggregate, version: int) -> int:
    """Return which secret an endpoint had at a version: a repeated request tells that one again."""
    for event in services.ledger.history(
        Caller(row.tenant), Ref(KIND, row.id), after_version=version - 1, limit=1
    ):
        return int(event.changed["generation"])
    raise problem(ProblemName.NOT_FOUND, f"{KIND} {row.id} has no version {version}")


def _add_delete(router: APIRouter, services: PartnerServices) -> None:
    @router.delete(
        f"{PATH}/{{id}}",
        operation_id="webhook_endpoint_delete",
        summary="Be told nothing any more",
        response_model=None,
        openapi_extra=writing_doc(
            None,
            success={"204": {"description": "deleted"}},
            scope=WRITE.scope,
            of_one=True,
            has_key=False,
        ),
    )
    async def delete(request: Request) -> Response:
        admitted = admit(request, WRITE, services)
        row = await endpoint_row(services, admitted.credential, request.path_params["id"])
        await _keep(
            services, request, admitted, row, state=EndpointState.DELETED, type="deleted",
            body=row.body, value={},
        )  # fmt: skip
        why = "the endpoint was deleted"
        await run_in_threadpool(services.outgoing.give_up, row.id, why=why, now=services.now())
        return Response(status_code=204, headers=dict(admitted.allowance.headers))


# -- deliveries ------------------------------------------------------------------------------------


def shown_message(message: Message) -> dict[str, Any]:
    """Return what is told of a message."""
    return {
        "id": message.delivery_id,
        "endpoint_id": message.endpoint_id,
        "event_id": message.event_id,
        "event_type": message.event_type,
        "state": message.state,
        "attempts": message.attempts,
        "next_at": None if message.next_at is None else instant_text(message.next_at),
        "last_status": message.last_status,
        "last_error": message.last_error or None,
        "body": json.loads(message.body),
        "created_at": instant_text(message.created_at),
        "updated_at": instant_text(message.updated_at),
    }


def _add_log(router: APIRouter, services: PartnerServices) -> None:
    @router.get(
        f"{PATH}/{{id}}/deliveries",
        operation_id="list_deliveries",
        summary="Read what an endpoint was sent",
        response_model=None,
        openapi_extra=reading_doc(
            answer(200, "one page", PAGE), parameters=PAGING, scope=READ.scope, of_one=True
        ),
    )
    async def listed(request: Request) -> Response:
        admitted = admit(request, READ, services)
        credential, endpoint_id = admitted.credential, request.path_params["id"]
        asked = asked_list(request, credential, f"deliveries {endpoint_id}", services, {})
        await endpoint_row(services, credential, endpoint_id)
        page = await run_in_threadpool(
            services.outgoing.of_endpoint,
            credential.tenant,
            endpoint_id,
            after_seq=asked.after_seq,
            limit=asked.limit,
        )
        cursor = asked.next_cursor(page.next_seq, services.cursor_secrets[0])
        items = list(map(shown_message, page.items))
        return told({"items": items, "next_cursor": cursor}, admitted)


def _add_replay(router: APIRouter, services: PartnerServices) -> None:
    @router.post(
        "/v1/deliveries/{id}:replay",
        operation_id="delivery_replay",
        summary="Send a message again, under its id",
        response_model=None,
        openapi_extra=writing_doc(
            {"type": "object", "additionalProperties": False},
            success=answer(200, "it waits to be sent", {"type": "object"}),
            scope=WRITE.scope,
            of_one=True,
        ),
    )
    async def replay(request: Request) -> Response:
        admitted = admit(request, WRITE, services)
        read_fields((), await read_value(request, admitted))
        credential, delivery_id = admitted.credential, request.path_params["id"]
        message = await run_in_threadpool(services.outgoing.get, credential.tenant, delivery_id)
        if message is None:
            raise problem(ProblemName.NOT_FOUND, f"there is no delivery {delivery_id}")
        try:
            row = await endpoint_row(services, credential, message.endpoint_id)
        except Problem:  # whose endpoint it is, is nobody else's to know
            raise problem(ProblemName.NOT_FOUND, f"there is no delivery {delivery_id}") from None
        if row.state != EndpointState.ENABLED:
            detail = f"{KIND} {row.id} is {row.state}: enable it first"
            raise problem(ProblemName.GUARD_FAILED, detail)
        if message.state != DeliveryState.WAITING:
            message = _anew(message, services)
            await run_in_threadpool(services.outgoing.settle, message)
        return told(shown_message(message), admitted)


def _anew(message: Message, services: PartnerServices) -> Message:
    now = services.now()
    again = replayed(delivery_of(message), now)
    return replace(
        message, state=again.state, attempts=again.attempts, next_at=again.next_at, updated_at=now
    )
