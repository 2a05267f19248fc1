"""A benchmark file planned: its own scale, its own numbers of stops and vehicles."""

import time
from collections import Counter
from typing import Any

from loopline import say
from loopline.plan_engines import engine_or_refuse
from loopline.plan_progress import told_on_the_way
from routing.check.rounds import broken_rounds, cost_of_rounds, missing
from routing.instance import Instance
from routing.reading.vrplib import BenchmarkFileError, read_vrplib, vehicle_numbers
from routing.vehicles.search import Budget, Found, warm_up
from routing.vehicles.unsupported import UnsupportedConstraintError

EXIT_INCOMPLETE = 3


def plan_benchmark(text: str, *, engine: str, budget: Budget, seed: int, as_json: bool) -> int:
    """Plan a VRPLIB file, print cost and routes, and return the exit code."""
    try:
        instance = read_vrplib(text)
    except BenchmarkFileError as error:
        say.refuse(str(error), say.EXIT_BAD_INPUT)
    searched = engine_or_refuse(engine)
    warm_up(instance)
    begun_s = time.process_time()
    try:
        found = searched(
            instance, seed=seed, budget=budget, knobs=None, on_progress=told_on_the_way()
        )
    except UnsupportedConstraintError as error:
        say.refuse(str(error), say.EXIT_BAD_INPUT)
    cpu_s = time.process_time() - begun_s
    findings = broken_rounds(instance, found.rounds)
    left = missing(instance, found.rounds)
    for one in findings:
        say.note(f"{one.rule}: {one.where}: {one.detail}")
    answer: dict[str, Any] = {
        "instance": instance.name,
        "engine": engine,
        "seed": seed,
        "cost": in_file_scale(instance, cost_of_rounds(instance, found.rounds)),
        "routes": [[i - instance.depots + 1 for i in stops] for _, stops in found.rounds],
        "vehicles": _vehicles(text, instance, found),
        "unserved": [i - instance.depots + 1 for i in left],
        "iterations": found.iterations,
        "cpu_s": round(cpu_s, 3),
        "feasible": not findings and not left,
    }
    if as_json:
        say.as_json(answer)
    else:
        _tell(answer)
    return 1 if findings else EXIT_INCOMPLETE if left else 0


def in_file_scale(instance: Instance, cost: float) -> float | int:
    """Return the cost as the file counts it, whole where it is whole."""
    scaled = round(cost * instance.scale, 6)
    return int(scaled) if scaled == int(scaled) else scaled


def _vehicles(text: str, instance: Instance, found: Found) -> list[int]:
    """Return the number of each route's vehicle in the file, from 1."""
    if len(instance.fleets) == 1:
        return list(range(1, len(found.rounds) + 1))
    kinds = vehicle_numbers(text)
    taken: Counter[int] = Counter()
    places: dict[int, list[int]] = {}
    for number, kind in enumerate(kinds, 1):
        places.setdefault(kind, []).append(number)
    numbers = []
    for kind, _ in found.rounds:
        numbers.append(places[kind][taken[kind]])
        taken[kind] += 1
    return numbers


def _tell(answer: dict[str, Any]) -> None:
    say.line(f"{answer['instance']}: cost {answer['cost']}, CPU {answer['cpu_s']} s")
    for vehicle, stops in zip(answer["vehicles"], answer["routes"], strict=True):
        say.line(f"vehicle {vehicle}: {' '.join(str(one) for one in stops)}")
    say.line("feasible" if answer["feasible"] else "not feasible")
