"""A hub's events: what a site used and lost in a month, and what that emitted."""

from datetime import date
from typing import Annotated, Self

from pydantic import AfterValidator, Field, StrictBool, model_validator

from schemas.event import (
    MAX_FLAGS,
    MIN_YEAR,
    Contract,
    Day,
    EmissionKgCO2e,
    EnergyKwh,
    Event,
    EventId,
    FuelL,
    GasKg,
    Id,
    OutboundKg,
    Slug,
    StorageM3Days,
)
from schemas.source import Answered
from schemas.vocabulary import HubType, VehicleEnergy

MAX_ENERGY_METERS = 50
MAX_REFRIGERANT_LOSSES = 50


def _first_of_month(day: date) -> date:
    if day.day != 1:
        raise ValueError(f"must be the first day of a month, got {day}")
    return day


Month = Annotated[Day, AfterValidator(_first_of_month)]


class EnergyMetered(Contract):
    """What one meter of a site told for a month: kWh where electric, litres of any fuel."""

    energy: VehicleEnergy
    energy_kwh: EnergyKwh | None = None
    fuel_l: FuelL | None = None
    is_cooling: StrictBool = False

    @model_validator(mode="after")
    def _tells_its_own_quantity(self) -> Self:
        is_electric = self.energy is VehicleEnergy.ELECTRIC
        given, other = ("energy_kwh", "fuel_l") if is_electric else ("fuel_l", "energy_kwh")
        if getattr(self, given) is None or getattr(self, other) is not None:
            raise ValueError(f"energy {self.energy} needs {given} and no {other}")
        return self


class RefrigerantLost(Contract):
    """What leaked from a site's cooling in a month, by the mass balance of its maintenance."""

    substance: Id
    lost_kg: GasKg
    is_cooling: StrictBool = False


class HubDescribed(Event):
    """One site's month, before and after its emission is known."""

    site_id: Id
    hub_type: HubType
    period_on: Month
    energy: Annotated[tuple[EnergyMetered, ...], Field(min_length=1, max_length=MAX_ENERGY_METERS)]
    refrigerants: Annotated[
        tuple[RefrigerantLost, ...], Field(max_length=MAX_REFRIGERANT_LOSSES)
    ] = ()
    outbound_mass_kg: OutboundKg | None = None
    cooled_outbound_mass_kg: OutboundKg | None = None
    storage_m3_days: StorageM3Days | None = None
    grid_region: Slug | None = None
    correction_of: EventId | None = None


class HubPeriodReported(HubDescribed):
    """What a site used, lost and sent out in one month (ISO 14083 hub operation)."""

    @model_validator(mode="after")
    def _has_begun(self) -> Self:
        if not self.period_on.year >= MIN_YEAR or self.period_on > self.occurred_at.date():
            raise ValueError(
                f"period_on {self.period_on} is no month from {MIN_YEAR} to occurred_at "
                f"{self.occurred_at.date()}"
            )
        return self

    @model_validator(mode="after")
    def _can_be_shared_out(self) -> Self:
        if (self.outbound_mass_kg is None) == (self.storage_m3_days is None):
            raise ValueError(
                "give outbound_mass_kg, or storage_m3_days where nobody knows the tonnes"
            )
        return self


class HubEmitted(HubDescribed, Answered):
    """A site's month as an emission: handling and cooling apart, and both together."""

    handling_wtt_kgco2e: EmissionKgCO2e
    handling_ttw_kgco2e: EmissionKgCO2e
    cooling_wtt_kgco2e: EmissionKgCO2e
    cooling_ttw_kgco2e: EmissionKgCO2e
    emission_wtt_kgco2e: EmissionKgCO2e
    emission_ttw_kgco2e: EmissionKgCO2e
    emission_wtw_kgco2e: EmissionKgCO2e
    flags: Annotated[tuple[Slug, ...], Field(max_length=MAX_FLAGS)] = ()
