"""``loopline ledger``: the take-back store, looked at from outside."""

from typing import Annotated

import typer

from ledger.chain import verify as verify_chains
from ledger.refusals import LedgerAway, LedgerMissing
from loopline import say
from loopline.ledger_at import looked_at
from loopline.running import settings_or_refuse

app = typer.Typer(help="The operational store of take-back.", no_args_is_help=True)


@app.callback()
def ledger() -> None:
    """The operational store of take-back."""


@app.command()
def verify(
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Walk through every hash chain; exit 1 and name each place where one is broken."""
    try:
        with looked_at(settings_or_refuse().ledger) as db:
            found = verify_chains(db)
    except (LedgerAway, LedgerMissing) as error:
        say.refuse(str(error), say.EXIT_SURROUNDINGS)
    broken = [
        {"kind": one.kind, "id": one.id, "version": one.version, "what": one.what}
        for one in found.breaks
    ]
    if as_json:
        say.as_json(
            {"aggregates": found.aggregates, "events": found.events, "breaks": broken},
        )
    else:
        for one in found.breaks:
            say.line(f"{one.kind} {one.id} version {one.version}: {one.what}")
        say.line(f"{found.events} events of {found.aggregates} aggregates, {len(broken)} breaks")
    if broken:
        raise typer.Exit(say.EXIT_CHECK_FAILED)
