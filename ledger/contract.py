"""What a ledger does, whoever stores it, and what it needs from outside."""

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from ledger.records import (
    Aggregate,
    Answer,
    Caller,
    Command,
    Decision,
    Health,
    LatePickup,
    Page,
    Pruned,
    Ref,
    Request,
    StoredEvent,
    Verified,
)

MAX_PAGE = 200
MAX_GROUP = 200
MAX_QUEUED = 2_000
MAX_OUTBOX_ROWS = 1_000_000
MIN_FREE_SHARE = 0.05
IDEMPOTENCY_DAYS = 30
REFUSAL_DAYS = 90
OUTBOX_DAYS = 30

Asked = TypeVar("Asked", contravariant=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Ports:
    """What the ledger may not take for itself: clock, randomness, disk, relay, its own death.

    Parameters
    ----------
    now
        The aware instant that is recorded.
    new_id
        An id that nobody has had.
    free_share
        The share of the store's disk that is free, 0..1; None where nobody here can see it.
    sent_until
        The highest ``seq`` up to which the relay has published everything.
    on_death
        Told once when the writer ends without having been closed.
    """

    now: Callable[[], datetime]
    new_id: Callable[[], str]
    free_share: Callable[[], float | None]
    sent_until: Callable[[], int]
    on_death: Callable[[str], None] = lambda _why: None


class View(Protocol):
    """What a decision may look at: all of one tenant, as the transaction sees it."""

    @property
    def caller(self) -> Caller:
        """Who asks."""

    @property
    def target(self) -> Aggregate | None:
        """The aggregate that the request is for, which the caller may move."""

    @property
    def now(self) -> datetime:
        """The instant that is recorded."""

    def new_id(self) -> str:
        """Return an id that nobody has had."""

    def find(self, ref: Ref) -> Aggregate | None:
        """Return another aggregate, or None where the tenant has none."""

    def claimed_by(self, code: str) -> str | None:
        """Return which unit of the tenant has ``code``, or None."""

    def partners(self, ref: Ref, role: str) -> tuple[str, ...]:
        """Return which partners hold ``role`` now."""

    def late_pickup(self, late_pickup_id: str) -> LatePickup | None:
        """Return a pickup that was kept, or None."""


class Decide(Protocol[Asked]):
    """The rules: a pure function from a command and what is stored to what happens."""

    def __call__(self, command: Asked, view: View, /) -> Decision:
        """Decide ``command``; the same view gives the same decision."""


class Ledger(Protocol[Command]):
    """The operational store. Commands are durable once their future is done."""

    def submit(self, request: Request[Command]) -> "Future[Answer]":
        """Queue ``request``; the future is done once its transaction has committed.

        Raises
        ------
        InFlight, Overloaded, StorageFull, WriterEnded
            If it is not taken. The future itself may raise ``NotFound``, ``VersionStale``,
            ``KeyReused``, ``Malformed``, ``DecisionFailed``, ``StorageFull`` or ``WriterEnded``;
            where several machines write also ``InFlight``, ``Overloaded`` or ``LedgerAway``.
        """

    def get(self, caller: Caller, ref: Ref) -> Aggregate:
        """Return one aggregate that ``caller`` may see now.

        Raises
        ------
        NotFound
            If there is none, or none for this caller.
        """

    def page(
        self,
        caller: Caller,
        kind: str,
        *,
        after_seq: int = 0,
        limit: int = MAX_PAGE,
        state: str | None = None,
        updated_after: datetime | None = None,
    ) -> Page[Aggregate]:
        """Return aggregates that ``caller`` may see, in the sequence of their creation."""

    def history(
        self, caller: Caller, ref: Ref, *, after_version: int = 0, limit: int = MAX_PAGE
    ) -> tuple[StoredEvent, ...]:
        """Return the events of one aggregate that ``caller`` may see.

        Raises
        ------
        NotFound
            If there is none, or none for this caller.
        """

    def late_pickups(
        self, caller: Caller, *, after_seq: int = 0, limit: int = MAX_PAGE, undecided: bool = False
    ) -> Page[LatePickup]:
        """Return kept pickups of ``caller``: a partner's own, or all of the tenant."""

    def verify(self) -> Verified:
        """Walk through every hash chain and say where one is broken."""

    def prune(self) -> Pruned:
        """Take away what was kept long enough, in the writer's own transactions."""

    def health(self) -> Health:
        """Return what readiness and gauges are made of."""

    def close(self) -> None:
        """Commit what is queued, then let go of the store."""
