"""A small year of the company, drawn once for every test that only looks at it."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from typing import Any

from schemas.event import Event
from schemas.topics import TOPICS
from simulator.delivery import Delivery, Fate
from simulator.record import Record, Scale
from simulator.timeline import deliveries, history

SEED = 7
FROM_ON = date(2025, 7, 1)
TO_ON = date(2026, 6, 30)
SMALL = Scale(legs=6_000, readings=3_000, takeback_orders=600)


@dataclass(frozen=True)
class Told:
    """A valid event as its reader sees it."""

    topic: str
    body: dict[str, Any]


@cache
def year() -> tuple[Delivery, ...]:
    return tuple(deliveries(seed=SEED, from_on=FROM_ON, to_on=TO_ON, scale=SMALL))


@cache
def told() -> tuple[Told, ...]:
    """The distinct valid events, in the order of their delivery."""
    return tuple(
        Told(one.record.topic, json.loads(one.record.value))
        for one in year()
        if one.fate is Fate.VALID
    )


def bodies(topic: str) -> Iterator[dict[str, Any]]:
    return (one.body for one in told() if one.topic == topic)


def week(seed: int = SEED) -> Iterator[Record]:
    return history(
        seed=seed, from_on=date(2026, 6, 1), to_on=date(2026, 6, 7), scale=Scale(400, 600, 80)
    )


def read(topic: str, value: bytes) -> Event:
    """Read a value by the published contract."""
    return TOPICS[topic].event.model_validate(json.loads(value, parse_float=Decimal))
