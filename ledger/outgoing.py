"""What goes out by webhook: messages that follow the events, kept until they arrived or failed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol

from ledger.contract import MAX_PAGE
from ledger.records import Page, StoredEvent


@dataclass(frozen=True, slots=True, kw_only=True)
class Message:
    """One event on its way to one endpoint; ``next_at`` is None once it is tried no more."""

    tenant: str
    delivery_id: str
    endpoint_id: str
    event_id: str
    event_type: str
    body: str
    state: str
    attempts: int = 0
    next_at: datetime | None
    last_status: int | None = None
    last_error: str = ""
    created_at: datetime
    updated_at: datetime
    seq: int = 0  # given by the store


class Outgoing(Protocol):
    """The messages of all tenants; what writes has committed when it returns."""

    def cursor(self) -> int:
        """Return the ``seq`` up to which events were looked at."""

    def events_after(self, seq: int, *, limit: int = MAX_PAGE) -> tuple[StoredEvent, ...]:
        """Return the next events of any tenant, in the sequence of their commit."""

    def saw(self, event: StoredEvent, partner_id: str) -> bool:
        """Return whether a partner saw the aggregate of ``event`` when it happened."""

    def waiting(self, endpoint_id: str | None = None) -> int:
        """Return how many messages wait, for one endpoint or for all."""

    def due(self, *, now: datetime, of_one: int, limit: int) -> tuple[Message, ...]:
        """Return messages to send now, the longest due first, at most ``of_one`` an endpoint."""

    def put(self, messages: Sequence[Message], *, until_seq: int) -> None:
        """Keep messages, each event once an endpoint, and move the cursor with them."""

    def settle(self, message: Message) -> None:
        """Keep how a message stands."""

    def give_up(self, endpoint_id: str, *, why: str, now: datetime) -> int:
        """Fail every message that waits for an endpoint; return how many those were."""

    def get(self, tenant: str, delivery_id: str) -> Message | None:
        """Return a message, or None where the tenant has none."""

    def of_endpoint(
        self, tenant: str, endpoint_id: str, *, after_seq: int = 0, limit: int = MAX_PAGE
    ) -> Page[Message]:
        """Return messages of an endpoint, in the sequence of their events."""

    def forget(self, *, before: datetime) -> int:
        """Take away up to ``MAX_FORGOTTEN`` that ended before; return how many those were."""
