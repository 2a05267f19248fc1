"""Lots through the ledger: shipped with their papers, seen by their buyer, and what is left."""

from typing import Any

import pytest

from ledger.records import Caller
from ledger.refusals import NotFound
from recycling.facts import SYSTEM
from recycling.vocabulary import Role
from tests.ledger.desk.treatment.builders import (
    BUYER,
    DISMANTLER,
    LOT,
    OIL,
    STEEL,
    House,
    actor,
    checked,
    declared,
    filled,
    refused,
    row,
    washer,
)

SHIPPED: dict[str, Any] = {"consignee_id": "P-buyer", "mode": "road"}
AS_BUYER = Caller("maker", "P-buyer")
PLANT = actor("maker", Role.PLANT)


@pytest.fixture
def lots(house: House) -> dict[str, str]:
    """A lot of steel and one of hazardous oil, at the dismantler."""
    house.place(washer("U-1"), washer("U-2"))
    batch_id = filled(house, "U-1", "U-2")
    declared(house, batch_id, outputs=[STEEL, OIL], losses_kg="0.5")
    checked(house, batch_id)
    return {one.body["material"]: one.id for one in house.all_of(LOT)}


def shipped(house: House, lot_id: str, **changed: Any) -> None:
    house.done(LOT, "ship", lot_id, SHIPPED | changed, by=DISMANTLER)


def test_a_buyer_sees_a_lot_from_its_shipping_to_its_rejection(
    house: House, lots: dict[str, str]
) -> None:
    lot_id = lots["steel"]
    with pytest.raises(NotFound):
        house.get(LOT, lot_id, AS_BUYER)

    shipped(house, lot_id)
    assert house.get(LOT, lot_id, AS_BUYER).state == "shipped"
    house.done(LOT, "reject", lot_id, {"reason_code": "wet"}, by=BUYER)

    with pytest.raises(NotFound):
        house.get(LOT, lot_id, AS_BUYER)
    assert house.get(LOT, lot_id, Caller("maker", "P-dismantler")).state == "created"


def test_a_lot_that_was_processed_leaves_a_residue_of_its_own(
    house: House, lots: dict[str, str]
) -> None:
    shipped(house, lots["oil"], manifest_id="M-1")
    house.done(LOT, "receive", lots["oil"], {"mass_kg": "0.5"}, by=BUYER)
    before = len(house.written())

    processed = {"yield_share": "0.9", "operation_code": "R9", "residue_mass_kg": "0.05"}
    house.done(LOT, "process", lots["oil"], processed, by=BUYER)

    child = house.all_of(LOT)[-1]
    assert house.written()[before:] == [
        ("lot", lots["oil"], "processed"), ("lot", child.id, "created")
    ]  # fmt: skip
    assert (child.body["hazardous_code"], child.body["holder_id"]) == ("900-249-08", "P-buyer")
    assert (child.body["parent_lot_id"], child.body["mass_kg"]) == (lots["oil"], "0.05")
    assert house.get(LOT, child.id, AS_BUYER).state == "created"
    disposed = house.done(LOT, "dispose", child.id, {"operation_code": "D10"}, by=BUYER)
    assert disposed["state"] == "disposed"


def test_without_a_residue_there_is_no_child(house: House, lots: dict[str, str]) -> None:
    shipped(house, lots["steel"])
    house.done(LOT, "receive", lots["steel"], {"mass_kg": "122"}, by=BUYER)
    processed = {"yield_share": "1", "operation_code": "R4"}
    house.done(LOT, "process", lots["steel"], processed, by=BUYER)

    assert len(house.all_of(LOT)) == 2
    used = {"product_id": "drum", "plant_batch_id": "PB-1"}
    assert house.done(LOT, "use", lots["steel"], used, by=PLANT)["state"] == "used_in_product"


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({}, "manifest_id is missing"),
        ({"manifest_id": "M-1", "consignee_id": "P-nobody"}, "P-nobody has no hazardous_consignee"),
        ({"manifest_id": "M-1", "consignee_id": "P-recycler"}, "for 900-249-08"),
    ],
)
def test_a_hazardous_lot_travels_with_its_papers(
    house: House, lots: dict[str, str], changed: dict[str, Any], reason: str
) -> None:
    answer = house.do(LOT, "ship", lots["oil"], SHIPPED | changed, by=DISMANTLER)

    assert reason in refused(answer, 409, "guard-failed")


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"batch_id": "B-none"}, "batch_id B-none is not there, not balanced"),
        ({"batch_id": "B-open"}, "batch_id B-open is open, not balanced"),
        ({"parent_lot_id": "L-none"}, "parent_lot_id L-none is not there, not processed"),
    ],
)
def test_a_lot_comes_from_a_balanced_batch_or_a_processed_lot(
    house: House, changed: dict[str, str], reason: str
) -> None:
    house.place(row("batch", "B-open", "open", {}), row("batch", "B-1", "balanced", {}))
    told = {"batch_id": "B-1", "material": "glass", "mass_kg": "3", "holder_id": "P-dismantler"}

    answer = house.do(LOT, "create", None, told | changed, by=SYSTEM)

    assert refused(answer, 409, "guard-failed") == reason
