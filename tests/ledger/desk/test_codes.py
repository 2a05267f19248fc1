"""One unit, one code: claims across units, tenants and corrections (F01)."""

from pathlib import Path
from typing import Any

from ledger.records import Accepted, Caller, Claim
from tests.ledger.desk.house import BATCH, ORDER, UNIT, House, no, ok


def correct(home: House, unit: str, values: dict[str, Any], **told: Any) -> Any:
    version = told.pop("version", 2)
    event = home.events(UNIT, unit)[version - 1]
    evidence = {"event_id": event.event_id, "values": values, "reason_code": "typing_error"}
    by = told.pop("by", "north")
    return home.ask(UNIT, "correct", evidence | told, by=by, on=unit)


def test_a_claimed_code_names_no_other_unit(home: House) -> None:
    _, (first,) = home.picked_up()
    order = home.appointed()
    (second,) = home.units(order)

    told = no(
        home.pick_up(order, home.proof(home.collected(second, unit_code=f"PL-{first}"))),
        409, "identity-already-claimed",
    )  # fmt: skip

    assert told["detail"] == f"unit_code PL-{first} was claimed by unit {first} before (F01)"
    assert home.state(UNIT, second) == "declared"


def test_two_units_of_a_pickup_cannot_share_a_code(home: House) -> None:
    order = home.appointed(lines=2)
    rows = [home.collected(one, unit_code="PL-SAME") for one in home.units(order)]

    no(home.pick_up(order, home.proof(*rows)), 409, "identity-already-claimed")


class Rival(House):
    """A house in which another maker has claimed a code."""

    def decider(self) -> Any:
        desk = super().decider()
        return lambda command, view: (
            command if isinstance(command, Accepted) else desk(command, view)
        )


def test_a_code_of_another_maker_is_refused_without_a_word_about_it(tmp_path: Path) -> None:
    home = Rival(tmp_path)
    home.partners()
    claim = Accepted(body={}, claims=(Claim("PL-RIVAL", "THEIRS-77"),))
    home.submit(claim, caller=Caller("rival"))
    order = home.appointed()
    (unit,) = home.units(order)

    answer = home.pick_up(order, home.proof(home.collected(unit, unit_code="PL-RIVAL")))
    told = no(answer, 409, "identity-already-claimed")
    home.ledger.close()

    assert told["detail"] == "unit_code PL-RIVAL was claimed before (F01)"
    assert b"THEIRS" not in answer.body
    assert b"rival" not in answer.body.replace(b"PL-RIVAL", b"")


def test_a_correction_moves_the_claim(home: House) -> None:
    _, (unit,) = home.picked_up()

    ok(correct(home, unit, {"unit_code": "PL-RIGHT"}))

    assert home.get(UNIT, unit).body["unit_code"] == "PL-RIGHT"
    order = home.appointed(lines=2)
    one, two = home.units(order)
    no(
        home.pick_up(order, home.proof(home.collected(one, unit_code="PL-RIGHT"),
                                       home.collected(two))),
        409, "identity-already-claimed",
    )  # fmt: skip
    ok(
        home.pick_up(order, home.proof(home.collected(one, unit_code=f"PL-{unit}"),
                                       home.collected(two)))
    )  # fmt: skip


def test_a_correction_to_a_claimed_code_is_refused(home: House) -> None:
    _, (first,) = home.picked_up()
    _, (second,) = home.picked_up()

    no(correct(home, second, {"unit_code": f"PL-{first}"}), 409, "identity-already-claimed")


def test_only_the_author_corrects_until_the_counterpart_has_answered(home: House) -> None:
    _, (unit,) = home.picked_up()
    consignment = home.consign([unit])
    ok(home.depart(consignment))
    electric = {"vehicle_energy": "diesel"}

    no(correct(home, unit, electric, version=3, by="yard"), 403, "role-not-allowed")
    ok(correct(home, unit, electric, version=3, by="wheels"))
    ok(home.receive(consignment, unit))
    no(correct(home, unit, electric, version=3, by="wheels"), 403, "role-not-allowed")
    told = no(correct(home, unit, electric, version=3, by="yard"), 409, "guard-failed")
    assert "author_request_id is missing: yard confirmed" in told["detail"]
    ok(correct(home, unit, electric, version=3, by="yard", author_request_id="RQ-1"))


def test_what_is_no_event_of_the_unit_cannot_be_corrected(home: House) -> None:
    order, (unit,) = home.picked_up()
    other = home.events(ORDER, order)[0].event_id

    for event_id in (other, "nowhere"):
        evidence = {"event_id": event_id, "values": {"brand": "x"}, "reason_code": "typing_error"}
        told = no(home.ask(UNIT, "correct", evidence, by="north", on=unit), 409, "guard-failed")
        assert told["detail"] == f"event_id {event_id} is no event of unit {unit}"


def test_a_unit_stays_with_its_order_channel_and_region(home: House) -> None:
    _, (unit,) = home.picked_up()

    for values in ({"takeback_order_id": "X"}, {"channel": "other"}, {"region": "110000"}):
        told = no(correct(home, unit, values, version=1, by="maker"), 409, "guard-failed")
        assert "a unit stays with its order" in told["detail"]


def test_a_code_on_a_certificate_stays(home: House) -> None:
    batch = home.balanced()
    (unit, *_) = home.get("batch", batch).body["unit_ids"]
    ok(correct(home, unit, {"unit_code": "PL-NEW"}))
    ok(home.ask(BATCH, "certify", on=batch))

    told = no(correct(home, unit, {"unit_code": "PL-NEWER"}), 409, "guard-failed")

    assert "stands on a certificate" in told["detail"]
    (certificate,) = home.ledger.page(Caller("maker"), "certificate").items
    assert "PL-NEW" in certificate.body["unit_codes"]


def test_an_input_of_a_batch_is_not_reported_lost(home: House) -> None:
    units = home.stored()
    batch = home.opened(units)

    told = no(
        home.ask(UNIT, "report_lost", {"reason_code": "stolen"}, by="plant", on=units[0]),
        409, "guard-failed",
    )  # fmt: skip

    assert batch in told["detail"]
    assert home.state(UNIT, units[0]) == "stored"
