"""``loopline plan``: rounds with the least cost and carbon, full loads; checked by other code."""

import typer

from loopline.plan_check import check
from loopline.plan_explain import explain_stop
from loopline.plan_load import plan_load
from loopline.plan_replay import replay
from loopline.plan_routes import routes

app = typer.Typer(
    help="Plan rounds and loads; check, explain and repeat a plan of rounds.", no_args_is_help=True
)

app.command()(routes)
app.command()(check)
app.command("explain")(explain_stop)
app.command()(replay)
app.command("load")(plan_load)
