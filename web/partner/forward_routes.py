"""``POST /v1/forward-orders/{no}:create|deliver|return``: what was bought, what became of it."""

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ledger.desk.ask import Ask
from ledger.desk.forward_number import APPLIANCE
from recycling.evidence import ID, SLUG, Field, may
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
PATH_NUMBER = {**PATH_ID, "name": "no"}
REASON = (may("reason_code", SLUG),)
# What each route reads, and with which status it says yes.
MOVES = {"create": (APPLIANCE, 201), "deliver": (REASON, 200), "return": (REASON, 200)}


def routes(services: PartnerServices) -> APIRouter:
    """Return the routes of forward orders."""
    router = APIRouter(tags=["forward-orders"])
    for move, (fields, status) in MOVES.items():
        _add(router, services, move, fields, status)
    return router


def _add(
    router: APIRouter,
    services: PartnerServices,
    move: str,
    fields: tuple[Field, ...],
    status: int,
) -> None:
    reading = CommandBody(fields)

    async def endpoint(request: Request) -> Response:
        admitted = admit(request, RULE, services)
        value = await read_value(request, admitted)
        told = reading.read(value)
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
            reading.schema,
            success=answer(status, "noted", {"type": "object"}),
            scope=RULE.scope,
            of_one=False,
            roles=["platform"],
            parameters=[PATH_NUMBER],
        ),
    )
