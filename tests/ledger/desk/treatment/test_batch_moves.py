"""Treatment batches through the ledger: from the open batch to the certificate and its end."""

from dataclasses import replace
from typing import Any

import pytest

from ledger.canonical import canonical
from ledger.contract import View
from ledger.desk import certificate
from ledger.desk.ask import Keep
from ledger.desk.finding_record import FindingState
from ledger.desk.stored import get
from ledger.records import Accepted, Caller
from ledger.refusals import NotFound
from recycling.facts import SYSTEM, Facts, Known
from recycling.unit import input_of
from recycling.vocabulary import Role, UnitCommand
from tests.ledger.builders import RIVAL
from tests.ledger.desk.treatment.builders import (
    AUDITOR,
    BATCH,
    DISMANTLER,
    LOT,
    OIL,
    PLATFORM,
    STEEL,
    UNIT,
    House,
    Run,
    actor,
    balanced,
    body_of,
    certified,
    checked,
    declared,
    filled,
    fridge,
    opened,
    order_row,
    refused,
    row,
    told_by,
    washer,
)
from tests.recycling.builders import COLLECTED, EVIDENCE, NOON, photos

OTHER = actor("P-other", Role.DISMANTLER)
# The worked example of the specification: 20 refrigerators and 10 washers, 1,541.200 kg.
MASSES_KG = {
    "steel": "802", "copper": "38.5", "aluminium": "31.2", "plastics": "389", "foam": "92",
    "glass": "41", "concrete": "105", "boards": "6.8", "oil": "3.9", "refrigerant": "1.24",
}  # fmt: skip
HAZARDOUS = {"boards": "900-045-49", "oil": "900-249-08"}
GASES = [{"gas": "r600a", "destroyed_g": "1000", "reclaimed_g": "200", "vented_g": "40"}]


def fraction(material: str) -> dict[str, Any]:
    told = STEEL | {"material": material, "mass_kg": MASSES_KG[material]}
    code = HAZARDOUS.get(material)
    return told if code is None else told | {"hazardous_code": code, "consignee_id": "P-buyer"}


def worked_example(house: House, *left_out: str) -> tuple[str, dict[str, Any]]:
    fridges = [f"F-{n}" for n in range(20)]
    washers = [f"W-{n}" for n in range(10)]
    house.place(*map(fridge, fridges), *(washer(one, accepted_mass_kg="72.540") for one in washers))
    batch_id = filled(house, *fridges, *washers)
    outputs = [fraction(one) for one in MASSES_KG if one not in left_out]
    declared(house, batch_id, outputs=outputs, losses_kg="8", gas_fates=GASES)
    return batch_id, checked(house, batch_id)


def test_the_worked_example_is_balanced_by_1_464_percent(house: House) -> None:
    batch_id, answer = worked_example(house)

    assert answer["state"] == "balanced"
    assert answer["balance"]["input_kg"] == "1541.200"
    assert answer["balance"]["gap_kg"] == "22.560"
    assert answer["balance"]["gap_share"] == "0.014638"  # 1.464 %
    assert {house.get(UNIT, one).state for one in answer["unit_ids"]} == {"dismantled"}
    lots = house.all_of(LOT)
    assert [one.body["material"] for one in lots] == [*MASSES_KG]
    assert {one.body["material"]: one.body.get("hazardous_code") for one in lots} == (
        dict.fromkeys(MASSES_KG) | HAZARDOUS
    )
    assert {one.body["holder_id"] for one in lots} == {"P-dismantler"}
    assert {one.body["batch_id"] for one in lots} == {batch_id}
    assert house.all_of("finding") == ()


def test_without_its_copper_it_is_unbalanced_and_says_so(house: House) -> None:
    batch_id, answer = worked_example(house, "copper")

    assert answer["state"] == "unbalanced"
    sentence = (
        "gap_share: 61.060 kg of 1541.200 kg = 3.962 % are not accounted for, the limit is 2.000 %"
    )
    assert answer["balance"]["failures"] == [sentence]
    (finding,) = house.all_of("finding")
    assert finding.body["sentence"] == sentence
    assert (finding.state, finding.body["severity"]) == ("open", "block")
    assert (finding.body["aggregate_kind"], finding.body["aggregate_id"]) == ("batch", batch_id)
    assert house.all_of(LOT) == ()
    assert house.get(UNIT, "F-0").state == "depolluted"


def test_what_was_forgotten_is_declared_again_balanced_and_certified(house: House) -> None:
    batch_id, _ = worked_example(house, "copper")
    told = {"outputs": [fraction(one) for one in MASSES_KG], "losses_kg": "8", "gas_fates": GASES}
    again = house.do(BATCH, "declare_outputs", batch_id, told, by=DISMANTLER)
    assert "reason_code is missing" in refused(again, 409, "guard-failed")

    house.done(
        BATCH, "declare_outputs", batch_id, told | {"reason_code": "forgotten"}, by=DISMANTLER
    )
    assert checked(house, batch_id)["state"] == "balanced"
    answer = house.done(BATCH, "certify", batch_id, by=PLATFORM)

    assert answer["state"] == "certified"
    record = house.get("certificate", answer["certificate_id"])
    assert record.state == "issued"
    assert record.body["batch_id"] == batch_id
    assert record.body["unit_ids"] == answer["unit_ids"]
    assert record.body["unit_codes"][0] == "PL-F-0"
    assert record.body["masses_kg"][0] == "40.790"
    assert record.body["mass_bases"] == ["accepted"] * 30
    assert record.body["refrigerants_g"][0] == {"r600a": "62"}
    assert record.body["balance"] == answer["balance"]
    assert record.body["dismantler_name"] == "Jiaozhou Recycling"
    assert [one["licence_id"] for one in record.body["licences"]] == ["LI-1"]


def test_a_balanced_batch_its_units_and_lots_have_one_event_each(house: House) -> None:
    house.place(washer("U-1"), washer("U-2"))
    batch_id = filled(house, "U-1", "U-2")
    declared(house, batch_id)
    before = len(house.written())

    checked(house, batch_id)

    after = house.written()[before:]
    lot_id = house.all_of(LOT)[0].id
    assert after == [
        ("batch", batch_id, "balance_checked"),
        ("unit", "U-1", "dismantled"),
        ("unit", "U-2", "dismantled"),
        ("lot", lot_id, "created"),
    ]
    assert house.ledger.verify().breaks == ()


# -- who sees what ---------------------------------------------------------------------------------


def test_a_dismantler_sees_its_batch_lots_and_certificate_and_no_other_does(house: House) -> None:
    batch_id = certified(house)
    certificate_id = house.get(BATCH, batch_id).body["certificate_id"]
    lot_id = house.all_of(LOT)[0].id

    for kind, one in ((BATCH, batch_id), (LOT, lot_id), ("certificate", certificate_id)):
        assert house.get(kind, one, Caller("maker", "P-dismantler")).id == one
        for stranger in (Caller("maker", "P-other"), RIVAL):
            with pytest.raises(NotFound):
                house.get(kind, one, stranger)
    with pytest.raises(NotFound):
        house.do(BATCH, "close_inputs", batch_id, by=OTHER)


@pytest.mark.parametrize("unit_id", ["U-foreign", "U-rival", "U-nobody", "U-elsewhere"])
def test_a_unit_that_is_not_at_the_plant_is_not_let_in(house: House, unit_id: str) -> None:
    house.place(washer("U-foreign", accepted_by="P-other"), washer("U-elsewhere", accepted_by=None))
    rival = Run(lambda _: Accepted(body={}, changes=(washer("U-rival"),)))
    house.submit(rival, caller=RIVAL)
    batch_id = opened(house)

    answer = house.do(BATCH, "add_input", batch_id, {"unit_id": unit_id}, by=DISMANTLER)

    told = refused(answer, 409, "guard-failed")
    assert told == f"unit_id {unit_id} is not at site PLANT-1"  # whatever it is, it is not here


def test_a_unit_is_an_input_of_one_batch_until_it_is_removed(house: House) -> None:
    house.place(washer("U-1"))
    first, second = opened(house), opened(house)
    named = {"unit_id": "U-1"}
    house.done(BATCH, "add_input", first, named, by=DISMANTLER)

    for batch_id in (first, second):
        again = house.do(BATCH, "add_input", batch_id, named, by=DISMANTLER)
        assert f"is an input of batch {first}" in refused(again, 409, "guard-failed")

    removed = named | {"reason_code": "not_treated"}
    assert house.done(BATCH, "remove_input", first, removed, by=DISMANTLER)["unit_ids"] == []
    assert house.done(BATCH, "add_input", second, named, by=DISMANTLER)["unit_ids"] == ["U-1"]


@pytest.mark.parametrize(
    ("unit", "reason"),
    [
        (washer("U-1", "accepted"), "unit_id U-1 is accepted"),
        (washer("U-1", category="tv_crt"), "tv_crt must be depolluted first"),
        (washer("U-1", site_id="PLANT-2"), "is at site PLANT-2"),
        (washer("U-1", accepted_mass_kg=None), "has no mass"),
    ],
)
def test_a_unit_that_is_not_ready_waits(house: House, unit: Any, reason: str) -> None:
    house.place(unit)

    answer = house.do(BATCH, "add_input", opened(house), {"unit_id": "U-1"}, by=DISMANTLER)

    assert reason in refused(answer, 409, "guard-failed")


@pytest.mark.parametrize(
    "unit_id", [None, 7, "", "\ud800", "U\x00", ["U-1"], "U" * 65, {"unit_id": "U-1"}]
)
def test_an_id_that_is_none_is_refused_and_not_looked_up(house: House, unit_id: Any) -> None:
    answer = house.do(BATCH, "add_input", opened(house), {"unit_id": unit_id}, by=DISMANTLER)

    assert answer.status == 422
    assert body_of(answer)["errors"][0]["pointer"] == "/unit_id"


# -- certifying ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"photos": photos("whole", "label", "core_part")}, "photo name_plate of unit U-1"),
        ({"photos": None}, "photo whole of unit U-1"),
        ({"unit_code": None}, "unit_code of unit U-1"),
        ({"collected_at": None}, "collected_at of unit U-1"),
        ({"collected_by": "P-nobody"}, "P-nobody has no agreement for washing_machine"),
        ({"accepted_by": "P-dismantler", "accepted_at": "2025-12-31T15:59:59Z"},
         "P-dismantler has no licence for washing_machine on 2025-12-31"),
        ({"collected_at": "2026-12-31T16:00:00Z"}, "no agreement for washing_machine on 2027"),
    ],
)  # fmt: skip
def test_certify_asks_for_evidence_and_permits_of_every_date(
    house: House, changed: dict[str, Any], reason: str
) -> None:
    house.place(washer("U-1", **changed), washer("U-2"))
    batch_id = filled(house, "U-1", "U-2")
    declared(house, batch_id)
    checked(house, batch_id)

    answer = house.do(BATCH, "certify", batch_id, by=PLATFORM)

    assert reason in refused(answer, 409, "guard-failed")
    assert house.all_of("certificate") == ()


def test_a_depollution_that_was_not_recorded_is_missing(house: House) -> None:
    house.place(fridge("U-1", depolluted_at=None, accepted_mass_kg="123", refrigerants=[]))
    batch_id = filled(house, "U-1")
    declared(house, batch_id, outputs=[STEEL, OIL], losses_kg="0.5")
    assert checked(house, batch_id)["state"] == "balanced"

    answer = house.do(BATCH, "certify", batch_id, by=PLATFORM)

    assert "depollution of unit U-1" in refused(answer, 409, "guard-failed")


def test_a_long_list_of_missing_evidence_is_shortened(house: House) -> None:
    units = [f"U-{n}" for n in range(10)]
    house.place(*(washer(one, photos=None, accepted_mass_kg="12.300") for one in units))
    batch_id = filled(house, *units)
    declared(house, batch_id)
    checked(house, batch_id)

    told = refused(house.do(BATCH, "certify", batch_id, by=PLATFORM), 409, "guard-failed")

    assert told.endswith("and 20 more")


def test_an_order_on_hold_stops_the_certificate(house: House) -> None:
    batch_id = balanced(house)
    house.place(order_row(flags=("HOLD",)))

    answer = house.do(BATCH, "certify", batch_id, by=PLATFORM)

    assert refused(answer, 409, "guard-failed") == "take-back orders TB-1 are on HOLD"


def test_a_certificate_is_numbered_by_the_house_alone(house: House) -> None:
    batch_id = balanced(house)

    told = {"certificate_id": "C-mine"}
    answer = house.do(BATCH, "certify", batch_id, told, by=PLATFORM)

    assert answer.status == 422
    assert body_of(answer)["errors"][0]["pointer"] == "/certificate_id"


def test_nobody_tells_a_certificate(house: House) -> None:
    keep = Keep(kind="certificate", id="C", state="issued", type="issued", body={}, by=PLATFORM)

    assert "follows from its batch" in refused(house.keep(keep), 409, "transition-not-allowed")


def test_a_mass_corrected_while_balanced_makes_certify_refuse(house: House) -> None:
    batch_id = balanced(house)
    told_by(house.correct("U-1", mass_kg="80"))

    answer = house.do(BATCH, "certify", batch_id, by=PLATFORM)

    assert "gap_share: 18.500 kg of 141.500 kg = 13.074 %" in refused(answer, 409, "guard-failed")
    told_by(house.correct("U-1", mass_kg="61.500"))
    assert house.done(BATCH, "certify", batch_id, by=PLATFORM)["state"] == "certified"


def test_a_certificate_keeps_the_masses_it_was_given_on(house: House) -> None:
    batch_id = certified(house)
    certificate_id = house.get(BATCH, batch_id).body["certificate_id"]
    told_by(house.correct("U-1", mass_kg="80"))

    assert house.get("certificate", certificate_id).body["masses_kg"] == ["61.500", "61.500"]


# -- what stands on a certificate ------------------------------------------------------------------


def test_a_certified_code_is_claimed_for_ever(house: House) -> None:
    certified(house)
    assert house.correct("U-1", unit_code="PL-NEW").status == 409

    house.place(row("takeback_order", "TB-9", "appointed", {"unit_ids": ["U-9"]}))
    house.show(
        "P-recycler", Role.RECYCLER, row(UNIT, "U-9", "declared", {"takeback_order_id": "TB-9"})
    )
    evidence = COLLECTED | {"unit_code": "PL-U-1"}
    answer = house.do(UNIT, "collect", "U-9", evidence, by=actor("P-recycler", Role.RECYCLER))
    told = refused(answer, 409, "identity-already-claimed")

    assert told == "unit_code PL-U-1 was claimed by unit U-1 before (F01)"


@pytest.mark.parametrize("command", [one for one in UnitCommand if one != UnitCommand.CORRECT])
def test_after_dismantling_only_a_correction_is_allowed(house: House, command: str) -> None:
    certified(house)
    before = len(house.written())
    every_role = actor("maker", *Role)

    answer = house.do(UNIT, command, "U-1", EVIDENCE.get((UNIT, command), {}), by=every_role)

    assert f"cannot {command} while dismantled" in refused(answer, 409, "transition-not-allowed")
    assert len(house.written()) == before


def test_revoking_takes_the_certificate_with_it(house: House) -> None:
    batch_id = certified(house)
    told_by(house.correct("U-1", mass_kg="80"))
    (finding,) = house.all_of("finding")
    named = {"finding_id": finding.id}
    assert house.do(BATCH, "revoke", batch_id, named, by=AUDITOR).status == 409
    told_by(house.judge(finding.id, FindingState.UPHELD))

    answer = house.done(BATCH, "revoke", batch_id, named, by=AUDITOR)

    assert answer["state"] == "revoked"
    record = house.get("certificate", answer["certificate_id"])
    assert record.state == "revoked"
    assert record.body["masses_kg"] == ["61.500", "61.500"]
    assert house.correct("U-1", unit_code="PL-NEW").status == 409  # it stood on a certificate


def test_a_finding_about_another_batch_revokes_nothing(house: House) -> None:
    other, batch_id = certified(house), certified(house, "U-3", "U-4")
    told_by(house.correct("U-1", mass_kg="80"))
    (finding,) = house.all_of("finding")
    told_by(house.judge(finding.id, FindingState.UPHELD))

    answer = house.do(BATCH, "revoke", batch_id, {"finding_id": finding.id}, by=AUDITOR)

    assert finding.body["aggregate_id"] == other
    assert "was not upheld" in refused(answer, 409, "guard-failed")


def test_a_batch_that_is_written_off_loses_its_units(house: House) -> None:
    house.place(washer("U-1"), washer("U-2"))
    batch_id = filled(house, "U-1", "U-2")
    declared(house, batch_id, losses_kg="100")
    assert checked(house, batch_id)["state"] == "unbalanced"

    answer = house.done(BATCH, "write_off", batch_id, {"reason_code": "fire"}, by=AUDITOR)

    assert answer["state"] == "written_off"
    assert [house.get(UNIT, one).state for one in ("U-1", "U-2")] == ["lost", "lost"]
    assert house.get(UNIT, "U-1").body["reason_code"] == "batch_written_off"


# -- limits ----------------------------------------------------------------------------------------


def test_the_largest_batch_fits_into_one_certificate(house: House) -> None:
    batch_id = certified(house)
    longest = "https://id.gs1.org/01/06901234567892/21/" + "9" * 40

    def largest(view: View) -> Accepted:
        batch, unit = get(view, BATCH, batch_id), get(view, UNIT, "U-1")
        gas = [{"gas": "r134a", "mass_g": "50000.000"}]
        body = {**unit.body, "unit_code": longest, "category": "air_conditioner"}
        body |= {"accepted_mass_kg": "499.999", "refrigerants": gas}
        units = [replace(unit, id=f"{n:036}", body=body) for n in range(5_000)]
        outputs = [STEEL | OIL for _ in range(100)]
        batch = replace(
            batch, body={**batch.body, "unit_ids": [one.id for one in units], "outputs": outputs}
        )
        known = Known(inputs=tuple(input_of(one, batch_id=batch_id) for one in units))
        facts = Facts(by=SYSTEM, occurred_at=NOON, recorded_at=NOON, known=known)
        change = certificate.issued(batch, units, facts, view)
        return Accepted(body={"characters": len(canonical(change.body))})

    told = told_by(house.run(largest))

    assert 900_000 < told["characters"] < 1_048_576
