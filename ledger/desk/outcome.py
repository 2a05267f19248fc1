"""From an answer of the rules to what the ledger writes."""

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Any

from ledger.contract import View
from ledger.desk.ask import Ask
from ledger.desk.codes import claims_of
from ledger.desk.finding_record import holds_asked, raised
from ledger.desk.parties import parties_of
from ledger.desk.private import private_facts
from ledger.desk.publish import Beside, published, published_demand
from ledger.desk.stored import document_of
from ledger.records import (
    Accepted,
    Change,
    Claim,
    InputChange,
    Json,
    PartyChange,
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
from schemas.vocabulary import TakebackOrderEvent

STATUS_OF: Mapping[Problem, int] = {
    Problem.ROLE_NOT_ALLOWED: 403,
    Problem.EVIDENCE_INCOMPLETE: 422,
    Problem.VALIDATION_FAILED: 422,
    Problem.TIME_IN_FUTURE: 422,
    Problem.REGION_UNKNOWN: 422,
}
CONFLICT = 409
REGISTERED = "registered"


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
) -> Accepted:
    """Return the rows of what happened, with those that follow from its events by themselves."""
    return accepted(
        applied,
        status=status,
        claims=claims_of(applied),
        releases=releases,
        parties=parties_of(applied, view),
        pickups=pickups,
        private=private_facts(applied, ask.evidence) if private is None else private,
    )


def accepted(
    applied: Applied,
    *,
    status: int = 200,
    body: Mapping[str, Any] | None = None,
    claims: Iterable[Claim] = (),
    releases: Iterable[Claim] = (),
    parties: Iterable[PartyChange] = (),
    pickups: Mapping[PickupOf, Json] | None = None,
    private: Mapping[Ref, Json] | None = None,
    inputs: Iterable[InputChange] = (),
    more: Iterable[Change] = (),
) -> Accepted:
    """Return the rows of what happened, with its findings; it answers what was asked for.

    ``more`` are events of nouns without a table, which commit with it.
    """
    after = {(one.kind, one.id): one for one in applied.aggregates}
    changes = tuple(
        change_of(event, after[event.kind, event.aggregate_id]) for event in applied.events
    )
    return Accepted(
        status=status,
        body=document_of(applied.aggregate) if body is None else body,
        changes=(*changes, *_demands(applied), *raised(applied), *more),
        claims=tuple(claims),
        releases=tuple(releases),
        parties=tuple(parties),
        inputs=tuple(inputs),
        holds=holds_asked(applied),
        pickups=pickups or {},
        private=private or {},
    )


def _demands(applied: Applied) -> Iterator[Change]:
    """Yield the demand behind each order that begins: a fact of its own for the channels."""
    for event in applied.events:
        if event.event_type == TakebackOrderEvent.DEMAND_REGISTERED:
            demand = published_demand(event, applied.aggregate)
            yield change_beside(demand, state=REGISTERED, occurred_at=event.occurred_at)


def change_beside(beside: Beside, *, state: str, occurred_at: datetime) -> Change:
    """Return the row of a published event that has no table."""
    return Change(
        kind=beside.kind,
        id=beside.id,
        state=state,
        body={},
        type=state,
        occurred_at=occurred_at,
        payload={},
        topic=beside.published.topic,
        key=beside.published.key,
        told=beside.published.payload,
    )


def _told_by(event: Event) -> dict[str, Any]:
    """Return who did it and in what it found the aggregate: a correction asks for its author."""
    told = {"party_id": event.party_id, "role": event.role, "from_state": event.from_state}
    return told | {"late": True} if event.late else told


def change_of(event: Event, after: Aggregate) -> Change:
    """Return the row of one event and what others are told of it.

    Where an aggregate changed twice, each row carries the last body.
    """
    telling = published(event, after)
    return Change(
        kind=str(event.kind),
        id=event.aggregate_id,
        state=event.to_state,
        flags=tuple(sorted(map(str, after.flags))),
        body=after.body,
        type=event.event_type,
        occurred_at=event.occurred_at,
        payload={**event.payload, **_told_by(event)},
        topic=telling.topic,
        key=telling.key,
        told=telling.payload,
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
