"""``/v1/late-pickups``: what came too late for its order, kept until the platform decides."""

from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ledger.desk.ask import Ask
from ledger.desk.late_decide import ASSIGN_BACK, COMMAND, NEW_DEMAND
from ledger.records import LatePickup
from recycling.evidence import ID, TEXT, needs, one_of
from recycling.vocabulary import AggregateKind
from web.partner.answers import told
from web.partner.command_body import CommandBody
from web.partner.credential import Scope
from web.partner.kept import DOCUMENT, read_fields
from web.partner.listing import instant_text
from web.partner.openapi import PATH_ID, answer, reading_doc, writing_doc
from web.partner.order_of_checks import Rule
from web.partner.reading_routes import LIST_PARAMETERS, PAGE, asked_list
from web.partner.services import PartnerServices
from web.partner.writing import actor_of, admit, ask_ledger, caller_of, read_value

PATH = "/v1/late-pickups"
READ, WRITE = Rule(scope=Scope.PICKUPS_READ), Rule(scope=Scope.PICKUPS_WRITE)
LATE_ID = (needs("late_pickup_id", ID),)
READING = CommandBody((needs("decision", one_of(ASSIGN_BACK, NEW_DEMAND)), needs("reason", TEXT)))
UNDECIDED = {
    "name": "undecided",
    "in": "query",
    "required": False,
    "schema": {"type": "string", "enum": ["true", "false"]},
}


def routes(services: PartnerServices) -> APIRouter:
    """Return the routes of late pickups."""
    router = APIRouter(tags=["late-pickups"])
    _add_list(router, services)
    _add_decide(router, services)
    return router


def _yes_or_no(text: str) -> bool:
    if text not in ("true", "false"):
        raise ValueError("must be true or false")
    return text == "true"


def _add_list(router: APIRouter, services: PartnerServices) -> None:
    paging = [one for one in LIST_PARAMETERS if one["name"] in ("cursor", "limit")]

    @router.get(
        PATH,
        operation_id="list_late_pickups",
        summary="List pickups that came too late",
        response_model=None,
        openapi_extra=reading_doc(
            answer(200, "one page", PAGE), parameters=[UNDECIDED, *paging], of_one=False
        ),
    )
    async def listed(request: Request) -> Response:
        admitted = admit(request, READ, services)
        filters = {"undecided": _yes_or_no}
        asked = asked_list(request, admitted.credential, "late-pickups", services, filters)
        page = await run_in_threadpool(
            services.ledger.late_pickups,
            caller_of(admitted.credential),
            after_seq=asked.after_seq,
            limit=asked.limit,
            undecided=asked.filters.get("undecided", False),
        )
        cursor = asked.next_cursor(page.next_seq, services.cursor_secrets[0])
        items = list(map(shown_late, page.items))
        return told({"items": items, "next_cursor": cursor}, admitted)


def shown_late(late: LatePickup) -> dict[str, Any]:
    """Return what is told of a late pickup; its proof is of people and stays where it is."""
    units = late.body["evidence"].get("units", ())
    decided_at = None if late.decided_at is None else instant_text(late.decided_at)
    return {
        "id": late.late_pickup_id,
        "takeback_order_id": late.body["takeback_order_id"],
        "partner_id": late.partner_id or None,
        "code": late.code,
        "unit_ids": [one["unit_id"] for one in units],
        "recorded_at": instant_text(late.recorded_at),
        "decided_at": decided_at,
    }


def _add_decide(router: APIRouter, services: PartnerServices) -> None:
    async def decide(request: Request) -> Response:
        admitted = admit(request, WRITE, services)
        value = await read_value(request, admitted)
        told_of = READING.read(value)
        late_id = read_fields(LATE_ID, {"late_pickup_id": request.path_params["id"]})
        ask = Ask(
            kind=AggregateKind.TAKEBACK_ORDER,
            command=COMMAND,
            by=actor_of(admitted.credential),
            evidence={**told_of.evidence, **late_id},
            occurred_at=told_of.occurred_at,
        )
        return await ask_ledger(
            services, request, admitted, ask, body=value, collection="/v1/takeback-orders"
        )

    router.add_api_route(
        f"{PATH}/{{id}}:decide",
        decide,
        methods=["POST"],
        operation_id="late_pickup_decide",
        summary="Give the order back to who was there, or make it a demand of its own",
        response_model=None,
        openapi_extra=writing_doc(
            READING.schema,
            success={
                **answer(200, "given back", DOCUMENT),
                **answer(201, "a demand of its own", DOCUMENT),
            },
            of_one=False,
            roles=["platform"],
            parameters=[PATH_ID],
        ),
    )
