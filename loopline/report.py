"""``loopline report``: what a period emitted, for verifiers, machines and people."""

import hashlib
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import IO, Annotated

import typer

from emissions.factor import FactorBook
from emissions.justification import read_justifications
from emissions.period import Period
from emissions.report_iso14083 import Report, Tally
from emissions.report_page import MAX_ROWS_ON_A_PAGE, page_in_both_languages
from emissions.report_rows import csv_columns, csv_header, csv_row, ndjson_header, ndjson_row
from emissions.tce_row import MAX_SAMPLE_ROWS, About, TceRow
from loopline import say
from loopline.copies import fresh_copy_or_refuse, period_or_refuse, text_or_refuse
from loopline.period_data import hub_row, organisation_of, tce_row
from loopline.running import book_or_refuse, settings_or_refuse
from schemas.refusal import Refused
from warehouse.hub_now import hubs_of
from warehouse.period_rows import legs_of, primary_shares, shipments
from warehouse.refused import coverage
from warehouse.snapshot import Copy, opened

app = typer.Typer(help="Reports of a period.", no_args_is_help=True)
TOLD_AFTER_S = 2.0
SPOOL_BYTES = 8 * 1024 * 1024
DEFAULT_SAMPLE_ROWS = 25
EXIT_OF_NOTHING = say.EXIT_CHECK_FAILED


@dataclass(frozen=True, slots=True)
class Form:
    """How a report is written: its body row by row, and what stands before or instead of it."""

    begins: str
    row: Callable[[TceRow], str]
    header: Callable[[Report, str], str]
    has_body: bool


FORMS: Mapping[str, Form] = {
    "csv": Form(csv_columns(), csv_row, csv_header, has_body=True),
    "ndjson": Form("", ndjson_row, ndjson_header, has_body=True),
    # the page names the hash of the CSV's body, and holds the first rows only
    "html": Form(
        csv_columns(),
        csv_row,
        lambda report, body_sha256: page_in_both_languages(report, body_sha256=body_sha256),
        has_body=False,
    ),
}


@app.command("iso14083")
def iso14083(
    period: Annotated[str, typer.Option(help="2026, 2026-Q2, 2026-06, 2026-01..2026-06")],
    format_: Annotated[str, typer.Option("--format", help=", ".join(FORMS))] = "ndjson",
    output: Annotated[Path | None, typer.Option("-o", "--output", help="a file")] = None,
    shipment: Annotated[str | None, typer.Option(help="only this shipment")] = None,
    organisation: Annotated[
        str | None, typer.Option(help="who reports; else the companies of the legs")
    ] = None,
    seed: Annotated[
        str | None, typer.Option(help="draws the sample: the verifier's; else the period")
    ] = None,
    sample: Annotated[
        int, typer.Option(min=0, max=MAX_SAMPLE_ROWS, help="rows drawn for the verifier")
    ] = DEFAULT_SAMPLE_ROWS,
    justifications: Annotated[
        Path | None, typer.Option(help="TOML: per operation category why default data had to do")
    ] = None,
) -> None:
    """Write the ISO 14083 report of a period, from the legs as they stand."""
    if format_ not in FORMS:
        say.refuse(f"--format {format_} is none of {', '.join(FORMS)}", say.EXIT_BAD_INPUT)
    asked = period_or_refuse(period, "--period")
    reasons = _reasons(justifications)
    settings = settings_or_refuse()
    book = book_or_refuse(settings)
    with opened(fresh_copy_or_refuse(settings)) as copy:
        about = About(
            organisation=organisation or organisation_of(copy.query, asked),
            service=shipment,
            from_on=asked.from_on,
            to_on=asked.to_on,
            seed=asked.name if seed is None else seed,
            sample_rows=sample,
            justifications=reasons,
        )
        _write(_parts(copy, asked, about, book, FORMS[format_]), output)


def _reasons(file: Path | None) -> Mapping[str, str]:
    try:
        return {} if file is None else read_justifications(text_or_refuse(file))
    except Refused as error:
        say.refuse(f"{file}: {error.detail}", say.EXIT_BAD_INPUT)


def _parts(
    copy: Copy, period: Period, about: About, book: FactorBook, form: Form
) -> Iterator[bytes]:
    """Yield the report piece by piece: the header is known last and stands first."""
    days = period.from_on, period.to_on
    chains = shipments(copy.query, *days, shipment_id=about.service)
    hubs = () if about.service else hubs_of(copy.query, *days)
    if not chains and not hubs:
        of = "" if about.service is None else f" of shipment {about.service}"
        say.refuse(f"no leg{of} has a number in {period.name}", EXIT_OF_NOTHING)
    with tempfile.SpooledTemporaryFile(SPOOL_BYTES) as body:
        try:
            tally, sha256 = _add_up(copy, period, about, book, form, body)
        except Refused as error:
            say.refuse(error.detail, say.EXIT_CHECK_FAILED)
        known = coverage(copy.query, *days, shipment_id=about.service)
        report = tally.report(chains=chains, coverage=known)
        yield _bytes(form.header(report, sha256))
        body.seek(0)
        while piece := body.read(SPOOL_BYTES):
            yield piece


def _add_up(
    copy: Copy, period: Period, about: About, book: FactorBook, form: Form, body: IO[bytes]
) -> tuple[Tally, str]:
    """Return the sums of the period and the hash of its body, which is written to ``body``."""
    tally, digest = Tally(about, keep_rows=MAX_ROWS_ON_A_PAGE), hashlib.sha256()
    progress, done = say.Progress("legs", after_s=TOLD_AFTER_S), 0
    days = period.from_on, period.to_on
    covered = primary_shares(copy.query, *days, shipment_id=about.service)
    digest.update(_put(body, form.begins, form))
    for done, row in enumerate(_rows(copy, days, about, book, covered), start=1):
        tally.add(row)
        digest.update(_put(body, form.row(row), form))
        progress.at(done, None)
    progress.done(done, None)
    return tally, digest.hexdigest()


def _rows(
    copy: Copy,
    days: tuple[date, date],
    about: About,
    book: FactorBook,
    covered: Mapping[str, Decimal],
) -> Iterator[TceRow]:
    """Yield the legs, and for the whole organisation the months of its hubs."""
    for leg in legs_of(copy.pages, *days, shipment_id=about.service):
        yield tce_row(leg, book, covered)
    if about.service is None:
        for hub in hubs_of(copy.query, *days):
            yield hub_row(hub, book)


def _put(body: IO[bytes], text: str, form: Form) -> bytes:
    piece = _bytes(text)
    if form.has_body:
        body.write(piece)
    return piece


def _bytes(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _write(parts: Iterator[bytes], output: Path | None) -> None:
    """Write to stdout, or to a file that is there whole or not at all."""
    try:
        if output is None:
            for part in parts:
                sys.stdout.buffer.write(part)
            sys.stdout.buffer.flush()
        elif output.exists() and not output.is_file():  # a pipe or a device
            with output.open("wb") as file:
                file.writelines(parts)
        else:
            _write_whole(parts, output)
    except OSError as error:
        what = f"{output or 'stdout'} cannot be written: {error.strerror}"
        say.refuse(what, say.EXIT_SURROUNDINGS)


def _write_whole(parts: Iterator[bytes], output: Path) -> None:
    unfinished = output.with_name(f".{output.name}.{os.getpid()}")
    try:
        with unfinished.open("wb") as file:
            file.writelines(parts)
        unfinished.replace(output)
    finally:
        unfinished.unlink(missing_ok=True)
