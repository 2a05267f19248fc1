"""One webhook message on its way: when it is tried again, and when nobody listens any more."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

from web.partner.listing import instant_text

_HOUR_S = 3_600
RETRY_AFTER_S: tuple[int, ...] = (
    0, 5, 300, 1_800, 2 * _HOUR_S, 5 * _HOUR_S, 10 * _HOUR_S, 14 * _HOUR_S, 20 * _HOUR_S,
    24 * _HOUR_S,
)  # fmt: skip
"""How long before each attempt is waited, counted from the end of the one before."""
MAX_ATTEMPTS = len(RETRY_AFTER_S)
MAX_ASKED_PAUSE_S = 24 * _HOUR_S
GONE = 410


class DeliveryState(StrEnum):
    """Where a message stands."""

    WAITING = "waiting"
    DELIVERED = "delivered"
    FAILED = "failed"


class Outcome(StrEnum):
    """What an attempt came to."""

    TAKEN = "taken"
    GONE = "gone"
    MISSED = "missed"


class DeliveryEnded(ValueError):
    """The message is tried no more; the message names its state."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """One message to one endpoint; ``next_at`` is None once it is tried no more."""

    message_id: str
    endpoint_id: str
    state: DeliveryState = DeliveryState.WAITING
    attempts: int = 0
    next_at: datetime | None


@dataclass(frozen=True, slots=True)
class AfterAttempt:
    """The delivery after an attempt, and whether its endpoint is sent nothing any more."""

    delivery: Delivery
    disables_endpoint: bool


def begun(*, message_id: str, endpoint_id: str, now: datetime) -> Delivery:
    """Return a message that is due at once."""
    first_at = now + timedelta(seconds=RETRY_AFTER_S[0])
    return Delivery(message_id=message_id, endpoint_id=endpoint_id, next_at=first_at)


def outcome_of(status: int | None) -> Outcome:
    """Return what ``status`` means; None is no answer at all. A redirect is not followed."""
    if status is not None and 200 <= status < 300:
        return Outcome.TAKEN
    return Outcome.GONE if status == GONE else Outcome.MISSED


def after_attempt(
    delivery: Delivery, outcome: Outcome, now: datetime, *, asked_pause_s: int | None = None
) -> AfterAttempt:
    """Return how it goes on after an attempt that ended at ``now``.

    Parameters
    ----------
    asked_pause_s
        The receiver's Retry-After: waited if it is longer than the schedule, up to a day.

    Raises
    ------
    DeliveryEnded
        If the message had ended before.
    """
    if delivery.state is not DeliveryState.WAITING:
        raise DeliveryEnded(f"delivery {delivery.message_id} is {delivery.state}")
    tried = replace(delivery, attempts=delivery.attempts + 1, next_at=None)
    if outcome is Outcome.TAKEN:
        return AfterAttempt(replace(tried, state=DeliveryState.DELIVERED), False)
    if outcome is Outcome.GONE or tried.attempts >= MAX_ATTEMPTS:
        return AfterAttempt(replace(tried, state=DeliveryState.FAILED), True)
    asked_s = min(max(asked_pause_s or 0, 0), MAX_ASKED_PAUSE_S)
    pause_s = max(RETRY_AFTER_S[tried.attempts], asked_s)
    return AfterAttempt(replace(tried, next_at=now + timedelta(seconds=pause_s)), False)


def replayed(delivery: Delivery, now: datetime) -> Delivery:
    """Return the message as it is sent anew, under its old id; the receiver may know it."""
    return replace(
        delivery,
        state=DeliveryState.WAITING,
        attempts=0,
        next_at=now + timedelta(seconds=RETRY_AFTER_S[0]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a message tells: that something happened to a thing, which the receiver then reads."""

    type: str
    occurred_at: datetime
    kind: str
    id: str
    version: int


def thin_payload(told: Told) -> bytes:
    """Return the body of a message: ids and a version, nothing of a person.

    Examples
    --------
    >>> from datetime import UTC
    >>> noon = datetime(2026, 3, 1, 12, tzinfo=UTC)
    >>> thin_payload(Told(type="unit.collected", occurred_at=noon, kind="unit", id="U1", version=2))
    b'{"type":"unit.collected","timestamp":"2026-03-01T12:00:00Z","data":{"kind":"unit","id":"U1","version":2}}'
    """
    data: Mapping[str, object] = MappingProxyType(
        {"kind": told.kind, "id": told.id, "version": told.version}
    )
    body = {"type": told.type, "timestamp": instant_text(told.occurred_at), "data": dict(data)}
    return json.dumps(body, separators=(",", ":")).encode()
