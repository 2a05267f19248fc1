"""In which order a request is checked, so that every route says no in the same order.

401 who, 429 how often, 403 scope, then 400, 413, 415 and 422 about the request itself, then the
answer that its key was given before, 404, 403 role, 412 version, 409 state. The first three need
no body (``Gate.admit``); the request itself needs no store (``web.partner.writing``); the rest is
the ledger's, in one transaction (``ledger.execution``). What stands earlier tells nothing of what
stands later: who lacks the scope does not learn whether a thing exists.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime

from starlette.datastructures import Headers

from recycling.vocabulary import Role
from schemas.refusal import shown
from web.intake import MAX_BODY_BYTES
from web.partner.authentication import Authority
from web.partner.credential import Credential, Scope
from web.partner.idempotency import KeyScope, key_of, needs_key, scope_of
from web.partner.limiter import Allowance, Limiter
from web.partner.problems import ProblemName, problem

JSON_TYPES = frozenset({"application/json"})
REPLAYED: Mapping[str, str] = {"Idempotency-Replayed": "true"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Rule:
    """What one route asks of its requests; no scope where any credential may, no roles likewise."""

    scope: Scope | None
    roles: frozenset[Role] = frozenset()
    media_types: frozenset[str] = JSON_TYPES
    max_bytes: int = MAX_BODY_BYTES


@dataclass(frozen=True, slots=True, kw_only=True)
class Admitted:
    """A request whose sender may come in; nothing of its body is read yet."""

    rule: Rule
    credential: Credential
    allowance: Allowance
    is_read: bool
    key: KeyScope | None
    if_match: str | None


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


def check_role(admitted: Admitted, roles: frozenset[Role]) -> None:
    """Raise 403 ``role-not-allowed`` unless one of ``roles`` may do what the rule is about."""
    wanted = admitted.rule.roles
    if wanted and not wanted & roles:
        has, may = ", ".join(sorted(roles)) or "no role", ", ".join(sorted(wanted))
        raise problem(ProblemName.ROLE_NOT_ALLOWED, f"{has} may not do this; {may} may")
