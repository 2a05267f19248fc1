"""The only place where a topic's name, key, event, partitions and retention are written."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal

from schemas.consignment import TakebackConsignmentChanged
from schemas.demand import TakebackDemanded
from schemas.event import Event
from schemas.finding import IntegrityFound
from schemas.forklift import ForkliftEnergyUsed, ForkliftRead
from schemas.hub import HubEmitted, HubPeriodReported
from schemas.refrigerant import RefrigerantEmitted, RefrigerantHandled
from schemas.shipment import ForwardOrderRouted, LegCompleted, LegEmitted
from schemas.takeback import TakebackOrderChanged, TakebackUnitChanged
from schemas.treatment import TakebackBatchChanged, TakebackLotChanged

DAY_MS = 86_400_000
UNLIMITED_MS = -1
REAL_BROKER_PARTITIONS = 12
EMBEDDED_BROKER_PARTITIONS = 4
DEAD_LETTER_SUFFIX = ".dlq"
DEAD_LETTER_PARTITIONS = 1
KEY_JOINT = ":"

Cleanup = Literal["delete", "compact"]


@dataclass(frozen=True, slots=True)
class Topic:
    """A topic: its name, the event it carries, what keys it, how long it is kept.

    ``key`` names a field, or several with ``KEY_JOINT`` between them.
    """

    name: str
    event: type[Event]
    key: str
    retention_ms: int
    written_by: str
    read_by: str
    cleanup: Cleanup = "delete"

    @property
    def key_fields(self) -> tuple[str, ...]:
        """The fields that make the key."""
        return tuple(self.key.split(KEY_JOINT))

    @property
    def dead_letters(self) -> str:
        """The topic that keeps what could not be answered."""
        return self.name + DEAD_LETTER_SUFFIX


TOPICS: Mapping[str, Topic] = MappingProxyType(
    {
        topic.name: topic
        for topic in (
            Topic(
                "shipment.leg.v1", LegCompleted, "shipment_id", 30 * DAY_MS,
                "TMS, POST /v1/legs, importer, ledger relay, simulator", "emission agent",
            ),
            Topic(
                "shipment.emission.v1", LegEmitted, "shipment_id", 90 * DAY_MS,
                "emission agent", "sink, other systems",
            ),
            Topic(
                "shipment.order.v1", ForwardOrderRouted, "order_line_id", 90 * DAY_MS,
                "OMS, importer, simulator", "sink",
            ),
            Topic(
                "forklift.reading.v1", ForkliftRead, "forklift_id", 7 * DAY_MS,
                "telematics, POST /v1/forklift-readings, simulator", "forklift agent",
            ),
            Topic(
                "forklift.energy.v1", ForkliftEnergyUsed, "forklift_id", 90 * DAY_MS,
                "forklift agent", "other systems",
            ),
            Topic(
                "hub.period.v1", HubPeriodReported, "site_id", UNLIMITED_MS,
                "site managers, POST /v1/hub-periods, simulator", "hub agent",
            ),
            Topic(
                "hub.emission.v1", HubEmitted, "site_id", 90 * DAY_MS,
                "hub agent", "sink, other systems",
            ),
            Topic(
                "refrigerant.event.v1", RefrigerantHandled, "unit_id", UNLIMITED_MS,
                "treatment plants, POST /v1/refrigerants, simulator", "refrigerant agent",
            ),
            Topic(
                "refrigerant.emission.v1", RefrigerantEmitted, "unit_id", 90 * DAY_MS,
                "refrigerant agent", "sink, other systems",
            ),
            Topic(
                "takeback.order.v1", TakebackOrderChanged, "takeback_order_id", UNLIMITED_MS,
                "ledger relay, simulator", "sink",
            ),
            Topic(
                "takeback.unit.v1", TakebackUnitChanged, "unit_id", UNLIMITED_MS,
                "ledger relay, simulator", "sink",
            ),
            Topic(
                "takeback.demand.v1", TakebackDemanded, "channel:channel_ref", 90 * DAY_MS,
                "ledger relay", "sink",
            ),
            Topic(
                "takeback.consignment.v1", TakebackConsignmentChanged, "consignment_id",
                UNLIMITED_MS, "ledger relay", "sink",
            ),
            Topic(
                "takeback.batch.v1", TakebackBatchChanged, "batch_id", UNLIMITED_MS,
                "ledger relay", "sink",
            ),
            Topic(
                "takeback.lot.v1", TakebackLotChanged, "lot_id", UNLIMITED_MS,
                "ledger relay", "sink",
            ),
            Topic(
                "integrity.finding.v1", IntegrityFound, "aggregate_id", UNLIMITED_MS,
                "ledger relay", "sink",
            ),
        )
    }
)  # fmt: skip
DEAD_LETTER_RETENTION_MS = 90 * DAY_MS

LEGS = TOPICS["shipment.leg.v1"]
EMISSIONS = TOPICS["shipment.emission.v1"]
ORDERS = TOPICS["shipment.order.v1"]
FORKLIFT_READINGS = TOPICS["forklift.reading.v1"]
FORKLIFT_ENERGY = TOPICS["forklift.energy.v1"]
HUB_PERIODS = TOPICS["hub.period.v1"]
HUB_EMISSIONS = TOPICS["hub.emission.v1"]
REFRIGERANTS = TOPICS["refrigerant.event.v1"]
REFRIGERANT_EMISSIONS = TOPICS["refrigerant.emission.v1"]
TAKEBACK_ORDERS = TOPICS["takeback.order.v1"]
TAKEBACK_UNITS = TOPICS["takeback.unit.v1"]
TAKEBACK_DEMANDS = TOPICS["takeback.demand.v1"]
TAKEBACK_CONSIGNMENTS = TOPICS["takeback.consignment.v1"]
TAKEBACK_BATCHES = TOPICS["takeback.batch.v1"]
TAKEBACK_LOTS = TOPICS["takeback.lot.v1"]
FINDINGS = TOPICS["integrity.finding.v1"]


def topic_of(event: Event) -> Topic:
    """Return the topic that carries ``event``.

    Raises
    ------
    LookupError
        If no topic carries this class of event.
    """
    for topic in TOPICS.values():
        if topic.event is type(event):
            return topic
    raise LookupError(f"no topic carries {type(event).__name__}")


def key_of(event: Event) -> str:
    """Return the key that keeps the events of one aggregate in order."""
    return KEY_JOINT.join(str(getattr(event, name)) for name in topic_of(event).key_fields)
