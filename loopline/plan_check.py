"""``loopline plan check``: a plan held against its problem by code that did not make it."""

from pathlib import Path
from typing import Annotated

import typer

from loopline import say
from loopline.json_file import read_json_or_refuse
from loopline.plan_day import facts, read_or_refuse
from routing.check.routes import broken_rules
from routing.plan import RoutePlan
from routing.writing.plan_json import PlanFileError, plan_of_json


def check(
    plan: Annotated[Path, typer.Argument(help="plan.json of `loopline plan routes`")],
    problem: Annotated[Path, typer.Option(help="the file or folder that was planned")],
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Check every rule of a plan against its problem."""
    made = plan_or_refuse(plan)
    day, distances = read_or_refuse(problem, made.weights)
    if day.problem.digest != made.problem_digest:
        say.refuse(
            f"{plan} was made for a problem with digest {made.problem_digest[:12]}, "
            f"{problem} has {day.problem.digest[:12]}",
            say.EXIT_CHECK_FAILED,
        )
    findings = broken_rules(made, facts(day.problem, distances))
    told = [f"{one.rule}: {one.where}: {one.detail}" for one in findings]
    if as_json:
        say.as_json({"plan": str(plan), "violations": told})
    else:
        for one in told:
            say.line(one)
        say.line(f"{len(made.routes)} routes, {len(told)} violations")
    if told:
        raise typer.Exit(say.EXIT_CHECK_FAILED)


def plan_or_refuse(file: Path) -> RoutePlan:
    """Return the plan of a file, or end with one sentence."""
    told = read_json_or_refuse(file)
    try:
        return plan_of_json(told)
    except PlanFileError as error:
        say.refuse(f"{file}: {error}", say.EXIT_BAD_INPUT)
