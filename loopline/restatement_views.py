"""A restatement as a document for programs and as lines for people."""

from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from emissions.factor import FactorBook
from emissions.number import CONTEXT
from emissions.rerun import Parts
from emissions.restatement import (
    BASE_YEAR_THRESHOLD_SHARE,
    CellChange,
    Summary,
    Unanswereds,
)
from emissions.sums import ratio
from loopline.tables import table

if TYPE_CHECKING:  # the command line prints, and need not load what serves HTTP
    from web.operate import RestatementAsked

PERCENT = 100
CELL = ("production_base", "category", "mode")
COLUMNS = ("base", "category", "mode", "old kg", "new kg", "change kg", "change")


def document(
    asked: "RestatementAsked", book: FactorBook, summary: Summary, *, appended: int
) -> dict[str, Any]:
    """Return what a restatement found and stored; every figure is a text."""
    return {
        "from_on": asked.from_on.isoformat(),
        "to_on": asked.to_on.isoformat(),
        "sets": [one.manifest.set_id for one in book.sets],
        "dry_run": asked.dry_run,
        "legs": summary.records,
        "rows": summary.rows,
        "appended": appended,
        "left_out": 0 if asked.dry_run else summary.rows - appended,
        "whole": _change(summary.whole),
        "restates_base_years": summary.whole.restates_base_years,
        "cells": [
            dict(zip(CELL, name.split("/"), strict=True)) | _change(change)
            for name, change in summary.cells.items()
        ],
        "not_reproduced": _unanswered(summary.not_reproduced),
        "refused": _unanswered(summary.refused),
    }


def _change(change: CellChange) -> dict[str, Any]:
    moved = change.new.minus(change.old).wtw_kgco2e
    return {
        "old": _parts(change.old),
        "new": _parts(change.new),
        "factor": _parts(change.factor),
        "method": _parts(change.method),
        "change_share": _text(ratio(moved, change.old.wtw_kgco2e)),
    }


def _parts(parts: Parts) -> dict[str, str | None]:
    return {name: _text(value) for name, value in parts._asdict().items()}


def _text(number: Decimal | None) -> str | None:
    return None if number is None else format(number, "f")


def _unanswered(some: Unanswereds) -> dict[str, Any]:
    return {"legs": some.in_all, "listed": [one._asdict() for one in some.listed]}


def lines(told: Mapping[str, Any], *, width: int) -> Iterator[str]:
    """Yield old and new side by side, what moved it, and what could not be run."""
    rows = [[*(cell[name] for name in CELL), *_figures(cell)] for cell in told["cells"]]
    yield from table(COLUMNS, [*rows, ["all", "", "", *_figures(told["whole"])]], width=width)
    yield ""
    for driver in ("factor", "method"):
        yield f"{driver:6} {_signed(told['whole'][driver]['wtw_kgco2e'])} kg CO2e"
    yield _base_years(told)
    yield _rows(told)
    yield from _left_as_they_were("not reproduced", told["not_reproduced"])
    yield from _left_as_they_were("refused by the new run", told["refused"])


def _figures(change: Mapping[str, Any]) -> list[str]:
    old, new = (Decimal(change[name]["wtw_kgco2e"]) for name in ("old", "new"))
    share = change["change_share"]
    percent = "" if share is None else f"{Decimal(share) * PERCENT:+,.2f} %"
    return [f"{old:,f}", f"{new:,f}", _signed(CONTEXT.subtract(new, old)), percent]


def _signed(number: Decimal | str) -> str:
    return f"{Decimal(number):+,f}"


def _base_years(told: Mapping[str, Any]) -> str:
    limit = f"{BASE_YEAR_THRESHOLD_SHARE * PERCENT:.0f} %"
    if told["restates_base_years"]:
        return f"the total moves by more than {limit}: restate the base years with it"
    return f"the total moves by no more than {limit}: base years stay"


def _rows(told: Mapping[str, Any]) -> str:
    legs = f"{told['legs']:,} legs from {told['from_on']} to {told['to_on']}"
    if told["dry_run"]:
        return f"{legs}: {told['rows']:,} rows would be appended; nothing was stored"
    left = told["left_out"]
    more = f"; {left:,} left out, corrected meanwhile: run it again" if left else ""
    return f"{legs}: {told['appended']:,} rows appended{more}"


def _left_as_they_were(what: str, some: Mapping[str, Any]) -> Iterator[str]:
    if not some["legs"]:
        return
    yield f"{some['legs']:,} legs {what}; their numbers stay:"
    for one in some["listed"]:
        yield f"  {one['event_id']}  {one['reason']}: {one['detail']}"
    unlisted = some["legs"] - len(some["listed"])
    if unlisted:
        yield f"  and {unlisted:,} more"
