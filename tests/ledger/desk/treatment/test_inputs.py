"""Which batch a unit is in: one at most, and nobody else's to know."""

import pytest

from ledger.records import Accepted, Caller, InputChange
from ledger.refusals import DecisionFailed
from tests.ledger.builders import MAKER, RIVAL
from tests.ledger.desk.treatment.builders import House, Run, told_by


def changed(house: House, *some: InputChange) -> None:
    told_by(house.run(lambda _: Accepted(body={}, inputs=some)))


def batch_of(house: House, unit_id: str, caller: Caller = MAKER) -> str | None:
    asks = Run(lambda view: Accepted(body={"batch_id": view.batch_of(unit_id)}))
    found: str | None = told_by(house.submit(asks, caller=caller))["batch_id"]
    return found


def test_a_unit_is_in_its_batch_until_it_leaves(house: House) -> None:
    assert batch_of(house, "U-1") is None

    changed(house, InputChange("U-1", "B-1"))
    assert batch_of(house, "U-1") == "B-1"
    assert batch_of(house, "U-1", RIVAL) is None

    changed(house, InputChange("U-1", "B-2", leaves=True))  # it was never in that one
    assert batch_of(house, "U-1") == "B-1"
    changed(house, InputChange("U-1", "B-1", leaves=True))
    assert batch_of(house, "U-1") is None


def test_two_batches_cannot_hold_one_unit_whatever_the_rules_say(house: House) -> None:
    changed(house, InputChange("U-1", "B-1"))

    with pytest.raises(DecisionFailed):
        changed(house, InputChange("U-1", "B-2"))

    assert batch_of(house, "U-1") == "B-1"
