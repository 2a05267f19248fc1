"""An application over a warehouse in memory, and a publisher that keeps what it was given."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
from fastapi import FastAPI
from starlette.testclient import TestClient

from schemas.topics import Topic
from tests.warehouse.board_rows import named_warehouse, query_of
from web.app import create_app
from web.live import LiveFeed
from web.services import BrokerAway, Check, Services

NOW = datetime(2026, 6, 13, 4, 0, tzinfo=UTC)


@dataclass
class Room:
    """A web room with everything it touches in reach of a test."""

    db: duckdb.DuckDBPyConnection = field(default_factory=named_warehouse)
    published: list[tuple[Topic, bytes, bytes, Mapping[str, str]]] = field(default_factory=list)
    live: LiveFeed = field(default_factory=lambda: LiveFeed(epoch="test"))
    checks: list[Check] = field(default_factory=lambda: [Check("warehouse", True, "answers")])
    acknowledged: int | None = None
    more: dict[str, Any] = field(default_factory=dict)

    async def publish(
        self, topic: Topic, key: bytes, value: bytes, headers: Mapping[str, str]
    ) -> None:
        if self.acknowledged is not None and len(self.published) >= self.acknowledged:
            raise BrokerAway("no answer")
        self.published.append((topic, key, value, headers))

    def app(self) -> FastAPI:
        return create_app(
            Services(
                publish=self.publish,
                query=query_of(self.db),
                now=lambda: NOW,
                durable=False,
                live=self.live,
                health=lambda: self.checks,
                product_version="0.1.0",
                timezone="Asia/Shanghai",
                **self.more,
            )
        )

    @contextmanager
    def client(self) -> Iterator[TestClient]:
        with TestClient(self.app(), follow_redirects=False) as client:
            yield client


def leg_json(**changed: Any) -> dict[str, Any]:
    """A leg as a TMS posts it."""
    plain: dict[str, Any] = {
        "event_id": "00000000-0000-4000-8000-000000000001",
        "occurred_at": (NOW - timedelta(hours=1)).isoformat(),
        "shipment_id": "CHECK-1",
        "consignment_id": "CHECK-1-1",
        "leg_seq": 1,
        "leg": "main_line",
        "mode": "road",
        "category": "fridge",
        "origin": {"lat": "36.067131", "lon": "120.382621"},
        "destination": {"lat": "36.6512", "lon": "117.120098"},
        "mass_kg": "7536",
        "distance_km": "412",
        "distance_method": "declared",
    }
    return plain | changed


def reading_json(**changed: Any) -> dict[str, Any]:
    """A forklift's reading as telematics posts it."""
    plain: dict[str, Any] = {
        "event_id": "00000000-0000-4000-8000-000000000002",
        "occurred_at": (NOW - timedelta(minutes=1)).isoformat(),
        "forklift_id": "F-1",
        "site_id": "RDC-1",
        "energy": "battery_electric",
        "operating_total_h": "1200.5",
    }
    return plain | changed
