"""Units that travel together: to the depot, to the dismantler, and back."""

import pytest

from ledger.records import Answer
from tests.ledger.desk.house import CONSIGNMENT, UNIT, House, no, ok, profile


def states(home: House, units: list[str]) -> list[str]:
    return [home.state(UNIT, one) for one in units]


def test_units_depart_with_their_consignment_and_are_weighed_on_receipt(home: House) -> None:
    _, units = home.picked_up(2)
    consignment = home.consign(units)

    ok(home.depart(consignment))
    assert states(home, units) == ["in_transit", "in_transit"]
    assert home.get(UNIT, units[0]).body["consignment_id"] == consignment
    told = ok(home.receive(consignment, *units))

    assert told["state"] == "received"
    assert states(home, units) == ["at_depot", "at_depot"]
    body = home.get(UNIT, units[0]).body
    assert (body["depot_mass_kg"], body["depot_site_id"]) == ("61.400", "yard-1")


def test_what_does_not_arrive_is_waited_for_until_it_is_in_or_lost(home: House) -> None:
    _, units = home.picked_up(3)
    consignment = home.consign(units)
    ok(home.depart(consignment))

    first = ok(home.receive(consignment, units[0]))
    again = home.receive(consignment, units[0])
    ok(home.ask(UNIT, "report_lost", {"reason_code": "stolen"}, by="wheels", on=units[2]))
    last = ok(home.receive(consignment, units[1]))

    assert first["state"] == "partially_received"
    no(again, 409, "guard-failed")
    assert last["state"] == "received"
    assert last["received_ids"] == units[:2]


def test_a_depot_has_to_weigh_each_unit(home: House) -> None:
    _, units = home.picked_up(2)
    consignment = home.consign(units)
    ok(home.depart(consignment))

    told = no(home.receive(consignment, *units, mass_kg=None), 422, "evidence-incomplete")
    heavy = no(home.receive(consignment, *units, mass_kg="500.001"), 422, "validation-failed")

    assert [one["pointer"] for one in told["errors"]] == ["/units/0/mass_kg"]
    assert [one["pointer"] for one in heavy["errors"]] == ["/units/0/mass_kg"]
    assert states(home, units) == ["in_transit", "in_transit"]


def test_a_dismantler_marks_arrival_and_accepts_one_by_one(home: House) -> None:
    consignment, units = home.shipped(2)
    assert states(home, units) == ["in_transit_2", "in_transit_2"]

    ok(home.receive(consignment, *units, by="plant", mass_kg=None))
    assert states(home, units) == ["in_transit_2", "in_transit_2"]
    told = {"mass_kg": "61.300", "site_id": "plant-1"}
    ok(home.ask(UNIT, "accept", told, by="plant", on=units[0]))
    refused = {"reason_code": "not_as_declared", "accepted_mass_kg": 0}
    ok(home.ask(UNIT, "reject", refused, by="plant", on=units[1]))

    assert states(home, units) == ["accepted", "returning"]


def test_a_rejected_unit_goes_back_by_a_consignment(home: House) -> None:
    consignment, (unit,) = home.shipped()
    ok(home.receive(consignment, unit, by="plant", mass_kg=None))
    refused = {"reason_code": "not_as_declared", "accepted_mass_kg": 0}
    ok(home.ask(UNIT, "reject", refused, by="plant", on=unit))

    back = home.consign([unit], by="yard", from_site_id="plant-1")
    ok(home.depart(back))
    assert home.state(UNIT, unit) == "returning"
    ok(home.receive(back, unit))

    assert home.state(UNIT, unit) == "at_depot"


def test_a_dismantler_at_the_same_site_needs_no_vehicle(home: House) -> None:
    (unit,) = home.graded()
    consignment = home.consign(
        [unit], by="yard", to="dismantler", to_partner_id="plant", carrier_id=None,
        from_site_id="yard-1", to_site_id="yard-1", same_site=True, manifest_id="M-1",
    )  # fmt: skip
    nothing = {"vehicle_plate": None, "vehicle_energy": None, "odometer_km": None}
    ok(home.depart(consignment, by="yard", **nothing))

    assert home.get(UNIT, unit).body["same_site"] is True
    assert home.state(UNIT, unit) == "in_transit_2"


def test_a_licence_is_asked_for_the_day_of_acceptance(home: House) -> None:
    _, (unit,) = home.shipped()
    home.keep("partner", "plant", "active", profile("plant", licences=[]))
    told = {"mass_kg": "61.300", "site_id": "plant-1"}

    answer = home.ask(UNIT, "accept", told, by="plant", on=unit)
    assert "plant has no licence for washing_machine" in no(answer, 409, "guard-failed")["detail"]


def create(home: House, units: list[str], by: str = "north", **changed: str) -> Answer:
    told = {
        "unit_ids": units, "to": "depot", "to_partner_id": "yard", "from_site_id": "north-1",
        "to_site_id": "yard-1", **changed,
    }  # fmt: skip
    return home.ask(CONSIGNMENT, "create", told, by=by)


@pytest.mark.parametrize(
    ("changed", "status", "code", "word"),
    [
        ({"to_partner_id": "nobody"}, 422, "validation-failed", "there is no partner nobody"),
        ({"carrier_id": "nobody"}, 422, "validation-failed", "there is no partner nobody"),
        ({"by": "south"}, 409, "guard-failed", "is not there"),  # not its units
        ({"to": "dismantler", "to_partner_id": "plant"}, 422, "evidence-incomplete", "manifest_id"),
        (
            {"to": "dismantler", "to_partner_id": "plant", "manifest_id": "M"},
            409, "guard-failed", "cannot travel to a dismantler",
        ),
        ({"by": "plant"}, 403, "role-not-allowed", "create is for"),
    ],
)  # fmt: skip
def test_a_consignment_that_cannot_be_is_refused(
    home: House, changed: dict[str, str], status: int, code: str, word: str
) -> None:
    _, units = home.picked_up()

    told = no(create(home, units, **changed), status, code)
    assert word in told["detail"]


def test_only_its_sender_or_carrier_departs_and_only_its_receiver_receives(home: House) -> None:
    _, units = home.picked_up()
    consignment = home.consign(units)

    no(home.depart(consignment, by="yard"), 409, "guard-failed")
    ok(home.depart(consignment, by="north"))
    home.partners("other")
    no(home.receive(consignment, *units, by="wheels"), 403, "role-not-allowed")
    no(home.depart(consignment, by="north"), 409, "transition-not-allowed")


def test_a_carrier_does_not_ship_to_a_dismantler(home: House) -> None:
    units = home.graded()
    consignment = home.consign(
        units, by="yard", to="dismantler", to_partner_id="plant", from_site_id="yard-1",
        to_site_id="plant-1", manifest_id="M-1",
    )  # fmt: skip

    no(home.depart(consignment, by="wheels"), 403, "role-not-allowed")
    assert home.state(CONSIGNMENT, consignment) == "created"
