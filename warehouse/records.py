"""What the sink takes: decoded records of one partition, and what could not be answered."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from schemas.refusal import Reason


class Record(NamedTuple):
    """One decoded event, or the twin of one, and where it stands in the log."""

    offset: int
    event: Any
    key: bytes | None
    raw: bytes


@dataclass(frozen=True, slots=True)
class DeadRecord:
    """One record that was not answered: its original bytes, its place, its reason."""

    topic: str
    partition: int
    offset: int
    reason: Reason
    detail: str
    key: bytes | None
    raw: bytes
    headers: Mapping[str, str]
    event_id: str | None = None
    published: bool = False
    #: Where the record that told of it came from: its own place, or one on a dead-letter topic.
    came_at: int = -1


@dataclass(frozen=True, slots=True)
class ForkliftInterval:
    """The energy of one forklift between two of its readings, ready to be stored."""

    source_event_id: str
    event_id: str
    forklift_id: str
    site_id: str
    energy: str
    started_at: str
    occurred_at: str
    energy_kwh: Decimal | None
    fuel_l: Decimal | None
    running_s: int
    basis: str | None
    wtt_kgco2e: Decimal
    ttw_kgco2e: Decimal
    wtw_kgco2e: Decimal
    factor_id: str
    factor_set_sha256: str
    method_version: str
    data_class: str
    sessions: int


@dataclass(frozen=True, slots=True)
class ForkliftState:
    """The newest counters of one forklift: what its next reading is measured against."""

    event_id: str
    occurred_at: str
    reading: bytes


@dataclass(frozen=True, slots=True)
class OutboxMessage:
    """What an agent of this process tells others, once its rows are committed."""

    topic: str
    key: bytes
    value: bytes


@dataclass(frozen=True, slots=True)
class SinkBatch:
    """What one partition brings: rows and dead letters from ``first_offset`` to ``next_offset``."""

    topic: str
    partition: int
    first_offset: int
    next_offset: int
    recorded_at: datetime
    records: Sequence[Record] = ()
    dead: Sequence[DeadRecord] = ()
    intervals: Mapping[int, ForkliftInterval] = field(default_factory=dict)
    readings: Mapping[str, ForkliftState] = field(default_factory=dict)
    outbox: Sequence[OutboxMessage] = ()

    @property
    def rows(self) -> int:
        """How many records it holds, whatever became of them."""
        return len(self.records) + len(self.dead)


@dataclass(frozen=True, slots=True)
class Committed:
    """What one transaction changed: ``rows`` records stored, the others counted as what they were.

    ``without_row`` ones are good and leave no row of their own: a forklift's first reading.
    """

    rows: int
    duplicates: int
    dead: int
    months: Sequence[date]
    data_to: datetime | None
    late: int = 0
    without_row: int = 0
