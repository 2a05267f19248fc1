"""What an answer says of the record it answers, and of the figures it stands on."""

from typing import Annotated

from pydantic import Field, StrictInt

from schemas.event import HASH_PATTERN, MAX_OFFSET, MAX_PARTITION, Contract, EventId, Id, Slug

MAX_FACTORS = 100


class FactorUsed(Contract):
    """A factor that a result stands on, and the edition of the set it came from."""

    factor_id: Id
    factor_set: Slug
    factor_set_sha256: Annotated[str, Field(pattern=HASH_PATTERN)]


class Answered(Contract):
    """Where the answered record stands in the log, and which figures and method answered it."""

    source_event_id: EventId
    source_topic: Id
    source_partition: Annotated[StrictInt, Field(ge=0, le=MAX_PARTITION)]
    source_offset: Annotated[StrictInt, Field(ge=0, le=MAX_OFFSET)]
    factors: Annotated[tuple[FactorUsed, ...], Field(max_length=MAX_FACTORS)] = ()
    gwp_set: Slug
    method_version: Slug
