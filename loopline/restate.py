"""``loopline restate``: recorded legs under other factor sets, old and new side by side."""

import re
import time
from calendar import monthrange
from collections.abc import Mapping
from datetime import date
from typing import Annotated, Any

import typer

from loopline import say
from loopline.ask import StackAway, StackRefused, ask
from loopline.restatement_views import lines
from loopline.running import running_or_refuse, settings_or_refuse
from loopline.stack_file import RunningStack
from loopline.tables import terminal_width

LOOK_EVERY_S = 0.1
PROGRESS_AFTER_S = 2.0
PATH = "/v1/operate/restatements"
MONTHS = (1, 12)
_END = re.compile(r"([0-9]{4})(?:-(0[1-9]|1[0-2]))?")
_FORM = "a period is a month (2026-03), a year (2026), or two of them (2026-01..2026-03)"


def restate(
    period: Annotated[str, typer.Argument(help="2026-03, 2026 or 2026-01..2026-03")],
    sets: Annotated[
        str, typer.Option(help="the only sets that answer, the first in front: SET,SET")
    ] = "",
    dry_run: Annotated[bool, typer.Option("--dry-run", help="show it, store nothing")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Run a period's legs under the sets approved now, and append what changes; exit 1 for gaps."""
    try:
        from_on, to_on = days_of(period)
    except ValueError as error:
        say.refuse(str(error), say.EXIT_BAD_INPUT)
    asked = {
        "from_on": from_on.isoformat(),
        "to_on": to_on.isoformat(),
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


def days_of(period: str) -> tuple[date, date]:
    """Return the first and the last day of a month, a year, or a span of either.

    Raises
    ------
    ValueError
        If it is none of them, or ends before it begins.

    Examples
    --------
    >>> days_of("2024-02")
    (datetime.date(2024, 2, 1), datetime.date(2024, 2, 29))
    >>> days_of("2025..2026-03")[1]
    datetime.date(2026, 3, 31)
    """
    begin, _, end = period.partition("..")
    first, last = _END.fullmatch(begin), _END.fullmatch(end or begin)
    if first is None or last is None or "0000" in (first[1], last[1]):
        raise ValueError(f"PERIOD {period}: {_FORM}")
    from_on = date(int(first[1]), int(first[2] or MONTHS[0]), 1)
    year, month = int(last[1]), int(last[2] or MONTHS[1])
    to_on = date(year, month, monthrange(year, month)[1])
    if to_on < from_on:
        raise ValueError(f"PERIOD {period} ends before it begins")
    return from_on, to_on


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
