"""The job that every runner does, and the events it is done on; no runner's code differs here."""

import json
from collections.abc import Iterator

import msgspec

EVENT_BYTES = 400
FACTOR = 0.07703


def answer(raw: bytes) -> bytes:
    """Return the event ``raw`` with its emission: decode, multiply, encode."""
    event = msgspec.json.decode(raw)
    event["emission_kgco2e"] = event["mass_kg"] / 1_000 * event["distance_km"] * FACTOR
    return msgspec.json.encode(event)


def events(count: int) -> Iterator[tuple[bytes, bytes]]:
    """Yield ``count`` keys and values; every value has 400 bytes."""
    for number in range(count):
        yield f"S{number // 4:08d}".encode(), event(number)


def event(number: int) -> bytes:
    """Return one event of 400 bytes; the same number gives the same bytes."""
    told = {
        "event_id": f"00000000-0000-5000-8000-{number:012d}",
        "occurred_at": f"2026-06-{1 + number % 28:02d}T08:{number % 60:02d}:00Z",
        "shipment_id": f"S{number // 4:08d}",
        "leg_seq": 1 + number % 4,
        "mode": "road",
        "vehicle_class": "artic_over_33t",
        "origin": {"site_id": f"base-{number % 15:02d}", "lat": 32.3912, "lon": 119.4363},
        "destination": {"site_id": f"rdc-{number % 130:03d}", "lat": 33.8781, "lon": 109.8941},
        "mass_kg": 500.0 + number % 9_000,
        "distance_km": 40.0 + number % 1_800,
        "note": "",
    }
    missing = EVENT_BYTES - len(json.dumps(told, separators=(",", ":")))
    return msgspec.json.encode({**told, "note": "x" * missing})
