"""Routes that follow from the state tables: one for each command that a person may give."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from ledger.records import Ref
from recycling.tables import table_of
from recycling.vocabulary import AggregateKind, OrderCommand
from web.partner.command_body import CommandBody
from web.partner.nouns import NOUNS, Noun, routed
from web.partner.openapi import command_doc
from web.partner.order_of_checks import Rule
from web.partner.quota import quota_facts
from web.partner.services import PartnerServices
from web.partner.writing import LookedUp, ask_command

# Commands that are judged on what only another store knows.
FACTS_OF: Mapping[tuple[AggregateKind, str], LookedUp] = {
    (AggregateKind.TAKEBACK_ORDER, OrderCommand.LINK_TRADE_IN): quota_facts
}


def routes(services: PartnerServices) -> APIRouter:
    """Return the routes of every command that moves one thing."""
    router = APIRouter()
    for noun in NOUNS.values():
        for command in routed(noun):
            _add(router, services, noun, command)
    return router


def _add(router: APIRouter, services: PartnerServices, noun: Noun, command: str) -> None:
    move = table_of(noun.kind).move_of(command)
    reading = CommandBody(move.evidence, move.roles)
    rule = Rule(scope=noun.write)

    async def endpoint(request: Request) -> Response:
        return await ask_command(
            services,
            request,
            rule,
            reading,
            kind=noun.kind,
            command=command,
            target=Ref(noun.kind, request.path_params["id"]),
            facts_of=FACTS_OF.get((noun.kind, command)),
        )

    path = f"{noun.collection}/{{id}}:{command.replace('_', '-')}"
    router.add_api_route(
        path,
        endpoint,
        methods=["POST"],
        openapi_extra=command_doc(noun, move, reading),
        **_named(f"{noun.kind}_{command}", f"{noun.kind}: {command}", noun.name),
    )


def _named(operation_id: str, summary: str, tag: str) -> dict[str, Any]:
    return {
        "operation_id": operation_id,
        "name": operation_id,
        "summary": summary.replace("_", " "),
        "tags": [tag],
        "response_model": None,
    }
