"""A day's file planned: read, measured, searched, checked, written."""

import json
import platform
from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal, InvalidOperation
from importlib.metadata import version
from pathlib import Path
from typing import Any

from emissions.defect import FactorFileError
from emissions.factor import FactorBook
from loopline import say
from loopline.json_file import read_json_or_refuse
from loopline.plan_engines import engine_or_refuse
from loopline.plan_files import read_folder_or_refuse
from loopline.plan_progress import told_on_the_way
from loopline.plan_rates import rates_by
from loopline.running import settings_or_refuse
from routing.check.facts import Facts, facts_of
from routing.check.routes import broken_rules
from routing.distances.distances import DistanceError, Distances, Point
from routing.distances.great_circle import GreatCircle
from routing.distances.table import Table, read_pairs
from routing.plan import RoutePlan
from routing.problem import ObjectiveWeights, RoutingProblem
from routing.reading.day import Day, DayFileError, read_day, tables_of_csv
from routing.vehicles.convert import ObjectiveError, converted
from routing.vehicles.explain import explained
from routing.vehicles.planner import planned
from routing.vehicles.search import Budget, warm_up
from routing.vehicles.unsupported import UnsupportedConstraintError
from routing.writing.geojson import routes_geojson
from routing.writing.page import plan_html
from routing.writing.plan_json import plan_json
from routing.writing.tables import rejected_csv, routes_csv, stops_csv, unserved_csv
from runtime.factor_store import book_for
from schemas.refusal import Refused

EXIT_VIOLATIONS, EXIT_INCOMPLETE = 1, 3
PRESETS = {"cost": (1, 0, 0), "emission": (0, 1, 0), "balanced": (1, 1, 0)}
DEPENDENCIES = ("loopline", "numba", "numpy", "highspy")


def plan_day(
    source: Path, *, engine: str, budget: Budget, seed: int, weights: str,
    carbon_price: str | None, out: Path | None, explain: bool, as_json: bool,
) -> int:  # fmt: skip
    """Plan a day's file or folder, tell and write the plan, and return the exit code."""
    day, distances = read_or_refuse(source, weights_or_refuse(weights, carbon_price))
    problem = day.problem
    for defect in day.defects:
        say.note(f"rejected: {defect}")
    try:
        warm_up(converted(problem, distances).instance)
        plan = planned(
            problem, distances, seed=seed, budget=budget, engine=engine_or_refuse(engine),
            engine_name=engine, versions=versions(), on_progress=told_on_the_way(),
        )  # fmt: skip
    except (ObjectiveError, UnsupportedConstraintError) as error:
        say.refuse(str(error), say.EXIT_BAD_INPUT)
    findings = broken_rules(plan, facts(problem, distances))
    for one in findings:
        say.note(f"{one.rule}: {one.where}: {one.detail}")
    told = plan_json(plan, problem)
    told["rejected_row_count"], told["read_row_count"] = len(day.rejected), day.read
    told["violations"] = [f"{one.rule}: {one.where}: {one.detail}" for one in findings]
    if explain:
        told["explanation"] = explained(problem, distances, plan)
    if out is not None:
        write(out, day, plan, told)
    if as_json:
        say.as_json(told)
    else:
        tell(plan)
    if findings:
        return EXIT_VIOLATIONS
    return EXIT_INCOMPLETE if plan.unserved or day.rejected else 0


def weights_or_refuse(text: str, carbon_price: str | None) -> ObjectiveWeights:
    """Return the weights of a preset's name or of three numbers, or end with one sentence."""
    try:
        price = None if carbon_price is None else Decimal(carbon_price)
        three = PRESETS.get(text) or [Decimal(one) for one in text.split(",")]
        cost, emission, hours = (Decimal(one) for one in three)
    except (InvalidOperation, ValueError):
        say.refuse(
            f"--weights {text} is none of {', '.join(PRESETS)} and no three numbers a,b,c",
            say.EXIT_BAD_INPUT,
        )
    if min(cost, emission, hours) < 0 or max(cost, emission, hours) == 0:
        say.refuse(f"--weights {text}: none below 0, not all 0", say.EXIT_BAD_INPUT)
    return ObjectiveWeights(
        cost=cost, emission=emission, time=hours, carbon_price_cny_fen_per_kgco2e=price
    )


def read_or_refuse(source: Path, weights: ObjectiveWeights) -> tuple[Day, Distances]:
    """Return the day and the distances between its places, or end with one sentence."""
    told: Any
    if source.is_dir():
        told = tables_of_csv(read_folder_or_refuse(source))
    else:
        told = read_json_or_refuse(source)
    if not isinstance(told, dict):
        say.refuse(f"{source} holds no JSON object", say.EXIT_BAD_INPUT)
    try:
        day = read_day(
            told, problem_id=source.stem, weights=_with_price(weights, told),
            planned_on=datetime.now(UTC).date(), rates_of=rates_by(_book_or_refuse),
        )  # fmt: skip
        return day, distances_of(day.problem, told)
    except (DayFileError, DistanceError) as error:
        say.refuse(str(error), say.EXIT_BAD_INPUT)


def _book_or_refuse() -> FactorBook:
    """Return the factors that are in force here, or end with one sentence."""
    try:
        return book_for(settings_or_refuse().factors)
    except (Refused, FactorFileError) as error:
        say.refuse(str(error), say.EXIT_SURROUNDINGS)


def _with_price(weights: ObjectiveWeights, told: dict[str, Any]) -> ObjectiveWeights:
    """The file's own prices, where the command names none."""
    prices = {
        name: Decimal(str(told[name]))
        for name in ("carbon_price_cny_fen_per_kgco2e", "time_value_cny_fen_per_h")
        if told.get(name) is not None and getattr(weights, name) is None
    }
    return replace(weights, **prices)


def distances_of(problem: RoutingProblem, told: dict[str, Any]) -> Distances:
    """Return the distances of a problem: the file's own rows first, great circles for the rest."""
    circles = GreatCircle(
        circuity=float(problem.circuity), speed_km_per_h=float(problem.speed_km_per_h)
    )
    points = [
        Point(point_id=one.location_id, lat=float(one.lat), lon=float(one.lon))
        for one in problem.locations
    ]
    rows = told.get("distances")
    if not rows:
        return circles.matrix(points)
    pairs, defects = read_pairs(rows)
    if defects:
        raise DistanceError(defects[0])
    return Table(pairs=tuple(pairs), fallback=circles).matrix(points)


def facts(problem: RoutingProblem, distances: Distances) -> Facts:
    """Return what the check asks."""
    at = {one.location_id: k for k, one in enumerate(problem.locations)}
    return facts_of(
        problem,
        distance_m=lambda a, b: int(distances.distance_m[at[a], at[b]]),
        duration_s=lambda a, b: int(distances.duration_s[at[a], at[b]]),
    )


def versions() -> tuple[tuple[str, str], ...]:
    """Return what the plan was made with."""
    return (("python", platform.python_version()), *((one, version(one)) for one in DEPENDENCIES))


def write(folder: Path, day: Day, plan: RoutePlan, told: dict[str, Any]) -> None:
    """Write the plan's files into ``folder``."""
    problem = day.problem
    texts = {
        "plan.json": json.dumps(told, ensure_ascii=False, indent=1, default=str) + "\n",
        "routes.csv": routes_csv(plan, problem),
        "stops.csv": stops_csv(plan, problem),
        "unserved.csv": unserved_csv(plan),
        "rejected.csv": rejected_csv(day.defects, day.rejected),
        "routes.geojson": json.dumps(routes_geojson(plan, problem), ensure_ascii=False) + "\n",
        "plan.html": plan_html(plan, problem),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        for name, text in texts.items():
            (folder / name).write_text(text, encoding="utf-8")
    except OSError as error:
        say.refuse(f"{folder}: {error.strerror or error}", say.EXIT_SURROUNDINGS)


def tell(plan: RoutePlan) -> None:
    """Print a plan for people."""
    for route in plan.routes:
        stops = " ".join(one.stop_id for one in route.visits)
        say.line(f"{route.vehicle_id}: {route.figures.distance_m / 1_000:.1f} km: {stops}")
    for one in plan.unserved:
        say.line(f"not served: {one.stop_id}: {one.reason}: {one.detail}")
    totals = plan.totals
    say.line(
        f"{len(plan.routes)} routes, {totals.distance_m / 1_000:.1f} km, "
        f"{totals.cost_cny_fen:.0f} fen, TTW {totals.ttw_kgco2e} and WTT {totals.wtt_kgco2e} "
        f"kg CO2e (forecast; {plan.distance_method})"
    )
