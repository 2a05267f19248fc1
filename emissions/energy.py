"""Emissions of metered energy: fuel by the unit of its factor, electricity by the kWh."""

from decimal import Decimal

from emissions.factor import Factor
from emissions.number import CONTEXT, ONE, ZERO
from schemas.quantity import BOUNDS
from schemas.refusal import Reason, Refused

# A meter in the vehicle sits behind the charger: assumption until the charger's own meter reports.
CHARGING_LOSS_SHARE = Decimal("0.10")
BEHIND_A_CHARGER = frozenset({"road", "parcel"})
MAX_QUANTITY = BOUNDS["energy_kwh"].maximum


def charging_loss_share(mode: str) -> Decimal:
    """Return what the charger loses per kWh a vehicle of ``mode`` metered; 0 under a wire.

    Examples
    --------
    >>> charging_loss_share("road"), charging_loss_share("rail")
    (Decimal('0.10'), Decimal('0'))
    """
    return CHARGING_LOSS_SHARE if mode in BEHIND_A_CHARGER else ZERO


def metered(field: str, quantity: Decimal | None, *, energy: str | None) -> Decimal:
    """Return the metered ``quantity`` of ``field``.

    Raises
    ------
    Refused
        If it is missing, negative, not finite or beyond what one meter can have counted.
    """
    if quantity is None:
        raise Refused(Reason.FACTOR_NOT_FOUND, f"{field} is None, energy {energy} needs it")
    if not isinstance(quantity, Decimal):
        raise TypeError(f"{field} must be a Decimal, got {quantity!r}")
    if not quantity.is_finite():
        raise Refused(Reason.NOT_FINITE, f"{field} is not finite: {quantity}")
    if not 0 <= quantity <= MAX_QUANTITY:
        raise Refused(
            Reason.UNIT_BOUND, f"{field} must be from 0 to {MAX_QUANTITY:f}, got {quantity}"
        )
    return quantity


def energy_emission(*, quantity: Decimal, factor: Factor) -> tuple[Decimal, Decimal]:
    """Return (TTW, WTT) of ``quantity`` of energy in the factor's unit, unrounded, in kg CO2e.

    Raises
    ------
    Refused
        If the factor lacks its TTW or its WTT part: unknown is never zero.
    """
    ttw, wtt = factor.parts()
    return CONTEXT.multiply(quantity, ttw), CONTEXT.multiply(quantity, wtt)


def electricity_emission(
    *, energy_kwh: Decimal, factor: Factor, basis: str, charging_loss_share: Decimal
) -> tuple[Decimal, Decimal]:
    """Return (TTW, WTT) of ``energy_kwh`` drawn behind a charger, unrounded, in kg CO2e.

    Parameters
    ----------
    basis
        The family of factors the result stands on; the two of China differ by about 16 %.
    charging_loss_share
        What the charger loses per kWh that the meter saw; 0 where the charger is metered.

    Raises
    ------
    Refused
        If the factor is of another basis, or lacks a part.
    """
    if factor.basis != basis:
        raise Refused(
            Reason.BASIS_MISMATCH,
            f"factor_id {factor.factor_id} has basis {factor.basis}, the result needs {basis}",
        )
    drawn_kwh = CONTEXT.multiply(energy_kwh, CONTEXT.add(ONE, charging_loss_share))
    return energy_emission(quantity=drawn_kwh, factor=factor)
