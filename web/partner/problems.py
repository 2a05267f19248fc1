"""The closed list of what the partner API answers when it says no, as RFC 9457 documents."""

import re
import secrets
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from enum import StrEnum
from functools import partial
from random import Random
from types import MappingProxyType
from typing import Any, NamedTuple

from schemas.refusal import Reason, Refused
from web.problems import Problem

# Told apart, never guessed against: no call to the kernel for each.
_trace_ids = partial(Random(secrets.randbits(256)).getrandbits, 128)  # noqa: S311 - told to all
MAX_FAULTS = 50
TRACE_ID = re.compile(
    r"(?!ff)[0-9a-f]{2}-(?!0{32})([0-9a-f]{32})-(?!0{16})[0-9a-f]{16}-[0-9a-f]{2}"
)


class ProblemName(StrEnum):
    """The last part of ``urn:loopline:problem:``; a partner's program may decide by it."""

    MALFORMED_JSON = "malformed-json"
    IDEMPOTENCY_KEY_MISSING = "idempotency-key-missing"
    CURSOR_INVALID = "cursor-invalid"
    PARAMETER_UNKNOWN = "parameter-unknown"
    CREDENTIAL_INVALID = "credential-invalid"
    CREDENTIAL_EXPIRED = "credential-expired"
    SCOPE_MISSING = "scope-missing"
    ROLE_NOT_ALLOWED = "role-not-allowed"
    NOT_FOUND = "not-found"
    METHOD_NOT_ALLOWED = "method-not-allowed"
    NOT_ACCEPTABLE = "not-acceptable"
    TRANSITION_NOT_ALLOWED = "transition-not-allowed"
    GUARD_FAILED = "guard-failed"
    ORDER_REASSIGNED = "order-reassigned"
    IDENTITY_ALREADY_CLAIMED = "identity-already-claimed"
    REQUEST_IN_FLIGHT = "request-in-flight"
    FEED_REKEYED = "feed-rekeyed"
    PICKUP_ALREADY_POSTED = "pickup-already-posted"
    CHANNEL_REF_REUSED = "channel-ref-reused"
    VERSION_STALE = "version-stale"
    BODY_TOO_LARGE = "body-too-large"
    BATCH_TOO_LARGE = "batch-too-large"
    MEDIA_TYPE_UNSUPPORTED = "media-type-unsupported"
    VALIDATION_FAILED = "validation-failed"
    IDEMPOTENCY_KEY_REUSED = "idempotency-key-reused"
    REGION_UNKNOWN = "region-unknown"
    EVIDENCE_INCOMPLETE = "evidence-incomplete"
    TIME_IN_FUTURE = "time-in-future"
    PRICE_MISSING = "price-missing"
    EPCIS_INVALID = "epcis-invalid"
    IF_MATCH_REQUIRED = "if-match-required"
    RATE_LIMITED = "rate-limited"
    OVERLOADED = "overloaded"
    STORAGE_FULL = "storage-full"


class Kind(NamedTuple):
    """What every problem of one name has alike."""

    status: int
    title: str


KINDS: Mapping[ProblemName, Kind] = MappingProxyType(
    {
        ProblemName.MALFORMED_JSON: Kind(400, "The body is no JSON that can be read"),
        ProblemName.IDEMPOTENCY_KEY_MISSING: Kind(400, "The request needs an Idempotency-Key"),
        ProblemName.CURSOR_INVALID: Kind(400, "This cursor was not given out for this list"),
        ProblemName.PARAMETER_UNKNOWN: Kind(400, "This list has no such parameter"),
        ProblemName.CREDENTIAL_INVALID: Kind(401, "The credential is not valid"),
        ProblemName.CREDENTIAL_EXPIRED: Kind(401, "The credential has expired"),
        ProblemName.SCOPE_MISSING: Kind(403, "The credential lacks a scope"),
        ProblemName.ROLE_NOT_ALLOWED: Kind(403, "The role may not do this"),
        ProblemName.NOT_FOUND: Kind(404, "There is nothing here"),
        ProblemName.METHOD_NOT_ALLOWED: Kind(405, "This method is not offered here"),
        ProblemName.NOT_ACCEPTABLE: Kind(406, "No such form is offered here"),
        ProblemName.TRANSITION_NOT_ALLOWED: Kind(409, "The state does not allow this"),
        ProblemName.GUARD_FAILED: Kind(409, "A condition of this command does not hold"),
        ProblemName.ORDER_REASSIGNED: Kind(409, "The order is with another party now"),
        ProblemName.IDENTITY_ALREADY_CLAIMED: Kind(409, "The code names another unit"),
        ProblemName.REQUEST_IN_FLIGHT: Kind(409, "The first request still runs"),
        ProblemName.FEED_REKEYED: Kind(409, "The feed gave old ids to other records"),
        ProblemName.PICKUP_ALREADY_POSTED: Kind(409, "The pickup was posted with other content"),
        ProblemName.CHANNEL_REF_REUSED: Kind(409, "The reference came with other content"),
        ProblemName.VERSION_STALE: Kind(412, "The thing has changed since it was read"),
        ProblemName.BODY_TOO_LARGE: Kind(413, "The body is too large"),
        ProblemName.BATCH_TOO_LARGE: Kind(413, "The batch has too many rows"),
        ProblemName.MEDIA_TYPE_UNSUPPORTED: Kind(415, "This content type is not taken"),
        ProblemName.VALIDATION_FAILED: Kind(422, "The request says what cannot be"),
        ProblemName.IDEMPOTENCY_KEY_REUSED: Kind(422, "The key came before with another body"),
        ProblemName.REGION_UNKNOWN: Kind(422, "The region is not known"),
        ProblemName.EVIDENCE_INCOMPLETE: Kind(422, "Evidence is missing"),
        ProblemName.TIME_IN_FUTURE: Kind(422, "The instant lies in the future"),
        ProblemName.PRICE_MISSING: Kind(422, "There is no price for this"),
        ProblemName.EPCIS_INVALID: Kind(422, "The document breaks the rules of EPCIS"),
        ProblemName.IF_MATCH_REQUIRED: Kind(428, "The request needs an If-Match"),
        ProblemName.RATE_LIMITED: Kind(429, "Too many requests"),
        ProblemName.OVERLOADED: Kind(503, "Too much waits already"),
        ProblemName.STORAGE_FULL: Kind(507, "The storage is full"),
    }
)

_NAME_OF: Mapping[Reason, ProblemName] = MappingProxyType(
    {
        Reason.BAD_JSON: ProblemName.MALFORMED_JSON,
        Reason.ENCODING: ProblemName.MALFORMED_JSON,
        Reason.NOT_FINITE: ProblemName.MALFORMED_JSON,
        Reason.TOO_LARGE: ProblemName.BODY_TOO_LARGE,
        Reason.TIME_FUTURE: ProblemName.TIME_IN_FUTURE,
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing that is wrong: where (RFC 6901), with which value, and why."""

    pointer: str
    value: str | int | bool | None
    reason: str


def problem(
    name: ProblemName,
    detail: str,
    *,
    faults: Sequence[Fault] = (),
    headers: Mapping[str, str] | None = None,
    members: Mapping[str, Any] | None = None,
) -> Problem:
    """Return the problem ``name``; ``detail`` names the value that it is about."""
    told = dict(members or {})
    if faults:
        told["errors"] = [asdict(fault) for fault in faults[:MAX_FAULTS]]
    status, title = KINDS[name]
    code = name.replace("-", "_")
    return Problem(status, code, detail, title=title, headers=headers, members=told)


def traced(refusal: Problem, trace_id: str) -> Problem:
    """Return ``refusal`` with the id under which the log tells of this request."""
    return Problem(
        refusal.status,
        refusal.code,
        refusal.detail,
        title=refusal.title,
        headers=refusal.headers,
        members={**refusal.members, "trace_id": trace_id},
    )


def trace_id_of(
    traceparent: str | None, new_id: Callable[[], str] = lambda: f"{_trace_ids():032x}"
) -> str:
    """Return the trace of a W3C ``traceparent``, or a new one where it tells none.

    Examples
    --------
    >>> trace_id_of("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    '4bf92f3577b34da6a3ce929d0e0e4736'
    """
    found = TRACE_ID.fullmatch(traceparent or "")
    return found[1] if found else new_id()


def of_refusal(refusal: Refused) -> Problem:
    """Return the problem that a refusal of the wall is."""
    return problem(_NAME_OF.get(refusal.reason, ProblemName.VALIDATION_FAILED), refusal.detail)
