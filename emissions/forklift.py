"""The emission of a forklift's energy between two of its readings."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from emissions.energy import electricity_emission, energy_emission, metered
from emissions.energy_factor import LIFECYCLE, electricity_factor, fuel_factor
from emissions.factor import Factor, FactorBook
from emissions.number import ZERO, stored_kg, stored_sum
from schemas.refusal import Reason, Refused, shown
from schemas.vocabulary import DataClass, ForkliftEnergy

# What is metered in litres, and the fuel its factors are published under.
FUEL_OF_FORKLIFT: Mapping[str, str] = MappingProxyType(
    {ForkliftEnergy.DIESEL.value: "diesel", ForkliftEnergy.LPG.value: "lpg"}
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ForkliftAnswer:
    """An interval's emission and what it stands on; ``basis`` only where electric."""

    wtt_kgco2e: Decimal
    ttw_kgco2e: Decimal
    wtw_kgco2e: Decimal
    factor: Factor
    basis: str | None
    data_class: str
    gwp_set: str
    flags: tuple[str, ...]


def emission_of_forklift(
    *,
    energy: str,
    energy_kwh: Decimal | None,
    fuel_l: Decimal | None,
    on: date,
    grid_region: str | None,
    book: FactorBook,
) -> ForkliftAnswer:
    """Return the WTT, TTW and WTW of one interval's energy, in kg CO2e.

    Parameters
    ----------
    energy_kwh
        What the charger drew; its losses are already in it.

    Raises
    ------
    Refused
        If the energy is unknown, its quantity is missing, or no factor covers it. A truck that
        stood still and used 0 is answered with 0: that was measured.

    Examples
    --------
    >>> from emissions.read import load_book
    >>> emission_of_forklift(
    ...     energy="battery_electric",
    ...     energy_kwh=Decimal("19.50"),
    ...     fuel_l=None,
    ...     on=date(2024, 5, 6),
    ...     grid_region=None,
    ...     book=load_book(),
    ... ).wtw_kgco2e
    Decimal('11.265150')
    """
    if energy == ForkliftEnergy.BATTERY_ELECTRIC:
        factor, flags = electricity_factor(
            basis=LIFECYCLE, grid_region=grid_region, on=on, book=book
        )
        ttw, wtt = electricity_emission(
            energy_kwh=metered("energy_kwh", energy_kwh, energy=energy),
            factor=factor,
            basis=LIFECYCLE,
            charging_loss_share=ZERO,
        )
        return _answer(ttw, wtt, factor, flags)
    factor, flags = fuel_factor(energy=_fuel_of(energy), on=on, book=book)
    ttw, wtt = energy_emission(quantity=metered("fuel_l", fuel_l, energy=energy), factor=factor)
    return _answer(ttw, wtt, factor, flags)


def _fuel_of(energy: str) -> str:
    if energy not in frozenset(ForkliftEnergy):
        raise Refused(Reason.VOCABULARY, f"energy {shown(energy)} is unknown")
    if energy not in FUEL_OF_FORKLIFT:
        metered_fuels = ", ".join(sorted(FUEL_OF_FORKLIFT))
        raise Refused(
            Reason.FACTOR_NOT_FOUND,
            f"no factor for a forklift of energy={energy}; nearest: {metered_fuels}",
        )
    return FUEL_OF_FORKLIFT[energy]


def _answer(ttw: Decimal, wtt: Decimal, factor: Factor, flags: tuple[str, ...]) -> ForkliftAnswer:
    ttw, wtt = stored_kg("ttw_kgco2e", ttw), stored_kg("wtt_kgco2e", wtt)
    return ForkliftAnswer(
        wtt_kgco2e=wtt,
        ttw_kgco2e=ttw,
        wtw_kgco2e=stored_sum("wtw_kgco2e", wtt, ttw),
        factor=factor,
        basis=factor.basis or None,
        data_class=DataClass.PRIMARY.value,
        gwp_set=factor.gwp_set,
        flags=flags,
    )
