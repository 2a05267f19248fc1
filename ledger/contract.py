"""What a ledger does, whoever stores it, and what it needs from outside."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, TypeVar

from ledger.promise import Due, Promise, Stage, SubsidyUse, Workload
from ledger.records import (
    Aggregate,
    Answer,
    Caller,
    Command,
    Decision,
    Health,
    Json,
    LatePickup,
    Page,
    Pruned,
    Ref,
    Request,
    StoredEvent,
    Verified,
)

MAX_PAGE = 200
MAX_EVERY = 2_000  # of a kind that a decision may look at whole
MAX_GROUP = 200
MAX_QUEUED = 2_000
MAX_TOGETHER = 1_000  # requests in one transaction: others wait so long
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

    def find_all(self, kind: str, ids: Sequence[str]) -> Mapping[str, Aggregate]:
        """Return those aggregates of a kind that the tenant has, by id."""

    def head_of(self, ref: Ref) -> str | None:
        """Return the hash of an aggregate's last event: another one means another content."""

    def claimed_by(self, code: str) -> str | None:
        """Return which unit of the tenant has ``code``, or None."""

    def partners(self, ref: Ref, role: str) -> tuple[str, ...]:
        """Return which partners hold ``role`` now."""

    def late_pickup(self, late_pickup_id: str) -> LatePickup | None:
        """Return a pickup that was kept, or None."""

    def batch_of(self, unit_id: str) -> str | None:
        """Return which treatment batch a unit is an input of, or None."""

    def holds_asked(self, ref: Ref) -> tuple[Aggregate, ...]:
        """Return open findings about ``ref`` that ask for HOLD, the newest ``MAX_PAGE``."""

    def every(self, kind: str) -> tuple[Aggregate, ...]:
        """Return all of a kind that a tenant has few of, by id."""

    def last_promise(self, takeback_order_id: str) -> Promise | None:
        """Return the newest promise for an order, open or ended, or None."""

    def workloads(self, recycler_id: str | None = None) -> Mapping[str, Workload]:
        """Return what each recycler has to do and did, or that of one."""

    def subsidies(self, *, quota_key: str, policy_id: str) -> tuple[SubsidyUse, ...]:
        """Return what one person was granted under a policy."""

    def private_fact(self, ref: Ref, version: int) -> Json | None:
        """Return what was told privately with one event of an aggregate, or None."""

    def event(self, event_id: str) -> StoredEvent | None:
        """Return one event of the tenant, or None."""

    def events_after(self, ref: Ref, version: int) -> tuple[StoredEvent, ...]:
        """Return the next ``MAX_PAGE`` events of an aggregate of the tenant."""


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

    def submit_together(self, requests: Sequence[Request[Command]]) -> "Future[tuple[Answer, ...]]":
        """Queue up to ``MAX_TOGETHER`` requests as one: all are accepted, or nothing is written.

        The future gives one answer for each, a refusal also for what the ledger itself does not
        answer; where one is refused the others tell what they would have been.

        Raises
        ------
        Overloaded, StorageFull, WriterEnded
            If they are not taken.
        """

    def get(self, caller: Caller, ref: Ref) -> Aggregate:
        """Return one aggregate that ``caller`` may see now.

        Raises
        ------
        NotFound
            If there is none, or none for this caller.
        """

    def of_any_tenant(self, ref: Ref) -> Aggregate | None:
        """Return an aggregate whosever it is: a credential is found so, and tells the tenant."""

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

    @property
    def watch(self) -> "Watch":
        """What the house finds its own work with."""

    def verify(self) -> Verified:
        """Walk through every hash chain and say where one is broken."""

    def prune(self) -> Pruned:
        """Take away what was kept long enough, in the writer's own transactions."""

    def health(self) -> Health:
        """Return what readiness and gauges are made of."""

    def close(self) -> None:
        """Commit what is queued, then let go of the store."""


class Watch(Protocol):
    """What the house has to do by itself, for any tenant; each answer is one page, oldest first."""

    def tenants(self) -> tuple[str, ...]:
        """Return every tenant that has anything."""

    def overdue(
        self, tenant: str, stage: Stage, *, before: datetime, after: Due | None = None
    ) -> tuple[Due, ...]:
        """Return orders whose promise is in ``stage`` since before an instant."""

    def unchanged(
        self, tenant: str, kind: str, state: str, *, before: datetime, after: Due | None = None
    ) -> tuple[Due, ...]:
        """Return aggregates in ``state`` whose last event is older than ``before``."""

    def completable(self, tenant: str, *, after: Due | None = None) -> tuple[Due, ...]:
        """Return orders that were at the door and whose units are all final."""

    def contact_ends(
        self, tenant: str, contact_ids: Sequence[str], *, ended: Sequence[str]
    ) -> Mapping[str, datetime | None]:
        """Return of contacts that an order carries when the last one ended, None where one goes on.

        Parameters
        ----------
        ended
            The states in which an order has ended.
        """

    def workloads(self, tenant: str, *, now: datetime) -> Mapping[str, Workload]:
        """Return what each recycler of a tenant has to do and did."""

    def private_fact(self, tenant: str, ref: Ref, version: int) -> Json | None:
        """Return what was told privately with one event of an aggregate, or None."""
