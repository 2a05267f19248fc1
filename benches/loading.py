"""``python -m benches.loading``: how full loads get, against peers, in the same run.

``DIR`` holds the benchmark files BR1.txt to BR15.txt. Every figure is a share of the container's
volume; budgets are CPU seconds after the loops are compiled.
"""

import argparse
import json
import random
import statistics
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from benches.loading_peers import measured, peers
from benches.machine import machine
from routing.check.load import violations
from routing.loading.br import read_br
from routing.loading.catalogue import appliances, vehicles
from routing.loading.entities import LoadLine, LoadPlan, LoadProblem
from routing.loading.figures import figures_of
from routing.loading.search import Budget, load, load_greedily, warm_up

CLASSES = (1, 3, 5, 7, 10, 12, 15)
FEW_TYPES = (1, 3, 5, 7)  # 3 to 20 types; the others have 50 to 100
PROBLEMS = tuple(range(0, 100, 10))
STOPS = 3
TRUCK_UNITS = 60
TRUCKS = 20
BARS = {
    "few_types_share": 0.94, "many_types_share": 0.885, "points_above_peer": 8,
    "greedy_share": 0.83, "greedy_truck_ms": 50, "unloading_points": 4, "violations": 0,
}  # fmt: skip


def problems(folder: Path, classes: Sequence[int], chosen: Sequence[int]) -> Iterator[
    tuple[int, LoadProblem]
]:  # fmt: skip
    """Yield class and problem, one of every class before the next, so that a part is a sample."""
    read = {
        number: read_br((folder / f"BR{number}.txt").read_text("ascii"), name=f"BR{number}")
        for number in classes
    }
    for index in chosen:
        yield from ((number, read[number][index]) for number in classes)


def with_stops(problem: LoadProblem, *, seed: int) -> LoadProblem:
    """Return the load with box i of a seeded shuffle for stop i mod 3."""
    units = [line.goods_type_id for line in problem.lines for _ in range(line.unit_count)]
    random.Random(seed).shuffle(units)
    counts = Counter((name, index % STOPS + 1) for index, name in enumerate(units))
    lines = tuple(
        LoadLine(line_id=f"{name}@{stop}", goods_type_id=name, unit_count=count, stop=stop)
        for (name, stop), count in sorted(counts.items())
    )
    return replace(problem, lines=lines, keeps_unloading_sequence=True)


def truck(seed: int) -> LoadProblem:
    """Return 60 packed appliances for a 9.6 m body."""
    dice = random.Random(seed)
    goods = dict(appliances())
    counts = Counter(dice.choice(sorted(goods)) for _ in range(TRUCK_UNITS))
    lines = tuple(
        LoadLine(line_id=name, goods_type_id=name, unit_count=count)
        for name, count in sorted(counts.items())
    )
    return LoadProblem(
        problem_id=f"truck-{seed}", vehicle=vehicles()["box_9_6"], goods=goods, lines=lines
    )


class Tally:
    """Shares by name and class, and how many rules were found broken."""

    def __init__(self) -> None:
        """Begin with nothing."""
        self.shares: dict[str, dict[int, list[float]]] = {}
        self.cpu_s: dict[str, list[float]] = {}
        self.violations = 0

    def add(self, name: str, number: int, share: float, cpu_s: float) -> None:
        """Note one share."""
        self.shares.setdefault(name, {}).setdefault(number, []).append(share)
        self.cpu_s.setdefault(name, []).append(cpu_s)

    def plan(self, name: str, number: int, problem: LoadProblem, plan: LoadPlan, s: float) -> None:
        """Check a plan that took ``s`` CPU seconds and note its share."""
        self.violations += len(violations(problem, plan))
        self.add(name, number, figures_of(problem, plan).volume_share, s)

    def mean(self, name: str, classes: Sequence[int]) -> float | None:
        """Return the mean of the classes' means."""
        found = [statistics.fmean(self.shares[name][n]) for n in classes if n in self.shares[name]]
        return statistics.fmean(found) if found else None

    def table(self) -> dict[str, dict[str, float]]:
        """Return the means by name and class."""
        return {
            name: {f"BR{number}": round(statistics.fmean(v), 4) for number, v in by_class.items()}
            for name, by_class in self.shares.items()
        }


def timed(problem: LoadProblem, seconds: float, seed: int) -> tuple[LoadPlan, float]:
    """Return a plan and the CPU seconds it took."""
    begun_s = time.process_time()
    plan = load(problem, clock=time.process_time, budget=Budget(seconds=seconds), seed=seed)
    return plan, time.process_time() - begun_s


def greedily(problem: LoadProblem) -> tuple[LoadPlan, float]:
    """Return the greedy plan and the CPU seconds it took."""
    begun_s = time.process_time()
    plan = load_greedily(problem)
    return plan, time.process_time() - begun_s


def run(asked: argparse.Namespace) -> Tally:
    """Load every problem with everything, one after the other."""
    tally, rivals = Tally(), {} if asked.no_peers else peers()
    for number, problem in problems(asked.folder, asked.classes, asked.problems):
        tally.plan("loopline", number, problem, *timed(problem, asked.seconds, asked.seed))
        tally.plan("greedy", number, problem, *greedily(problem))
        if number in FEW_TYPES:
            stopped = with_stops(problem, seed=asked.seed)
            tally.plan("three stops", number, stopped, *timed(stopped, asked.seconds, asked.seed))
        for name, peer in rivals.items():
            if problem.problem_id.endswith(tuple(f"-{index}" for index in asked.peer_problems)):
                tally.add(name, number, *measured(peer, problem, asked.seconds))
        print(problem.problem_id, {n: round(v[number][-1], 4) for n, v in tally.shares.items()
                                   if number in v}, flush=True)  # fmt: skip
    return tally


def trucks(tally: Tally) -> dict[str, object]:
    """Return the CPU milliseconds of the greedy answer on seeded trucks of 60 appliances."""
    taken_ms, left = [], 0
    for seed in range(TRUCKS):
        problem = truck(seed)
        plan, cpu_s = greedily(problem)
        tally.violations += len(violations(problem, plan))
        taken_ms.append(1_000 * cpu_s)
        left += sum(one.unit_count for one in plan.leftovers)
    return {
        "median_ms": round(statistics.median(taken_ms), 1),
        "worst_ms": round(max(taken_ms), 1),
        "units_left": left,
        "units": TRUCKS * TRUCK_UNITS,
    }


def summary(tally: Tally) -> dict[str, object]:
    """Return the figures that the bars are about; peers by their best."""
    few, many = tally.mean("loopline", FEW_TYPES), tally.mean("loopline", CLASSES[len(FEW_TYPES) :])
    stopped = tally.mean("three stops", FEW_TYPES) if "three stops" in tally.shares else None
    own = {"loopline", "greedy", "three stops"}
    return {
        "few_types_share": few,
        "many_types_share": many,
        "greedy_share": tally.mean("greedy", FEW_TYPES),
        "unloading_points": None if few is None or stopped is None else 100 * (few - stopped),
        "peer_shares": {
            name: {"few": tally.mean(name, FEW_TYPES), "many": tally.mean(name, CLASSES[4:])}
            for name in tally.shares
            if name not in own
        },
        "violations": tally.violations,
    }


def _numbers(text: str) -> tuple[int, ...]:
    return tuple(int(word) for word in text.split(","))


def main() -> None:
    """Print the figures with the machine they were taken on."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path, help="folder of BR*.txt")
    parser.add_argument("--seconds", type=float, default=5.0, help="CPU seconds a load")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--classes", type=_numbers, default=CLASSES)
    parser.add_argument("--problems", type=_numbers, default=PROBLEMS)
    parser.add_argument("--peer-problems", type=_numbers, default=PROBLEMS)
    parser.add_argument("--no-peers", action="store_true")
    asked = parser.parse_args()
    warm_up()
    load_greedily(truck(TRUCKS))
    tally = run(asked)
    document = {
        "trucks": trucks(tally),
        "mean_share": tally.table(),
        "mean_cpu_s": {n: round(statistics.fmean(v), 2) for n, v in tally.cpu_s.items()},
        "summary": summary(tally),
        "bars": BARS,
        "seconds": asked.seconds,
        "problems": list(asked.problems),
        "peer_problems": list(asked.peer_problems),
        "machine": machine(),
    }
    print(json.dumps(document, indent=1))


if __name__ == "__main__":
    main()
