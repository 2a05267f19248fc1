"""``loopline sql``: one SELECT on the newest published copy of the warehouse."""

import csv
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from loopline import say
from loopline.copies import fresh_copy_or_refuse, text_or_refuse
from loopline.running import settings_or_refuse
from warehouse.snapshot import Answer, SqlRefused
from warehouse.snapshot import ask as ask_snapshot

FORMATS = ("table", "csv", "tsv", "json", "ndjson")
MAX_CELL = 60


def sql(
    statement: Annotated[str | None, typer.Argument(help="one SELECT over mart.*")] = None,
    file: Annotated[Path | None, typer.Option("-f", "--file", help="read it from a file")] = None,
    format_: Annotated[str, typer.Option("--format", help=", ".join(FORMATS))] = "table",
    as_json: Annotated[bool, typer.Option("--json", help="the same as --format json")] = False,
) -> None:
    """Answer one SELECT; with a stack running, a fresh copy is published first."""
    chosen = "json" if as_json else format_
    if chosen not in FORMATS:
        say.refuse(f"--format {chosen} is none of {', '.join(FORMATS)}", say.EXIT_BAD_INPUT)
    copy = fresh_copy_or_refuse(settings_or_refuse())
    try:
        answer = ask_snapshot(copy, _statement(statement, file))
    except SqlRefused as error:
        say.refuse(f"the statement {error}", say.EXIT_BAD_INPUT)
    _print(answer, chosen)
    if answer.is_cut:
        say.note(f"loopline: cut after {len(answer.rows):,} rows")


def _statement(statement: str | None, file: Path | None) -> str:
    if statement is not None:
        return statement
    if file is None:
        say.refuse("name a SELECT, or a file with -f", say.EXIT_BAD_INPUT)
    return text_or_refuse(file)


def _print(answer: Answer, chosen: str) -> None:
    if chosen in ("json", "ndjson"):
        records = [dict(zip(answer.columns, row, strict=True)) for row in answer.rows]
        if chosen == "json":
            say.as_json(records)
        else:
            for record in records:
                say.as_json(record)
    elif chosen in ("csv", "tsv"):
        writer = csv.writer(sys.stdout, delimiter="," if chosen == "csv" else "\t")
        writer.writerow(answer.columns)
        writer.writerows([_cell(value) for value in row] for row in answer.rows)
    else:
        _print_table(answer)


def _cell(value: Any) -> str:
    """Return a cell that no spreadsheet takes for a formula."""
    if value is None:
        return ""
    text = str(value)
    is_text = isinstance(value, str)
    return f"'{text}" if is_text and text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _print_table(answer: Answer) -> None:
    rows = [[_cell(value)[:MAX_CELL] for value in row] for row in answer.rows]
    widths = [
        max([len(name), *(len(row[at]) for row in rows)]) for at, name in enumerate(answer.columns)
    ]
    for row in [list(answer.columns), ["-" * width for width in widths], *rows]:
        cells = (cell.ljust(width) for cell, width in zip(row, widths, strict=True))
        say.line("  ".join(cells).rstrip())
