"""A state table: its moves as data, and the fold that an event is."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import reduce
from typing import Any

from recycling.aggregate import Aggregate, Body, Event, nothing
from recycling.evidence import Field
from recycling.facts import Facts
from recycling.finding import Finding
from recycling.vocabulary import AggregateKind, Flag, Role

Guard = Callable[[Aggregate, Facts], str | None]
NONE_YET = "-"
FLAG_BODY = {Flag.HOLD: "held_by", Flag.DISPUTED: "disputes"}


@dataclass(frozen=True, slots=True)
class Choice:
    """A target that depends on the facts: the function that chooses, and all it may choose."""

    choose: Callable[[Aggregate, Facts], StrEnum]
    among: tuple[StrEnum, ...]


@dataclass(frozen=True, slots=True)
class Same:
    """A target that is the state it came from."""


SAME = Same()


def no_facts(_: Aggregate, __: Facts) -> Body:
    """Tell nothing beside the evidence."""
    return {}


def no_notes(_: Body, __: Event) -> Body:
    """Note nothing beside the payload."""
    return {}


def no_findings(_: Aggregate, __: Facts) -> tuple[Finding, ...]:
    """Find nothing."""
    return ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Move:
    """One row of a table.

    ``tells`` adds what the facts know to the event's payload, ``notes`` folds the event into the
    body beside that payload (or instead of it, where the row does not keep it), ``finds`` names
    findings that refuse nothing.
    """

    from_states: tuple[StrEnum | None, ...]
    command: StrEnum
    roles: frozenset[Role]
    event: StrEnum
    to: StrEnum | Choice | Same
    guards: tuple[Guard, ...] = ()
    evidence: tuple[Field, ...] = ()
    epcis: str | None = None
    keeps: bool = True
    adds: Flag | None = None
    drops: Flag | None = None
    tells: Callable[[Aggregate, Facts], Body] = no_facts
    notes: Callable[[Body, Event], Body] = no_notes
    finds: Callable[[Aggregate, Facts], tuple[Finding, ...]] = no_findings
    private: frozenset[str] = field(init=False)
    renamed: Mapping[str, str] = field(init=False)

    def __post_init__(self) -> None:
        """Note once which fields no event carries, and which the body keeps by another name."""
        names = frozenset(one.name for one in self.evidence if one.private)
        renamed = {one.name: one.kept_as for one in self.evidence if one.kept_as}
        object.__setattr__(self, "private", names)
        object.__setattr__(self, "renamed", renamed)

    def targets(self, state: StrEnum | None) -> tuple[StrEnum, ...]:
        """Return every state that this move may lead to from ``state``."""
        if isinstance(self.to, Choice):
            return self.to.among
        if isinstance(self.to, StrEnum):
            return (self.to,)
        return () if state is None else (state,)


@dataclass(frozen=True, slots=True)
class Table:
    """The moves of one kind of aggregate; ``first`` holds guards asked before the state is."""

    kind: AggregateKind
    states: type[StrEnum]
    commands: type[StrEnum]
    events: type[StrEnum]
    moves: tuple[Move, ...]
    first: tuple[Guard, ...] = ()
    by_command: Mapping[str, Move] = field(init=False, repr=False)
    by_state: Mapping[StrEnum | None, tuple[str, ...]] = field(init=False, repr=False)

    def __post_init__(self) -> None:
        """Note once which row a command has, and what each state allows."""
        by_command = {str(move.command): move for move in self.moves}
        by_state = {
            state: tuple(str(move.command) for move in self.moves if state in move.from_states)
            for state in self.every_state()
        }
        object.__setattr__(self, "by_command", by_command)
        object.__setattr__(self, "by_state", by_state)

    def move_of(self, command: str) -> Move:
        """Return the row of a command.

        Raises
        ------
        ValueError
            If the table has no such command.
        """
        move = self.by_command.get(command)
        if move is None:
            raise ValueError(f"a {self.kind} has no command {command}")
        return move

    def every_state(self) -> tuple[StrEnum | None, ...]:
        """Return the states, with ``None`` for not yet existing."""
        return (None, *self.states)

    def pairs(self) -> Iterator[tuple[StrEnum | None, StrEnum, Move | None]]:
        """Yield every state with every command, and the row where the pair is legal."""
        for state in self.every_state():
            for command in self.commands:
                move = self.move_of(command)
                yield state, command, move if state in move.from_states else None

    def allowed(self, state: StrEnum | None) -> tuple[str, ...]:
        """Return the commands that a state allows."""
        return self.by_state[state]

    def final_states(self) -> frozenset[StrEnum]:
        """Return the states that no row leads out of."""
        return frozenset(
            state
            for state in self.states
            if not any(
                set(move.targets(state)) - {state}
                for move in self.moves
                if state in move.from_states
            )
        )


def evolve(table: Table, aggregate: Aggregate, event: Event) -> Aggregate:
    """Return the aggregate after an event: the only way one changes.

    Raises
    ------
    ValueError
        If the event is not the next one of this aggregate.
    """
    if (event.aggregate_id, event.version) != (aggregate.id, aggregate.version + 1):
        raise ValueError(
            f"event {event.version} of {event.aggregate_id} does not follow "
            f"version {aggregate.version} of {aggregate.id}"
        )
    move = table.move_of(event.command)
    body = {**aggregate.body, **_kept(move, event.payload)}
    body.update(move.notes(body, event))
    return Aggregate(
        kind=aggregate.kind,
        id=aggregate.id,
        state=table.states(event.to_state),
        flags=_flags(move, aggregate.flags, body),
        version=event.version,
        body=body,
    )


def _kept(move: Move, payload: Body) -> dict[str, Any]:
    if not move.keeps:
        return {}
    return {move.renamed.get(name, name): value for name, value in payload.items()}


def _flags(move: Move, flags: frozenset[Flag], body: Body) -> frozenset[Flag]:
    if move.adds is not None:
        return flags | {move.adds}
    if move.drops is not None and not body.get(FLAG_BODY[move.drops]):
        return flags - {move.drops}
    return flags


def replay(table: Table, aggregate_id: str, events: Iterable[Event]) -> Aggregate:
    """Return the aggregate that its events make, from the first to the last."""
    begin = nothing(table.kind, aggregate_id)
    return reduce(lambda found, event: evolve(table, found, event), events, begin)


def roles(*some: Role) -> frozenset[Role]:
    """Return a set of roles."""
    return frozenset(some)


ANY_PARTY = frozenset(Role) - {Role.SYSTEM, Role.AUTHOR, Role.HOLDER}
