"""``loopline plan replay``: a search again from its schedule, and whether it ends the same."""

from pathlib import Path
from typing import Annotated

import typer

from loopline import say
from loopline.plan_check import plan_or_refuse
from loopline.plan_day import read_or_refuse
from routing.vehicles.planner import planned
from routing.vehicles.search import Budget

ENGINE = "sisr"


def replay(
    plan: Annotated[Path, typer.Argument(help="plan.json of `loopline plan routes`")],
    problem: Annotated[Path, typer.Option(help="the file or folder that was planned")],
) -> None:
    """Repeat a plan's search and compare."""
    made = plan_or_refuse(plan)
    if made.engine != ENGINE:
        say.refuse(f"a plan of engine {made.engine} has no schedule to repeat", say.EXIT_BAD_INPUT)
    day, distances = read_or_refuse(problem, made.weights)
    again = planned(day.problem, distances, seed=made.seed, budget=Budget(schedule=made.schedule))
    is_same = again.routes == made.routes and again.unserved == made.unserved
    say.line(f"{'the same plan' if is_same else 'another plan'}: objective {again.objective}")
    if not is_same:
        raise typer.Exit(say.EXIT_CHECK_FAILED)
