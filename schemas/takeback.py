"""Take-back facts: what happened to an order, and to each old appliance of it."""

from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from schemas.event import ADCODE_PATTERN, Event, Id, Slug, UnitMassKg
from schemas.vocabulary import (
    Channel,
    ServiceMode,
    TakebackOrderEvent,
    TakebackOrderState,
    TakebackUnitEvent,
    TakebackUnitState,
    WeightMethod,
)

Adcode = Annotated[str, Field(pattern=ADCODE_PATTERN)]
AggregateSeq = Annotated[StrictInt, Field(ge=1, le=1_000_000)]
UnitCount = Annotated[StrictInt, Field(ge=0, le=50)]
CnyFen = Annotated[StrictInt, Field(ge=-100_000_000_000, le=100_000_000_000)]


class TakebackFact(Event):
    """What order and unit facts share; ``aggregate_seq`` orders the facts of one aggregate."""

    aggregate_seq: AggregateSeq
    takeback_order_id: Id
    category: Slug | None = None
    partner_id: Id | None = None
    reason_code: Slug | None = None
    late: StrictBool = False


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
