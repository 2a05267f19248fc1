"""An aggregate and its events: the state, and the facts it was folded from."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID

from recycling.vocabulary import AggregateKind, Flag
from schemas.event import caused_id

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """What is known of one take-back order, unit, batch, lot or consignment.

    ``state`` is ``None`` before the first event (``-`` in the tables); ``version`` counts events;
    ``body`` holds what JSON can, decimals and instants as text.
    """

    kind: AggregateKind
    id: str
    state: StrEnum | None = None
    flags: frozenset[Flag] = frozenset()
    version: int = 0
    body: Body = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One fact in the life of an aggregate; ``version`` orders them, ``occurred_at`` never."""

    kind: AggregateKind
    aggregate_id: str
    version: int
    command: str
    event_type: str
    from_state: str | None
    to_state: str
    party_id: str
    role: str
    occurred_at: datetime
    recorded_at: datetime
    late: bool = False
    payload: Body = field(default_factory=dict)
    epcis: str | None = None

    @property
    def event_id(self) -> UUID:
        """The same id at every replay: UUIDv5 of kind, id and version."""
        return caused_id(self.kind, self.aggregate_id, self.version)


def nothing(kind: AggregateKind, aggregate_id: str) -> Aggregate:
    """Return an aggregate that does not exist yet."""
    return Aggregate(kind=kind, id=aggregate_id)
