"""Broken records: each kind spoils a good event in one way and names the refusal it must meet."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random
from types import MappingProxyType
from typing import Any

from schemas.event import MAX_EVENT_BYTES
from schemas.refusal import Reason
from schemas.topics import (
    FORKLIFT_READINGS,
    HUB_PERIODS,
    LEGS,
    ORDERS,
    REFRIGERANTS,
    TAKEBACK_ORDERS,
    TAKEBACK_UNITS,
)
from simulator.geography import great_circle_km
from simulator.record import Draft, decimal_text, encode

MAX_HUGE_BYTES = 100_000
SHORTENED = 0.9  # of the great circle; 0.98 is where the refusal begins

REQUIRED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        LEGS.name: ("shipment_id", "mass_kg", "mode", "occurred_at", "destination", "event_id"),
        ORDERS.name: ("order_line_id", "category", "occurred_at"),
        FORKLIFT_READINGS.name: ("site_id", "energy", "occurred_at"),
        HUB_PERIODS.name: ("site_id", "hub_type", "period_on", "energy", "occurred_at"),
        REFRIGERANTS.name: ("unit_id", "substance", "vented_kg", "occurred_at"),
        TAKEBACK_ORDERS.name: ("channel", "region", "to_state", "aggregate_seq"),
        TAKEBACK_UNITS.name: ("unit_id", "takeback_order_id", "to_state", "aggregate_seq"),
    }
)
WORDS: Mapping[str, tuple[str, str]] = MappingProxyType(
    {
        LEGS.name: ("mode", "hyperloop"),
        ORDERS.name: ("mode", "hyperloop"),
        FORKLIFT_READINGS.name: ("energy", "steam"),
        HUB_PERIODS.name: ("hub_type", "igloo"),
        TAKEBACK_ORDERS.name: ("to_state", "evaporated"),
        TAKEBACK_UNITS.name: ("to_state", "evaporated"),
    }
)
QUANTITIES = ("mass_kg", "energy_total_kwh", "fuel_total_l", "outbound_mass_kg", "vented_kg")
# Where a record is cut does not depend on these, so that a seed keeps its weather with them.
TOLD_BY_SOME = ("load_share", "empty_distance_share")

Body = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """One way to be broken; ``spoil`` returns the bytes, or None where it does not apply."""

    name: str
    reason: Reason
    spoil: Callable[[Random, Draft], bytes | None]


def _cut(rng: Random, draft: Draft) -> bytes:
    value = encode({name: told for name, told in draft.body.items() if name not in TOLD_BY_SOME})
    return value[: rng.randrange(len(value) // 4, len(value) - 1)]


def _without_field(rng: Random, draft: Draft) -> bytes:
    missing = rng.choice(REQUIRED[draft.topic])
    return encode({name: value for name, value in draft.body.items() if name != missing})


def _unknown_field(rng: Random, draft: Draft) -> bytes:
    return encode(draft.body | {"colour": rng.choice(("white", "silver"))})


def _quantity(draft: Draft, change: Callable[[str], str]) -> bytes | None:
    for name in QUANTITIES:
        if name in draft.body:
            return encode(draft.body | {name: change(draft.body[name])})
    return None


def _negative(rng: Random, draft: Draft) -> bytes | None:
    return _quantity(draft, lambda value: f"-{value}")


def _not_finite(rng: Random, draft: Draft) -> bytes | None:
    return _quantity(draft, lambda value: rng.choice(("NaN", "Infinity", "-Infinity")))


def _unknown_word(rng: Random, draft: Draft) -> bytes | None:
    if draft.topic not in WORDS:
        return None
    name, word = WORDS[draft.topic]
    return encode(draft.body | {name: word})


def _shortened(rng: Random, draft: Draft) -> bytes | None:
    body = draft.body
    if draft.topic != LEGS.name or body.get("distance_method") != "declared":
        return None
    ends = [float(body[end][axis]) for end in ("origin", "destination") for axis in ("lat", "lon")]
    straight_km = great_circle_km(*ends)
    if straight_km < 10:
        return None
    return encode(body | {"distance_km": decimal_text(straight_km * SHORTENED, 1)})


def _huge(rng: Random, draft: Draft) -> bytes:
    size = rng.randrange(MAX_EVENT_BYTES, MAX_HUGE_BYTES)
    return encode(draft.body | {"category": "x" * size})


FAULTS: tuple[Fault, ...] = (
    Fault("cut_short", Reason.BAD_JSON, _cut),
    Fault("missing_field", Reason.SCHEMA, _without_field),
    Fault("unknown_field", Reason.SCHEMA, _unknown_field),
    Fault("negative_quantity", Reason.UNIT_BOUND, _negative),
    Fault("not_finite", Reason.NOT_FINITE, _not_finite),
    Fault("unknown_word", Reason.VOCABULARY, _unknown_word),
    Fault("shortened_distance", Reason.DISTANCE_BELOW_GREAT_CIRCLE, _shortened),
    Fault("huge", Reason.TOO_LARGE, _huge),
)
FAULT_NAMES = frozenset(fault.name for fault in FAULTS)
# A topic's reader ignores fields of a later minor version; only walls such as HTTP refuse them.
READER_FAULT_NAMES = FAULT_NAMES - {"unknown_field"}


def broken(
    rng: Random, draft: Draft, names: frozenset[str] = FAULT_NAMES
) -> tuple[Fault, bytes] | None:
    """Return a seeded fault of those named and the bytes of the spoilt event.

    None where the drawn fault does not apply to this event.
    """
    fault = rng.choice([one for one in FAULTS if one.name in names])
    value = fault.spoil(rng, draft)
    return None if value is None else (fault, value)
