"""Webhook endpoints as they are kept: where they are, what they want to know, and their secrets."""

import hmac
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from hashlib import sha256
from typing import Any

from ledger.records import Aggregate, StoredEvent
from recycling.evidence import Kind, listed, may, needs, one_of
from recycling.tables import TABLES
from web.partner.address_guard import MAX_URL_CHARACTERS, TargetRefused, target_of
from web.partner.webhook_signature import WebhookSecret

KIND = "webhook_endpoint"
MAX_ENDPOINTS = 20  # of one party
BOTH_SIGN = timedelta(hours=24)  # how long the secret before goes on signing
EVENT_TYPES = tuple(
    sorted({f"{kind}.{move.event}" for kind, table in TABLES.items() for move in table.moves})
)


class EndpointState(StrEnum):
    """Whether an endpoint is sent anything."""

    ENABLED = "enabled"
    DISABLED = "disabled"
    DELETED = "deleted"


def _url(value: Any) -> str:
    if not isinstance(value, str):
        raise ValueError(f"{value!r:.100} is no text")
    try:
        target_of(value)
    except TargetRefused as no:
        raise ValueError(str(no)) from None
    return value


_URL = Kind("https address", _url, {"type": "string", "maxLength": MAX_URL_CHARACTERS})
_TYPES = listed(one_of(*EVENT_TYPES), 1, len(EVENT_TYPES))
NEW = (needs("url", _URL), may("event_types", _TYPES))
CHANGE = (
    may("url", _URL),
    may("event_types", _TYPES),
    may("state", one_of(EndpointState.ENABLED, EndpointState.DISABLED)),
)
HIDDEN = frozenset({"generation"})


@dataclass(frozen=True, slots=True)
class WebhookSecrets:
    """Every endpoint's secrets, made of one root and never stored."""

    root: bytes = field(repr=False)

    def of(self, endpoint_id: str, generation: int) -> WebhookSecret:
        """Return a secret: the same endpoint and generation have the same."""
        told = f"{endpoint_id}:{generation}".encode()
        return WebhookSecret(hmac.new(self.root, told, sha256).digest())

    def active(self, endpoint: Aggregate, now: datetime) -> tuple[WebhookSecret, ...]:
        """Return what signs now: the secret, and for a day after its rotation the one before."""
        generation, until = endpoint.body["generation"], endpoint.body["previous_until"]
        found = [self.of(endpoint.id, generation)]
        if until is not None and now < datetime.fromisoformat(until):
            found.append(self.of(endpoint.id, generation - 1))
        return tuple(found)


def new_body(partner_id: str | None, told: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept of a new endpoint."""
    return {
        "partner_id": partner_id,
        "url": told["url"],
        "event_types": sorted(told.get("event_types", EVENT_TYPES)),
        "generation": 1,
        "previous_until": None,
        "disabled_because": None,
    }


def rotated(body: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Return the endpoint with its next secret; the one before signs with it for a day."""
    until = (now + BOTH_SIGN).isoformat()
    return {**body, "generation": body["generation"] + 1, "previous_until": until}


def type_of(event: StoredEvent) -> str:
    """Return the published name of what happened."""
    return f"{event.kind}.{event.type}"


def wanting(endpoints: tuple[Aggregate, ...], event: StoredEvent) -> Iterator[Aggregate]:
    """Yield the endpoints that want to know of ``event`` and were there before it."""
    name = type_of(event)
    for one in endpoints:
        if name in one.body["event_types"] and one.seq < event.seq:
            yield one
