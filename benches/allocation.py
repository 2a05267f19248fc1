"""``python -m benches.allocation``: parts allocated per CPU-second, rounds of 40 consignments.

The seeded rounds carry masses in grams and direct distances in metres, as real ones do. One part is
one consignment's share of one total; TTW and WTT together are two.
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable
from decimal import Decimal

from benches.machine import machine
from emissions.allocation import Weight, allocate, allocate_both
from emissions.weight import direct_weight

CONSIGNMENTS = 40
SEED = 1
BAR_PARTS_PER_S = 300_000
REACH_PARTS_PER_S = 600_000


def weights(dice: random.Random) -> list[Weight]:
    """Return the weights of one round."""
    return [
        direct_weight(
            f"C-{n:04}",
            mass_kg=Decimal(dice.randrange(1_000, 2_000_000)).scaleb(-3),
            direct_km=Decimal(dice.randrange(500, 120_000)).scaleb(-3),
        )
        for n in range(CONSIGNMENTS)
    ]


def parts_per_s(work: Callable[[list[Weight]], object], rounds: list[list[Weight]]) -> float:
    """Return the consignments answered per CPU-second."""
    begun = time.process_time()
    for one in rounds:
        work(one)
    return len(rounds) * CONSIGNMENTS / (time.process_time() - begun)


def measured(rounds: int, repeats: int) -> dict[str, float]:
    """Return the median of each figure over interleaved repeats."""
    dice = random.Random(SEED)
    seeded = [weights(dice) for _ in range(rounds)]
    ttw, wtt = Decimal("20.412345"), Decimal("4.821907")
    works: dict[str, Callable[[list[Weight]], object]] = {
        "one_total": lambda one: allocate(total_kgco2e=ttw, weights=one),
        "ttw_and_wtt": lambda one: allocate_both(ttw_kgco2e=ttw, wtt_kgco2e=wtt, weights=one),
    }
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            taken[name].append(parts_per_s(work, seeded))
    return {
        "parts_per_cpu_s": round(statistics.median(taken["one_total"])),
        "parts_per_cpu_s_ttw_and_wtt": round(2 * statistics.median(taken["ttw_and_wtt"])),
    }


def main() -> None:
    """Print the figures with the machine they were taken on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=1_000)
    parser.add_argument("--repeats", type=int, default=5)
    asked = parser.parse_args()
    figures = measured(asked.rounds, asked.repeats)
    bars = {"bar": BAR_PARTS_PER_S, "reach": REACH_PARTS_PER_S, "consignments": CONSIGNMENTS}
    print(json.dumps({**figures, **bars, "machine": machine()}, indent=1))


if __name__ == "__main__":
    main()
