from collections import defaultdict
from datetime import date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from schemas.topics import FORKLIFT_READINGS
from simulator.company import company
from simulator.forklifts import Forklifts
from simulator.record import Scale
from simulator.timeline import days, happenings
from tests.simulator.builders import SEED, bodies

COUNTERS = ("operating_total_h", "energy_total_kwh", "fuel_total_l", "distance_total_km")


def by_truck() -> dict[str, list[dict[str, Any]]]:
    found: defaultdict[str, list[dict[str, Any]]] = defaultdict(list)
    for one in bodies(FORKLIFT_READINGS.name):
        found[one["forklift_id"]].append(one)
    return found


def test_every_truck_reports_and_177_of_187_are_electric() -> None:
    energies = {truck: some[0]["energy"] for truck, some in by_truck().items()}

    assert len(energies) == 187
    assert sum(energy == "battery_electric" for energy in energies.values()) == 177


def test_counters_only_grow_unless_the_control_unit_was_exchanged() -> None:
    pairs = falls = 0
    for readings in by_truck().values():
        for before, after in pairwise(readings):
            pairs += 1
            fell = {
                name
                for name in COUNTERS
                if name in after and float(after[name]) < float(before[name])
            }
            falls += bool(fell)
            assert not fell or {"operating_total_h", "distance_total_km"} <= fell

    assert falls <= pairs * 0.005


def test_a_control_unit_is_exchanged_now_and_then() -> None:
    drafts = happenings(
        seed=1, from_on=date(2026, 1, 1), to_on=date(2026, 3, 31), scale=Scale(0, 16_000, 0)
    )
    last: dict[str, float] = {}
    resets = []
    for draft in drafts:
        hours = float(draft.body["operating_total_h"])
        if hours < last.get(draft.key, 0):
            resets.append(hours)
        last[draft.key] = hours

    assert 1 <= len(resets) <= 25
    assert all(hours < 24 * 8 for hours in resets), "what ran since is plausible"


def test_no_truck_works_more_hours_than_passed() -> None:
    for readings in by_truck().values():
        for before, after in pairwise(readings):
            worked = float(after["operating_total_h"]) - float(before["operating_total_h"])
            elapsed = datetime.fromisoformat(after["occurred_at"]) - datetime.fromisoformat(
                before["occurred_at"]
            )
            assert timedelta(hours=worked) <= elapsed


def test_electric_trucks_count_kilowatt_hours_and_diesel_trucks_litres() -> None:
    for one in bodies(FORKLIFT_READINGS.name):
        assert ("energy_total_kwh" in one) == (one["energy"] == "battery_electric")
        assert ("fuel_total_l" in one) == (one["energy"] == "diesel")


@pytest.mark.parametrize("readings", [0, 90, 187, 2_000, 5_800, 60_000])
def test_readings_are_spread_to_meet_their_number(readings: int) -> None:
    from_on, to_on = date(2026, 6, 1), date(2026, 6, 30)
    trucks = Forklifts(
        seed=SEED, firm=company(SEED), from_on=from_on, to_on=to_on, readings=readings
    )

    count = sum(1 for on in days(from_on, to_on) for _ in trucks.day(on))

    assert count == pytest.approx(readings, rel=0.12)
