"""A wish to have old appliances taken back, as it came by its channel, without personal data."""

from typing import Annotated

from pydantic import Field, StrictInt

from schemas.event import Contract, Day, Id, Slug
from schemas.takeback import Adcode, AggregateFact
from schemas.vocabulary import Channel, ServiceMode

MAX_DEMAND_LINES = 50


class DemandLine(Contract):
    """How many appliances of one category and brand are to be taken back."""

    category: Slug
    brand: Slug
    units: Annotated[StrictInt, Field(ge=1, le=MAX_DEMAND_LINES)]


class TakebackDemanded(AggregateFact):
    """A take-back was wished for; the order that it became goes on by its own facts."""

    channel: Channel
    channel_ref: Id
    region: Adcode
    takeback_order_id: Id
    lines: Annotated[tuple[DemandLine, ...], Field(min_length=1, max_length=MAX_DEMAND_LINES)]
    wished_on: Day | None = None
    service_mode: ServiceMode | None = None
