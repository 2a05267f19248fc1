"""Ratios of two sums; what has no base has no ratio."""

from decimal import Decimal

from emissions.number import CONTEXT


def ratio(part: Decimal, whole: Decimal) -> Decimal | None:
    """Return ``part`` over ``whole`` at full precision; ``None`` over nothing.

    Examples
    --------
    >>> ratio(Decimal(3), Decimal(4)), ratio(Decimal(3), Decimal(0))
    (Decimal('0.75'), None)
    """
    return CONTEXT.divide(part, whole) if whole else None
