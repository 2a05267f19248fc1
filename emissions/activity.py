"""Transport activity: what was moved how far; a total is a sum of products."""

from collections.abc import Iterable
from decimal import Decimal

from emissions.number import CONTEXT, ZERO

KG_PER_T = Decimal(1_000)


def transport_tkm(*, mass_kg: Decimal, distance_km: Decimal) -> Decimal:
    """Return the transport activity of one chain element, in tonne-kilometres.

    Parameters
    ----------
    mass_kg
        Mass moved with its packaging, without the carrier's pallets. Positive.
    distance_km
        Shortest feasible or great-circle distance, never the odometer. Not negative.

    Raises
    ------
    ValueError
        If the mass is not positive or the distance is negative.

    Notes
    -----
    ISO 14083:2023, transport activity.

    Examples
    --------
    >>> transport_tkm(mass_kg=Decimal(12_000), distance_km=Decimal(350))
    Decimal('4200')
    """
    if mass_kg <= 0:
        raise ValueError(f"mass_kg must be positive, got {mass_kg}")
    if distance_km < 0:
        raise ValueError(f"distance_km must not be negative, got {distance_km}")
    return CONTEXT.multiply(CONTEXT.divide(mass_kg, KG_PER_T), distance_km)


def total_tkm(rows: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """Return the activity of many (mass_kg, distance_km) rows, in tonne-kilometres.

    Notes
    -----
    GLEC Framework v3.0, page 23: the sum of products, not the product of sums.

    Examples
    --------
    >>> total_tkm([(Decimal(10_000), Decimal(5)), (Decimal(2_000), Decimal(100))])
    Decimal('250')
    """
    total = ZERO
    for mass_kg, distance_km in rows:
        total = CONTEXT.add(total, transport_tkm(mass_kg=mass_kg, distance_km=distance_km))
    return total


def teu_km(*, teu: Decimal, distance_km: Decimal) -> Decimal:
    """Return the activity of containers counted in TEU, in TEU-kilometres.

    Raises
    ------
    ValueError
        If the count is not positive or the distance is negative.

    Examples
    --------
    >>> teu_km(teu=Decimal(2), distance_km=Decimal(19_500))
    Decimal('39000')
    """
    if teu <= 0:
        raise ValueError(f"teu must be positive, got {teu}")
    if distance_km < 0:
        raise ValueError(f"distance_km must not be negative, got {distance_km}")
    return CONTEXT.multiply(teu, distance_km)
