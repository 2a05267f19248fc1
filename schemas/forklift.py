"""A forklift's events: the counters it reports, and the energy between two reports."""

from typing import Annotated, Self

from pydantic import Field, StrictBool, StrictInt, model_validator

from schemas.event import (
    EmissionKgCO2e,
    EnergyKwh,
    Event,
    EventId,
    FuelL,
    Id,
    Instant,
    Share,
    Slug,
    TotalH,
    TotalKm,
    TotalKwh,
    TotalL,
)
from schemas.vocabulary import DataClass, ElectricityBasis, ForkliftEnergy

Count = Annotated[StrictInt, Field(ge=0, le=1_000_000_000)]


class ForkliftRead(Event):
    """What one forklift's telematics told: counters that only grow, and its state."""

    forklift_id: Id
    site_id: Id
    energy: ForkliftEnergy
    operating_total_h: TotalH | None = None
    energy_total_kwh: TotalKwh | None = None
    fuel_total_l: TotalL | None = None
    distance_total_km: TotalKm | None = None
    lift_total_count: Count | None = None
    state_of_charge_share: Share | None = None
    charging: StrictBool | None = None
    loaded: StrictBool | None = None

    @model_validator(mode="after")
    def _tells_something(self) -> Self:
        told = (
            self.operating_total_h, self.energy_total_kwh, self.fuel_total_l,
            self.distance_total_km, self.lift_total_count, self.state_of_charge_share,
            self.charging, self.loaded,
        )  # fmt: skip
        if all(value is None for value in told):
            raise ValueError("a reading needs at least one counter or state")
        return self


class ForkliftEnergyUsed(Event):
    """The energy and emission of one forklift between two of its readings."""

    source_event_id: EventId
    forklift_id: Id
    site_id: Id
    energy: ForkliftEnergy
    started_at: Instant
    energy_kwh: EnergyKwh | None = None
    fuel_l: FuelL | None = None
    running_s: Count | None = None
    emission_wtt_kgco2e: EmissionKgCO2e
    emission_ttw_kgco2e: EmissionKgCO2e
    emission_wtw_kgco2e: EmissionKgCO2e
    factor_id: Id
    factor_set: Slug
    basis: ElectricityBasis | None = None
    data_class: DataClass
    method_version: Slug
