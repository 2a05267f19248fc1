"""Figures that a set derives from others: the cell says how, and the sum is done again.

A cell such as ``ttw=epa_2025.fuel.petrol.gal/l_per_gal`` or ``ttw=co2+ch4+n2o`` is arithmetic
over factors, other parts of the row, constants of the manifest and numbers; ``p.80 row 3`` is a
place in somebody's document and stays one.
"""

import re
from collections.abc import Iterator, Mapping
from decimal import Decimal

from emissions.factor import Factor
from emissions.number import CONTEXT, ONE, ZERO
from emissions.set_file import COLUMN_OF_PART
from emissions.table import NUMBER

# A derived figure names at most this many others above each other.
MAX_DEPTH = 8
DOTTED_ID = re.compile(r"[a-z][a-z0-9_]*(\.[a-z0-9_]+)+", re.ASCII)


class CannotDerive(Exception):
    """A cell is arithmetic over a figure that is not there; the message names it."""


def cells_by_part(factor: Factor) -> dict[str, str]:
    """Return the cell of each part: where the figure stands, or how it is derived."""
    named = (cell.split("=", 1) for cell in factor.cells.split(";"))
    return {part: cell for part, cell in named}


class Deriver:
    """Does the sums of cells again, over the factors it is given."""

    def __init__(self, factors: Mapping[str, Factor]) -> None:
        """Take the factors that a cell may name."""
        self._factors = factors
        self._anew: dict[tuple[str, str], Decimal] = {}
        self._set_ids = frozenset(factor.set_id for factor in factors.values())

    def is_arithmetic(self, factor: Factor, part: str) -> bool:
        """Return whether the cell of ``part`` is a sum that can be done again.

        A cell of bare numbers counts only where it multiplies or adds: ``8/3`` may be a table.

        Raises
        ------
        CannotDerive
            If it is a sum over a factor that no set holds.
        """
        cell = cells_by_part(factor).get(part, "")
        terms = [term for product in cell.split("+") for term in re.split(r"[*/]", product)]
        known = [self._is_known(factor, term) for term in terms]
        if all(known):
            has_name = any(NUMBER.fullmatch(term) is None for term in terms)
            return has_name or "*" in cell or "+" in cell
        unknown = [term for term, is_known in zip(terms, known, strict=True) if not is_known]
        is_sum = "*" in cell or "+" in cell or _set_named(unknown) in self._set_ids
        if len(terms) > 1 and is_sum and all(DOTTED_ID.fullmatch(term) for term in unknown):
            raise CannotDerive(f"names {', '.join(unknown)}, which no set holds")
        return False

    def value(self, factor: Factor, part: str, *, anew: bool, depth: int = 0) -> Decimal:
        """Return the sum that the cell of ``part`` states, kg CO2e per unit of the factor.

        With ``anew`` the figures it names are derived anew as well, else taken as published.

        Raises
        ------
        CannotDerive
            If a figure is blank, or the cells go round in a circle.
        """
        if depth > MAX_DEPTH:
            raise CannotDerive(f"{factor.factor_id} is derived over more than {MAX_DEPTH} others")
        known = self._anew.get((factor.factor_id, part)) if anew else None
        if known is not None:
            return known
        total = ZERO
        for product in cells_by_part(factor)[part].split("+"):
            value = ONE
            for operator, term in _factors_of(product):
                figure = self._figure(factor, part, term, anew=anew, depth=depth)
                if operator == "/" and figure == 0:
                    raise CannotDerive(f"divides by {term}, which is 0")
                value = (CONTEXT.divide if operator == "/" else CONTEXT.multiply)(value, figure)
            total = CONTEXT.add(total, value)
        if anew:
            self._anew[factor.factor_id, part] = total
        return total

    def _is_known(self, factor: Factor, term: str) -> bool:
        return (
            NUMBER.fullmatch(term) is not None
            or term in COLUMN_OF_PART
            or term in self._factors
            or NUMBER.fullmatch(factor.manifest.conversions.get(term, "")) is not None
        )

    def _figure(self, factor: Factor, part: str, term: str, *, anew: bool, depth: int) -> Decimal:
        if NUMBER.fullmatch(term):
            return Decimal(term)
        if term in factor.manifest.conversions:
            return Decimal(factor.manifest.conversions[term])
        named, wanted = (factor, term) if term in COLUMN_OF_PART else (self._factors[term], part)
        if anew and self.is_arithmetic(named, wanted):
            return self.value(named, wanted, anew=True, depth=depth + 1)
        figure: Decimal | None = getattr(named, COLUMN_OF_PART[wanted])
        if figure is None:
            raise CannotDerive(f"names {wanted} of {named.factor_id}, which is blank")
        return figure


def _set_named(terms: list[str]) -> str:
    return terms[0].partition(".")[0]


def _factors_of(product: str) -> Iterator[tuple[str, str]]:
    """Yield operator and term of ``a*b/c``, the first one multiplied.

    Examples
    --------
    >>> list(_factors_of("44/12*2"))
    [('*', '44'), ('/', '12'), ('*', '2')]
    """
    pieces = re.split(r"([*/])", product)
    yield "*", pieces[0]
    yield from zip(pieces[1::2], pieces[2::2], strict=True)
