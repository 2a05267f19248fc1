"""What must be in the warehouse after a history: the other half of every end-to-end check."""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType
from typing import Any

import msgspec

from schemas.refusal import Reason
from schemas.topics import LEGS
from simulator.delivery import Delivery, Fate, Weather
from simulator.record import Scale
from simulator.timeline import DEFAULT_WEATHER, deliveries

_read = msgspec.json.Decoder().decode


@dataclass(frozen=True, slots=True)
class Expected:
    """Counts per topic: distinct valid events, duplicates sent, broken records by reason."""

    records: int
    valid: Mapping[str, int]
    duplicates: Mapping[str, int]
    broken: Mapping[str, Mapping[Reason, int]]
    faults: Mapping[str, int]
    leg_mass_kg: Decimal

    def as_json(self) -> dict[str, Any]:
        """Return the counts as plain values for a JSON document."""
        return {
            "records": self.records,
            "valid": dict(self.valid),
            "duplicates": dict(self.duplicates),
            "broken": {topic: dict(reasons) for topic, reasons in self.broken.items()},
            "faults": dict(self.faults),
            "leg_mass_kg": f"{self.leg_mass_kg:f}",
        }


class Tally:
    """Counts deliveries while they pass, so that one run both sends and expects."""

    def __init__(self) -> None:
        """Start from nothing."""
        self._valid: Counter[str] = Counter()
        self._duplicates: Counter[str] = Counter()
        self._broken: dict[str, Counter[Reason]] = {}
        self._faults: Counter[str] = Counter()
        self._leg_mass_kg = Decimal(0)

    def add(self, delivery: Delivery) -> None:
        """Count one delivery."""
        topic = delivery.record.topic
        if delivery.fault is not None:
            self._broken.setdefault(topic, Counter())[delivery.fault.reason] += 1
            self._faults[delivery.fault.name] += 1
        elif delivery.fate is Fate.DUPLICATE:
            self._duplicates[topic] += 1
        else:
            self._valid[topic] += 1
            if topic == LEGS.name:
                self._leg_mass_kg += Decimal(_read(delivery.record.value)["mass_kg"])

    def expected(self) -> Expected:
        """Return what was counted so far."""
        broken = {topic: MappingProxyType(dict(one)) for topic, one in self._broken.items()}
        return Expected(
            records=self._valid.total() + self._duplicates.total() + self._faults.total(),
            valid=MappingProxyType(dict(self._valid)),
            duplicates=MappingProxyType(dict(self._duplicates)),
            broken=MappingProxyType(broken),
            faults=MappingProxyType(dict(self._faults)),
            leg_mass_kg=self._leg_mass_kg,
        )


def tally(some: Iterable[Delivery]) -> Expected:
    """Return what a reader of ``some`` deliveries must end up with."""
    counts = Tally()
    for delivery in some:
        counts.add(delivery)
    return counts.expected()


def expectation(
    *, seed: int, from_on: date, to_on: date, scale: Scale, weather: Weather = DEFAULT_WEATHER
) -> Expected:
    """Return what must be in the warehouse once ``history`` of the same arguments was read."""
    return tally(deliveries(seed=seed, from_on=from_on, to_on=to_on, scale=scale, weather=weather))
