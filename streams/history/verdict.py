"""What was decided about one line for one target, and why."""

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from schemas.event import Event
from schemas.refusal import Reason
from schemas.vocabulary import TransportMode

ORDER_ROUTE = "order_route"
TRANSPORT_LEG = "transport_leg"

MASS_ABOVE_60_T = "mass_above_60_t"
CONSIGNMENT_MASS_UNKNOWN = "consignment_mass_unknown"
CONSIGNMENT_REJECTED = "consignment_rejected"
ORIGIN_ASSUMED = "origin_assumed"

# A leg is usable before it is placed: these reasons belong to the second stage.
PLACING_REASONS = frozenset(
    {Reason.ORIGIN_UNKNOWN, Reason.PLACE_UNKNOWN, Reason.DISTANCE_MISSING, Reason.DISTANCE_ZERO}
)


class Status(StrEnum):
    """What becomes of a line; for each target the statuses add up to the lines of the file."""

    ACCEPTED = "accepted"
    ATTACHED = "attached"
    DUPLICATE = "duplicate"
    REJECTED = "rejected"


@dataclass(frozen=True, slots=True)
class LineVerdict:
    """One line judged for one target; the first of ``reasons`` is the reported one.

    ``details`` says in one sentence per reason which field and value it is about. ``mode`` and
    ``mass_kg`` are what the line itself states, whatever became of it.
    """

    line_no: int
    raw_line: str
    key: str
    target: str
    status: Status
    reasons: tuple[Reason, ...] = ()
    details: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()
    event: Event | None = None
    mode: TransportMode | None = None
    mass_kg: Decimal | None = None
    attached_to: str | None = None

    @property
    def usable(self) -> bool:
        """Whether the line counts before its leg is placed on the map."""
        return self.status is not Status.DUPLICATE and PLACING_REASONS.issuperset(self.reasons)
