"""Exact sums of many results, and ratios of two sums; what has no base has no ratio."""

from collections.abc import Iterable
from decimal import Decimal

from emissions.number import CONTEXT, ZERO


def total(values: Iterable[Decimal]) -> Decimal:
    """Return the exact sum of ``values``, in whatever order they come.

    Examples
    --------
    >>> total([Decimal("239.165209"), Decimal("55.855928")])
    Decimal('295.021137')
    """
    added = ZERO
    for value in values:
        added = CONTEXT.add(added, value)
    return added


def ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    """Return ``part`` over ``whole`` at full precision; ``None`` over nothing.

    Examples
    --------
    >>> ratio(Decimal(3), Decimal(4)), ratio(Decimal(3), Decimal(0))
    (Decimal('0.75'), None)
    """
    return CONTEXT.divide(part, whole) if whole else None
