"""Figures of editions that were replaced and still circulate."""

from dataclasses import dataclass, fields
from decimal import Decimal
from functools import cache
from pathlib import Path

from emissions.defect import FactorFileError
from emissions.number import CONTEXT
from emissions.table import lines_of

TABLE = Path(__file__).with_name("stale_figures.csv")
# How much of a unit one published unit is: a stale figure is found in kilometres too.
METRIC = {
    "short_ton_mile": ("tkm", Decimal("1.45997231821056")),
    "mi": ("km", Decimal("1.609344")),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class StaleFigure:
    """One figure of a replaced edition, and the one that stands now, kg CO2 per unit."""

    publisher: str
    title: str
    region: str
    mode: str
    per_unit: str
    figure: Decimal
    current_figure: Decimal
    note: str

    def stands_in(self, printed: Decimal, per_unit: str) -> bool:
        """Return whether ``printed`` per ``per_unit`` is this figure, as it is or made metric."""
        if per_unit == self.per_unit:
            return printed == self.figure
        unit, per_published = METRIC[self.per_unit]
        if per_unit != unit or printed == 0:
            return False
        metric = CONTEXT.divide(self.figure, per_published)
        return metric.quantize(printed, context=CONTEXT) == printed and _digits(printed) > 2


def _digits(printed: Decimal) -> int:
    """How many digits a figure has; two of them are no proof of anything."""
    return len(printed.normalize().as_tuple().digits)


@cache
def stale_figures() -> tuple[StaleFigure, ...]:
    """Return the packaged table.

    Raises
    ------
    FactorFileError
        With every defect of it.
    """
    columns = tuple(field.name for field in fields(StaleFigure))
    lines = list(lines_of(TABLE.name, TABLE.read_text("utf-8"), columns))
    rows = [
        StaleFigure(
            publisher=line.needed("publisher"),
            title=line.needed("title"),
            region=line.needed("region"),
            mode=line.needed("mode"),
            per_unit=line.one_of("per_unit", frozenset(METRIC)),
            figure=line.number_or_none("figure") or Decimal(0),
            current_figure=line.number_or_none("current_figure") or Decimal(0),
            note=line.text("note"),
        )
        for line in lines
        if not line.defects
    ]
    defects = [defect for line in lines for defect in line.defects]
    if defects:
        raise FactorFileError(defects)
    return tuple(rows)
