"""Tells endpoints what happened: follows the events, sends, tries again, and gives up in the end.

All that matters stands in the store: killed between any two lines it sends at most what it was
just sending a second time, under the same id.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import NamedTuple

import structlog

from ledger.contract import Ledger
from ledger.desk.ask import Asked, Keep
from ledger.outgoing import Message, Outgoing
from ledger.records import Aggregate, Caller, Ref, Request, StoredEvent
from ledger.refusals import VersionStale
from recycling.facts import SYSTEM
from schemas.event import caused_id_text
from web.partner.address_guard import TargetRefused
from web.partner.webhook_delivery import (
    Delivery,
    DeliveryState,
    Outcome,
    Told,
    after_attempt,
    begun,
    outcome_of,
    thin_payload,
)
from web.partner.webhook_endpoint import (
    EVENT_TYPES,
    KIND,
    EndpointState,
    WebhookSecrets,
    type_of,
    wanting,
)
from web.partner.webhook_sender import Answered, SendFailed
from web.partner.webhook_signature import signed_headers

MAX_EVENTS = 500  # looked at in one round
MAX_SENT = 64  # in one round
MAX_AT_ONCE = 8
MAX_OF_ONE = 8  # of one endpoint in a round: a slow one does not hold the others up
MAX_WAITING = 100_000  # of all: then no more events are looked at
MAX_WAITING_OF_ONE = 10_000  # then the endpoint is disabled
KEPT = timedelta(days=30)
MAX_ERROR_CHARACTERS = 300
WITHIN_S = 60.0
_KNOWN = frozenset(EVENT_TYPES)

Send = Callable[[str, Mapping[str, str], bytes], Answered]
"""Sends a body to an address, or raises ``TargetRefused`` or ``SendFailed``."""

log = structlog.get_logger()


class Attempt(NamedTuple):
    """What came of one sending; no status where there was no answer."""

    status: int | None
    pause_s: int | None = None
    error: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Dispatched:
    """What a round did."""

    events: int
    messages: int
    outcomes: Mapping[str, int]

    @property
    def is_idle(self) -> bool:
        """Whether there was nothing to do."""
        return not (self.events or self.outcomes)


class Dispatcher:
    """Does rounds; the process that composes it calls ``round`` and pauses between."""

    def __init__(
        self,
        ledger: Ledger[Asked],
        outgoing: Outgoing,
        send: Send,
        secrets: WebhookSecrets,
        *,
        now: Callable[[], datetime],
    ) -> None:
        """Keep where events are found and what is sent with; nothing happens yet."""
        self._ledger, self._outgoing, self._send = ledger, outgoing, send
        self._secrets, self._now = secrets, now
        self._pool = ThreadPoolExecutor(MAX_AT_ONCE, thread_name_prefix="webhooks")

    def close(self) -> None:
        """End after what is being sent."""
        self._pool.shutdown()

    def round(self) -> Dispatched:
        """Note what happened since the last round, then send what is due."""
        events, messages = self._note()
        return Dispatched(events=events, messages=messages, outcomes=self._send_due())

    def forget(self, now: datetime) -> None:
        """Take away what ended long ago."""
        while self._outgoing.forget(before=now - KEPT):
            continue

    # -- noting ------------------------------------------------------------------------------------

    def _note(self) -> tuple[int, int]:
        if self._outgoing.waiting() >= MAX_WAITING:
            log.warning("webhooks_wait", most=MAX_WAITING)
            return 0, 0
        events = self._outgoing.events_after(self._outgoing.cursor(), limit=MAX_EVENTS)
        if not events:
            return 0, 0
        tenants = {event.tenant for event in events if type_of(event) in _KNOWN}
        endpoints = {tenant: self._endpoints(tenant) for tenant in tenants}
        messages = [
            self._message(endpoint, event)
            for event in events
            for endpoint in wanting(endpoints.get(event.tenant, ()), event)
            if self._may_know(endpoint, event)
        ]
        self._outgoing.put(messages, until_seq=events[-1].seq)
        self._disable_full({one.endpoint_id for one in messages})
        return len(events), len(messages)

    def _endpoints(self, tenant: str) -> tuple[Aggregate, ...]:
        return tuple(endpoints_of(self._ledger, Caller(tenant), EndpointState.ENABLED))

    def _may_know(self, endpoint: Aggregate, event: StoredEvent) -> bool:
        partner_id = endpoint.body["partner_id"]
        return partner_id is None or self._outgoing.saw(event, partner_id)

    def _message(self, endpoint: Aggregate, event: StoredEvent) -> Message:
        now = self._now()
        told = Told(
            type=type_of(event),
            occurred_at=event.occurred_at,
            kind=event.kind,
            id=event.aggregate_id,
            version=event.version,
        )
        delivery_id = caused_id_text("delivery", endpoint.id, event.event_id)
        return Message(
            tenant=event.tenant,
            delivery_id=delivery_id,
            endpoint_id=endpoint.id,
            event_id=event.event_id,
            event_type=told.type,
            body=thin_payload(told).decode(),
            state=DeliveryState.WAITING,
            next_at=begun(message_id=delivery_id, endpoint_id=endpoint.id, now=now).next_at,
            created_at=now,
            updated_at=now,
        )

    def _disable_full(self, endpoint_ids: set[str]) -> None:
        for endpoint_id in sorted(endpoint_ids):
            if self._outgoing.waiting(endpoint_id) > MAX_WAITING_OF_ONE:
                self._disable(endpoint_id, f"more than {MAX_WAITING_OF_ONE} messages wait")

    # -- sending -----------------------------------------------------------------------------------

    def _send_due(self) -> Mapping[str, int]:
        due = self._outgoing.due(now=self._now(), of_one=MAX_OF_ONE, limit=MAX_SENT)
        if not due:
            return {}
        endpoints = {
            one: self._ledger.of_any_tenant(Ref(KIND, one))
            for one in {message.endpoint_id for message in due}
        }
        pairs = [(message, endpoints[message.endpoint_id]) for message in due]
        attempts = list(self._pool.map(self._attempt, pairs))
        counts: Counter[str] = Counter()
        for message, attempt in zip(due, attempts, strict=True):
            counts[self._settle(message, attempt)] += 1
        return dict(counts)

    def _attempt(self, pair: tuple[Message, Aggregate | None]) -> Attempt | None:
        """Return what came of sending; None where the endpoint is sent nothing any more."""
        message, endpoint = pair
        if endpoint is None or endpoint.state != EndpointState.ENABLED:
            return None
        now, body = self._now(), message.body.encode()
        headers = signed_headers(
            self._secrets.active(endpoint, now), message_id=message.delivery_id, at=now, body=body
        )
        try:
            answered = self._send(endpoint.body["url"], headers, body)
        except (TargetRefused, SendFailed) as error:
            return Attempt(None, error=str(error)[:MAX_ERROR_CHARACTERS])
        return Attempt(answered.status, answered.retry_after_s)

    def _settle(self, message: Message, attempt: Attempt | None) -> str:
        now = self._now()
        if attempt is None:
            self._outgoing.give_up(message.endpoint_id, why="the endpoint is disabled", now=now)
            return "not sent"
        outcome = outcome_of(attempt.status)
        after = after_attempt(delivery_of(message), outcome, now, asked_pause_s=attempt.pause_s)
        self._outgoing.settle(
            replace(
                message,
                state=after.delivery.state,
                attempts=after.delivery.attempts,
                next_at=after.delivery.next_at,
                last_status=attempt.status,
                last_error=attempt.error,
                updated_at=now,
            )
        )
        if after.disables_endpoint:
            gone = "the receiver answered 410" if outcome is Outcome.GONE else None
            self._disable(
                message.endpoint_id, gone or f"{after.delivery.attempts} attempts came to nothing"
            )
        return str(outcome)

    def _disable(self, endpoint_id: str, why: str) -> None:
        """Send an endpoint nothing any more; whoever changed it just now is right."""
        endpoint = self._ledger.of_any_tenant(Ref(KIND, endpoint_id))
        if endpoint is None or endpoint.state != EndpointState.ENABLED:
            return
        command = Keep(
            kind=KIND, id=endpoint.id, state=EndpointState.DISABLED, type="disabled",
            body={**endpoint.body, "disabled_because": why}, by=SYSTEM, must_exist=True,
        )  # fmt: skip
        request: Request[Asked] = Request(
            caller=Caller(endpoint.tenant), method="SYSTEM", path=f"/{KIND}/{endpoint.id}",
            digest="", command=command, target=Ref(KIND, endpoint.id),
            if_match=frozenset({endpoint.version}),
        )  # fmt: skip
        try:
            self._ledger.submit(request).result(WITHIN_S)
        except VersionStale:
            return
        log.warning("webhook_endpoint_disabled", endpoint_id=endpoint_id, why=why)
        self._outgoing.give_up(endpoint_id, why=why, now=self._now())


def endpoints_of(
    ledger: Ledger[Asked], caller: Caller, state: EndpointState
) -> Iterator[Aggregate]:
    """Yield the endpoints in a state that ``caller`` may see."""
    after: int | None = 0
    while after is not None:
        page = ledger.page(caller, KIND, after_seq=after, state=state)
        yield from page.items
        after = page.next_seq


def delivery_of(message: Message) -> Delivery:
    """Return a message as the rules of delivery know it."""
    return Delivery(
        message_id=message.delivery_id,
        endpoint_id=message.endpoint_id,
        state=DeliveryState(message.state),
        attempts=message.attempts,
        next_at=message.next_at,
    )
