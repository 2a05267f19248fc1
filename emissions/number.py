"""Exact numbers: one context for every sum of this room, and the roundings a result may have."""

from decimal import (
    ROUND_HALF_EVEN,
    Context,
    Decimal,
    DivisionByZero,
    InvalidOperation,
    Overflow,
)

from schemas.refusal import Reason, Refused

PRECISION_DIGITS = 34
CONTEXT = Context(
    prec=PRECISION_DIGITS,
    rounding=ROUND_HALF_EVEN,
    traps=[InvalidOperation, DivisionByZero, Overflow],
)

ZERO = Decimal(0)
ONE = Decimal(1)
MILLI = Decimal("0.001")
MICRO = Decimal("0.000001")
# The stores keep DECIMAL(18,6).
RESULT_LIMIT_KGCO2E = Decimal(10) ** 12


def decimal_of(value: object) -> Decimal:
    """Return ``value``, a Decimal, an int or a text, as the Decimal it was written as.

    Raises
    ------
    TypeError
        If it is a float: its digits are not those anybody wrote.

    Examples
    --------
    >>> decimal_of("0.07703")
    Decimal('0.07703')
    """
    if isinstance(value, Decimal):
        return value
    if isinstance(value, bool) or not isinstance(value, int | str):
        raise TypeError(f"an exact number is a Decimal, int or str, got {value!r}")
    return Decimal(value)


def quantise_3(value: Decimal) -> Decimal:
    """Return ``value`` at three decimals, half even: a gram of mass, a metre of distance.

    Examples
    --------
    >>> quantise_3(Decimal("412.0005"))
    Decimal('412.000')
    """
    return value.quantize(MILLI, None, CONTEXT)  # by name it takes twice as long


def quantise_kg(value: Decimal) -> Decimal:
    """Return ``value`` at 0.000001, half even: the milligram every stored emission has.

    Examples
    --------
    >>> quantise_kg(Decimal("239.16520896"))
    Decimal('239.165209')
    """
    return value.quantize(MICRO, None, CONTEXT)


def stored_kg(field: str, value: Decimal) -> Decimal:
    """Return the emission ``value`` as it is stored: at the milligram, below 1e12 kg.

    Raises
    ------
    Refused
        If no store could hold it.

    Examples
    --------
    >>> stored_kg("ttw_kgco2e", Decimal("239.16520896"))
    Decimal('239.165209')
    """
    stored = quantise_kg(value)
    if stored >= RESULT_LIMIT_KGCO2E:
        raise _too_large(field, stored)
    return stored


def stored_sum(field: str, one: Decimal, other: Decimal) -> Decimal:
    """Return the sum of two emissions as they are stored: it needs no rounding of its own.

    Raises
    ------
    Refused
        If no store could hold it.

    Examples
    --------
    >>> stored_sum("wtw_kgco2e", Decimal("55.855928"), Decimal("239.165209"))
    Decimal('295.021137')
    """
    stored = CONTEXT.add(one, other)
    if stored >= RESULT_LIMIT_KGCO2E:
        raise _too_large(field, stored)
    return stored


def _too_large(field: str, stored: Decimal) -> Refused:
    return Refused(Reason.RESULT_TOO_LARGE, f"{field} {stored} is not below {RESULT_LIMIT_KGCO2E}")
