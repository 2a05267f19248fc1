"""Bounds of every physical quantity, and the one reading of a number that keeps all its digits."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from schemas.refusal import Reason, Refused, shown

MAX_DIGITS = 18


class NotFinite(ValueError):
    """A number that is NaN or infinite."""


class OutOfBounds(ValueError):
    """A number outside its bound, or with more digits than are kept."""


@dataclass(frozen=True, slots=True)
class Bound:
    """What a quantity may be: ``minimum`` (excluded where ``above``) to ``maximum`` (``below``)."""

    minimum: Decimal
    maximum: Decimal
    above: bool = False
    below: bool = False

    def __str__(self) -> str:
        """Return the bound in words.

        Examples
        --------
        >>> print(BOUNDS["empty_distance_share"])
        from 0 to below 1
        """
        least = f"{'above' if self.above else 'from'} {self.minimum:f}"
        return f"{least} to {'below ' if self.below else ''}{self.maximum:f}"

    def reaches(self, number: Decimal) -> bool:
        """Return whether ``number`` does not lie beyond the upper end."""
        return number < self.maximum if self.below else number <= self.maximum


def _bound(minimum: str, maximum: str, *, above: bool = False, below: bool = False) -> Bound:
    return Bound(Decimal(minimum), Decimal(maximum), above, below)


# The last word of a field is its unit, so the bound follows from the name's ending or the name.
BOUNDS: Mapping[str, Bound] = MappingProxyType(
    {
        "mass_kg": _bound("0", "1e9", above=True),
        "volume_m3": _bound("0", "999999", above=True),
        "distance_km": _bound("0", "45000", above=True),
        "main_line_km": _bound("0", "45000"),
        "transport_tkm": _bound("0", "1e11"),
        "emission_kgco2e": _bound("0", "999999999999.999999"),
        "daf": _bound("0", "100", above=True),
        "lat": _bound("-90", "90"),
        "lon": _bound("-180", "180"),
        "share": _bound("0", "1"),
        "load_share": _bound("0", "1", above=True),
        "empty_distance_share": _bound("0", "1", below=True),
        "energy_kwh": _bound("0", "1e9"),
        "fuel_l": _bound("0", "1e9"),
        "total_h": _bound("0", "1e7"),
        "total_kwh": _bound("0", "1e9"),
        "total_l": _bound("0", "1e9"),
        "total_km": _bound("0", "1e8"),
        "unit_mass_kg": _bound("0.05", "500"),
        "outbound_kg": _bound("0", "1e10"),
        "gas_kg": _bound("0", "1e6"),
        "charge_g": _bound("0", "1e6", above=True),
        "m3_days": _bound("0", "1e9", above=True),
        "refrigerant_g": _bound("0", "1e9"),
        "batch_kg": _bound("0", "1e9"),
        # What came out may be many times what was told to have gone in.
        "gap_share": _bound("0", "1e12"),
    }
)


def exact(value: Any) -> Decimal:
    """Return ``value`` as a Decimal with the digits it was written with.

    Raises
    ------
    ValueError
        If it is no number, or passed through a float.
    NotFinite
        If it is NaN or infinite.
    OutOfBounds
        If it is longer than 18 digits.

    Examples
    --------
    >>> exact("0.1234567890123456")
    Decimal('0.1234567890123456')
    """
    if isinstance(value, bool) or not isinstance(value, Decimal | int | str):
        raise ValueError(f"is no decimal number: {shown(value)}")
    try:
        number = Decimal(value)
    except InvalidOperation:
        raise ValueError(f"is no decimal number: {shown(value)}") from None
    if not number.is_finite():
        raise NotFinite(f"is not finite: {number}")
    sign_digits_exponent = number.as_tuple()
    exponent = int(sign_digits_exponent.exponent)
    if len(sign_digits_exponent.digits) + max(exponent, 0) > MAX_DIGITS or exponent < -MAX_DIGITS:
        raise OutOfBounds(f"has more than {MAX_DIGITS} digits: {shown(str(value))}")
    return number


def within(number: Decimal, bound: Bound) -> Decimal:
    """Return ``number`` if it lies within ``bound``.

    Raises
    ------
    OutOfBounds
        If it does not; the message says which side was crossed.
    """
    if not bound.reaches(number):
        most = "below" if bound.below else "at most"
        raise OutOfBounds(f"must be {most} {bound.maximum:f}, got {number}")
    if bound.above and number <= bound.minimum:
        raise OutOfBounds(f"must be above {bound.minimum:f}, got {number}")
    if number < bound.minimum:
        raise OutOfBounds(f"must be at least {bound.minimum:f}, got {number}")
    return number


def refuse_outside(field: str, number: Decimal | None, bound: Bound) -> None:
    """Raise ``Refused`` naming ``field`` where a given ``number`` is not exact and bounded."""
    if number is None:
        return
    try:
        within(exact(number), bound)
    except ValueError as error:
        raise Refused(reason_of(error), f"{field}: {error}") from None


def reason_of(error: object) -> Reason:
    """Return why a value was refused that ``error`` tells of."""
    if isinstance(error, NotFinite):
        return Reason.NOT_FINITE
    return Reason.UNIT_BOUND if isinstance(error, OutOfBounds) else Reason.SCHEMA
