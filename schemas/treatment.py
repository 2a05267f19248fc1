"""Treatment of old appliances: batches whose masses must balance, and the lots they become."""

from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from schemas.event import BatchKg, GapShare, Id, MassKg, RefrigerantG, Share, Slug
from schemas.takeback import AggregateFact
from schemas.vocabulary import BatchEvent, BatchState, LotEvent, LotState, TransportMode

MAX_BATCH_UNITS = 5_000
HAZARDOUS_PATTERN = r"^[0-9]{3}-[0-9]{3}-[0-9]{2}$"
OPERATION_PATTERN = r"^(R(1[0-3]|[1-9])|D(1[0-5]|[1-9]))$"

BatchUnits = Annotated[StrictInt, Field(ge=0, le=MAX_BATCH_UNITS)]
HazardousCode = Annotated[str, Field(pattern=HAZARDOUS_PATTERN)]
OperationCode = Annotated[str, Field(pattern=OPERATION_PATTERN)]


class TakebackBatchChanged(AggregateFact):
    """One fact in the life of a treatment batch.

    Masses are told while they hold: those of outputs once they are declared, the balance once it
    is checked and until inputs or outputs change.
    """

    batch_id: Id
    event_type: BatchEvent
    from_state: BatchState | None = None
    to_state: BatchState
    site_id: Id
    dismantler_id: Id
    unit_count: BatchUnits
    unit_id: Id | None = None
    mass_in_kg: BatchKg | None = None
    mass_out_kg: BatchKg | None = None
    losses_kg: BatchKg | None = None
    gap_kg: BatchKg | None = None
    gap_share: GapShare | None = None
    class_average_share: Share | None = None
    hazardous_kg: BatchKg | None = None
    refrigerant_destroyed_g: RefrigerantG | None = None
    refrigerant_reclaimed_g: RefrigerantG | None = None
    refrigerant_vented_g: RefrigerantG | None = None
    certificate_id: Id | None = None
    finding_id: Id | None = None
    is_held: StrictBool = False


class TakebackLotChanged(AggregateFact):
    """One fact in the life of a lot of one material."""

    lot_id: Id
    event_type: LotEvent
    from_state: LotState | None = None
    to_state: LotState
    batch_id: Id
    material: Slug
    mass_kg: MassKg
    holder_id: Id
    hazardous_code: HazardousCode | None = None
    operation_code: OperationCode | None = None
    parent_lot_id: Id | None = None
    consignee_id: Id | None = None
    mode: TransportMode | None = None
    manifest_id: Id | None = None
    received_mass_kg: MassKg | None = None
    yield_share: Share | None = None
    residue_mass_kg: MassKg | None = None
    product_id: Id | None = None
