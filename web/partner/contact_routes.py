"""``POST /v1/contacts``: a person goes into a store of its own, and a random id comes back."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ledger.contact import Contacts, Person
from ledger.contact_refusals import (
    ContactGone,
    ContactMalformed,
    ContactsAway,
    RequestReused,
)
from recycling.evidence import EvidenceError, Kind, needs, read_evidence, schema_of
from schemas.refusal import shown
from web.partner.answers import told
from web.partner.command_body import of_evidence
from web.partner.credential import Scope
from web.partner.openapi import answer, refusals, writing_doc
from web.partner.order_of_checks import Rule
from web.partner.problems import Fault, ProblemName, problem
from web.partner.services import PartnerServices
from web.partner.writing import admit, read_value
from web.problems import Problem

RETRY_AFTER_S = 5


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError("is no text")
    return value


# What a name, a phone or an address may be, the store says; its refusals never repeat the value.
_TEXT = Kind("text", _text, {"type": "string", "minLength": 1, "maxLength": 500})
PERSON = (needs("name", _TEXT), needs("phone", _TEXT), needs("address", _TEXT))
MADE: Mapping[str, Any] = {
    "type": "object",
    "properties": {"contact_id": {"type": "string"}},
    "required": ["contact_id"],
}


def routes(services: PartnerServices) -> APIRouter:
    """Return the route."""
    router = APIRouter()
    rule = Rule(scope=Scope.CONTACTS)

    @router.post(
        "/v1/contacts",
        operation_id="contact_put",
        summary="Keep a person",
        tags=["contacts"],
        response_model=None,
        openapi_extra=writing_doc(
            schema_of(PERSON),
            success={**answer(201, "kept", MADE), **refusals((404,))},
            scope=rule.scope,
            of_one=False,
        ),
    )
    async def put(request: Request) -> Response:
        admitted = admit(request, rule, services)
        person = _read(await read_value(request, admitted))
        credential, key = admitted.credential, admitted.key
        request_id = "" if key is None else f"{credential.partner_id or ''}/{key.key}"
        contact_id = await run_in_threadpool(
            _put, services.contacts, person, tenant=credential.tenant, request_id=request_id
        )
        return told({"contact_id": contact_id}, admitted, status=201)

    return router


def _read(value: object) -> Person:
    if not isinstance(value, Mapping):
        raise problem(ProblemName.VALIDATION_FAILED, f"the body {shown(value)} is no object")
    try:
        fields = read_evidence(PERSON, value)
    except EvidenceError as error:
        raise _without_values(of_evidence(error.errors)) from None
    return Person(**fields)


def _without_values(refusal: Problem) -> Problem:
    """Return a refusal that repeats nothing of what was told of a person."""
    faults = [Fault(one["pointer"], None, one["reason"]) for one in refusal.members["errors"]]
    return problem(ProblemName(refusal.code.replace("_", "-")), refusal.detail, faults=faults)


def _put(contacts: Contacts, person: Person, *, tenant: str, request_id: str) -> str:
    try:
        return contacts.put(person, tenant=tenant, request_id=request_id)
    except ContactMalformed as no:
        faults = [Fault(f"/{name}", None, reason) for name, reason in no.faults.items()]
        raise problem(ProblemName.VALIDATION_FAILED, str(no), faults=faults) from None
    except RequestReused as no:
        raise problem(ProblemName.IDEMPOTENCY_KEY_REUSED, str(no)) from None
    except ContactGone as no:
        raise problem(ProblemName.NOT_FOUND, str(no)) from None
    except ContactsAway as no:
        headers = {"Retry-After": str(RETRY_AFTER_S)}
        raise problem(ProblemName.OVERLOADED, str(no), headers=headers) from None
