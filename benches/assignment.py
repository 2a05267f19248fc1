"""``python -m benches.assignment``: a batch of take-back orders shared out over recyclers.

Seeded orders of one unit (a flow) and of one to five (CP-SAT) over recyclers that each cover the
regions around their site; a day's capacity is a little less than what is asked. The gain is over
taking one order after the other, at the same scores.
"""

import argparse
import json
import random
import statistics
import time
from datetime import date, timedelta

from benches.machine import machine
from recycling.assignment_batch import BatchAnswer, assign_batch
from recycling.eligibility import WantedPickup
from recycling.recycler import Paper, Recycler, Site, Standing
from recycling.region import Region, RegionKind, regions
from recycling.region_distance import great_circle_km

ORDERS = 2_000
RECYCLERS = 100
COVERED_REGIONS = 60
DAYS = 3
SEED = 1
BAR_S = 10
FIRST_ON = date(2026, 6, 1)
CATEGORIES = frozenset({"refrigerator", "washing_machine", "air_conditioner", "tv_flat"})


def served() -> list[Region]:
    """Return the regions that have a point."""
    return [one for one in regions().values() if one.point and one.kind is not RegionKind.COUNTY]


def paper(paper_id: str) -> Paper:
    """Return a paper in force for every category on every day of the batch."""
    return Paper(
        paper_id=paper_id,
        categories=CATEGORIES,
        valid_from_on=FIRST_ON,
        valid_to_on=FIRST_ON + timedelta(days=DAYS),
    )


def standing(dice: random.Random, number: int, *, mean_units: float) -> Standing:
    """Return a seeded recycler at one of the regions, covering those nearest to it."""
    home = dice.choice(served()).point
    assert home is not None
    near = sorted(served(), key=lambda one: great_circle_km(home, one.point or home))
    coverage = {one.adcode: CATEGORIES for one in near[:COVERED_REGIONS]}
    capacity = round(dice.uniform(0.4, 1.4) * ORDERS * mean_units / RECYCLERS / DAYS)
    total = dice.randrange(200)
    return Standing(
        recycler=Recycler(
            recycler_id=f"R-{number:03}",
            sites=(Site(site_id="S-1", point=home),),
            agreements=(paper("A-1"),),
            licences=(paper("L-1"),),
            coverage=coverage,
            capacity_units_per_day=capacity + 5,
        ),
        open_units={FIRST_ON + timedelta(days=n): dice.randrange(6) for n in range(DAYS)},
        kept=dice.randrange(total + 1),
        total=total,
        price_cny_fen={
            (adcode, category): dice.randrange(6_000, 10_000)
            for adcode in coverage
            for category in sorted(CATEGORIES)
        },
    )


def pickup(dice: random.Random, number: int, *, most_units: int) -> WantedPickup:
    """Return a seeded order somewhere in the country."""
    units = dice.randint(1, most_units)
    return WantedPickup(
        takeback_order_id=f"TB-{number:05}",
        region=dice.choice(served()).adcode,
        categories=tuple(dice.choice(sorted(CATEGORIES)) for _ in range(units)),
        wished_on=FIRST_ON + timedelta(days=dice.randrange(DAYS)),
    )


def measured(*, most_units: int, repeats: int) -> dict[str, object]:
    """Return the median wall and CPU seconds of a batch, what it assigned, and the gain."""
    dice = random.Random(SEED)
    standings = [standing(dice, n, mean_units=(1 + most_units) / 2) for n in range(RECYCLERS)]
    pickups = [pickup(dice, n, most_units=most_units) for n in range(ORDERS)]
    taken_s, taken_cpu_s = [], []
    for _ in range(repeats):
        begun_s, begun_cpu_s = time.monotonic(), time.process_time()
        answer = assign_batch(pickups, standings)
        taken_s.append(time.monotonic() - begun_s)
        taken_cpu_s.append(time.process_time() - begun_cpu_s)
    return {
        "seconds": round(statistics.median(taken_s), 2),
        "cpu_seconds": round(statistics.median(taken_cpu_s), 2),
        **figures(answer),
    }


def figures(answer: BatchAnswer) -> dict[str, object]:
    """Return the plan's worth beside that of one after the other."""
    ours, greedy = answer.worth, answer.greedy_worth
    return {
        "units": ours.units,
        "greedy_units": greedy.units,
        "gain_units": ours.units - greedy.units,
        "score_bp": ours.score_bp,
        "greedy_score_bp": greedy.score_bp,
        "methods": list(answer.methods),
        "is_optimal": answer.is_optimal,
    }


def main() -> None:
    """Print the figures with the machine they were taken on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    cases = {
        name: measured(most_units=most, repeats=asked.repeats)
        for name, most in (("single_units", 1), ("one_to_five_units", 5))
    }
    bars = {"bar_s": BAR_S, "orders": ORDERS, "recyclers": RECYCLERS}
    print(json.dumps({**cases, **bars, "machine": machine()}, indent=1))


if __name__ == "__main__":
    main()
