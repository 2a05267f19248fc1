"""``loopline status``: what the running stack has stored, and what waits."""

from typing import Annotated

import typer

from loopline import say
from loopline.ask import StackAway, StackRefused, ask
from loopline.running import running_or_refuse, settings_or_refuse


def status(as_json: Annotated[bool, typer.Option("--json")] = False) -> None:
    """Tell offsets, rows, duplicates and dead letters of the running stack."""
    stack = running_or_refuse(settings_or_refuse())
    try:
        told = {
            "board": f"{stack.http}/board",
            "durable": stack.durable,
            **ask(stack, "/v1/operate/progress"),
            "stored": ask(stack, "/v1/operate/stored"),
        }
    except (StackAway, StackRefused) as error:
        say.refuse(str(error), say.EXIT_SURROUNDINGS)
    if as_json:
        say.as_json(told)
        return
    for name, value in told.items():
        say.line(f"{name:12} {value}")
