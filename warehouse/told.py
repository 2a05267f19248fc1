"""Facts of quiet topics that nobody has to answer first, as the sink takes them."""

from dataclasses import dataclass
from typing import ClassVar, Generic, Self, TypeVar

from schemas.consignment import TakebackConsignmentChanged
from schemas.demand import TakebackDemanded
from schemas.event import Event
from schemas.finding import IntegrityFound
from schemas.open_reading import read_event
from schemas.treatment import TakebackBatchChanged, TakebackLotChanged
from warehouse.answered import said

Told = TypeVar("Told", bound=Event)


@dataclass(frozen=True, slots=True)
class StoredFact(Generic[Told]):
    """A told event, with the texts that every event of the sink has."""

    contract: ClassVar[type[Event]]

    event_id: str
    occurred_at: str
    told: Told

    @classmethod
    def of(cls, told: Told) -> Self:
        """Return ``told`` as the sink takes it."""
        return cls(str(told.event_id), told.occurred_at.isoformat(), told)

    @classmethod
    def read(cls, raw: bytes) -> Self:
        """Return the event that was accepted before."""
        return cls.of(read_event(cls.contract, raw))  # type: ignore[arg-type]

    def content(self) -> bytes:
        """Return all that was told but the id; two events of one id must agree in it."""
        return said(self.told, set(self.contract.model_fields) - {"event_id"})

    def payload(self) -> str:
        """Return the event as JSON."""
        return self.told.model_dump_json(exclude_none=True)


class StoredDemand(StoredFact[TakebackDemanded]):
    """A demand."""

    contract = TakebackDemanded


class StoredConsignment(StoredFact[TakebackConsignmentChanged]):
    """A fact of a consignment."""

    contract = TakebackConsignmentChanged


class StoredBatch(StoredFact[TakebackBatchChanged]):
    """A fact of a treatment batch."""

    contract = TakebackBatchChanged


class StoredLot(StoredFact[TakebackLotChanged]):
    """A fact of a lot."""

    contract = TakebackLotChanged


class StoredFinding(StoredFact[IntegrityFound]):
    """A fact of a finding."""

    contract = IntegrityFound
