"""Energy that a hub, a truck or a round metered, multiplied by the factor of its day and region."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from typing import NamedTuple

from emissions.energy import CHARGING_LOSS_SHARE, electricity_emission, energy_emission, metered
from emissions.energy_factor import LIFECYCLE, electricity_factor, fuel_factor
from emissions.factor import Factor, FactorBook
from emissions.number import CONTEXT, ONE, ZERO
from emissions.split import Load
from schemas.refusal import Reason, Refused, shown
from schemas.vocabulary import ElectricityBasis

ELECTRIC = "electric"
GENERATION = ElectricityBasis.GENERATION_CO2.value


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyUse:
    """Metered energy: kWh where electric, litres of any fuel.

    A meter in the vehicle does not see what its charger lost; a site's or a charger's own does.
    """

    energy: str
    energy_kwh: Decimal | None = None
    fuel_l: Decimal | None = None
    is_cooling: bool = False
    is_metered_in_vehicle: bool = False


class UsedEnergy(NamedTuple):
    """The load of one metered use, the factor it stands on, and what is weak about it."""

    load: Load
    factor: Factor
    flags: tuple[str, ...]


class GenerationCo2(NamedTuple):
    """What generating electricity emitted, for scope 2 alone: kg CO2, unrounded, no TTW or WTT."""

    generation_kgco2: Decimal
    factor: Factor
    flags: tuple[str, ...]


def emission_of_use(
    use: EnergyUse, *, on: date, grid_region: str | None, book: FactorBook
) -> UsedEnergy:
    """Return TTW and WTT of one metered use, unrounded, with its factor and flags.

    Raises
    ------
    Refused
        If the quantity is missing, or no factor covers it.
    """
    if use.energy != ELECTRIC:
        factor, flags = fuel_factor(energy=use.energy, on=on, book=book)
        fuel_l = metered("fuel_l", use.fuel_l, energy=use.energy)
        return UsedEnergy(Load(*energy_emission(quantity=fuel_l, factor=factor)), factor, flags)
    factor, flags = electricity_factor(basis=LIFECYCLE, grid_region=grid_region, on=on, book=book)
    parts = electricity_emission(
        energy_kwh=metered("energy_kwh", use.energy_kwh, energy=use.energy),
        factor=factor,
        basis=LIFECYCLE,
        charging_loss_share=CHARGING_LOSS_SHARE if use.is_metered_in_vehicle else ZERO,
    )
    assumed = ("charging_loss_assumed",) if use.is_metered_in_vehicle else ()
    return UsedEnergy(Load(*parts), factor, (*flags, *assumed))


def scope_2_of_use(
    use: EnergyUse, *, on: date, grid_region: str | None, book: FactorBook
) -> GenerationCo2:
    """Return the CO2 of generating the electricity of one metered use, for scope 2.

    The other family of Chinese factors, and another gas: it is no part of an ISO result and is
    neither added to one nor subtracted from it.

    Raises
    ------
    Refused
        If the use is not electric, was not metered, or no row of the region covers it.

    Examples
    --------
    >>> from emissions.read import load_book
    >>> scope_2_of_use(
    ...     EnergyUse(energy="electric", energy_kwh=Decimal("38.4")),
    ...     on=date(2022, 6, 1),
    ...     grid_region="beijing",
    ...     book=load_book(),
    ... ).generation_kgco2
    Decimal('21.42720')
    """
    if use.energy != ELECTRIC:
        raise Refused(
            Reason.BASIS_MISMATCH, f"energy {shown(use.energy)} has no basis {GENERATION}"
        )
    factor, flags = electricity_factor(basis=GENERATION, grid_region=grid_region, on=on, book=book)
    if factor.co2_kg is None:
        raise Refused(Reason.FACTOR_INCOMPLETE, f"factor_id {factor.factor_id} has no CO2")
    energy_kwh = metered("energy_kwh", use.energy_kwh, energy=use.energy)
    lost = CHARGING_LOSS_SHARE if use.is_metered_in_vehicle else ZERO
    drawn_kwh = CONTEXT.multiply(energy_kwh, CONTEXT.add(ONE, lost))
    return GenerationCo2(CONTEXT.multiply(drawn_kwh, factor.co2_kg), factor, flags)


def kwh_driven(*, distance_km: Decimal, kwh_per_km: Decimal) -> Decimal:
    """Return the energy of a drive that no meter recorded, from the vehicle's own consumption.

    Examples
    --------
    >>> kwh_driven(distance_km=Decimal(48), kwh_per_km=Decimal("0.8"))
    Decimal('38.4')
    """
    return CONTEXT.multiply(distance_km, kwh_per_km)
