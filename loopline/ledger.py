"""``loopline ledger``: the take-back store, looked at from outside."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from ledger.audit_log import audit_lines, check_lines
from ledger.chain import verify as verify_chains
from ledger.refusals import LedgerAway, LedgerMissing
from ledger.statements import Statements
from loopline import say
from loopline.ledger_at import looked_at
from loopline.running import settings_or_refuse

app = typer.Typer(help="The operational store of take-back.", no_args_is_help=True)


@app.callback()
def ledger() -> None:
    """The operational store of take-back."""


@contextmanager
def _opened_or_refused() -> Iterator[Statements]:
    try:
        with looked_at(settings_or_refuse().ledger) as db:
            yield db
    except (LedgerAway, LedgerMissing) as error:
        say.refuse(str(error), say.EXIT_SURROUNDINGS)


@app.command()
def verify(
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Walk through every hash chain; exit 1 and name each place where one is broken."""
    with _opened_or_refused() as db:
        found = verify_chains(db)
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


@app.command()
def export(
    file: Annotated[Path, typer.Argument(help="where the audit log goes; it must not be there")],
) -> None:
    """Write every event to a file, a line of JSON each, and print what stands for all of them."""
    with _opened_or_refused() as db:
        try:
            with file.open("x", encoding="utf-8") as opened:
                opened.writelines(audit_lines(db))
        except OSError as error:
            say.refuse(f"{file} cannot be written: {error.strerror or error}", say.EXIT_BAD_INPUT)
    with file.open("rb") as written:
        found = check_lines(written)
    say.line(f"{found.events} events of {found.aggregates} aggregates, head {found.head_sha256}")
    if found.breaks:
        say.refuse(
            f"the ledger contradicts itself; loopline verify {file} says where",
            say.EXIT_CHECK_FAILED,
        )
