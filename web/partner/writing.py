"""The one path of a write: admitted, read, asked of the ledger, answered after its commit."""

import asyncio
from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ledger.desk.ask import Ask, Asked
from ledger.records import BusinessKey, Caller, Ref
from ledger.records import Request as LedgerRequest
from ledger.refusals import LedgerRefused
from recycling.facts import Actor
from recycling.vocabulary import AggregateKind
from schemas.refusal import Refused
from web.intake import read_body
from web.partner.answers import answered, of_ledger
from web.partner.command_body import CommandBody
from web.partner.conditional import versions_of
from web.partner.credential import Credential
from web.partner.idempotency import body_sha256
from web.partner.json_body import read_body_json
from web.partner.order_of_checks import Admitted, Rule
from web.partner.problems import ProblemName, of_refusal, problem, trace_id_of
from web.partner.services import PartnerServices
from web.problems import Problem

LookedUp = Callable[[PartnerServices, Caller, Ref], Mapping[str, Any]]


def actor_of(credential: Credential, **more: Any) -> Actor:
    """Return as whom a credential acts: its partner, or the maker itself."""
    party_id = credential.partner_id or credential.tenant
    return Actor(party_id=party_id, roles=credential.roles, **more)


def caller_of(credential: Credential) -> Caller:
    """Return what the ledger lets a credential see."""
    return Caller(credential.tenant, credential.partner_id)


def admit(request: Request, rule: Rule, services: PartnerServices) -> Admitted:
    """Return the request as far as its head tells."""
    return services.gate.admit(
        rule, method=request.method, path=request.url.path, headers=request.headers
    )


async def read_raw(request: Request, admitted: Admitted) -> bytes:
    """Return the bytes of the body, never more than the route takes.

    Raises
    ------
    Problem
        413 ``body-too-large``.
    """
    try:
        return await read_body(request, max_bytes=admitted.rule.max_bytes)
    except Problem as no:
        raise problem(ProblemName.BODY_TOO_LARGE, no.detail) from None


async def read_value(request: Request, admitted: Admitted) -> Any:
    """Return the JSON value of the body; an empty body says as much as ``{}``.

    Raises
    ------
    Problem
        413 or 400 ``malformed-json``.
    """
    raw = await read_raw(request, admitted)
    try:
        return read_body_json(raw, max_bytes=admitted.rule.max_bytes) if raw.strip() else {}
    except Refused as no:
        raise of_refusal(no) from None


async def ask_ledger(
    services: PartnerServices,
    request: Request,
    admitted: Admitted,
    command: Asked,
    *,
    body: object,
    target: Ref | None = None,
    business_keys: tuple[BusinessKey, ...] = (),
    late: Callable[[], Mapping[str, Any]] | None = None,
    collection: str | None = None,
    if_match: frozenset[int] | None = None,
) -> Response:
    """Return the answer once it is on the disk.

    Parameters
    ----------
    if_match
        The versions to go on from, where the route read one itself; else those of the header.

    Raises
    ------
    Problem
        What the ledger or the rules refuse.
    """
    asked: LedgerRequest[Asked] = LedgerRequest(
        caller=caller_of(admitted.credential),
        method=request.method,
        path=request.url.path,
        digest=body_sha256(body),
        command=command,
        key=None if admitted.key is None else admitted.key.key,
        target=target,
        if_match=versions_of(admitted.if_match) if if_match is None else if_match,
        business_keys=business_keys,
        late=late,
        correlation_id=trace_id_of(request.headers.get("traceparent")),
        traceparent=request.headers.get("traceparent", ""),
    )
    try:
        answer = await asyncio.wrap_future(services.ledger.submit(asked))
    except LedgerRefused as no:
        raise of_ledger(no) from None
    return answered(answer, admitted, collection=collection)


async def ask_command(
    services: PartnerServices,
    request: Request,
    rule: Rule,
    reading: CommandBody,
    *,
    kind: AggregateKind,
    command: str,
    target: Ref | None = None,
    collection: str | None = None,
    facts_of: LookedUp | None = None,
) -> Response:
    """Return the answer to a command of a state table.

    Parameters
    ----------
    facts_of
        Looks up outside the ledger what no body can tell.
    """
    admitted = admit(request, rule, services)
    value = await read_value(request, admitted)
    told = reading.read(value)
    facts: Mapping[str, Any] = {}
    if facts_of is not None and target is not None:
        caller = caller_of(admitted.credential)
        facts = await run_in_threadpool(facts_of, services, caller, target)
    ask = Ask(
        kind=kind,
        command=command,
        by=actor_of(admitted.credential, on_behalf_of=told.on_behalf_of),
        evidence=told.evidence,
        occurred_at=told.occurred_at,
        facts=facts,
    )
    return await ask_ledger(
        services, request, admitted, ask, body=value, target=target, collection=collection
    )
