"""``POST /v1/forward-orders/{no}:deliver|return``: what became of the new appliance."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ledger.desk.ask import Ask
from recycling.evidence import ID, SLUG, may
from recycling.vocabulary import AggregateKind
from web.partner.command_body import CommandBody
from web.partner.credential import Scope
from web.partner.kept import read_fields
from web.partner.openapi import PATH_ID, answer, writing_doc
from web.partner.order_of_checks import Rule
from web.partner.services import PartnerServices
from web.partner.writing import actor_of, admit, ask_ledger, read_value

RULE = Rule(scope=Scope.ORDERS_WRITE)
NUMBER = (may("forward_order_no", ID),)
READING = CommandBody((may("reason_code", SLUG),))
PATH_NUMBER = {**PATH_ID, "name": "no"}
MOVES = ("deliver", "return")


def routes(services: PartnerServices) -> APIRouter:
    """Return the routes of forward orders."""
    router = APIRouter(tags=["forward-orders"])
    for move in MOVES:
        _add(router, services, move)
    return router


def _add(router: APIRouter, services: PartnerServices, move: str) -> None:
    async def endpoint(request: Request) -> Response:
        admitted = admit(request, RULE, services)
        value = await read_value(request, admitted)
        told = READING.read(value)
        number = read_fields(NUMBER, {"forward_order_no": request.path_params["no"]})
        ask = Ask(
            kind=AggregateKind.TAKEBACK_ORDER,
            command=f"forward_{move}",
            by=actor_of(admitted.credential),
            evidence={**told.evidence, **number},
            occurred_at=told.occurred_at,
        )
        return await ask_ledger(services, request, admitted, ask, body=value)

    router.add_api_route(
        f"/v1/forward-orders/{{no}}:{move}",
        endpoint,
        methods=["POST"],
        operation_id=f"forward_order_{move}",
        summary=f"Forward order: {move}",
        response_model=None,
        openapi_extra=writing_doc(
            READING.schema,
            success=answer(200, "noted", {"type": "object"}),
            of_one=False,
            roles=["platform"],
            parameters=[PATH_NUMBER],
        ),
    )
