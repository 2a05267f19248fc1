"""``loopline plan``: rounds with the least cost and carbon, checked by other code."""

import typer

from loopline.plan_check import check
from loopline.plan_explain import explain_stop
from loopline.plan_replay import replay
from loopline.plan_routes import routes

app = typer.Typer(help="Plan rounds; check, explain and repeat a plan.", no_args_is_help=True)


@app.callback()
def group() -> None:
    """Plan rounds; check, explain and repeat a plan."""


app.command()(routes)
app.command()(check)
app.command("explain")(explain_stop)
app.command()(replay)
