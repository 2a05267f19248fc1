"""``loopline plan load``: what goes where in a vehicle, and what stays behind."""

import math
import time
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from loopline import say
from loopline.load_documents import benchmark_document, load_document, write_documents
from loopline.load_files import benchmark_or_refuse, told_or_refuse
from routing.loading.entities import LoadPlan, LoadProblem
from routing.loading.figures import figures_of
from routing.loading.reading import Defect
from routing.loading.search import Budget, load, warm_up

DEFAULT_SECONDS = 5.0
MAX_SECONDS = 3_600.0
MAX_ITERATIONS = 10_000_000
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
    seconds: Annotated[float | None, typer.Option(help="seconds by the clock (5)")] = None,
    cpu_seconds: Annotated[float | None, typer.Option(help="CPU seconds after warm-up")] = None,
    iterations: Annotated[int | None, typer.Option(help="search nodes; repeats exactly")] = None,
    seed: Annotated[int, typer.Option(help="seed of the search", min=0)] = 1,
    support: Annotated[str | None, typer.Option(help="share of a base that is held (1.0)")] = None,
    file_format: Annotated[LoadFormat, typer.Option("--format")] = LoadFormat.JSON,
    problem: Annotated[int, typer.Option(help="which of a benchmark file, from 0")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON object on stdout")] = False,
    out: Annotated[Path | None, typer.Option(help="folder for JSON, loading list, page")] = None,
) -> None:
    """Load a vehicle as full as the rules allow; exit 3 where goods or rows stay behind."""
    budget, clock = _budget_or_refuse(seconds, cpu_seconds, iterations)
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
        clock=clock,
        budget=budget,
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


def _budget_or_refuse(
    seconds: float | None, cpu_seconds: float | None, iterations: int | None
) -> tuple[Budget, Callable[[], float]]:
    """Return the budget and the clock that measures it."""
    told = [one for one in (seconds, cpu_seconds, iterations) if one is not None]
    if len(told) > 1:
        say.refuse(
            "give one of --seconds, --cpu-seconds and --iterations, not several",
            say.EXIT_BAD_INPUT,
        )
    if iterations is not None:
        if not 1 <= iterations <= MAX_ITERATIONS:
            say.refuse(f"--iterations must be from 1 to {MAX_ITERATIONS}", say.EXIT_BAD_INPUT)
        return Budget(nodes=iterations), time.process_time
    length_s = DEFAULT_SECONDS if not told else told[0]
    if not math.isfinite(length_s) or not 0 < length_s <= MAX_SECONDS:
        say.refuse(f"{length_s} seconds are not from 0 to {MAX_SECONDS:g}", say.EXIT_BAD_INPUT)
    return Budget(seconds=length_s), time.process_time if cpu_seconds else time.monotonic


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
