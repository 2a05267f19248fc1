"""One function moves every aggregate: a command and its facts give an event, or a refusal."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum
from functools import cache

from recycling.aggregate import Aggregate, Event
from recycling.evidence import EvidenceError, FieldError, plain, read_evidence
from recycling.facts import Facts
from recycling.finding import Finding
from recycling.relations import acting_role
from recycling.table import NONE_YET, Choice, Guard, Move, Table, evolve
from recycling.tables import PROBLEM_OF, table_of
from recycling.vocabulary import AggregateKind, Problem


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """A command that was allowed: one event for each aggregate that changed."""

    aggregates: tuple[Aggregate, ...]
    events: tuple[Event, ...]
    findings: tuple[Finding, ...] = ()

    @property
    def aggregate(self) -> Aggregate:
        """The aggregate that the command was addressed to."""
        return self.aggregates[0]

    @property
    def event(self) -> Event:
        """What happened to it."""
        return self.events[0]


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """A command that was not allowed: nothing is written.

    ``allowed`` holds the commands of the state the aggregate is in.
    """

    problem: Problem
    detail: str
    kind: AggregateKind
    aggregate_id: str
    state: str
    command: str
    allowed: tuple[str, ...]
    errors: tuple[FieldError, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One command of several that hold together."""

    aggregate: Aggregate
    command: StrEnum
    facts: Facts


def apply(aggregate: Aggregate, command: StrEnum, facts: Facts) -> Applied | Refusal:
    """Return what a command does: the aggregate after it and its event, or why not.

    Asked in this order: is the time possible, the evidence complete, the role one of the row's,
    the state one of the row's, and does every guard hold.

    Raises
    ------
    ValueError
        If an instant has no offset, or the kind of aggregate has no such command.
    FactMissing
        If a guard needs what the caller did not look up.
    """
    table = table_of(aggregate.kind)
    move = table.move_of(command)
    no = _Refuser(table, aggregate, str(command))
    if late := time_in_future(facts):
        return no(Problem.TIME_IN_FUTURE, late)
    try:
        facts = facts if facts.is_read else facts.told(read_evidence(move.evidence, facts.evidence))
    except EvidenceError as error:
        return no.evidence(error)
    role = acting_role(move.roles, aggregate, facts)
    if role is None:
        return no(Problem.ROLE_NOT_ALLOWED, _wrong_role(move, facts))
    refused = _first_refusal(table.first, aggregate, facts)
    if refused is None and aggregate.state not in move.from_states:
        return no(Problem.TRANSITION_NOT_ALLOWED, no.not_from_here())
    refused = refused or _first_refusal(move.guards, aggregate, facts)
    if refused is not None:
        return no(*refused)
    event = _event(move, aggregate, facts, role)
    return Applied(
        aggregates=(evolve(table, aggregate, event),),
        events=(event,),
        findings=move.finds(aggregate, facts),
    )


def apply_all(steps: Iterable[Step], *, after: Applied | None = None) -> Applied | Refusal:
    """Return what several commands do together: all of them, or the first that is refused.

    A later step on an aggregate of an earlier one goes on from there, and from what was
    applied ``after`` which they follow.
    """
    done = after or Applied(aggregates=(), events=())
    now = {(one.kind, one.id): one for one in done.aggregates}
    events, findings = list(done.events), list(done.findings)
    for step in steps:
        key = (step.aggregate.kind, step.aggregate.id)
        answer = apply(now.get(key, step.aggregate), step.command, step.facts)
        if isinstance(answer, Refusal):
            return answer
        now[key] = answer.aggregate
        events += answer.events
        findings += answer.findings
    return Applied(aggregates=tuple(now.values()), events=tuple(events), findings=tuple(findings))


@dataclass(frozen=True, slots=True)
class _Refuser:
    table: Table
    aggregate: Aggregate
    command: str

    def __call__(
        self, problem: Problem, detail: str, errors: tuple[FieldError, ...] = ()
    ) -> Refusal:
        return Refusal(
            problem=problem,
            detail=detail,
            kind=self.table.kind,
            aggregate_id=self.aggregate.id,
            state=_name(self.aggregate.state),
            command=self.command,
            allowed=self.table.allowed(self.aggregate.state),
            errors=errors,
        )

    def evidence(self, error: EvidenceError) -> Refusal:
        is_missing = all(one.is_missing for one in error.errors)
        problem = Problem.EVIDENCE_INCOMPLETE if is_missing else Problem.VALIDATION_FAILED
        return self(problem, f"{self.command}: {error}", error.errors)

    def not_from_here(self) -> str:
        allowed = ", ".join(self.table.allowed(self.aggregate.state)) or "nothing"
        return (
            f"{self.table.kind} {self.aggregate.id} cannot {self.command} while "
            f"{_name(self.aggregate.state)}; allowed: {allowed}"
        )


def _name(state: StrEnum | None) -> str:
    return NONE_YET if state is None else str(state)


def time_in_future(facts: Facts) -> str | None:
    """Return why an event cannot have happened yet, or ``None`` where it can.

    Raises
    ------
    ValueError
        If an instant has no offset.
    """
    for name, at in (("occurred_at", facts.occurred_at), ("recorded_at", facts.recorded_at)):
        if at.tzinfo is None:
            raise ValueError(f"{name} {at} has no offset from UTC")
    if facts.occurred_at <= facts.recorded_at + _span(minutes=facts.limits.future_minutes):
        return None
    return (
        f"occurred_at {plain(facts.occurred_at)} is more than {facts.limits.future_minutes} "
        f"minutes after {plain(facts.recorded_at)}"
    )


def _wrong_role(move: Move, facts: Facts) -> str:
    acting = ", ".join(sorted(facts.by.acting)) or "no role"
    return f"{move.command} is for {', '.join(sorted(move.roles))}; {facts.by.party_id} is {acting}"


def _first_refusal(
    guards: Sequence[Guard], aggregate: Aggregate, facts: Facts
) -> tuple[Problem, str] | None:
    for guard in guards:
        sentence = guard(aggregate, facts)
        if sentence is not None:
            return PROBLEM_OF.get(guard, Problem.GUARD_FAILED), sentence
    return None


def _event(move: Move, aggregate: Aggregate, facts: Facts, role: str) -> Event:
    carried = {name: one for name, one in facts.evidence.items() if name not in move.private}
    return Event(
        kind=aggregate.kind,
        aggregate_id=aggregate.id,
        version=aggregate.version + 1,
        command=str(move.command),
        event_type=str(move.event),
        from_state=None if aggregate.state is None else str(aggregate.state),
        to_state=str(_target(move, aggregate, facts)),
        party_id=facts.by.party_id,
        role=role,
        occurred_at=facts.occurred_at,
        recorded_at=facts.recorded_at,
        late=_is_late(facts),
        payload=plain({**carried, **move.tells(aggregate, facts)}),
        epcis=move.epcis,
    )


def _target(move: Move, aggregate: Aggregate, facts: Facts) -> StrEnum:
    if isinstance(move.to, Choice):
        return move.to.choose(aggregate, facts)
    if isinstance(move.to, StrEnum):
        return move.to
    if aggregate.state is None:
        raise ValueError(f"{move.command} cannot stay in a state that is not there")
    return aggregate.state


def _is_late(facts: Facts) -> bool:
    return facts.recorded_at - facts.occurred_at > _span(days=facts.limits.late_days)


@cache
def _span(*, days: Decimal = Decimal(0), minutes: Decimal = Decimal(0)) -> timedelta:
    return timedelta(days=float(days), minutes=float(minutes))
