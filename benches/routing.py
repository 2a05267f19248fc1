"""``python -m benches.routing``: gaps to the best known, beside PyVRP and OR-Tools in one run.

Every engine gets the same whole distances and the same CPU seconds of this process after a warm-up;
engines take turns, instance by instance. Costs are recomputed, rounds checked by ``routing.check``.
"""

import argparse
import json
import math
import re
import statistics
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

from benches.machine import machine
from routing.check.rounds import broken_rounds, cost_of_rounds, missing
from routing.instance import Instance
from routing.plan import Rounds
from routing.reading.vrplib import read_vrplib
from routing.vehicles.ortools_engine import ortools_search
from routing.vehicles.search import Budget, Found, search, warm_up
from routing.vehicles.unsupported import UnsupportedConstraintError

DATA = Path(__file__).resolve().parents[2] / "shared" / "data" / "benchmarks"
FAMILIES = ("cvrp_x", "vrptw_solomon", "vrptw_gh", "hfvrp", "vrpb")
CLASS_BOUNDS = (200, 460, 2_000)  # stops
SLACK = 0.05  # percent points, so that a peer at zero does not divide by zero
THOUSANDTHS_FROM = 1e9  # such totals of a mixed fleet are in thousandths
ENERGY_B = 0.5  # what a full load adds to an empty kilometre

Engine = Callable[..., Found]


def engines(names: list[str]) -> dict[str, Engine]:
    """Return the engines by name; PyVRP is there only with the extra."""
    found: dict[str, Engine] = {"sisr": search, "ortools": ortools_search}
    if "pyvrp" in names:
        from routing.vehicles.pyvrp_engine import pyvrp_search

        found["pyvrp"] = pyvrp_search
    return {name: found[name] for name in names}


def best_known(solution: Path) -> float:
    """Return the best known cost in the scale of ``read_vrplib``'s own cost."""
    cost = re.search(r"Cost:?\s+([\d.]+)", solution.read_text())
    if cost is None:
        raise ValueError(f"{solution} tells no cost")
    told = float(cost[1])
    if solution.parent.name != "hfvrp":
        return told
    return told / 1_000 if told > THOUSANDTHS_FROM else told * 100


def with_energy(instance: Instance) -> Instance:
    """Return the instance with a = 1 and b = 0.5 / capacity per unit carried."""
    fleet = instance.fleets[0]
    return replace(instance, fleets=(replace(fleet, per_gm=ENERGY_B / fleet.capacity[0]),))


def better_direction(instance: Instance, rounds: Rounds) -> float:
    """Return what rounds cost when each is driven the cheaper way about."""
    return sum(
        min(cost_of_rounds(instance, [(k, stops)]), cost_of_rounds(instance, [(k, stops[::-1])]))
        for k, stops in rounds
    )


def one_run(engine: Engine, instance: Instance, seed: int, seconds: float) -> dict[str, Any]:
    """Run an engine once; the cost is recomputed and the rounds are checked."""
    begun = time.process_time()
    found = engine(
        instance, seed=seed, budget=Budget(seconds=seconds, clock=time.process_time), knobs=None,
        on_progress=None,
    )  # fmt: skip
    return {
        "cost": cost_of_rounds(instance, found.rounds) * instance.scale,
        "cpu_s": round(time.process_time() - begun, 2),
        "iterations": found.iterations,
        "violations": len(broken_rounds(instance, found.rounds)),
        "unserved": len(missing(instance, found.rounds)),
        "rounds": found.rounds,
    }


def measured(
    file: Path, chosen: dict[str, Engine], seeds: int, seconds: float
) -> list[dict[str, Any]]:
    """Return one row per engine and seed."""
    instance = read_vrplib(file.read_text())
    warm_up(instance)
    best = best_known(file.with_suffix(".sol"))
    rows = []
    for seed in range(1, seeds + 1):
        for name, engine in chosen.items():
            try:
                run = one_run(engine, instance, seed, seconds)
            except UnsupportedConstraintError:
                continue
            run.pop("rounds")
            gap = None if run["unserved"] else 100 * (run["cost"] - best) / best
            row = {"family": file.parent.name, "instance": file.stem, "engine": name, "seed": seed}
            rows.append(row | {"stops": len(instance.stops), "gap_percent": gap} | run)
            told = "no whole plan" if gap is None else f"{gap:.3f} %"
            print(f"{file.stem} {name} seed {seed}: {told}", flush=True)
    return rows


def energy_rows(file: Path, seeds: int, seconds: float) -> list[dict[str, Any]]:
    """Return the energy of the search beside PyVRP's distance-best rounds, best direction."""
    from routing.vehicles.pyvrp_engine import pyvrp_search

    plain = read_vrplib(file.read_text())
    instance = with_energy(plain)
    warm_up(instance)
    rows = []
    for seed in range(1, seeds + 1):
        ours = one_run(search, instance, seed, seconds)
        theirs = better_direction(instance, one_run(pyvrp_search, plain, seed, seconds)["rounds"])
        ratio = ours["cost"] / theirs
        row = {"family": "energy", "instance": file.stem, "seed": seed, "ratio": ratio}
        rows.append(row | {"sisr": ours["cost"], "pyvrp": theirs, "broken": ours["violations"]})
        print(f"{file.stem} energy seed {seed}: {ours['cost']:.0f}, ratio {ratio:.4f}", flush=True)
    return rows


def class_of(row: dict[str, Any]) -> str:
    """Return the class that a row is averaged in."""
    bound = next(one for one in CLASS_BOUNDS if row["stops"] <= one)
    return f"{row['family']} to {bound}" if row["family"] == "cvrp_x" else str(row["family"])


def summary(rows: list[dict[str, Any]]) -> dict[str, dict[str, float]]:
    """Return each class's mean gap per engine, and the ratios of the search to its peers.

    An engine that did not plan every stop of every run has no mean.
    """
    told: dict[str, dict[str, float]] = {}
    for name in dict.fromkeys(class_of(row) for row in rows):
        mine = [row for row in rows if class_of(row) == name]
        all_means = {
            engine: _mean_gap([row for row in mine if row["engine"] == engine])
            for engine in dict.fromkeys(row["engine"] for row in mine)
        }
        means = {engine: mean for engine, mean in all_means.items() if math.isfinite(mean)}
        ratios = {
            f"ratio to {peer}": (means["sisr"] + SLACK) / (gap + SLACK)
            for peer, gap in means.items()
            if peer != "sisr" and "sisr" in means
        }
        told[name] = means | ratios
    return told


def _mean_gap(rows: list[dict[str, Any]]) -> float:
    """The mean over instances of the mean over seeds: infinite where a run has no whole plan."""
    gaps: dict[str, list[float]] = {}
    for row in rows:
        gap = row["gap_percent"]
        gaps.setdefault(row["instance"], []).append(math.inf if gap is None else gap)
    return statistics.mean(statistics.mean(of_instance) for of_instance in gaps.values())


def main() -> None:
    """Measure what the arguments name, and print the classes or one JSON document."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--cpu-seconds", type=float, default=10.0)
    arguments.add_argument("--seeds", type=int, default=3)
    arguments.add_argument("--families", nargs="+", default=list(FAMILIES))
    arguments.add_argument("--engines", nargs="+", default=["sisr", "pyvrp", "ortools"])
    arguments.add_argument("--only", default="", help="part of an instance's name")
    arguments.add_argument("--energy", action="store_true", help="the energy objective instead")
    arguments.add_argument("--json", type=Path, help="where to write the document")
    told = arguments.parse_args()
    rows: list[dict[str, Any]] = []
    for family in ["cvrp_x"] if told.energy else told.families:
        for file in sorted((DATA / family).glob("*.vrp")):
            if told.only not in file.stem:
                continue
            if told.energy:
                rows += energy_rows(file, told.seeds, told.cpu_seconds)
            else:
                rows += measured(file, engines(told.engines), told.seeds, told.cpu_seconds)
    found: dict[str, Any] = (
        {"mean ratio": statistics.mean(row["ratio"] for row in rows)}
        if told.energy
        else summary(rows)
    )
    print(json.dumps(found, indent=1))
    if told.json:
        document = {"machine": machine(), "cpu_seconds": told.cpu_seconds, "summary": found}
        told.json.write_text(json.dumps(document | {"rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
