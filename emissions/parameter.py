"""Figures of the method itself (a passenger's mass, a default load): rows with their source."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType

from emissions.defect import FactorFileError
from emissions.number import ZERO
from emissions.table import Line, lines_of

TABLE = Path(__file__).parent / "parameters.csv"
COLUMNS = ("parameter_id", "value", "unit", "is_assumption", "source", "note")


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameter:
    """One figure of the method, who gave it, and whether it is only assumed."""

    parameter_id: str
    value: Decimal
    unit: str
    is_assumption: bool
    source: str
    note: str


def parameter(parameter_id: str) -> Parameter:
    """Return the figure of the method called ``parameter_id``.

    Raises
    ------
    KeyError
        If the table has none: that is a mistake of the caller, not of a record.

    Examples
    --------
    >>> parameter("teu.average.t").value
    Decimal('10')
    """
    return parameters()[parameter_id]


@cache
def parameters() -> Mapping[str, Parameter]:
    """Return every figure of the method by its id; read once.

    Raises
    ------
    FactorFileError
        With every defect of the table, an id said twice among them.
    """
    found: dict[str, Parameter] = {}
    defects = []
    for line in lines_of(TABLE.name, TABLE.read_text("utf-8"), COLUMNS):
        if not line.defects:
            one = _parameter(line)
            if one.parameter_id in found:
                line.blame("parameter_id", "is there twice")
            found[one.parameter_id] = one
        defects.extend(line.defects)
    if defects:
        raise FactorFileError(defects)
    return MappingProxyType(found)


def _parameter(line: Line) -> Parameter:
    line.needed("value")
    value = line.number_or_none("value")
    return Parameter(
        parameter_id=line.needed("parameter_id"),
        value=ZERO if value is None else value,  # a blank one is a defect and never gets out
        unit=line.needed("unit"),
        is_assumption=line.flag("is_assumption"),
        source=line.needed("source"),
        note=line.text("note"),
    )
