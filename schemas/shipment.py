"""A shipment's events: a finished leg, its emission, and the route of a forward order."""

from typing import Annotated, Self

from pydantic import Field, StrictBool, StrictInt, model_validator

from schemas.event import (
    HASH_PATTERN,
    MAX_FLAGS,
    MAX_OFFSET,
    MAX_PARTITION,
    Contract,
    Daf,
    Day,
    DistanceKm,
    EmissionKgCO2e,
    EmptyDistanceShare,
    EnergyKwh,
    Event,
    EventId,
    FuelL,
    Id,
    Latitude,
    LoadShare,
    Longitude,
    MainLineKm,
    MassKg,
    Slug,
    TransportTkm,
    VolumeM3,
)
from schemas.vocabulary import (
    CalculationMethod,
    DataClass,
    DistanceKind,
    DistanceMethod,
    ElectricityBasis,
    LegKind,
    TransportMode,
    VehicleEnergy,
)

Flags = Annotated[tuple[Slug, ...], Field(max_length=MAX_FLAGS)]
LegSeq = Annotated[StrictInt, Field(ge=1, le=99)]
SetHash = Annotated[str, Field(pattern=HASH_PATTERN)]


class Place(Contract):
    """An end of a leg: a site of the company, a point, or both."""

    site_id: Id | None = None
    lat: Latitude | None = None
    lon: Longitude | None = None

    @model_validator(mode="after")
    def _names_a_place(self) -> Self:
        if (self.lat is None) != (self.lon is None):
            raise ValueError("lat and lon come together")
        if self.site_id is None and self.lat is None:
            raise ValueError("a place needs a site_id, or lat and lon")
        return self


class LegDescribed(Event):
    """What a leg is, before and after its emission is known."""

    shipment_id: Id
    consignment_id: Id
    leg_seq: LegSeq
    leg: LegKind
    mode: TransportMode
    energy: VehicleEnergy | None = None
    vehicle_class: Slug | None = None
    category: Slug
    company: Slug | None = None
    production_base: Slug | None = None
    origin: Place
    destination: Place
    mass_kg: MassKg
    volume_m3: VolumeM3 | None = None
    is_direct: StrictBool | None = None
    trip_id: Id | None = None
    carrier_id: Id | None = None
    correction_of: EventId | None = None
    flags: Flags = ()


class LegCompleted(LegDescribed):
    """One finished leg: one vehicle's part of a shipment's chain (a TCE of ISO 14083)."""

    distance_km: DistanceKm | None = None
    distance_method: DistanceMethod | None = None
    energy_kwh: EnergyKwh | None = None
    fuel_l: FuelL | None = None
    grid_region: Slug | None = None
    load_share: LoadShare | None = None
    empty_distance_share: EmptyDistanceShare | None = None

    @model_validator(mode="after")
    def _distance_has_a_method(self) -> Self:
        if (self.distance_km is None) != (self.distance_method is None):
            raise ValueError("distance_km and distance_method come together")
        return self

    @model_validator(mode="after")
    def _load_has_its_empty_kilometres(self) -> Self:
        if (self.load_share is None) != (self.empty_distance_share is None):
            raise ValueError(
                "load_share and empty_distance_share come together, "
                f"got {self.load_share} and {self.empty_distance_share}"
            )
        return self


class LegEmitted(LegDescribed):
    """A leg's result: its activity, WTT, TTW and WTW, and what they stand on."""

    source_event_id: EventId
    distance_km: DistanceKm
    distance_kind: DistanceKind
    distance_method: DistanceMethod
    transport_tkm: TransportTkm
    daf: Daf
    emission_wtt_kgco2e: EmissionKgCO2e
    emission_ttw_kgco2e: EmissionKgCO2e
    emission_wtw_kgco2e: EmissionKgCO2e
    factor_id: Id
    factor_set: Slug
    factor_set_sha256: SetHash
    method: CalculationMethod
    data_class: DataClass
    basis: ElectricityBasis | None = None
    gwp_set: Slug
    method_version: Slug
    energy_kwh: EnergyKwh | None = None
    fuel_l: FuelL | None = None
    grid_region: Slug | None = None
    driven_km: DistanceKm | None = None
    load_share: LoadShare | None = None
    empty_distance_share: EmptyDistanceShare | None = None
    source_topic: Id
    source_partition: Annotated[StrictInt, Field(ge=0, le=MAX_PARTITION)]
    source_offset: Annotated[StrictInt, Field(ge=0, le=MAX_OFFSET)]


class ForwardOrderRouted(Event):
    """The route one forward order line took: direct, or through an RDC."""

    order_line_id: Id
    category: Slug
    production_base: Slug | None = None
    region: Slug | None = None
    is_direct: StrictBool | None = None
    mode: TransportMode | None = None
    ordered_on: Day | None = None
    promised_on: Day | None = None
    delivered_on: Day | None = None
    mass_kg: MassKg | None = None
    volume_m3: VolumeM3 | None = None
    main_line_km: MainLineKm | None = None
    correction_of: EventId | None = None
