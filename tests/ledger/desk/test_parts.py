"""The parts of the desk fit together: nothing is registered twice, and nothing for nobody."""

from collections.abc import Mapping
from typing import Any

import pytest

from ledger.desk import (
    afterwards,
    batch_known,
    batch_moves,
    consignment_decide,
    consignment_known,
    decide,
    eligible,
    finding,
    forward_decide,
    known,
    late_decide,
    lot_known,
    lot_moves,
    order_decide,
    order_known,
    trade_in,
    unit_known,
)
from recycling.tables import table_of

HANDLERS = (
    order_decide.HANDLERS, consignment_decide.HANDLERS, forward_decide.HANDLERS,
    late_decide.HANDLERS, batch_moves.BATCH_HANDLERS, lot_moves.LOT_HANDLERS,
    finding.FINDING_HANDLERS,
)  # fmt: skip
LOOK_UPS = (
    order_known.LOOK_UPS, eligible.ELIGIBLE_LOOK_UPS, unit_known.LOOK_UPS,
    consignment_known.LOOK_UPS, batch_known.BATCH_LOOK_UPS, lot_known.LOT_LOOK_UPS,
    trade_in.TRADE_IN_LOOK_UPS,
)  # fmt: skip
BESIDE = {forward_decide.CREATE, *forward_decide.MOVES, late_decide.COMMAND}


@pytest.mark.parametrize(
    ("parts", "merged"), [(HANDLERS, decide.HANDLERS), (LOOK_UPS, known.LOOK_UPS)]
)
def test_every_part_is_there_and_none_hides_another(
    parts: tuple[Mapping[Any, Any], ...], merged: Mapping[Any, Any]
) -> None:
    assert sum(map(len, parts)) == len(merged)
    assert {key for part in parts for key in part} == {*merged}


@pytest.mark.parametrize(
    "of", [*{*decide.HANDLERS, *known.LOOK_UPS, *afterwards.AFTERWARDS}], ids="-".join
)
def test_what_is_registered_is_a_command_of_its_table_or_stands_beside_one(of: Any) -> None:
    kind, command = of

    assert command in BESIDE or command in {str(one) for one in table_of(kind).commands}
