"""``loopline takeback``: the state tables of take-back, as charts or as one document."""

from enum import StrEnum
from typing import Annotated

import typer

from loopline import say
from recycling.charts import mermaid, states_json
from recycling.tables import TABLES
from recycling.vocabulary import AggregateKind

app = typer.Typer(help="Take-back orders, units, batches and lots.", no_args_is_help=True)


class Format(StrEnum):
    """How the tables are told."""

    MERMAID = "mermaid"
    JSON = "json"


@app.callback()
def group() -> None:
    """Take-back orders, units, batches and lots."""


@app.command()
def states(
    form: Annotated[Format, typer.Option("--format", help="mermaid or json")] = Format.MERMAID,
    of: Annotated[AggregateKind | None, typer.Option(help="only this table")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Print the state tables that the rules run on: states, commands, roles, guards, evidence."""
    tables = [table for kind, table in TABLES.items() if of in (None, kind)]
    if as_json or form is Format.JSON:
        say.as_json({"tables": [states_json(table) for table in tables]})
        return
    for table in tables:
        say.line(f"%% {table.kind}\n{mermaid(table)}")
