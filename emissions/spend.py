"""Money times a factor: the last resort, rank 6, which nobody gets without asking for it."""

from collections.abc import Iterable
from decimal import Decimal

from emissions.number import CONTEXT, ZERO


def spend_emission(rows: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """Return the emission of (amount, kgco2e_per_amount) rows, unrounded.

    Notes
    -----
    GHG Protocol scope 3 guidance, spend-based method. No factor selection falls back to it.

    Examples
    --------
    >>> spend_emission([(Decimal(20_000), Decimal("0.3")), (Decimal(1_000), Decimal("0.12"))])
    Decimal('6120.00')
    """
    total = ZERO
    for amount, kgco2e_per_amount in rows:
        total = CONTEXT.add(total, CONTEXT.multiply(amount, kgco2e_per_amount))
    return total
