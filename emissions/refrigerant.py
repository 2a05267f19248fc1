"""Refrigerants: what leaks in use, what an old unit loses, and what a mass balance must add up to.

A leaked gas is an operation emission (TTW); it has no energy provision.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal

from emissions.gwp import Gwp, gwp_of
from emissions.number import CONTEXT, ONE, ZERO, stored_kg
from emissions.parameter import parameter, parameters
from schemas.refusal import Reason, Refused, shown
from schemas.vocabulary import RefrigerantOutcome

G_PER_KG = Decimal(1_000)


@dataclass(frozen=True, slots=True, kw_only=True)
class Charge:
    """How much refrigerant a unit holds, and whether its plate says so or a fall-back does."""

    substance: str
    charge_kg: Decimal
    is_assumption: bool
    dq: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class UnitRefrigerant:
    """The refrigerant of one treated unit, balanced, and what of it reached the air."""

    substance: str
    charge_kg: Decimal
    emitted_kg: Decimal
    left_in_unit_kg: Decimal
    ttw_kgco2e: Decimal
    gwp: Gwp


def leakage_kg(rows: Iterable[tuple[Decimal, Decimal, Decimal]]) -> Decimal:
    """Return what (units, charge_kg, loss_share) rows lose in the period of the share, unrounded.

    Notes
    -----
    GLEC Framework v3.0, page 106.

    Examples
    --------
    >>> cab_ac = (Decimal(10), Decimal("1.5"), Decimal("0.15"))
    >>> leakage_kg([cab_ac, (Decimal(10), Decimal("5.5"), Decimal("0.325"))])
    Decimal('20.1250')
    """
    total = ZERO
    for units, charge_kg, loss_share in rows:
        lost_kg = CONTEXT.multiply(CONTEXT.multiply(units, charge_kg), loss_share)
        total = CONTEXT.add(total, lost_kg)
    return total


def truck_leakage_kg(*, trucks: int, years: Decimal = ONE, is_cooled: bool = True) -> Decimal:
    """Return what trucks lose by the method's defaults: their cab's air conditioning and cooling.

    Notes
    -----
    GLEC Framework v3.0, page 106: 1.5 kg at 15 % a year, 5.5 kg at 32.5 % a year.

    Examples
    --------
    >>> truck_leakage_kg(trucks=10)
    Decimal('20.1250')
    """
    systems = ("cab_ac", "truck_cooling") if is_cooled else ("cab_ac",)
    rows = (
        (
            CONTEXT.multiply(trucks, years),
            parameter(f"leakage.{system}.charge_kg").value,
            parameter(f"leakage.{system}.loss_share").value,
        )
        for system in systems
    )
    return leakage_kg(rows)


def screened_kg(
    *,
    new_kg: Decimal,
    install_share: Decimal,
    operating_kg: Decimal,
    leak_share: Decimal,
    disposed_kg: Decimal,
    remain_share: Decimal,
    recovery_share: Decimal,
) -> Decimal:
    """Return the refrigerant lost in installing, using and disposing of equipment, unrounded.

    Notes
    -----
    US EPA screening method: ``new x install + operating x leak + disposed x remain x
    (1 - recovery)``.

    Examples
    --------
    >>> screened_kg(
    ...     new_kg=Decimal(100),
    ...     install_share=Decimal("0.01"),
    ...     operating_kg=Decimal(1),
    ...     leak_share=Decimal("0.005"),
    ...     disposed_kg=Decimal("0.5"),
    ...     remain_share=Decimal("0.8"),
    ...     recovery_share=Decimal("0.7"),
    ... )
    Decimal('1.125')
    """
    not_recovered = CONTEXT.subtract(ONE, recovery_share)
    disposed = CONTEXT.multiply(CONTEXT.multiply(disposed_kg, remain_share), not_recovered)
    installed = CONTEXT.multiply(new_kg, install_share)
    leaked = CONTEXT.multiply(operating_kg, leak_share)
    return CONTEXT.add(CONTEXT.add(installed, leaked), disposed)


def balanced_kg(
    *,
    new_charge_kg: Decimal,
    new_capacity_kg: Decimal,
    recharge_kg: Decimal,
    disposed_capacity_kg: Decimal,
    recovered_kg: Decimal,
) -> Decimal:
    """Return what a maintained fleet of equipment lost by its mass balance, unrounded.

    Raises
    ------
    Refused
        If more came back than can have been there: that is a defect of the records, not a gain.

    Notes
    -----
    US EPA mass balance: ``new charge - new capacity + recharge + disposed capacity - recovered``.

    Examples
    --------
    >>> balanced_kg(
    ...     new_charge_kg=Decimal(12),
    ...     new_capacity_kg=Decimal(10),
    ...     recharge_kg=Decimal(3),
    ...     disposed_capacity_kg=Decimal(4),
    ...     recovered_kg=Decimal("2.5"),
    ... )
    Decimal('6.5')
    """
    came = CONTEXT.add(CONTEXT.add(new_charge_kg, recharge_kg), disposed_capacity_kg)
    lost = CONTEXT.subtract(CONTEXT.subtract(came, new_capacity_kg), recovered_kg)
    if lost < 0:
        raise Refused(
            Reason.MASS_BALANCE,
            f"recovered_kg {recovered_kg} and new_capacity_kg {new_capacity_kg} "
            f"exceed the {came} kg there was",
        )
    return lost


def refrigerant_emission(*, substance: str, lost_kg: Decimal, gwp_set: str) -> Decimal:
    """Return the TTW emission of ``lost_kg`` of a refrigerant, unrounded, in kg CO2e.

    Raises
    ------
    Refused
        If the mass is negative or not finite, or the substance has no GWP100 in ``gwp_set``.

    Notes
    -----
    GLEC Framework v3.0, page 102.

    Examples
    --------
    >>> refrigerant_emission(substance="R-410A", lost_kg=Decimal("3.2"), gwp_set="ar6")
    Decimal('7217.600')
    """
    if not lost_kg.is_finite() or lost_kg < 0:
        raise Refused(Reason.UNIT_BOUND, f"lost_kg must be finite and not negative, got {lost_kg}")
    gwp100 = gwp_of(substance=substance, gwp_set=gwp_set).gwp100
    return gas_emission(lost_kg=lost_kg, gwp100=gwp100)


def gas_emission(*, lost_kg: Decimal, gwp100: Decimal) -> Decimal:
    """Return the emission of ``lost_kg`` of a gas at a given GWP100, unrounded, in kg CO2e.

    Examples
    --------
    >>> gas_emission(lost_kg=Decimal(50), gwp100=Decimal(2_000))
    Decimal('100000')
    """
    return CONTEXT.multiply(lost_kg, gwp100)


def charge_of(*, substance: str, nameplate_g: Decimal | None) -> Charge:
    """Return the charge of a unit: its plate's, or else the fall-back of its refrigerant.

    Raises
    ------
    Refused
        If there is neither.

    Examples
    --------
    >>> charge_of(substance="R-600a", nameplate_g=None).charge_kg
    Decimal('0.065')
    """
    if nameplate_g is not None:
        return Charge(
            substance=substance,
            charge_kg=CONTEXT.divide(nameplate_g, G_PER_KG),
            is_assumption=False,
            dq=None,
        )
    row = parameters().get(f"charge.{substance.casefold().replace('-', '')}.g")
    if row is None:
        raise Refused(
            Reason.MASS_MISSING,
            f"nameplate_g is None and no charge of {shown(substance)} is assumed anywhere",
        )
    charge_kg = CONTEXT.divide(row.value, G_PER_KG)
    return Charge(substance=substance, charge_kg=charge_kg, is_assumption=True, dq=5)


def emission_of_unit(
    charge: Charge,
    outcomes_kg: Mapping[RefrigerantOutcome, Decimal],
    *,
    gwp_set: str,
    destroyed_share: Decimal = ONE,
) -> UnitRefrigerant:
    """Return what the refrigerant of one treated unit emitted.

    Only what was vented emits, and what a destruction left undestroyed; what stays in the unit is
    told, so that nobody takes it for gone.

    Parameters
    ----------
    destroyed_share
        How much of the mass sent to destruction is destroyed; the plant's own figure.

    Raises
    ------
    Refused
        If the outcomes do not add up to the charge, to the gram's last digit.

    Examples
    --------
    >>> plate = charge_of(substance="R-134a", nameplate_g=Decimal(120))
    >>> half = Decimal("0.06")
    >>> outcomes = {RefrigerantOutcome.VENTED: half, RefrigerantOutcome.RECOVERED_DESTROYED: half}
    >>> emission_of_unit(plate, outcomes, gwp_set="ar6").ttw_kgco2e
    Decimal('91.800000')
    """
    _refuse_unbalanced(charge, outcomes_kg)
    if not 0 <= destroyed_share <= 1:
        raise ValueError(f"destroyed_share must be from 0 to 1, got {destroyed_share}")
    destroyed = outcomes_kg.get(RefrigerantOutcome.RECOVERED_DESTROYED, ZERO)
    undestroyed = CONTEXT.multiply(destroyed, CONTEXT.subtract(ONE, destroyed_share))
    emitted = CONTEXT.add(outcomes_kg.get(RefrigerantOutcome.VENTED, ZERO), undestroyed)
    gwp = gwp_of(substance=charge.substance, gwp_set=gwp_set)
    return UnitRefrigerant(
        substance=charge.substance,
        charge_kg=charge.charge_kg,
        emitted_kg=emitted,
        left_in_unit_kg=outcomes_kg.get(RefrigerantOutcome.LEFT_IN_UNIT, ZERO),
        ttw_kgco2e=stored_kg("ttw_kgco2e", gas_emission(lost_kg=emitted, gwp100=gwp.gwp100)),
        gwp=gwp,
    )


def _refuse_unbalanced(charge: Charge, outcomes_kg: Mapping[RefrigerantOutcome, Decimal]) -> None:
    total = ZERO
    for outcome, mass_kg in outcomes_kg.items():
        if not mass_kg.is_finite() or mass_kg < 0:
            raise Refused(
                Reason.UNIT_BOUND, f"{outcome} must be finite and not negative, got {mass_kg} kg"
            )
        total = CONTEXT.add(total, mass_kg)
    if total != charge.charge_kg:
        raise Refused(
            Reason.MASS_BALANCE,
            f"outcomes of {shown(charge.substance)} add up to {total} kg, "
            f"the charge is {charge.charge_kg} kg",
        )
