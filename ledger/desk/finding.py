"""What becomes of a finding: it places HOLD, and the platform or an auditor decides about it."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

from ledger.contract import View
from ledger.desk.ask import Ask, Keep
from ledger.desk.finding_record import FINDING, FindingState, payload_of, told_of
from ledger.desk.keep import not_for, not_kept
from ledger.desk.look_up import judged_evidence
from ledger.desk.moving import moved
from ledger.desk.outcome import accepted, refusal_of
from ledger.desk.reference import Reference
from ledger.desk.stored import target
from ledger.records import Accepted, Aggregate, Change, Decision, HoldAsked, Ref
from recycling.apply import Refusal
from recycling.evidence import TEXT, EvidenceError, needs, plain, read_evidence
from recycling.facts import Actor
from recycling.vocabulary import AggregateKind, BatchCommand, OrderCommand, Problem, Role, Severity

DECIDED = (FindingState.UPHELD, FindingState.DISMISSED)
_DECISION = (needs("reason", TEXT),)


def finding_decided(
    finding_id: str, outcome: FindingState, told: Mapping[str, Any], *, by: Actor
) -> Keep:
    """Return the command that upholds or dismisses a finding; ``told`` is its reason."""
    return Keep(
        kind=FINDING,
        id=finding_id,
        state=outcome,
        type=outcome,
        body=told,
        by=by,
        must_exist=True,
    )


def decide_finding(told: Keep, view: View) -> Decision:
    """Uphold or dismiss a finding that is open; what was decided stays decided."""
    if refused := not_for(told, view, Role.PLATFORM, Role.AUDITOR):
        return refused
    found = None if told.id is None else view.find(Ref(FINDING, told.id))
    if found is None:
        return not_kept(Problem.GUARD_FAILED, f"there is no finding {told.id}")
    if found.state != FindingState.OPEN or told.state not in DECIDED:
        detail = f"finding {told.id} cannot become {told.state} while {found.state}"
        return not_kept(Problem.TRANSITION_NOT_ALLOWED, detail, state=found.state)
    try:
        read = read_evidence(_DECISION, told.body)
    except EvidenceError as error:
        return not_kept(Problem.VALIDATION_FAILED, f"finding: {error}", error.errors)
    decision = {"reason": read["reason"], "by": told.by.party_id, "decided_at": plain(view.now)}
    change = _told_again(found, view, state=told.state, type_=told.state, decision=decision)
    return Accepted(
        body=document_of_finding(change, version=found.version + 1),
        changes=(change,),
        holds=(HoldAsked(found.id, found.body["aggregate_kind"], found.body["aggregate_id"], True),)
        if found.body["severity"] == Severity.HOLD
        else (),
    )


def document_of_finding(change: Change, *, version: int) -> dict[str, Any]:
    """Return what the API tells of a finding after ``change``."""
    return {
        **change.body,
        "id": change.id,
        "kind": FINDING,
        "state": change.state,
        "version": version,
    }


def _told_again(found: Aggregate, view: View, *, state: str, type_: str, **more: Any) -> Change:
    body = {**found.body, **more}
    return Change(
        kind=FINDING,
        id=found.id,
        state=state,
        body=body,
        type=type_,
        occurred_at=view.now,
        payload=payload_of(body),
        **told_of(body, found.id, version=found.version + 1, occurred_at=view.now, state=state),
    )


def hold(ask: Ask, view: View, reference: Reference) -> Decision:
    """Place HOLD, and note with the finding that it did: it does so once."""
    before = target(view, ask.kind)
    told = judged_evidence(ask, before)
    applied = moved(ask, before, view, reference)
    if isinstance(applied, Refusal):
        return refusal_of(applied)
    decision = accepted(applied)
    found = None if told is None else view.find(Ref(FINDING, told["finding_id"]))
    if found is None:
        return decision
    held = [*found.body["held"], {"kind": str(ask.kind), "id": before.id}]
    placed = _told_again(found, view, state=found.state, type_="hold_placed", held=held)
    return replace(decision, changes=(*decision.changes, placed))


FINDING_HANDLERS: Mapping[tuple[AggregateKind, str], Callable[[Ask, View, Reference], Decision]] = {
    (AggregateKind.TAKEBACK_ORDER, OrderCommand.HOLD): hold,
    (AggregateKind.BATCH, BatchCommand.HOLD): hold,
}
FINDING_KEEPERS: Mapping[str, Callable[[Keep, View], Decision]] = {FINDING: decide_finding}
