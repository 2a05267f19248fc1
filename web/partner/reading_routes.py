"""Lists and single things: what a credential may see, a page at a time."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ledger.contact import ContactReader, MaySee, Person
from ledger.contact_refusals import ContactGone, ContactNotFound
from ledger.desk.stored import aggregate_of, document_of
from ledger.records import Aggregate as Row
from ledger.records import Ref, StoredEvent
from ledger.refusals import NotFound
from recycling.tables import table_of
from recycling.vocabulary import AggregateKind
from schemas.vocabulary import TakebackOrderState
from web.partner.answers import of_ledger, told
from web.partner.credential import Credential, Scope
from web.partner.listing import ListAsked, Read, instant_of, instant_text, parse_list
from web.partner.nouns import NOUNS, Noun
from web.partner.openapi import answer, reading_doc
from web.partner.order_of_checks import Rule
from web.partner.services import PartnerServices
from web.partner.writing import admit, caller_of

# From the acceptance on a recycler has to find the door; after the pickup it has not.
NEEDS_CONTACT = frozenset({TakebackOrderState.ACCEPTED, TakebackOrderState.APPOINTED})
LIST_PARAMETERS = (
    {"name": "status", "in": "query", "required": False, "schema": {"type": "string"}},
    {
        "name": "updated_after",
        "in": "query",
        "required": False,
        "schema": {"type": "string", "format": "date-time"},
    },
    {"name": "cursor", "in": "query", "required": False, "schema": {"type": "string"}},
    {
        "name": "limit",
        "in": "query",
        "required": False,
        "schema": {"type": "integer", "minimum": 1, "maximum": 200},
    },
)
PAGE: Mapping[str, Any] = {
    "type": "object",
    "properties": {
        "items": {"type": "array", "items": {"type": "object"}},
        "next_cursor": {"type": ["string", "null"]},
    },
    "required": ["items", "next_cursor"],
}


def routes(services: PartnerServices) -> APIRouter:
    """Return the routes that read the nouns of the state tables."""
    router = APIRouter()
    for noun in NOUNS.values():
        _add_list(router, services, noun)
        _add_one(router, services, noun)
    _add_trace(router, services)
    return router


def state_of(noun: Noun) -> Read:
    """Return what reads the ``status`` of a list of ``noun``."""
    states = tuple(map(str, table_of(noun.kind).states))

    def read(text: str) -> str:
        if text not in states:
            raise ValueError(f"must be one of {', '.join(states)}")
        return text

    return read


def asked_list(
    request: Request, credential: Credential, name: str, services: PartnerServices,
    filters: Mapping[str, Read],
) -> ListAsked:  # fmt: skip
    """Return the page that a request asks for."""
    owner = {"tenant": credential.tenant, "partner": credential.partner_id, "list": name}
    return parse_list(
        request.query_params.multi_items(),
        filters=filters,
        owner=owner,
        secrets=services.cursor_secrets,
    )


def shown_row(row: Row) -> dict[str, Any]:
    """Return what is told of one thing of a state table."""
    return {**document_of(aggregate_of(row)), "recorded_at": instant_text(row.recorded_at)}


def _add_list(router: APIRouter, services: PartnerServices, noun: Noun) -> None:
    rule = Rule(scope=noun.read)
    filters = {"status": state_of(noun), "updated_after": instant_of}

    async def endpoint(request: Request) -> Response:
        admitted = admit(request, rule, services)
        asked = asked_list(request, admitted.credential, noun.name, services, filters)
        page = await run_in_threadpool(
            services.ledger.page,
            caller_of(admitted.credential),
            str(noun.kind),
            after_seq=asked.after_seq,
            limit=asked.limit,
            state=asked.filters.get("status"),
            updated_after=asked.filters.get("updated_after"),
        )
        cursor = asked.next_cursor(page.next_seq, services.cursor_secrets[0])
        items = [shown_row(row) for row in page.items]
        return told({"items": items, "next_cursor": cursor}, admitted)

    router.add_api_route(
        noun.collection,
        endpoint,
        methods=["GET"],
        operation_id=f"list_{noun.kind}",
        summary=f"List {noun.name}",
        tags=[noun.name],
        response_model=None,
        openapi_extra=reading_doc(
            answer(200, "one page", PAGE),
            parameters=LIST_PARAMETERS,
            scope=rule.scope,
            of_one=False,
        ),
    )


def _add_one(router: APIRouter, services: PartnerServices, noun: Noun) -> None:
    rule = Rule(scope=noun.read)

    async def endpoint(request: Request) -> Response:
        admitted = admit(request, rule, services)
        row = await _row(services, admitted.credential, Ref(noun.kind, request.path_params["id"]))
        body = shown_row(row)
        if noun.kind is AggregateKind.TAKEBACK_ORDER:
            body["contact"] = await _contact(services, admitted.credential, row)
        return told(body, admitted, version=row.version)

    router.add_api_route(
        f"{noun.collection}/{{id}}",
        endpoint,
        methods=["GET"],
        operation_id=f"get_{noun.kind}",
        summary=f"Read one of {noun.name}",
        tags=[noun.name],
        response_model=None,
        openapi_extra=reading_doc(
            answer(200, "as it is now", {"$ref": "#/components/schemas/Document"}),
            scope=rule.scope,
            of_one=True,
        ),
    )


async def _row(services: PartnerServices, credential: Credential, ref: Ref) -> Row:
    try:
        return await run_in_threadpool(services.ledger.get, caller_of(credential), ref)
    except NotFound as no:
        raise of_ledger(no) from None


def may_see(credential: Credential, state: str) -> MaySee:
    """Return how much of a person a credential may see of an order in ``state``."""
    if credential.partner_id is None:
        return MaySee.FULL if Scope.CONTACTS in credential.scopes else MaySee.MASKED
    return MaySee.FULL if state in NEEDS_CONTACT else MaySee.MASKED


async def _contact(
    services: PartnerServices, credential: Credential, row: Row
) -> Mapping[str, str] | None:
    contact_id = row.body.get("contact_id")
    if contact_id is None:
        return None
    person = await run_in_threadpool(
        _person, services.contacts, str(contact_id), row.tenant, may_see(credential, row.state)
    )
    if person is None:
        return None
    return {"name": person.name, "phone": person.phone, "address": person.address}


def _person(
    contacts: ContactReader, contact_id: str, tenant: str, how_much: MaySee
) -> Person | None:
    """Return the person, or None once the contact was emptied."""
    try:
        return contacts.get(contact_id, tenant=tenant, may_see=how_much)
    except (ContactGone, ContactNotFound):
        return None


def _add_trace(router: APIRouter, services: PartnerServices) -> None:
    rule = Rule(scope=Scope.UNITS_READ)

    async def endpoint(request: Request) -> Response:
        admitted = admit(request, rule, services)
        unit_id = request.path_params["id"]
        try:
            events = await run_in_threadpool(
                services.ledger.history,
                caller_of(admitted.credential),
                Ref(AggregateKind.UNIT, unit_id),
            )
        except NotFound as no:
            raise of_ledger(no) from None
        return told({"unit_id": unit_id, "events": list(map(shown_event, events))}, admitted)

    router.add_api_route(
        "/v1/units/{id}/trace",
        endpoint,
        methods=["GET"],
        operation_id="trace_unit",
        summary="Read every event of a unit, with its hash chain",
        tags=["units"],
        response_model=None,
        openapi_extra=reading_doc(
            answer(200, "all its events", {"type": "object"}), scope=rule.scope, of_one=True
        ),
    )


def shown_event(event: StoredEvent) -> dict[str, Any]:
    """Return what is told of one event."""
    return {
        "event_id": event.event_id,
        "version": event.version,
        "type": event.type,
        "state": event.state,
        "occurred_at": instant_text(event.occurred_at),
        "recorded_at": instant_text(event.recorded_at),
        "told": event.payload,
        "prev_hash": event.prev_hash,
        "hash": event.hash,
    }
