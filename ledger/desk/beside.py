"""Commands beside the tables: read and refused as those of the tables are."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ledger.contract import View
from ledger.desk.ask import Ask
from ledger.desk.outcome import CONFLICT, change_of, told_errors
from ledger.records import Change, Refusal
from recycling.aggregate import Aggregate, Event
from recycling.apply import time_in_future
from recycling.evidence import EvidenceError, Field, plain, read_evidence
from recycling.facts import Facts
from recycling.limits import Limits
from recycling.vocabulary import Problem, Role

INVALID, FORBIDDEN = 422, 403


def read(
    ask: Ask, fields: tuple[Field, ...], view: View, *, role: Role, limits: Limits
) -> dict[str, Any] | Refusal:
    """Return the evidence of a command of ``role``, or why it cannot be heard."""
    at = ask.occurred_at or view.now
    told = Facts(by=ask.by, occurred_at=at, recorded_at=view.now, limits=limits)
    if late := time_in_future(told):
        return refused(ask, Problem.TIME_IN_FUTURE, late, status=INVALID)
    try:
        evidence = read_evidence(fields, ask.evidence)
    except EvidenceError as error:
        return _incomplete(ask, error)
    if role not in ask.by.acting:
        detail = f"{ask.command} is for {role}; {ask.by.party_id} is not"
        return refused(ask, Problem.ROLE_NOT_ALLOWED, detail, status=FORBIDDEN)
    return evidence


def _incomplete(ask: Ask, error: EvidenceError) -> Refusal:
    is_missing = all(one.is_missing for one in error.errors)
    problem = Problem.EVIDENCE_INCOMPLETE if is_missing else Problem.VALIDATION_FAILED
    detail = f"{ask.command}: {error}"
    return refused(ask, problem, detail, status=INVALID, **told_errors(error.errors))


def refused(ask: Ask, problem: str, detail: str, *, status: int = CONFLICT, **told: Any) -> Refusal:
    """Return a refusal that names the command."""
    return Refusal(
        code=str(problem),
        status=status,
        body={"detail": detail, "command": ask.command, "state": "-", "allowed": [], **told},
    )


def noted(
    aggregate: Aggregate, ask: Ask, view: View, *, type: str, told: Mapping[str, Any], **body: Any
) -> tuple[Aggregate, Change]:
    """Return an aggregate after an event that no table has, and that event; its state stays."""
    after = replace(aggregate, version=aggregate.version + 1, body={**aggregate.body, **body})
    state = str(aggregate.state)
    event = Event(
        kind=aggregate.kind,
        aggregate_id=aggregate.id,
        version=after.version,
        command=ask.command,
        event_type=type,
        from_state=state,
        to_state=state,
        party_id=ask.by.party_id,
        role=min(ask.by.acting, default=Role.SYSTEM),
        occurred_at=ask.occurred_at or view.now,
        recorded_at=view.now,
        payload=plain(told),
    )
    return after, change_of(event, after)
