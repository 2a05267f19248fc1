"""``loopline kpi``: what a period emitted, against another, and how well it is known."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from emissions.alternatives import read_alternatives
from emissions.defect import FactorFileError
from emissions.factor import FactorBook
from emissions.links import Alternative, Link, links_of
from emissions.period import Period
from emissions.period_change import Comparison, compare
from emissions.period_kpi import KpiCell, PeriodFigures, figures_of
from emissions.target_check import check_targets
from emissions.targets import Target, read_targets
from loopline import kpi_documents as documents
from loopline import say
from loopline.copies import fresh_copy_or_refuse, period_or_refuse, text_or_refuse
from loopline.kpi_views import kpi_lines
from loopline.period_data import organisation_of
from loopline.running import book_or_refuse, settings_or_refuse
from loopline.tables import terminal_width
from schemas.refusal import Refused
from schemas.vocabulary import DataClass
from warehouse.period_rows import SPLITS, cells, lanes
from warehouse.refused import coverage
from warehouse.snapshot import Copy, opened

MAX_LINKS = 1_000
DEFAULT_LINKS = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class _Question:
    """What is asked, its files read; ``targets`` is ``None`` where no file was named."""

    period: Period
    against: Period | None
    by: str
    organisation: str | None
    targets: tuple[Target, ...] | None
    alternatives: tuple[Alternative, ...]
    links: int


def kpi(
    period: Annotated[str, typer.Argument(help="2026, 2026-Q2, 2026-06, 2026-01..2026-06")],
    against: Annotated[str | None, typer.Option(help="the period to compare with")] = None,
    by: Annotated[str, typer.Option(help=", ".join(SPLITS))] = "mode",
    targets: Annotated[Path | None, typer.Option(help="a targets.toml")] = None,
    alternatives: Annotated[
        Path | None, typer.Option(help="CSV of chains that a link could take instead")
    ] = None,
    organisation: Annotated[
        str | None, typer.Option(help="whose targets; else the companies of the legs")
    ] = None,
    links: Annotated[int, typer.Option(min=0, max=MAX_LINKS, help="links shown")] = DEFAULT_LINKS,
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Tell totals, intensities, change and drivers, coverage, quality, links and targets."""
    if by not in SPLITS:
        say.refuse(f"--by {by} is none of {', '.join(SPLITS)}", say.EXIT_BAD_INPUT)
    asked = period_or_refuse(period, "PERIOD")
    other = None if against is None else period_or_refuse(against, "--against")
    question = _Question(
        period=asked,
        against=other,
        by=by,
        organisation=organisation,
        targets=_targets(targets),
        alternatives=_alternatives(alternatives),
        links=links,
    )
    settings = settings_or_refuse()
    book = book_or_refuse(settings)
    with opened(fresh_copy_or_refuse(settings)) as copy:
        try:
            document = documents.as_texts(_document(copy, question, book))
        except Refused as error:
            say.refuse(error.detail, say.EXIT_BAD_INPUT)
    if as_json:
        say.as_json(document)
        return
    for line in kpi_lines(document, width=terminal_width()):
        say.line(line)


def _document(copy: Copy, asked: _Question, book: FactorBook) -> dict[str, Any]:
    told = _cells_or_refuse(copy, asked.period, asked.by)
    figures = figures_of(told, book)
    found = _all_links(copy, asked)
    name = asked.organisation or organisation_of(copy.query, asked.period)
    comparison = _comparison(copy, asked, book, told, figures)
    document = documents.kpi_document(
        period=asked.period,
        organisation=name,
        by=asked.by,
        figures=figures,
        coverage=coverage(copy.query, asked.period.from_on, asked.period.to_on),
        links=found[: asked.links],
        all_links=len(found),
    )
    document["cells"] = documents.cells_document(figures, comparison, by=asked.by)
    if asked.against is not None and comparison is not None:
        document["against"] = documents.period_document(asked.against)
        document["change"] = documents.change_document(comparison.whole)
        document["drivers"] = documents.drivers_document(comparison)
    if asked.targets is not None:
        document["targets"] = _checked(asked, name, figures)
    return document


def _cells_or_refuse(copy: Copy, period: Period, by: str) -> tuple[KpiCell, ...]:
    found = cells(copy.query, period.from_on, period.to_on, by=by)
    if not found:
        gaps = coverage(copy.query, period.from_on, period.to_on).gaps
        refused = sum(gap.records for gap in gaps.values())
        more = f"; {refused:,} records have none, see `loopline dlq list`" if refused else ""
        say.refuse(f"no leg has a number in {period.name}{more}", say.EXIT_CHECK_FAILED)
    return found


def _comparison(
    copy: Copy,
    asked: _Question,
    book: FactorBook,
    new: Sequence[KpiCell],
    figures: PeriodFigures,
) -> Comparison | None:
    if asked.against is None:
        return None
    old = _cells_or_refuse(copy, asked.against, asked.by)
    return compare(old, new, old_figures=figures_of(old, book), new_figures=figures)


def _all_links(copy: Copy, asked: _Question) -> tuple[Link, ...]:
    """Return every link, the most avoidable first, then those that emitted most."""
    moved = lanes(copy.query, asked.period.from_on, asked.period.to_on)
    return links_of(moved, asked.alternatives)


def _checked(asked: _Question, name: str, figures: PeriodFigures) -> list[dict[str, Any]]:
    whole = figures.whole
    found = check_targets(
        asked.targets or (),
        organisation=name,
        period=asked.period,
        figures={
            "emission": whole.wtw_kgco2e,
            "intensity": whole.wtw_kgco2e_per_tkm,
            "primary_share": whole.data.kg_share(DataClass.PRIMARY),
        },
    )
    return [documents.target_document(one) for one in found]


def _targets(file: Path | None) -> tuple[Target, ...] | None:
    try:
        return None if file is None else read_targets(text_or_refuse(file))
    except Refused as error:
        say.refuse(f"{file}: {error.detail}", say.EXIT_BAD_INPUT)


def _alternatives(file: Path | None) -> tuple[Alternative, ...]:
    try:
        return () if file is None else read_alternatives(file.name, text_or_refuse(file))
    except FactorFileError as error:
        say.refuse(f"{error.defects[0]}", say.EXIT_BAD_INPUT)
