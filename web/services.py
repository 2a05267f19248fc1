"""What the HTTP room may do: a handful of callables, given by whoever composes the process."""

from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from prometheus_client import CollectorRegistry

from runtime.broker import BrokerAway
from schemas.refusal import Reason, Refused
from schemas.shipment import LegCompleted
from schemas.topics import Topic
from warehouse.sums import Query, remembered
from web.explained import Estimate, Explained
from web.live import LiveFeed

__all__ = ["BrokerAway", "Check", "FactorCard", "Publish", "Query", "Services"]

Publish = Callable[[Topic, bytes, bytes, Mapping[str, str]], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the readiness answer."""

    name: str
    ok: bool
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FactorCard:
    """A factor as its publisher prints it, for the trace of a shipment."""

    factor_id: str
    factor_set: str
    set_version: str
    per_unit: str
    wtt_kgco2e: Decimal | None
    ttw_kgco2e: Decimal | None
    source: str
    licence: str
    cells: str
    valid_from: date
    valid_to: date | None


def _no_card(_factor_id: str) -> FactorCard | None:
    return None


def _nothing_explained(_identifier: str, _kind: str | None = None) -> Explained | None:
    return None


def _no_estimate(_leg: LegCompleted) -> Estimate:
    raise Refused(Reason.FACTOR_NOT_FOUND, "no factor set is loaded here")


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """Everything a route may use.

    ``publish`` resolves after the broker's acknowledgement and raises ``BrokerAway``; ``query``
    is a read, called from worker threads; ``reading`` gives one consistent read for a whole page.
    """

    publish: Publish
    query: Query
    now: Callable[[], datetime]
    durable: bool
    live: LiveFeed
    health: Callable[[], Sequence[Check]]
    product_version: str
    timezone: str
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
    factor_of: Callable[[str], FactorCard | None] = _no_card
    reading: Callable[[], AbstractContextManager[Query]] | None = None
    explain: Callable[[str, str | None], Explained | None] = _nothing_explained
    estimate: Callable[[LegCompleted], Estimate] = _no_estimate

    @contextmanager
    def one_read(self) -> Iterator[Query]:
        """Give the query of one page: every panel of it sees the same rows where it can.

        What two panels ask alike is asked once.
        """
        if self.reading is None:
            yield remembered(self.query)
        else:
            with self.reading() as query:
                yield remembered(query)
