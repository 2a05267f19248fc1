"""``loopline restate``: recorded legs under other factor sets, old and new side by side."""

import time
from collections.abc import Mapping
from typing import Annotated, Any

import typer

from loopline import say
from loopline.ask import StackAway, StackRefused, ask
from loopline.copies import period_or_refuse
from loopline.restatement_views import lines
from loopline.running import running_or_refuse, settings_or_refuse
from loopline.stack_file import RunningStack
from loopline.tables import terminal_width

LOOK_EVERY_S = 0.1
PROGRESS_AFTER_S = 2.0
PATH = "/v1/operate/restatements"


def restate(
    period: Annotated[str, typer.Argument(help="2026, 2026-Q2, 2026-06, 2026-01..2026-06")],
    sets: Annotated[
        str, typer.Option(help="the only sets that answer, the first in front: SET,SET")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show it, store nothing")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Run a period's legs under the sets approved now, and append what changes; exit 1 for gaps."""
    days = period_or_refuse(period, "PERIOD")
    asked = {
        "from_on": days.from_on.isoformat(),
        "to_on": days.to_on.isoformat(),
        "sets": [name.strip() for name in sets.split(",") if name.strip()],
        "dry_run": dry_run,
    }
    stack = running_or_refuse(settings_or_refuse())
    try:
        told = _result(stack, ask(stack, PATH, asked)["restatement_id"])
    except StackRefused as error:
        say.refuse(str(error), say.EXIT_BAD_INPUT)
    except StackAway as error:
        say.refuse(str(error), say.EXIT_SURROUNDINGS)
    if as_json:
        say.as_json(told)
    else:
        for one in lines(told, width=terminal_width()):
            say.line(one)
    if told["not_reproduced"]["legs"] or told["refused"]["legs"]:
        raise typer.Exit(say.EXIT_CHECK_FAILED)


def _result(stack: RunningStack, restatement_id: str) -> Mapping[str, Any]:
    """Wait for a restatement, and say how far it is where that takes long."""
    begun, progress = time.monotonic(), say.Progress("legs run again")
    while True:
        told = ask(stack, f"{PATH}/{restatement_id}")["restatement"]
        if told is None:
            raise StackAway("the stack started again meanwhile; run it once more")
        if told["state"] == "failed":
            raise StackAway(f"the restatement failed, nothing was stored: {told['detail']}")
        if told["state"] == "done":
            result: Mapping[str, Any] = told["result"]
            return result
        if time.monotonic() - begun > PROGRESS_AFTER_S:
            progress.at(told["done"], told["legs"])
        time.sleep(LOOK_EVERY_S)
