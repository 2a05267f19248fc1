"""``python -m benches.emissions``: emissions per CPU-second on the way that every leg takes.

The seeded mix of ``benches.emission_mix``; CPU time of one process on one core. The same way
written in float runs in the same rounds, so that the price of exact numbers shows.
"""

import argparse
import json
import random
import statistics
import time
from collections.abc import Callable, Sequence
from typing import Any

from benches.emission_mix import SEED, Element, element, fingerprint, hub_of, result_of
from benches.float_leg import FloatEngine, in_float
from benches.machine import machine
from emissions.checks import check_set
from emissions.distance import distance_of
from emissions.explain import explain_leg
from emissions.factor import FactorBook
from emissions.hub import HubOperation
from emissions.leg import LegQuestion, asked_of, emission_of_leg
from emissions.read import load_book
from emissions.selection import select
from emissions.subject import Subject
from loopline.factor_shelf import packaged_gwps

BAR_RESULTS_PER_S, REACH_RESULTS_PER_S = 60_000, 120_000
BAR_FLOAT_RATIO = 1.6
DUPLICATE_SHARE = 0.01


def cpu_s(work: Callable[[], object]) -> float:
    """Return the CPU seconds that ``work`` takes in this process."""
    begun = time.process_time()
    work()
    return time.process_time() - begun


def each(work: Callable[[Any], object], over: Sequence[Any]) -> None:
    """Do ``work`` for each; as on a stream, no result is kept for longer than the next one."""
    for one in over:
        work(one)


def hot_path(elements: Sequence[Element], hub: HubOperation, book: FactorBook, repeats: int) -> Any:
    """Return results per CPU-second, the share of the lookup, and the ratio to float."""
    legs = [one for one in elements if isinstance(one, LegQuestion)]
    travelled = [distance_of(leg) for leg in legs]
    asked = [asked_of(leg, way, book) for leg, way in zip(legs, travelled, strict=True)]
    engine, floats = FloatEngine(hub, book), [in_float(one) for one in elements]
    works: dict[str, Callable[[], object]] = {
        "exact": lambda: each(lambda one: result_of(one, hub, book), elements),
        "float": lambda: each(engine.result_of, floats),
        "legs": lambda: each(lambda leg: emission_of_leg(leg, book), legs),
        "asked": lambda: each(lambda at: asked_of(legs[at], travelled[at], book), range(len(legs))),
        "select": lambda: each(lambda one: select(one, book), asked),
    }
    taken: dict[str, list[float]] = {name: [] for name in works}
    for _ in range(repeats):
        for name, work in works.items():
            taken[name].append(cpu_s(work))
    median = {name: statistics.median(times) for name, times in taken.items()}
    lookup_s = median["asked"] + median["select"]
    return {
        "results_per_cpu_s": round(len(elements) / median["exact"]),
        "legs_per_cpu_s": round(len(legs) / median["legs"]),
        "lookup_share_of_a_leg": round(lookup_s / median["legs"], 3),
        "cpu_ratio_to_float": round(median["exact"] / median["float"], 3),
        "bar": {"results_per_cpu_s": BAR_RESULTS_PER_S, "cpu_ratio_to_float": BAR_FLOAT_RATIO},
        "reach": {"results_per_cpu_s": REACH_RESULTS_PER_S},
    }


def loaded_and_checked() -> None:
    """Read every packaged set anew and run every check on it."""
    sets = load_book.__wrapped__().sets
    gwps = packaged_gwps()
    for one in sets:
        check_set(Subject(one, others=sets, references=sets, gwps=gwps))


def explained(elements: Sequence[Element], book: FactorBook) -> dict[str, float]:
    """Return how long one explanation takes, in milliseconds of CPU."""
    taken_ms = []
    for one in elements:
        if isinstance(one, LegQuestion):
            answer = emission_of_leg(one, book)
            begun = time.process_time()
            explain_leg(one, answer, book)
            taken_ms.append((time.process_time() - begun) * 1_000)
    cuts = statistics.quantiles(taken_ms, n=20)
    return {"p50_ms": round(cuts[9], 3), "p95_ms": round(cuts[18], 3), "bar_p95_ms": 50}


def shuffled(count: int, hub: HubOperation, book: FactorBook) -> dict[str, Any]:
    """Return whether elements in two sequences, with late ones and duplicates, hash alike."""
    dice = random.Random(SEED)
    straight = list(range(count))
    mixed = straight + dice.sample(straight, int(count * DUPLICATE_SHARE))
    dice.shuffle(mixed)
    hashes = [fingerprint(numbers, hub, book) for numbers in (straight, mixed)]
    return {"elements": count, "equal": hashes[0] == hashes[1], "hash": hashes[0]}


def main() -> None:
    """Print the figures with the machine they were taken on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--elements", type=int, default=100_000)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--shuffled", type=int, default=1_000_000)
    parser.add_argument("--explained", type=int, default=1_000)
    asked = parser.parse_args()
    loaded_s, book = cpu_s(loaded_and_checked), load_book()
    hub = hub_of(book)
    elements = [element(number) for number in range(asked.elements)]
    print(
        json.dumps(
            {
                "load_and_check_sets_s": round(loaded_s, 3),
                "hot_path": hot_path(elements, hub, book, asked.repeats),
                "explain": explained(elements[: asked.explained], book),
                "shuffled": shuffled(asked.shuffled, hub, book),
                "machine": machine(),
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
