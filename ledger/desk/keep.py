"""Nouns without a state table: told, told again, and every telling kept."""

from collections.abc import Iterable

from ledger.contract import View
from ledger.desk.ask import Keep
from ledger.desk.outcome import CONFLICT, STATUS_OF, told_errors
from ledger.records import Accepted, Change, Decision, PartyChange, Ref, Refusal
from recycling.evidence import FieldError
from recycling.vocabulary import Problem, Role

OWNER = "owner"


def keep(told: Keep, view: View) -> Decision:
    """Keep a noun as it was told; its answer leaves out what is secret."""
    before = None if told.id is None else view.find(Ref(told.kind, told.id))
    if told.must_exist is not None and told.must_exist is not (before is not None):
        how = "is already there" if before is not None else "is not there"
        return Refusal(code="guard-failed", body={"detail": f"{told.kind} {told.id} {how}"})
    noun_id = told.id or view.new_id()
    change = Change(
        kind=told.kind,
        id=noun_id,
        state=told.state,
        body=told.body,
        type=told.type,
        occurred_at=view.now,
        payload={"by": told.by.party_id},
        topic=None,
        key=noun_id,
    )
    shown = {name: value for name, value in told.body.items() if name not in told.secret}
    version = 1 if before is None else before.version + 1
    body = {**shown, "id": noun_id, "kind": told.kind, "state": told.state, "version": version}
    return Accepted(
        status=201 if before is None else 200,
        body=body,
        changes=(change,),
        parties=_owner(told, noun_id),
        private={} if told.private is None else {Ref(told.kind, noun_id): told.private},
    )


def _owner(told: Keep, noun_id: str) -> tuple[PartyChange, ...]:
    if told.seen_by is None:
        return ()
    return (PartyChange(told.kind, noun_id, told.seen_by, OWNER),)


def not_kept(
    problem: Problem, detail: str, errors: Iterable[FieldError] = (), *, state: str = "-"
) -> Refusal:
    """Return why a noun is not kept as it was told."""
    body = {"detail": detail, "state": state, **told_errors(errors)}
    return Refusal(code=str(problem), status=STATUS_OF.get(problem, CONFLICT), body=body)


def not_for(told: Keep, view: View, *roles: Role) -> Refusal | None:
    """Return the refusal of whoever is from outside, or in none of ``roles``."""
    if view.caller.partner_id is None and told.by.acting & frozenset(roles):
        return None
    is_for = ", ".join(sorted(roles))
    detail = f"{told.kind} is told by the maker's own {is_for}; {told.by.party_id} is not"
    return not_kept(Problem.ROLE_NOT_ALLOWED, detail)
