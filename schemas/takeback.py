"""Take-back facts: what happened to an order, and to each old appliance of it."""

from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from schemas.event import ADCODE_PATTERN, Event, Id, RefrigerantG, Slug, UnitMassKg
from schemas.vocabulary import (
    Channel,
    ServiceMode,
    TakebackOrderEvent,
    TakebackOrderState,
    TakebackUnitEvent,
    TakebackUnitState,
    VehicleEnergy,
    WeightMethod,
)

Adcode = Annotated[str, Field(pattern=ADCODE_PATTERN)]
AggregateSeq = Annotated[StrictInt, Field(ge=1, le=1_000_000)]
UnitCount = Annotated[StrictInt, Field(ge=0, le=50)]
PolicyVersion = Annotated[StrictInt, Field(ge=1, le=1_000_000)]
CnyFen = Annotated[StrictInt, Field(ge=-100_000_000_000, le=100_000_000_000)]


class AggregateFact(Event):
    """What every fact of the ledger has; ``aggregate_seq`` orders the facts of one aggregate."""

    aggregate_seq: AggregateSeq
    partner_id: Id | None = None
    reason_code: Slug | None = None
    late: StrictBool = False


class TakebackFact(AggregateFact):
    """What order and unit facts share."""

    takeback_order_id: Id
    category: Slug | None = None


class TakebackOrderChanged(TakebackFact):
    """One fact in the life of a take-back order."""

    event_type: TakebackOrderEvent
    from_state: TakebackOrderState | None = None
    to_state: TakebackOrderState
    channel: Channel
    region: Adcode
    service_mode: ServiceMode | None = None
    forward_order_id: Id | None = None
    units_declared: UnitCount | None = None
    units_collected: UnitCount | None = None
    units_refused: UnitCount | None = None
    price_cny_fen: CnyFen | None = None
    units_withdrawn: UnitCount | None = None
    policy_id: Id | None = None
    policy_version: PolicyVersion | None = None
    subsidy_cny_fen: CnyFen | None = None
    vehicle_energy: VehicleEnergy | None = None
    vehicle_token: Id | None = None
    finding_id: Id | None = None
    is_held: StrictBool | None = None
    is_disputed: StrictBool | None = None


class TakebackUnitChanged(TakebackFact):
    """One fact in the life of one old appliance."""

    unit_id: Id
    event_type: TakebackUnitEvent
    from_state: TakebackUnitState | None = None
    to_state: TakebackUnitState
    channel: Channel
    region: Adcode
    brand: Slug | None = None
    is_own_brand: StrictBool | None = None
    mass_kg: UnitMassKg | None = None
    weight_method: WeightMethod | None = None
    grade: Slug | None = None
    consignment_id: Id | None = None
    batch_id: Id | None = None
    vehicle_energy: VehicleEnergy | None = None
    site_id: Id | None = None
    dismantler_id: Id | None = None
    certificate_id: Id | None = None
    refrigerant_g: RefrigerantG | None = None
    price_paid_cny_fen: CnyFen | None = None
    corrects_event_id: Id | None = None
