"""What a partner's snapshot holds: records by their id, and what became of every line."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from schemas.refusal import Reason, Refused

ID, DAY = "id", "event_date"


class FeedRefused(Refused):
    """A whole file that cannot be read as a partner's snapshot; the sentence says why."""


class FeedLineStatus(StrEnum):
    """What becomes of a line; the three add up to the lines of the file."""

    ACCEPTED = "accepted"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class FeedRecord:
    """One record of a partner: its id and its day are its identity; ``cells`` hold the rest.

    An unknown cell is None. The columns are those of the house, whatever the header called them.
    """

    record_id: str
    event_on: date
    cells: Mapping[str, str | None]


@dataclass(frozen=True, slots=True)
class FeedProblem:
    """Why a line was rejected: the field with its value, and a sentence with all that is wrong."""

    reason: Reason
    field: str
    value: str
    detail: str


@dataclass(frozen=True, slots=True)
class FeedLine:
    """One line of the file (the header is 1), its id where one can be read, and its problem."""

    line_no: int
    raw_line: str
    record_id: str | None
    status: FeedLineStatus
    problem: FeedProblem | None = None


@dataclass(frozen=True, slots=True)
class Feed:
    """A snapshot as read: the version of its header, its records by id, and every line."""

    version: str
    records: Mapping[str, FeedRecord]
    lines: tuple[FeedLine, ...]

    def count(self, status: FeedLineStatus) -> int:
        """Return how many lines became ``status``."""
        return sum(line.status is status for line in self.lines)

    @property
    def rejected(self) -> tuple[FeedLine, ...]:
        """The lines that could not be read as a record."""
        return tuple(line for line in self.lines if line.status is FeedLineStatus.REJECTED)

    @property
    def rejected_ids(self) -> frozenset[str]:
        """The ids that only rejected lines carry."""
        named = {line.record_id for line in self.rejected if line.record_id is not None}
        return frozenset(named - self.records.keys())
