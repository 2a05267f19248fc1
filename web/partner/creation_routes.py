"""What makes something new: a demand, a treatment batch, a consignment."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ledger.desk.ask import Ask
from ledger.records import BusinessKey, ChannelRef
from recycling.channel import channel_of
from recycling.tables import table_of
from recycling.vocabulary import (
    AggregateKind,
    BatchCommand,
    ConsignmentCommand,
    OrderCommand,
)
from web.partner.command_body import CommandBody, Told
from web.partner.credential import Scope
from web.partner.openapi import answer, writing_doc
from web.partner.order_of_checks import Rule
from web.partner.services import PartnerServices
from web.partner.writing import actor_of, admit, ask_ledger, read_value

CREATING = (
    (AggregateKind.TAKEBACK_ORDER, OrderCommand.REGISTER_DEMAND, "demands", Scope.DEMANDS_WRITE),
    (AggregateKind.BATCH, BatchCommand.OPEN, "batches", Scope.BATCHES_WRITE),
    (
        AggregateKind.CONSIGNMENT,
        ConsignmentCommand.CREATE,
        "consignments",
        Scope.CONSIGNMENTS_WRITE,
    ),
)
READ_AT: Mapping[AggregateKind, str] = {
    AggregateKind.TAKEBACK_ORDER: "/v1/takeback-orders",
    AggregateKind.BATCH: "/v1/batches",
    AggregateKind.CONSIGNMENT: "/v1/consignments",
}


def routes(services: PartnerServices) -> APIRouter:
    """Return the routes of every command that makes something new."""
    router = APIRouter()
    for kind, command, name, scope in CREATING:
        _add(router, services, kind, str(command), name, scope)
    return router


def with_channel(value: Any) -> Any:
    """Return a demand with its channel by the word of the vocabulary, whichever name it came by."""
    if not isinstance(value, Mapping) or not isinstance(value.get("channel"), str):
        return value
    channel = channel_of(value["channel"])
    return value if channel is None else {**value, "channel": str(channel)}


def business_keys(told: Told) -> tuple[BusinessKey, ...]:
    """Return what makes two demands the same: a channel's number for it."""
    if "channel_ref" not in told.evidence:
        return ()
    return (ChannelRef(told.evidence["channel"], told.evidence["channel_ref"]),)


def _add(
    router: APIRouter,
    services: PartnerServices,
    kind: AggregateKind,
    command: str,
    name: str,
    scope: Scope,
) -> None:
    move = table_of(kind).move_of(command)
    reading = CommandBody(move.evidence, move.roles)
    rule = Rule(scope=scope)

    async def endpoint(request: Request) -> Response:
        admitted = admit(request, rule, services)
        value = await read_value(request, admitted)
        told = reading.read(with_channel(value))
        ask = Ask(
            kind=kind,
            command=command,
            by=actor_of(admitted.credential, on_behalf_of=told.on_behalf_of),
            evidence=told.evidence,
            occurred_at=told.occurred_at,
        )
        return await ask_ledger(
            services,
            request,
            admitted,
            ask,
            body=value,
            business_keys=business_keys(told),
            collection=READ_AT[kind],
        )

    document = {"$ref": "#/components/schemas/Document"}
    router.add_api_route(
        f"/v1/{name}",
        endpoint,
        methods=["POST"],
        operation_id=f"{kind}_{command}",
        summary=f"{kind}: {command}".replace("_", " "),
        tags=[name],
        response_model=None,
        openapi_extra=writing_doc(
            reading.schema,
            success={**answer(201, "made", document), **answer(200, "was there", document)},
            scope=scope,
            of_one=False,
            roles=map(str, move.roles),
        ),
    )
