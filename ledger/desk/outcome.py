"""From an answer of the rules to what the ledger writes."""

from collections.abc import Iterable, Mapping
from typing import Any

from ledger.contract import View
from ledger.desk.ask import Ask
from ledger.desk.codes import claims_of
from ledger.desk.finding_record import holds_asked, raised
from ledger.desk.parties import parties_of
from ledger.desk.private import private_facts
from ledger.desk.publish import published
from ledger.desk.stored import document_of
from ledger.desk.told_beside import demands_of
from ledger.records import (
    Accepted,
    Change,
    Claim,
    InputChange,
    Json,
    PickupOf,
    Ref,
    Refusal,
)
from recycling.aggregate import Aggregate, Event
from recycling.apply import Applied
from recycling.apply import Refusal as Refused
from recycling.evidence import FieldError
from recycling.vocabulary import Problem
from schemas.refusal import shown

STATUS_OF: Mapping[Problem, int] = {
    Problem.ROLE_NOT_ALLOWED: 403,
    Problem.EVIDENCE_INCOMPLETE: 422,
    Problem.VALIDATION_FAILED: 422,
    Problem.TIME_IN_FUTURE: 422,
    Problem.REGION_UNKNOWN: 422,
    Problem.PRICE_MISSING: 422,
    Problem.NOT_FOUND: 404,
}
CONFLICT = 409


def refusal_of(refused: Refused, *, keep_late: bool = False) -> Refusal:
    """Return why a command was not allowed, as the wall tells it."""
    body = {
        "detail": refused.detail,
        "state": refused.state,
        "command": refused.command,
        "allowed": list(refused.allowed),
    }
    return Refusal(
        code=str(refused.problem),
        status=STATUS_OF.get(refused.problem, CONFLICT),
        body=body | told_errors(refused.errors),
        keep_late=keep_late,
    )


def told_errors(errors: Iterable[FieldError]) -> dict[str, Any]:
    """Return ``errors`` as a refusal tells them; nothing where there are none."""
    told = [{"pointer": one.pointer, "value": one.value, "reason": one.reason} for one in errors]
    return {"errors": told} if told else {}


def happened(
    applied: Applied,
    ask: Ask,
    view: View,
    *,
    status: int = 200,
    releases: Iterable[Claim] = (),
    pickups: Mapping[PickupOf, Json] | None = None,
    private: Mapping[Ref, Json] | None = None,
    inputs: Iterable[InputChange] = (),
    more: Iterable[Change] = (),
) -> Accepted:
    """Return the rows of what happened, with those that follow from its events by themselves.

    Codes, who sees what, private facts and findings follow so. ``more`` are events of nouns without
    a table, which commit with it. The answer tells what was asked for.
    """
    after = {(one.kind, one.id): one for one in applied.aggregates}
    changes = tuple(
        change_of(event, after[event.kind, event.aggregate_id]) for event in applied.events
    )
    return Accepted(
        status=status,
        body=document_of(applied.aggregate),
        changes=(*changes, *raised(applied), *demands_of(applied), *more),
        claims=claims_of(applied),
        releases=tuple(releases),
        parties=parties_of(applied, view),
        inputs=tuple(inputs),
        holds=holds_asked(applied),
        pickups=pickups or {},
        private=private_facts(applied, ask.evidence) if private is None else private,
    )


def _told_by(event: Event) -> dict[str, Any]:
    """Return who did it and in what it found the aggregate: a correction asks for its author."""
    told = {"party_id": event.party_id, "role": event.role, "from_state": event.from_state}
    return told | {"late": True} if event.late else told


def change_of(event: Event, after: Aggregate) -> Change:
    """Return the row of one event; where an aggregate changed twice, each carries the last body."""
    told = published(event, after)
    return Change(
        kind=str(event.kind),
        id=event.aggregate_id,
        state=event.to_state,
        flags=tuple(sorted(map(str, after.flags))),
        body=after.body,
        type=event.event_type,
        occurred_at=event.occurred_at,
        payload={**event.payload, **_told_by(event)},
        topic=told.topic,
        key=told.key,
        published=told.payload,
    )


def wrong_field(
    command: str, name: str, value: object, reason: str, *, code: str, status: int = 422
) -> Refusal:
    """Return the refusal of one field's value, in one sentence that names both."""
    told = shown(value)
    error = {"pointer": f"/{name}", "value": told, "reason": f"{told} {reason}"}
    return Refusal(
        code=code,
        status=status,
        body={"detail": f"{command}: {name} {told} {reason}", "errors": [error]},
    )
