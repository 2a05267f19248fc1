"""``loopline plan load``: what goes where in a vehicle, and what stays behind."""

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from loopline import say
from loopline.plan_limit import CpuSeconds, Iterations, Seconds, Seed, limit_or_refuse
from loopline.plan_load_documents import benchmark_document, load_document, write_documents
from loopline.plan_load_files import benchmark_or_refuse, told_or_refuse
from routing.loading.entities import LoadPlan, LoadProblem
from routing.loading.figures import figures_of
from routing.loading.reading import Defect
from routing.loading.search import Budget, load, warm_up

DEFAULT_SECONDS = 5.0
EXIT_INCOMPLETE = 3
MAX_SHOWN_LEFTOVERS = 50
PERCENT = 100


class LoadFormat(StrEnum):
    """What a file of loads holds."""

    JSON = "json"
    CSV = "csv"
    BR = "br"


def plan_load(
    file: Annotated[Path, typer.Argument(help="one JSON, a folder of CSV, or a benchmark file")],
    vehicle: Annotated[str | None, typer.Option(help="id of the vehicle; else the first")] = None,
    seconds: Seconds = None,
    cpu_seconds: CpuSeconds = None,
    iterations: Iterations = None,
    seed: Seed = 1,
    support: Annotated[str | None, typer.Option(help="share of a base that is held (1.0)")] = None,
    file_format: Annotated[
        LoadFormat, typer.Option("--format", help="json, csv for a folder, br for a benchmark")
    ] = LoadFormat.JSON,
    problem: Annotated[int, typer.Option(help="which of a benchmark file, from 0")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object on stdout")] = False,
    out: Annotated[Path | None, typer.Option(help="folder for JSON, loading list, page")] = None,
) -> None:
    """Load a vehicle as full as the rules allow; exit 3 where goods or rows stay behind."""
    limit = limit_or_refuse(
        seconds=seconds, cpu_seconds=cpu_seconds, iterations=iterations, default_s=DEFAULT_SECONDS
    )
    defects: tuple[Defect, ...] = ()
    if file_format is LoadFormat.BR:
        given = benchmark_or_refuse(file, problem=problem)
    else:
        told = told_or_refuse(file, vehicle_id=vehicle, support_share=support)
        given, defects = told.problem, told.defects
    warm_up()
    begun_s = time.process_time()
    progress = say.Progress("nodes", after_s=1.0)
    plan = load(
        given,
        clock=limit.clock,
        budget=Budget(seconds=limit.seconds, nodes=limit.iterations),
        seed=seed,
        on_progress=lambda share, nodes: progress.at(nodes, None, f", {share * PERCENT:.2f} %"),
    )
    cpu_s = time.process_time() - begun_s
    if out is not None:
        write_documents(out, given, plan, defects)
    if as_json and file_format is LoadFormat.BR:
        say.as_json(benchmark_document(given, plan, cpu_s=cpu_s))
    elif as_json:
        say.as_json(load_document(given, plan, defects, cpu_s=cpu_s))
    else:
        _tell(given, plan, defects)
    if not plan.is_complete or defects:
        raise typer.Exit(EXIT_INCOMPLETE if plan.placements else say.EXIT_BAD_INPUT)


def _tell(problem: LoadProblem, plan: LoadPlan, defects: tuple[Defect, ...]) -> None:
    """Print a plan for people."""
    figures = figures_of(problem, plan)
    mass = "not told" if figures.mass_kg is None else f"{figures.mass_kg:g} kg"
    say.line(
        f"{problem.problem_id}: {figures.unit_count} units in {problem.vehicle.vehicle_id}, "
        f"volume {figures.volume_share * PERCENT:.2f} %, "
        f"floor {figures.floor_share * PERCENT:.2f} %, mass {mass}"
    )
    if figures.centre_x_mm is not None and figures.centre_y_mm is not None:
        say.line(f"centre of gravity x {figures.centre_x_mm:.0f}, y {figures.centre_y_mm:.0f} mm")
    for left in plan.leftovers[:MAX_SHOWN_LEFTOVERS]:
        say.line(f"left: {left.unit_count} of line {left.line_id} ({left.reason}): {left.sentence}")
    for defect in defects:
        say.note(f"rejected: {defect}")
