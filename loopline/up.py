"""``loopline up``: the stack on this machine until Ctrl-C."""

from typing import Annotated

import typer

from loopline import say
from loopline.interrupt import Interrupt
from loopline.running import stack_for, start_or_refuse


def up(
    broker: Annotated[
        str, typer.Option(help="embedded, or kafka (Apache Kafka by Maven, needs Java 17+)")
    ] = "embedded",
    workers: Annotated[int, typer.Option(min=1, max=64, help="emission workers")] = 1,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON line when ready")] = False,
) -> None:
    """Start broker, topics, workers, sink, API and board; end them with Ctrl-C."""
    tell = say.note if as_json else say.line
    interrupt = Interrupt()
    stack = stack_for(broker, workers=workers, tell=tell, takeback=True)
    running = start_or_refuse(stack)
    try:
        if as_json:
            say.as_json({"board": f"{running.http}/board", "bootstrap": running.bootstrap})
        else:
            say.line(f"board: {running.http}/board")
        stack.watch(until=lambda: interrupt.came)
    finally:
        tell("stopping")
        stack.stop()
