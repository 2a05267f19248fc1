"""``loopline plan routes``: a day's rounds from a file, or a benchmark file's."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from loopline.plan_benchmark import plan_benchmark
from loopline.plan_day import plan_day
from loopline.plan_files import read_text_or_refuse
from loopline.plan_limit import CpuSeconds, Iterations, Seconds, Seed, limit_or_refuse
from routing.reading.vrplib import is_vrplib
from routing.vehicles.search import Budget

DEFAULT_SECONDS = 10.0


class Engine(StrEnum):
    """Who searches."""

    SISR = "sisr"
    ORTOOLS = "ortools"
    PYVRP = "pyvrp"


def routes(
    file: Annotated[Path, typer.Argument(help="a day's JSON, a folder of CSV, or a VRPLIB file")],
    engine: Annotated[Engine, typer.Option(help="who searches")] = Engine.SISR,
    seconds: Seconds = None,
    cpu_seconds: CpuSeconds = None,
    iterations: Iterations = None,
    seed: Seed = 1,
    weights: Annotated[
        str, typer.Option(help="cost, emission, balanced, or three numbers a,b,c")
    ] = "cost",
    carbon_price: Annotated[
        str | None, typer.Option(help="fen per kg CO2e, where cost and emission are added")
    ] = None,
    out: Annotated[Path | None, typer.Option(help="folder for the plan's files")] = None,
    explain: Annotated[bool, typer.Option(help="why each stop is where it is")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Plan a day's rounds with the least cost, carbon or distance."""
    limit = limit_or_refuse(
        seconds=seconds, cpu_seconds=cpu_seconds, iterations=iterations, default_s=DEFAULT_SECONDS
    )
    budget = Budget(iterations=limit.iterations, seconds=limit.seconds, clock=limit.clock)
    if file.is_file() and is_vrplib(text := read_text_or_refuse(file)):
        code = plan_benchmark(text, engine=engine.value, budget=budget, seed=seed, as_json=as_json)
    else:
        code = plan_day(
            file, engine=engine.value, budget=budget, seed=seed, weights=weights,
            carbon_price=carbon_price, out=out, explain=explain, as_json=as_json,
        )  # fmt: skip
    if code:
        raise typer.Exit(code)
