"""Builders that name only what a test is about."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from emissions.read import load_book
from schemas.twin import twin
from schemas.wire import WireEmission, WireLeg, WireReading
from streams.batch_consumer import RecordBatch
from streams.codecs import decode, encode
from streams.translate import on_leg_completed

ROOT = Path(__file__).resolve().parents[1]
NOON = "2025-06-01T12:00:00Z"


def event_id(number: int) -> str:
    return f"00000000-0000-4000-8000-{number:012d}"


def leg_body(**changed: Any) -> dict[str, Any]:
    """12 t of refrigerators, 350 km by a diesel lorry over 33 t, as its sender writes it."""
    plain: dict[str, Any] = {
        "event_id": event_id(1),
        "occurred_at": NOON,
        "shipment_id": "S-1",
        "consignment_id": "C-1",
        "leg_seq": 1,
        "leg": "main_line",
        "mode": "road",
        "energy": "diesel",
        "vehicle_class": "artic_over_33t",
        "category": "fridge",
        "origin": {"site_id": "QDO"},
        "destination": {"site_id": "RDC-1"},
        "mass_kg": "12000",
        "distance_km": "350",
        "distance_method": "sfd",
    }
    return plain | changed


def leg_bytes(**changed: Any) -> bytes:
    return json.dumps(leg_body(**changed)).encode()


def leg(**changed: Any) -> WireLeg:
    return decode(WireLeg, leg_bytes(**changed))


def emitted(
    given: WireLeg, *, topic: str = "shipment.leg.v1", partition: int = 0, offset: int = 7
) -> WireEmission:
    """Return the emission of ``given`` as others read it from the log."""
    told = on_leg_completed(
        twin(given), book=load_book(), topic=topic, partition=partition, offset=offset
    )
    return decode(WireEmission, encode(told))


def emission(**changed: Any) -> WireEmission:
    """The emission of ``leg``."""
    return emitted(leg(**changed))


def order_body(**changed: Any) -> dict[str, Any]:
    """A forward order line that went straight from its base."""
    plain: dict[str, Any] = {
        "event_id": event_id(2),
        "occurred_at": NOON,
        "order_line_id": "FO-1",
        "category": "fridge",
        "production_base": "qingdao",
        "is_direct": True,
        "ordered_on": "2025-05-28",
        "mass_kg": "418.5",
    }
    return plain | changed


def reading_body(**changed: Any) -> dict[str, Any]:
    """A battery truck's counter at noon."""
    plain: dict[str, Any] = {
        "event_id": event_id(3),
        "occurred_at": NOON,
        "forklift_id": "FL-1",
        "site_id": "QDO",
        "energy": "battery_electric",
        "energy_total_kwh": "18204.60",
    }
    return plain | changed


def reading(**changed: Any) -> WireReading:
    return decode(WireReading, json.dumps(reading_body(**changed)).encode())


def takeback_order_body(**changed: Any) -> dict[str, Any]:
    """A take-back order is confirmed."""
    plain: dict[str, Any] = {
        "event_id": event_id(4),
        "occurred_at": NOON,
        "aggregate_seq": 3,
        "takeback_order_id": "TB-1",
        "event_type": "confirmed",
        "to_state": "confirmed",
        "channel": "mini_program",
        "region": "370200",
    }
    return plain | changed


def takeback_unit_body(**changed: Any) -> dict[str, Any]:
    """An old refrigerator is collected."""
    plain: dict[str, Any] = {
        "event_id": event_id(5),
        "occurred_at": NOON,
        "aggregate_seq": 2,
        "takeback_order_id": "TB-1",
        "unit_id": "U-1",
        "event_type": "collected",
        "to_state": "collected",
        "channel": "mini_program",
        "region": "370200",
        "mass_kg": "58.4",
    }
    return plain | changed


@dataclass(frozen=True)
class KafkaRecord:
    """A record as the driver hands it over."""

    offset: int
    value: bytes | None
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()
    timestamp: int = 1_748_779_200_000
    timestamp_type: int = 0
    topic: str = "shipment.leg.v1"
    partition: int = 0


def records(*values: bytes | None, first_offset: int = 0) -> list[KafkaRecord]:
    return [KafkaRecord(first_offset + n, value) for n, value in enumerate(values)]


def batch(
    *values: bytes | None, first_offset: int = 0, topic: str = "shipment.leg.v1"
) -> RecordBatch:
    return RecordBatch(topic, 0, records(*values, first_offset=first_offset))
