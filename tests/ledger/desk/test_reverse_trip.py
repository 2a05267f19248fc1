"""What arrives with a consignment is told as legs, from where its units really came."""

import json
from typing import Any

from ledger.outbox import OutboxReader
from ledger.store import LEDGER_FILE
from recycling.region import region
from schemas.topics import LEGS
from tests.ledger.desk.house import CONSIGNMENT, UNIT, House, ok


def legs(home: House) -> list[dict[str, Any]]:
    outbox = OutboxReader(home.folder / LEDGER_FILE)
    try:
        told = outbox.after(0, 10_000)
        return [json.loads(one.value) for one in told if one.topic == LEGS.name]
    finally:
        outbox.close()


def test_what_comes_from_doors_comes_from_the_middle_of_their_region(home: House) -> None:
    home.at_depot(lines=2)

    (leg,) = legs(home)

    point = region("370200").point
    assert point is not None
    assert leg["origin"] == {"site_id": "370200", "lat": str(point.lat), "lon": str(point.lon)}
    assert leg["destination"]["site_id"] == "yard-1"
    assert (leg["mass_kg"], leg["category"], leg["leg"]) == (
        "122.800", "washing_machine", "reverse",
    )  # fmt: skip
    assert float(leg["distance_km"]) > 0


def test_a_depot_and_a_dismantler_at_one_point_have_no_way_between_them(home: House) -> None:
    consignment, units = home.shipped()
    before = legs(home)

    rows = {"units": [{"unit_id": one} for one in units]}
    ok(home.ask(CONSIGNMENT, "receive", rows, by="plant", on=consignment))

    assert legs(home) == before


def test_a_second_receipt_tells_no_second_leg(home: House) -> None:
    _, units = home.picked_up(2)
    consignment = home.consign(units)
    ok(home.depart(consignment))

    ok(home.receive(consignment, units[0]))
    first = legs(home)
    ok(home.receive(consignment, units[1]))

    assert len(first) == 1
    assert legs(home) == first


def test_what_was_lost_on_the_way_is_no_load_of_it(home: House) -> None:
    _, units = home.picked_up(2)
    consignment = home.consign(units)
    ok(home.depart(consignment))
    ok(home.ask(UNIT, "report_lost", {"reason_code": "stolen"}, by="north", on=units[1]))

    ok(home.receive(consignment, units[0]))

    assert [leg["mass_kg"] for leg in legs(home)] == ["61.400"]


def test_a_site_that_the_receiver_does_not_name_has_no_distance(home: House) -> None:
    _, units = home.picked_up()
    consignment = home.consign(units, to_site_id="elsewhere")
    ok(home.depart(consignment))

    ok(home.receive(consignment, *units))

    assert legs(home) == []
