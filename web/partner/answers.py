"""How the ledger's answers look on the wire: documents with their ETag, refusals as problems."""

import json
from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

from ledger.records import Answer
from ledger.refusals import LedgerRefused, VersionStale
from web.partner.conditional import etag
from web.partner.order_of_checks import REPLAYED, Admitted
from web.partner.problems import Fault, ProblemName, problem
from web.problems import Problem

JSON = "application/json"
NO_STORE: Mapping[str, str] = {"Cache-Control": "no-store"}


class _Versioned(msgspec.Struct):
    """The part of an answer that the headers repeat."""

    version: int | None = None
    id: str | None = None


_versioned = msgspec.json.Decoder(_Versioned).decode


def answered(answer: Answer, admitted: Admitted, *, collection: str | None = None) -> Response:
    """Return what the ledger answered; ``collection`` is where a thing that was made can be read.

    Raises
    ------
    Problem
        If the command was refused.
    """
    headers = {**admitted.allowance.headers, **NO_STORE}
    if answer.replayed:
        headers |= REPLAYED
    if answer.status >= 400:
        raise refused(answer, headers)
    told = _versioned(answer.body)
    if told.version is not None:
        headers["ETag"] = etag(told.version)
    if answer.status == 201 and collection is not None:
        headers["Location"] = f"{collection}/{told.id}"
    return Response(answer.body, answer.status, headers, JSON)


def refused(answer: Answer, headers: Mapping[str, str] = NO_STORE) -> Problem:
    """Return the problem of a command that the ledger refused."""
    told: dict[str, Any] = json.loads(answer.body)
    name = ProblemName(told.pop("code"))
    faults = [Fault(**one) for one in told.pop("errors", ())]
    refusal = problem(name, told.pop("detail"), faults=faults, headers=headers, members=told)
    # A guard may stand behind another status than its name has elsewhere: the ledger's decides.
    refusal.status = answer.status
    return refusal


def of_ledger(refused: LedgerRefused) -> Problem:
    """Return the problem of what the ledger did not answer."""
    headers: dict[str, str] = {}
    retry_after_s = getattr(refused, "retry_after_s", None)
    if retry_after_s is not None:
        headers["Retry-After"] = str(retry_after_s)
    if isinstance(refused, VersionStale):
        headers["ETag"] = etag(refused.version)
    if refused.code not in set(ProblemName):
        return Problem(refused.status, refused.code, str(refused), headers=headers)
    return problem(ProblemName(refused.code), str(refused), headers=headers)


def told(
    body: Mapping[str, Any], admitted: Admitted, *, status: int = 200, version: int | None = None
) -> Response:
    """Return a document that was read."""
    headers = {**admitted.allowance.headers, **NO_STORE}
    if version is not None:
        headers["ETag"] = etag(version)
    text = json.dumps(body, ensure_ascii=False, separators=(",", ":"))
    return Response(text, status, headers, JSON)
