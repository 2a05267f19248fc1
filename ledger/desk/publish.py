"""What others are told of an event: the topic, the key, and the payload of its contract.

Payloads are built by hand for speed; tests hold each to its contract. Nothing private is in one:
no plate, position, phone, acknowledgement or free text, only words, ids, tokens, masses and counts.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any, NamedTuple

from ledger.chain import event_id_of
from ledger.desk.publish_goods import batch_facts, consignment_facts, lot_facts
from ledger.desk.publish_order import order_facts
from ledger.desk.publish_unit import unit_facts
from recycling.aggregate import Aggregate, Event
from recycling.evidence import plain
from recycling.finding import Finding
from recycling.vocabulary import AggregateKind
from schemas.finding import MAX_SENTENCE_CHARACTERS
from schemas.topics import (
    FINDINGS,
    KEY_JOINT,
    TAKEBACK_BATCHES,
    TAKEBACK_CONSIGNMENTS,
    TAKEBACK_DEMANDS,
    TAKEBACK_LOTS,
    TAKEBACK_ORDERS,
    TAKEBACK_UNITS,
    Topic,
)

DEMAND, FINDING = "demand", "finding"
Payload = Mapping[str, Any]
Tells = Callable[[Event, Aggregate], dict[str, Any]]


class Published(NamedTuple):
    """What goes to a topic: under which key, and the event as its contract has it."""

    topic: str
    key: str
    payload: Payload


class Beside(NamedTuple):
    """A published event of an aggregate without a state table, which is written beside others."""

    kind: str
    id: str
    version: int
    published: Published


_TOLD: Mapping[AggregateKind, tuple[Topic, Tells]] = {
    AggregateKind.TAKEBACK_ORDER: (TAKEBACK_ORDERS, order_facts),
    AggregateKind.UNIT: (TAKEBACK_UNITS, unit_facts),
    AggregateKind.CONSIGNMENT: (TAKEBACK_CONSIGNMENTS, consignment_facts),
    AggregateKind.BATCH: (TAKEBACK_BATCHES, batch_facts),
    AggregateKind.LOT: (TAKEBACK_LOTS, lot_facts),
}


def published(event: Event, after: Aggregate) -> Published:
    """Return what others are told of an event of one of the five tables.

    Parameters
    ----------
    after
        The aggregate after it. Beside what the rules fold, its body must hold ``channel`` and
        ``region`` of a unit's order, from ``declare`` on. Told where they are there: of an order
        ``subsidy_cny_fen``; of a unit ``recycler_id`` and ``certificate_id``; of a consignment
        ``category``, ``mass_kg``, ``great_circle_km``, ``vehicle_token`` and
        ``from_``/``to_`` ``site_id`` and ``region``.

    Raises
    ------
    KeyError
        If the body lacks what it must hold.
    """
    topic, tells = _TOLD[event.kind]
    payload = {
        "event_id": event_id_of(event.kind, event.aggregate_id, event.version),
        "occurred_at": plain(event.occurred_at),
        "aggregate_seq": event.version,
        "late": event.late,
        "event_type": event.event_type,
        "from_state": event.from_state,
        "to_state": event.to_state,
        "reason_code": event.payload.get("reason_code"),
        topic.key: event.aggregate_id,
        **tells(event, after),
    }
    return Published(topic.name, event.aggregate_id, _said(payload))


def published_demand(event: Event, takeback_order: Aggregate) -> Beside:
    """Return the demand that a ``demand_registered`` event answers, without who made it.

    It is an event of its own, the only one of the aggregate ``demand`` that has the order's id.
    """
    told = event.payload
    lines = Counter((line["category"], line["brand"]) for line in told["lines"])
    payload = {
        "event_id": event_id_of(DEMAND, takeback_order.id, 1),
        "occurred_at": plain(event.occurred_at),
        "aggregate_seq": 1,
        "late": event.late,
        "channel": told["channel"],
        "channel_ref": told["channel_ref"],
        "region": told["region"],
        "takeback_order_id": takeback_order.id,
        "lines": [
            {"category": category, "brand": brand, "units": units}
            for (category, brand), units in sorted(lines.items())
        ],
        "wished_on": told.get("wished_on"),
        "service_mode": told.get("service_mode"),
    }
    key = KEY_JOINT.join((told["channel"], told["channel_ref"]))
    telling = Published(TAKEBACK_DEMANDS.name, key, _said(payload))
    return Beside(DEMAND, takeback_order.id, 1, telling)


def published_finding(
    finding: Finding,
    *,
    finding_id: str,
    version: int,
    occurred_at: datetime,
    is_open: bool = True,
    is_upheld: bool | None = None,
    partner_id: str | None = None,
    category: str | None = None,
) -> Beside:
    """Return what others are told of a finding: that it was raised, or what became of it.

    Parameters
    ----------
    version
        The how-manieth event of the aggregate ``finding`` this is.
    is_upheld
        What was decided; ``None`` while nobody has.
    """
    payload = {
        "event_id": event_id_of(FINDING, finding_id, version),
        "occurred_at": plain(occurred_at),
        "finding_id": finding_id,
        "aggregate_seq": version,
        "rule": finding.rule,
        "rule_version": finding.version,
        "severity": str(finding.severity),
        "kind": str(finding.kind),
        "aggregate_id": finding.aggregate_id,
        "sentence": _cut(finding.sentence),
        "value": _cut(finding.value),
        "limit": _cut(finding.limit),
        "is_open": is_open,
        "is_upheld": is_upheld,
        "partner_id": partner_id,
        "category": category,
    }
    telling = Published(FINDINGS.name, finding.aggregate_id, _said(payload))
    return Beside(FINDING, finding_id, version, telling)


def _said(payload: Payload) -> Payload:
    """Leave out what is not told: absent says the same as null, and shorter."""
    return {name: value for name, value in payload.items() if value is not None}


def _cut(text: str) -> str:
    """A consignment may miss a thousand units; the event names as many as it holds."""
    if len(text) <= MAX_SENTENCE_CHARACTERS:
        return text
    return f"{text[: MAX_SENTENCE_CHARACTERS - 4]} ..."
