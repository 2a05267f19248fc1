"""Nouns that the API keeps beside the state tables: how they are read, listed and told."""

from collections.abc import Callable, Mapping
from typing import Any

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ledger.records import Aggregate, Ref
from ledger.refusals import NotFound
from recycling.evidence import EvidenceError, Field, read_evidence
from schemas.refusal import shown
from web.partner.answers import of_ledger, told
from web.partner.command_body import of_evidence
from web.partner.conditional import check_if_match, versions_of
from web.partner.credential import Credential
from web.partner.listing import Read, instant_text
from web.partner.order_of_checks import Admitted
from web.partner.problems import ProblemName, problem
from web.partner.reading_routes import asked_list
from web.partner.services import PartnerServices
from web.partner.writing import caller_of

Show = Callable[[Aggregate], Mapping[str, Any]]
DOCUMENT: Mapping[str, Any] = {"$ref": "#/components/schemas/Document"}


def read_fields(fields: tuple[Field, ...], value: object) -> dict[str, Any]:
    """Return the body of a request, each field read strictly.

    Raises
    ------
    Problem
        422 naming every field that is wrong.
    """
    try:
        return read_evidence(fields, object_of(value))
    except EvidenceError as error:
        raise of_evidence(error.errors) from None


def object_of(value: object) -> Mapping[str, Any]:
    """Return the body of a request that must be a JSON object.

    Raises
    ------
    Problem
        422 ``validation-failed``.
    """
    if not isinstance(value, Mapping):
        raise problem(ProblemName.VALIDATION_FAILED, f"the body {shown(value)} is no object")
    return value


def versions_to_go_on_from(admitted: Admitted, row: Aggregate) -> frozenset[int]:
    """Return the versions that a change may go on from; any is the one that was just read.

    Raises
    ------
    Problem
        428 ``if-match-required``.
    """
    if admitted.if_match is None:
        check_if_match(None, row.version, required=True)
    versions = versions_of(admitted.if_match)
    return frozenset({row.version}) if versions is None else versions


async def kept_row(services: PartnerServices, credential: Credential, ref: Ref) -> Aggregate:
    """Return a noun that the credential may see.

    Raises
    ------
    Problem
        404 ``not-found``.
    """
    try:
        return await run_in_threadpool(services.ledger.get, caller_of(credential), ref)
    except NotFound as no:
        raise of_ledger(no) from None


def shown_noun(row: Aggregate, *, hidden: frozenset[str] = frozenset()) -> dict[str, Any]:
    """Return what is told of a noun: its body without what is ``hidden``, and what it is."""
    body = {name: value for name, value in row.body.items() if name not in hidden}
    return {
        **body,
        "id": row.id,
        "kind": row.kind,
        "state": row.state,
        "version": row.version,
        "recorded_at": instant_text(row.recorded_at),
    }


async def told_page(
    services: PartnerServices,
    request: Request,
    admitted: Admitted,
    kind: str,
    show: Show = shown_noun,
    filters: Mapping[str, Read] = {},
) -> Response:
    """Return one page of a kind of noun, as far as the credential may see it."""
    asked = asked_list(request, admitted.credential, kind, services, filters)
    page = await run_in_threadpool(
        services.ledger.page,
        caller_of(admitted.credential),
        kind,
        after_seq=asked.after_seq,
        limit=asked.limit,
        state=asked.filters.get("status"),
    )
    cursor = asked.next_cursor(page.next_seq, services.cursor_secrets[0])
    return told({"items": list(map(show, page.items)), "next_cursor": cursor}, admitted)
