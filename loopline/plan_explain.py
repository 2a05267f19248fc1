"""``loopline plan explain``: why a stop is where it is, and what its alternatives would cost."""

from pathlib import Path
from typing import Annotated

import typer

from loopline import say
from loopline.plan_check import plan_or_refuse
from loopline.plan_day import read_or_refuse
from routing.vehicles.explain import explained_stop


def explain_stop(
    plan: Annotated[Path, typer.Argument(help="plan.json of `loopline plan routes`")],
    stop: Annotated[str, typer.Option(help="the stop's id")],
    problem: Annotated[Path, typer.Option(help="the file or folder that was planned")],
) -> None:
    """Explain one stop of a plan."""
    made = plan_or_refuse(plan)
    day, distances = read_or_refuse(problem, made.weights)
    if stop not in {one.stop_id for one in day.problem.stops}:
        say.refuse(f"--stop {stop} is no stop of {problem}", say.EXIT_BAD_INPUT)
    say.as_json(explained_stop(day.problem, distances, made, stop))
