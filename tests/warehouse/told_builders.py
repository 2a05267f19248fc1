"""Facts of demands, consignments, batches, lots and findings, as the sink gets them."""

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from schemas.topics import TOPICS, topic_of
from schemas.wall import accept, read_json
from schemas.wire import WireEvent
from tests.builders import ROOT
from tests.warehouse.builders import TOPIC_OF, Logs, Store, as_read, encode, uid
from warehouse.records import Committed, Record, SinkBatch
from warehouse.told import (
    StoredBatch,
    StoredConsignment,
    StoredDemand,
    StoredFact,
    StoredFinding,
    StoredLot,
)

KINDS: Mapping[str, type[StoredFact[Any]]] = {
    "takeback.demand.v1": StoredDemand,
    "takeback.consignment.v1": StoredConsignment,
    "takeback.batch.v1": StoredBatch,
    "takeback.lot.v1": StoredLot,
    "integrity.finding.v1": StoredFinding,
}
Fact = StoredFact[Any]


def stored(topic: str, plain: Mapping[str, Any], changed: Mapping[str, Any]) -> Fact:
    values = {name: value for name, value in {**plain, **changed}.items() if value is not None}
    event = accept(TOPICS[topic].event, read_json(json.dumps(values).encode()))
    return KINDS[topic].of(event)


def golden(topic: str, **changed: Any) -> Fact:
    plain = json.loads((ROOT / "schemas" / "golden" / f"{topic}.json").read_bytes())
    return stored(topic, plain, changed)


def numbered(number: int, seq: int) -> dict[str, Any]:
    return {
        "event_id": uid(number * 1_000 + seq),
        "occurred_at": f"2026-06-{seq:02d}T04:00:00Z",
        "aggregate_seq": seq,
    }


def demand(number: int = 1, **changed: Any) -> Fact:
    """Two washers and a refrigerator are wished to be taken back."""
    plain = numbered(6_000 + number, 1) | {
        "channel": "mini_program", "channel_ref": f"MP-{number}", "region": "370200",
        "takeback_order_id": f"T-{number}",
        "lines": [{"category": "washing_machine", "brand": "brand-b", "units": 2},
                  {"category": "fridge", "brand": "brand-c", "units": 1}],
    }  # fmt: skip
    return stored("takeback.demand.v1", plain, changed)


def consignment(seq: int, event_type: str, to_state: str, **changed: Any) -> Fact:
    """Two units from a depot to a plant."""
    plain = numbered(7_000, seq) | {
        "consignment_id": "C-1", "event_type": event_type, "to_state": to_state,
        "unit_count": 2, "received_count": 0, "unit_ids": ["U-1", "U-2"],
        "from_site_id": "DEPOT-1", "to_site_id": "PLANT-1", "great_circle_km": "130.403",
        "category": "fridge", "mass_kg": "123.000", "vehicle_energy": "electric",
    }  # fmt: skip
    return stored("takeback.consignment.v1", plain, changed)


def batch_fact(seq: int, event_type: str, to_state: str, **changed: Any) -> Fact:
    """What happened to treatment batch B-1, in its order."""
    batch_id = changed.get("batch_id", "B-1")
    plain = numbered(8_000 + int(batch_id.removeprefix("B-")), seq) | {
        "batch_id": batch_id, "event_type": event_type, "to_state": to_state, "site_id": "PLANT-1",
        "dismantler_id": "P-dismantler", "unit_count": 2,
    }  # fmt: skip
    return stored("takeback.batch.v1", plain, changed)


def balance(in_kg: str, gap_kg: str, **changed: Any) -> dict[str, Any]:
    """What a batch tells once it was checked."""
    return {
        "mass_in_kg": in_kg, "gap_kg": gap_kg, "mass_out_kg": "100.000", "losses_kg": "1.000",
        "gap_share": "0.010000", "class_average_share": "0.250000", "hazardous_kg": "6.800",
    } | changed  # fmt: skip


def lot(number: int, seq: int, event_type: str, to_state: str, **changed: Any) -> Fact:
    """389 kg of plastics of batch B-1."""
    plain = numbered(9_000 + number, seq) | {
        "lot_id": f"L-{number}", "event_type": event_type, "to_state": to_state, "batch_id": "B-1",
        "material": "plastics", "mass_kg": "389", "holder_id": "P-dismantler",
    }  # fmt: skip
    return stored("takeback.lot.v1", plain, changed)


def finding(number: int = 1, seq: int = 1, **changed: Any) -> Fact:
    """A drift of a unit's mass that holds its order."""
    plain = numbered(10_000 + number, seq) | {
        "finding_id": f"FD-{number}", "rule": "F04", "rule_version": 1, "severity": "hold",
        "kind": "unit", "aggregate_id": "U-1", "sentence": "mass_kg went from 58.4 to 41.2",
        "value": "41.2", "limit": "0.05", "is_open": True,
    }  # fmt: skip
    return stored("integrity.finding.v1", plain, changed)


def told_in(logs: Logs, *events: Fact | WireEvent) -> list[SinkBatch]:
    """``events`` as the next records of their topics."""
    batches = []
    for event in events:
        if isinstance(event, WireEvent):
            batches.append(logs.append([event], 0, TOPIC_OF[type(event)]))
            continue
        batch = logs.append([None], 0, topic_of(event.told).name)
        record = Record(batch.first_offset, event, b"key", event.payload().encode())
        batches.append(replace(batch, records=[record], dead=[]))
    return batches


def tell(store: Store, *events: Fact | WireEvent) -> Committed:
    """Store ``events``, all in one transaction."""
    return store.write(*told_in(store.logs, *events))


__all__ = [
    "KINDS", "as_read", "balance", "batch_fact", "consignment", "demand", "encode", "finding",
    "golden", "lot", "stored", "tell", "told_in",
]  # fmt: skip
