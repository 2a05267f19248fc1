"""Forklift telematics: counters that only grow, but for a rare exchange of the control unit."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from random import Random

from schemas.topics import FORKLIFT_READINGS
from simulator.company import Company, Forklift
from simulator.record import DAY_S, HOUR_S, Draft, day_start_s, decimal_text, draft

HALF_HOUR_S = HOUR_S // 2
DENSE_SHARE = 0.5  # of a truck's readings, kept for its last days
RESET_SHARE = 0.0004  # of the readings
# Per operating hour of a 2.5 to 3 t truck; assumptions.
KWH_PER_H = 4.9
DIESEL_L_PER_H = 3.9
KM_PER_H = 5.2
LIFTS_PER_H = 21
FULL_BATTERY_H = 9.0


@dataclass(slots=True)
class Counters:
    """What one truck's control unit has counted since it was fitted."""

    operating_h: float
    energy: float
    distance_km: float
    lifts: int


class Forklifts:
    """Draws the readings of every truck, day by day."""

    def __init__(
        self, *, seed: int, firm: Company, from_on: date, to_on: date, readings: int
    ) -> None:
        """Plan when each truck reports, so that all reports come to about ``readings``."""
        self._seed = seed
        self._rng = Random(f"{seed}:forklifts")
        self._firm = firm
        days = (to_on - from_on).days + 1
        per_truck = readings / len(firm.forklifts)
        self._from_on = from_on
        self._readings = readings
        self._steps = _steps(days, per_truck)
        self._counters = {one.forklift_id: self._used(one) for one in firm.forklifts}
        # spread over the step, or a gateway would see all trucks at once
        start_s = day_start_s(from_on)
        self._next_s = {
            one.forklift_id: start_s + number * self._steps[0] // len(firm.forklifts)
            for number, one in enumerate(firm.forklifts)
        }
        self._read_s = {one.forklift_id: start_s for one in firm.forklifts}
        self._nth = 0

    def day(self, on: date) -> Iterator[Draft]:
        """Yield the day's readings of all trucks."""
        step_s = self._steps[(on - self._from_on).days]
        start_s = day_start_s(on)
        if self._readings == 0:
            return
        for truck in self._firm.forklifts:
            at_s = self._next_s[truck.forklift_id]
            if at_s >= start_s + step_s:  # the steps became shorter
                at_s = start_s + at_s % step_s
            while at_s < start_s + DAY_S:
                yield self._reading(truck, at_s)
                at_s += step_s
            self._next_s[truck.forklift_id] = at_s

    def _used(self, truck: Forklift) -> Counters:
        hours = self._rng.uniform(800, 14_000)
        rate = KWH_PER_H if truck.energy == "battery_electric" else DIESEL_L_PER_H
        return Counters(hours, hours * rate, hours * KM_PER_H, int(hours * LIFTS_PER_H))

    def _reading(self, truck: Forklift, at_s: int) -> Draft:
        counters = self._counters[truck.forklift_id]
        elapsed_days = (at_s - self._read_s[truck.forklift_id]) / DAY_S
        self._read_s[truck.forklift_id] = at_s
        if self._rng.random() < RESET_SHARE:
            counters.operating_h = counters.energy = counters.distance_km = counters.lifts = 0
        hours = elapsed_days * truck.hours_per_day * self._rng.uniform(0.75, 1.15)
        self._work(truck, counters, hours)
        self._nth += 1
        return self._draft(truck, counters, at_s)

    def _work(self, truck: Forklift, counters: Counters, hours: float) -> None:
        rate = KWH_PER_H if truck.energy == "battery_electric" else DIESEL_L_PER_H
        counters.operating_h += hours
        counters.energy += hours * rate * self._rng.uniform(0.92, 1.08)
        counters.distance_km += hours * KM_PER_H
        counters.lifts += int(hours * LIFTS_PER_H)

    def _draft(self, truck: Forklift, counters: Counters, at_s: int) -> Draft:
        is_electric = truck.energy == "battery_electric"
        energy = decimal_text(counters.energy)
        charge = 1 - counters.operating_h % FULL_BATTERY_H / FULL_BATTERY_H * 0.8
        return draft(
            at_s, FORKLIFT_READINGS.name, truck.forklift_id, f"{self._seed}/{self._nth}",
            forklift_id=truck.forklift_id,
            site_id=truck.site_id,
            energy=truck.energy,
            operating_total_h=decimal_text(counters.operating_h, 2),
            energy_total_kwh=energy if is_electric else None,
            fuel_total_l=None if is_electric else energy,
            distance_total_km=decimal_text(counters.distance_km, 1),
            lift_total_count=counters.lifts,
            state_of_charge_share=decimal_text(charge, 2) if is_electric else None,
            charging=charge > 0.95 if is_electric else None,
            loaded=self._rng.random() < 0.5,
        )  # fmt: skip


def _steps(days: int, per_truck: float) -> list[int]:
    """Return for each day the seconds between two readings of a truck: sparse, then dense.

    Gateways thin out what is old, so the last days are told daily or half-hourly.
    """
    dense_s = DAY_S if per_truck < 2 * days else HALF_HOUR_S
    dense_days = min(days, int(per_truck * DENSE_SHARE * dense_s / DAY_S))
    sparse_days = days - dense_days
    left = per_truck - dense_days * DAY_S / dense_s
    steps = round(sparse_days * DAY_S / left / HALF_HOUR_S) if left > 0 else 0
    sparse_s = max(1, steps) * HALF_HOUR_S
    return [sparse_s] * sparse_days + [dense_s] * dense_days
