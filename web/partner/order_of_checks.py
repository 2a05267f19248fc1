"""In which order a request is checked, so that every route says no in the same order.

401 who, 429 how often, 403 scope, then 400, 413, 415 and 422 about the request itself, then the
answer that its key was given before, 404, 403 role, 412 version, 409 state. The first three need no
body (``admit``); the request itself needs no store (``receive``); the rest belongs into one
transaction (``settle``). What stands earlier tells nothing of what stands later: who lacks the
scope does not learn whether a thing exists.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Generic, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.datastructures import Headers

from recycling.vocabulary import Role
from schemas.refusal import Refused, shown
from schemas.wall import read_json
from web.intake import MAX_BODY_BYTES
from web.partner.authentication import Authority
from web.partner.conditional import check_if_match
from web.partner.credential import Credential, Scope
from web.partner.idempotency import (
    KeyScope,
    Recorded,
    body_sha256,
    key_of,
    needs_key,
    replayed,
    scope_of,
)
from web.partner.limiter import Allowance, Limiter
from web.partner.problems import ProblemName, of_refusal, of_validation, problem

JSON_TYPES = frozenset({"application/json"})
REPLAYED: Mapping[str, str] = {"Idempotency-Replayed": "true"}

Body = TypeVar("Body", bound=BaseModel)
Thing = TypeVar("Thing")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What one route asks of its requests; no scope where any credential may, no roles likewise."""

    scope: Scope | None
    roles: frozenset[Role] = frozenset()
    media_types: frozenset[str] = JSON_TYPES
    max_bytes: int = MAX_BODY_BYTES
    needs_if_match: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A request whose sender may come in; nothing of its body is read yet."""

    rule: Rule
    credential: Credential
    allowance: Allowance
    is_read: bool
    key: KeyScope | None
    if_match: str | None


@dataclass(frozen=True, slots=True)
class Received(Generic[Body]):
    """A request that says what can be."""

    admitted: Admitted
    body: Body
    body_sha256: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Found(Generic[Thing]):
    """A thing that the caller may see, or once could: the roles that it has there."""

    thing: Thing
    version: int
    roles: frozenset[Role]
    ended: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Transaction(Generic[Thing]):
    """What is asked of the store, in one transaction.

    ``find`` gives None for the unknown and the foreign alike; without it the command creates
    something. ``run`` raises the 409 of the state table.
    """

    run: Callable[[Thing | None], Recorded]
    find: Callable[[], Found[Thing] | None] | None = None
    recorded: Callable[[KeyScope], Recorded | None] = lambda _key: None


@dataclass(frozen=True, slots=True)
class Settled:
    """What the request is answered, now or by its first coming."""

    answer: Recorded
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Gate:
    """Who may come in: credentials, limits, and two clocks, of the day and of the limiter."""

    authority: Authority
    limiter: Limiter
    now: Callable[[], datetime]
    monotonic_s: Callable[[], float]

    def admit(self, rule: Rule, *, method: str, path: str, headers: Headers) -> Admitted:
        """Return the request as far as its head tells.

        Raises
        ------
        Problem
            401, 429, 403 ``scope-missing``; then 415, 413, 400 where the head shows it already.
        """
        credential = self.authority.credential_of(headers.get("authorization"), self.now())
        allowance = self.limiter.take(credential.key_id, self.monotonic_s())
        if not allowance.allowed:
            raise allowance.refusal
        if rule.scope is not None and rule.scope not in credential.scopes:
            raise problem(
                ProblemName.SCOPE_MISSING, f"the credential lacks {rule.scope}",
                headers=allowance.headers,
            )  # fmt: skip
        is_read = method in ("GET", "HEAD")
        if not is_read:
            _check_head(rule, headers)
        return Admitted(
            rule=rule,
            credential=credential,
            allowance=allowance,
            is_read=is_read,
            key=_key_scope(credential, method, path, headers),
            if_match=headers.get("if-match"),
        )


def _check_head(rule: Rule, headers: Headers) -> None:
    kind = headers.get("content-type", "").partition(";")[0].strip().lower()
    length = headers.get("content-length", "")
    if kind not in rule.media_types and not (kind == "" and length in ("", "0")):
        raise problem(
            ProblemName.MEDIA_TYPE_UNSUPPORTED,
            f"Content-Type {shown(kind)} is not {' or '.join(sorted(rule.media_types))}",
        )
    if length.isdecimal() and (len(length) > 18 or int(length) > rule.max_bytes):
        raise _too_large(f"the body has {shown(length)} bytes", rule)


def _too_large(what: str, rule: Rule) -> Exception:
    return problem(ProblemName.BODY_TOO_LARGE, f"{what}; at most {rule.max_bytes} are taken")


def _key_scope(credential: Credential, method: str, path: str, headers: Headers) -> KeyScope | None:
    if not needs_key(method, path):
        return None
    key = key_of(headers.getlist("idempotency-key"))
    return scope_of(credential, method=method, path=path, key=key)


def receive(admitted: Admitted, raw: bytes, contract: type[Body]) -> Received[Body]:
    """Return the request with its JSON body; an empty body says as much as ``{}``.

    Raises
    ------
    Problem
        413, 400 ``malformed-json`` or 422.
    """
    if len(raw) > admitted.rule.max_bytes:
        raise _too_large(f"the body has {len(raw)} bytes", admitted.rule)
    try:
        value = read_json(raw, max_bytes=admitted.rule.max_bytes) if raw else {}
        body = contract.model_validate(value)
    except Refused as no:
        raise of_refusal(no) from None
    except ValidationError as error:
        raise of_validation(error, value) from None
    return Received(admitted, body, body_sha256(value))


def settle(received: Received[Body], store: Transaction[Thing]) -> Settled:
    """Return what the request is answered.

    Whose part in the thing has ended has no version to be behind of, so 409 ``order-reassigned``
    is told before 412.

    Raises
    ------
    Problem
        422 ``idempotency-key-reused``, 404, 403 ``role-not-allowed``, 412, 428, 409.
    """
    admitted = received.admitted
    if admitted.key is not None:
        again = replayed(store.recorded(admitted.key), body_sha256=received.body_sha256)
        if again is not None:
            return Settled(again, REPLAYED)
    if store.find is None:
        check_role(admitted, admitted.credential.roles)
        return Settled(store.run(None))
    found = check_found(admitted, store.find())
    check_if_match(admitted.if_match, found.version, required=admitted.rule.needs_if_match)
    return Settled(store.run(found.thing))


def check_found(admitted: Admitted, found: Found[Thing] | None) -> Found[Thing]:
    """Return what was found if the caller may do there what the rule is about.

    Raises
    ------
    Problem
        404 for the unknown, the foreign, and to readers for what has ended; 403
        ``role-not-allowed``; 409 ``order-reassigned``.
    """
    if found is None or (found.ended and admitted.is_read):
        raise problem(ProblemName.NOT_FOUND, "there is no such thing, or none for this credential")
    check_role(admitted, admitted.credential.roles & found.roles)
    if found.ended:
        raise problem(ProblemName.ORDER_REASSIGNED, "it is with another party now")
    return found


def check_role(admitted: Admitted, roles: frozenset[Role]) -> None:
    """Raise 403 ``role-not-allowed`` unless one of ``roles`` may do what the rule is about."""
    wanted = admitted.rule.roles
    if wanted and not wanted & roles:
        has, may = ", ".join(sorted(roles)) or "no role", ", ".join(sorted(wanted))
        raise problem(ProblemName.ROLE_NOT_ALLOWED, f"{has} may not do this; {may} may")
