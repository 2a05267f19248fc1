"""Legs for a campaign, and what they must come to: computed here, without the house's transport."""

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from uuid import UUID

from emissions.factor import FactorBook
from emissions.leg import LegQuestion, emission_of_leg
from schemas.topics import LEGS
from schemas.wire import WireLeg
from streams.codecs import decode

CATEGORIES = ("tv", "fridge", "home_ac", "commercial_ac", "kitchen")
START = datetime(2026, 1, 1, tzinfo=UTC)
POISON = (
    b"{", b'{"mass_kg": NaN}', b"\xff\xfe", b'{"a":' * 3_000, b"[]", b'{"event_id": "x"}',
)  # fmt: skip


@dataclass(frozen=True)
class Message:
    key: bytes
    value: bytes
    is_poison: bool


def leg_bytes(number: int, draw: random.Random) -> bytes:
    leg = {
        "event_id": str(UUID(int=number + 1)),
        "occurred_at": (START + timedelta(minutes=number % 200_000)).isoformat(),
        "shipment_id": f"S-{number}",
        "consignment_id": f"C-{number}",
        "leg_seq": 1,
        "leg": "main_line",
        "mode": draw.choice(("road", "rail")),
        "category": draw.choice(CATEGORIES),
        "production_base": draw.choice(("qingdao", "foshan")),
        "origin": {"site_id": "QDO"},
        "destination": {"site_id": "RDC-1"},
        "mass_kg": f"{draw.randint(1, 20_000_000) / 1000:.3f}",
        "volume_m3": f"{draw.randint(1, 80_000) / 1000:.3f}",
        "distance_km": f"{draw.randint(1_000, 2_000_000) / 1000:.3f}",
        "distance_method": "sfd",
    }
    return json.dumps(leg).encode()


def messages(*, legs: int, poison: int, seed: int) -> Iterator[Message]:
    """Yield ``legs`` good legs with ``poison`` bad records strewn among them."""
    draw = random.Random(seed)
    bad_after = set(draw.sample(range(legs), poison))
    for number in range(legs):
        yield Message(f"S-{number}".encode(), leg_bytes(number, draw), is_poison=False)
        if number in bad_after:
            yield Message(b"poison", POISON[number % len(POISON)], is_poison=True)


def _question(leg: WireLeg) -> LegQuestion:
    return LegQuestion(
        mode=leg.mode,
        mass_kg=leg.mass_kg,
        on=datetime.fromisoformat(leg.occurred_at).date(),
        distance_km=leg.distance_km,
        distance_method=leg.distance_method,
    )


def expected_wtw(sent: list[Message], book: FactorBook) -> Decimal:
    """Return the exact total of the good legs, by the emissions room alone."""
    return sum(
        (
            emission_of_leg(_question(decode(WireLeg, m.value)), book).wtw_kgco2e
            for m in sent
            if not m.is_poison
        ),
        Decimal(0),
    )


TOPIC = LEGS.name
