"""The simulated company walks as the tables allow: its facts, row by row."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

import pytest

from recycling.table import Table
from recycling.takeback_order import TAKEBACK_ORDER_TABLE
from recycling.unit import UNIT_TABLE
from schemas.topics import TAKEBACK_ORDERS, TAKEBACK_UNITS
from tests.simulator.builders import bodies

WALKS = [
    (TAKEBACK_ORDERS.name, "takeback_order_id", TAKEBACK_ORDER_TABLE),
    (TAKEBACK_UNITS.name, "unit_id", UNIT_TABLE),
]


def told_by(topic: str, key: str) -> Iterator[tuple[str | None, dict[str, Any]]]:
    """Yield each fact with the state that its aggregate was in before."""
    state: dict[str, str] = {}
    for one in bodies(topic):
        yield state.get(one[key]), one
        state[one[key]] = one["to_state"]


@pytest.mark.parametrize(("topic", "key", "table"), WALKS)
def test_every_simulated_fact_is_a_move_of_the_table(topic: str, key: str, table: Table) -> None:
    move_of = {str(move.event): move for move in table.moves}
    seen: Counter[str] = Counter()

    for before, one in told_by(topic, key):
        move = move_of[one["event_type"]]
        state = None if before is None else table.states(before)
        assert state in move.from_states, (before, one["event_type"])
        assert one["to_state"] in move.targets(state), (before, one["event_type"])
        seen[one["event_type"]] += 1

    assert sum(seen.values()) > 1_000
    assert len(seen) >= len(table.moves) - 1
