"""A file of alternative chains: what each link's whole mass would emit on another way.

Whoever plans routes writes it; nothing is called avoidable without a row that says by which chain.
"""

from decimal import Decimal

from emissions.defect import Defect, FactorFileError
from emissions.links import Alternative, LinkKey
from emissions.number import ZERO
from emissions.table import Line, lines_of

COLUMNS = ("lane", "mode", "vehicle_class", "chain", "mass_kg", "kgco2e", "is_feasible")
MAX_ALTERNATIVES = 100_000


def read_alternatives(file: str, text: str) -> tuple[Alternative, ...]:
    """Return the alternatives of a CSV whose header is exactly ``COLUMNS``.

    Raises
    ------
    FactorFileError
        With every defect: file, line, column, value.

    Examples
    --------
    >>> header = "lane,mode,vehicle_class,chain,mass_kg,kgco2e,is_feasible"
    >>> [one] = read_alternatives("a.csv", header + chr(10) + "A~B,road,rigid,rail,1000,2.5,yes")
    >>> one.chain, one.kgco2e, one.is_feasible
    ('rail', Decimal('2.5'), True)
    """
    found: list[Alternative] = []
    defects: list[Defect] = []
    for line in lines_of(file, text, COLUMNS):
        if len(found) == MAX_ALTERNATIVES:
            message = f"is beyond the {MAX_ALTERNATIVES:,} that are read"
            defects.append(Defect(file, line.number, "line", "", message))
            break
        if not line.defects:
            found.append(_alternative(line))
        defects.extend(line.defects)
    if defects:
        raise FactorFileError(defects)
    return tuple(found)


def _alternative(line: Line) -> Alternative:
    key = LinkKey(line.needed("lane"), line.needed("mode"), line.needed("vehicle_class"))
    return Alternative(
        key=key,
        chain=line.needed("chain"),
        mass_kg=_number(line, "mass_kg"),
        kgco2e=_number(line, "kgco2e"),
        is_feasible=line.flag("is_feasible"),
    )


def _number(line: Line, column: str) -> Decimal:
    line.needed(column)
    return line.number_or_none(column) or ZERO
