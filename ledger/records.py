"""What goes into the ledger and what comes out of it: frozen values, no behaviour."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

from ledger.promise import NOTHING_PROJECTED, Projected

Json = Mapping[str, Any]
Command = TypeVar("Command")


class Classifier(StrEnum):
    """Whether an event tells a plan, an estimate or a fact."""

    PLANNED = "PLN"
    ESTIMATED = "EST"
    ACTUAL = "ACT"


@dataclass(frozen=True, slots=True)
class Caller:
    """Who asks: both from the credential alone. No partner means the maker's own people."""

    tenant: str
    partner_id: str | None = None


@dataclass(frozen=True, slots=True)
class Ref:
    """Which aggregate."""

    kind: str
    id: str


@dataclass(frozen=True, slots=True)
class ChannelRef:
    """A demand's number in the channel it came by: one demand per tenant and reference."""

    channel: str
    channel_ref: str


@dataclass(frozen=True, slots=True)
class PickupOf:
    """A unit at the door for one order: picked up or refused once."""

    takeback_order_id: str
    unit_id: str


BusinessKey = ChannelRef | PickupOf


@dataclass(frozen=True, slots=True, kw_only=True)
class Request(Generic[Command]):
    """One command of one caller, as the wall has read it.

    Parameters
    ----------
    digest
        SHA-256 of the body, by ``ledger.canonical.body_digest``.
    key
        The idempotency key; None for what the house asks of itself.
    target
        The aggregate that the command is for; None where it creates one.
    if_match
        The versions that the caller would go on from; None where it does not say.
    business_keys
        What makes the same content under another idempotency key the same thing.
    late
        Makes what is kept whole where the command comes too late; None where nothing is.
    """

    caller: Caller
    method: str
    path: str
    digest: str
    command: Command
    key: str | None = None
    target: Ref | None = None
    if_match: frozenset[int] | None = None
    business_keys: tuple[BusinessKey, ...] = ()
    late: Callable[[], Json] | None = None
    correlation_id: str = ""
    traceparent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Aggregate:
    """One aggregate as its last event left it; ``version`` is its ETag."""

    kind: str
    id: str
    tenant: str
    state: str
    flags: tuple[str, ...]
    version: int
    body: Json
    seq: int
    recorded_at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One event of one aggregate, and the state, flags and body that it leaves behind."""

    kind: str
    id: str
    state: str
    flags: tuple[str, ...] = ()
    body: Json
    type: str
    occurred_at: datetime
    payload: Json
    topic: str | None
    key: str
    published: Json | None = None  # what the topic is told, where that is another than ``payload``
    major: int = 1
    classifier: Classifier = Classifier.ACTUAL
    causation_id: str = ""


@dataclass(frozen=True, slots=True)
class Claim:
    """A code that now names this unit and no other."""

    code: str
    unit_id: str


@dataclass(frozen=True, slots=True)
class PartyChange:
    """A partner that begins, or ceases, to see an aggregate in a role."""

    kind: str
    id: str
    partner_id: str
    role: str
    ends: bool = False


@dataclass(frozen=True, slots=True)
class InputChange:
    """A unit that becomes an input of a treatment batch, or ceases to be one."""

    unit_id: str
    batch_id: str
    leaves: bool = False


@dataclass(frozen=True, slots=True)
class HoldAsked:
    """An open finding that asks for HOLD because of an aggregate, or one that was decided."""

    finding_id: str
    kind: str
    id: str
    ends: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Accepted:
    """The command happened: the answer, and every row that commits with it.

    Parameters
    ----------
    private
        What was told with the last event of an aggregate and stands in no event or body.
    keys
        Business keys that this decision uses up beside those of its request and its pickups.
    """

    body: Json
    status: int = 200
    changes: tuple[Change, ...] = ()
    claims: tuple[Claim, ...] = ()
    releases: tuple[Claim, ...] = ()
    parties: tuple[PartyChange, ...] = ()
    inputs: tuple[InputChange, ...] = ()
    holds: tuple[HoldAsked, ...] = ()
    pickups: Mapping[PickupOf, Json] = field(default_factory=dict)
    private: Mapping[Ref, Json] = field(default_factory=dict)
    keys: tuple[BusinessKey, ...] = ()
    decided_late: tuple[str, ...] = ()  # ids of kept pickups that this command settles
    projected: Projected = NOTHING_PROJECTED


@dataclass(frozen=True, slots=True, kw_only=True)
class Refusal:
    """The command did not happen; ``keep_late`` keeps the request's ``late`` all the same."""

    code: str
    body: Json
    status: int = 409
    keep_late: bool = False


Decision = Accepted | Refusal


@dataclass(frozen=True, slots=True)
class Answer:
    """What the caller gets, byte for byte the same at each replay."""

    status: int
    body: bytes
    replayed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredEvent:
    """One event as it stands in the ledger."""

    seq: int
    event_id: str
    kind: str
    aggregate_id: str
    version: int
    tenant: str
    type: str
    major: int
    classifier: str
    occurred_at: datetime
    recorded_at: datetime
    state: str
    flags: tuple[str, ...]
    changed: Json
    removed: tuple[str, ...]
    payload: Json
    causation_id: str
    correlation_id: str
    traceparent: str
    prev_hash: str
    hash: str


@dataclass(frozen=True, slots=True)
class LatePickup:
    """A pickup that came too late for its order, kept whole until the platform decides."""

    seq: int
    late_pickup_id: str
    partner_id: str
    path: str
    code: str
    body: Json
    recorded_at: datetime
    decided_at: datetime | None


Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class Page(Generic[Item]):
    """Some rows, and after which ``seq`` the next page begins; None at the end."""

    items: tuple[Item, ...]
    next_seq: int | None


@dataclass(frozen=True, slots=True)
class Break:
    """A place where the ledger contradicts itself."""

    kind: str
    id: str
    version: int
    what: str


@dataclass(frozen=True, slots=True)
class Verified:
    """What a walk through all hash chains found."""

    aggregates: int
    events: int
    breaks: tuple[Break, ...]


@dataclass(frozen=True, slots=True)
class Pruned:
    """How many rows were old enough to go."""

    idempotency: int
    refusals: int
    outbox: int


@dataclass(frozen=True, slots=True)
class Health:
    """What readiness and the gauges are made of."""

    alive: bool
    queued: int
    outbox_rows: int
    free_share: float | None  # None: of a disk that cannot be seen from here
    commits: int
    committed: int
    committed_at: datetime | None  # of the last group since the start
    waiting_since: datetime | None  # when the oldest event was recorded that the broker lacks
