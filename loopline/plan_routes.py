"""``loopline plan routes``: a day's rounds from a file, or a benchmark file's."""

import time
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from loopline import say
from loopline.plan_benchmark import plan_benchmark
from loopline.plan_day import plan_day
from loopline.plan_files import read_text_or_refuse
from routing.reading.vrplib import is_vrplib
from routing.vehicles.search import Budget

DEFAULT_SECONDS = 10.0
MAX_SECONDS = 3_600.0


class Engine(StrEnum):
    """Who searches."""

    SISR = "sisr"
    ORTOOLS = "ortools"
    PYVRP = "pyvrp"


def routes(
    file: Annotated[Path, typer.Argument(help="a day's JSON, a folder of CSV, or a VRPLIB file")],
    engine: Annotated[Engine, typer.Option(help="who searches")] = Engine.SISR,
    seconds: Annotated[float | None, typer.Option(help="by the clock on the wall")] = None,
    cpu_seconds: Annotated[
        float | None, typer.Option(help="of this process, after its warm-up")
    ] = None,
    iterations: Annotated[
        int | None, typer.Option(min=0, help="the same plan for the same seed")
    ] = None,
    seed: Annotated[int, typer.Option(min=0)] = 1,
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
    budget = _budget(seconds, cpu_seconds, iterations)
    if file.is_file() and is_vrplib(text := read_text_or_refuse(file)):
        code = plan_benchmark(text, engine=engine.value, budget=budget, seed=seed, as_json=as_json)
    else:
        code = plan_day(
            file, engine=engine.value, budget=budget, seed=seed, weights=weights,
            carbon_price=carbon_price, out=out, explain=explain, as_json=as_json,
        )  # fmt: skip
    if code:
        raise typer.Exit(code)


def _budget(seconds: float | None, cpu_seconds: float | None, iterations: int | None) -> Budget:
    told = [one for one in (seconds, cpu_seconds, iterations) if one is not None]
    if len(told) > 1:
        say.refuse(
            "--seconds, --cpu-seconds and --iterations are three ways to say how long; name one",
            say.EXIT_BAD_INPUT,
        )
    if iterations is not None:
        return Budget(iterations=iterations, clock=time.process_time)
    limit = cpu_seconds if cpu_seconds is not None else seconds
    if limit is not None and not 0 < limit <= MAX_SECONDS:
        say.refuse(
            f"{limit:g} seconds are not above 0 and up to {MAX_SECONDS:g}", say.EXIT_BAD_INPUT
        )
    clock = time.process_time if cpu_seconds is not None else time.monotonic
    return Budget(seconds=DEFAULT_SECONDS if limit is None else limit, clock=clock)
