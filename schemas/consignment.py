"""A consignment of old appliances: what left, in which vehicle, and what of it arrived."""

from typing import Annotated

from pydantic import Field, StrictInt

from schemas.event import DistanceKm, Id, MassKg, Slug
from schemas.takeback import Adcode, AggregateFact
from schemas.vocabulary import ConsignmentEvent, ConsignmentState, VehicleEnergy

MAX_CONSIGNMENT_UNITS = 1_000
#: More ids than these would not fit into an event; each unit's own fact names its consignment.
MAX_NAMED_UNITS = 200

ConsignmentUnits = Annotated[StrictInt, Field(ge=0, le=MAX_CONSIGNMENT_UNITS)]
NamedUnits = Annotated[tuple[Id, ...], Field(max_length=MAX_NAMED_UNITS)]


class TakebackConsignmentChanged(AggregateFact):
    """One fact in the life of a consignment; ``unit_ids`` is told where all of them fit."""

    consignment_id: Id
    event_type: ConsignmentEvent
    from_state: ConsignmentState | None = None
    to_state: ConsignmentState
    unit_count: ConsignmentUnits
    received_count: ConsignmentUnits
    unit_ids: NamedUnits | None = None
    category: Slug | None = None
    vehicle_energy: VehicleEnergy | None = None
    vehicle_token: Id | None = None
    from_site_id: Id | None = None
    from_region: Adcode | None = None
    to_site_id: Id | None = None
    to_region: Adcode | None = None
    great_circle_km: DistanceKm | None = None
    mass_kg: MassKg | None = None
