"""Events of every row of every table, as the desk would have them published."""

import json
from collections.abc import Iterator
from dataclasses import replace
from enum import StrEnum
from typing import Any

from ledger.desk.publish import Payload
from recycling.apply import Applied
from recycling.table import Move, Table
from recycling.vocabulary import AggregateKind
from schemas.event import Event
from schemas.topics import TOPICS
from schemas.wall import accept, read_json
from tests.recycling.builders import EVERY_TABLE, tried

# What the desk puts into a body beside what the rules fold.
BESIDE: dict[AggregateKind, dict[str, Any]] = {
    AggregateKind.TAKEBACK_ORDER: {"channel": "mini_program", "channel_ref": "CRM-1"},
    AggregateKind.UNIT: {
        "channel": "mini_program", "region": "370200", "dismantler_id": "P-dismantler",
    },
    AggregateKind.CONSIGNMENT: {
        "from_site_id": "DEPOT-1", "to_site_id": "PLANT-1", "great_circle_km": "130.403",
        "mass_kg": "123.000", "category": "washing_machine", "vehicle_token": "VT-9",
        "from_region": "370200", "to_region": "370700",
    },
    AggregateKind.BATCH: {},
    AggregateKind.LOT: {},
}  # fmt: skip


def legal() -> Iterator[tuple[Table, StrEnum | None, StrEnum, Move]]:
    for table in EVERY_TABLE:
        for state, command, move in table.pairs():
            if move is not None:
                yield table, state, command, move


def happened(table: Table, state: StrEnum | None, command: StrEnum, **changed: Any) -> Applied:
    """What a legal command did; a unit that is declared gets what the desk copies to it."""
    body = BESIDE[table.kind] | changed.pop("body", {})
    answer = tried(table, state, command, body=body, **changed)
    assert isinstance(answer, Applied), answer.detail
    if state is not None:
        return answer
    (after,) = answer.aggregates
    return _with(answer, {**BESIDE[table.kind], **after.body})


def _with(answer: Applied, body: dict[str, Any]) -> Applied:
    return replace(answer, aggregates=(replace(answer.aggregate, body=body),))


def as_contract(topic: str, payload: Payload) -> Event:
    """The payload as whoever reads the topic gets it."""
    return accept(TOPICS[topic].event, read_json(json.dumps(payload).encode()))
