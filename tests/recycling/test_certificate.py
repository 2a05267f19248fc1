"""The certificate of the worked example, and everything that a false one is caught by."""

import copy
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recycling.aggregate import nothing
from recycling.apply import Applied, apply
from recycling.batch_guards import batch_balance
from recycling.canonical import canonical_bytes, read_canonical
from recycling.certificate import Licence, certificate_of
from recycling.certificate_check import CertificateRefused, read_certificate
from recycling.tables import table_of
from recycling.unit_mass import UnitMass
from recycling.vocabulary import AggregateKind, BatchCommand, BatchState, MassBasis
from tests.recycling.builders import case, treated
from tests.recycling.certificate_builders import (
    body,
    certificate,
    code_of,
    fraction,
    inputs,
    treatment,
)

GOLDEN = Path(__file__).parent / "golden" / "certificate.v1.json"


def test_the_worked_example_is_certified_with_its_numbers() -> None:
    told = certificate()

    assert {name: told[name] for name in told if name.endswith(("_kg", "_share"))} == {
        "input_kg": "1541.200",
        "output_kg": "1510.640",
        "losses_kg": "8.000",
        "gap_kg": "22.560",
        "gap_share": "0.014638",
        "gap_limit_share": "0.02",
        "loss_limit_share": "0.02",
        "class_average_share": "1.000000",
    }
    assert len(told["units"]) == 30
    assert told["units"][0] == {
        "code": code_of("U-00"),
        "category": "refrigerator",
        "mass_kg": "40.790",
        "mass_basis": "class_average",
    }
    assert [one["material"] for one in told["fractions"]][:2] == ["steel", "copper"]
    assert told["refrigerants"] == [
        {
            "gas": "r600a",
            "recovered_g": "1240.000",
            "destroyed_g": "1000.000",
            "reclaimed_g": "200.000",
            "vented_g": "40.000",
        }
    ]
    assert told["certified_at"] == "2026-06-04T02:15:00Z"


def test_the_golden_certificate_is_what_the_example_gives_and_can_be_read() -> None:
    raw = GOLDEN.read_bytes().removesuffix(b"\n")

    assert canonical_bytes(certificate()) == raw
    assert read_certificate(read_canonical(raw))["gap_kg"] == Decimal("22.560")


def test_what_was_looked_up_in_another_sequence_gives_the_same_bytes() -> None:
    turned = treatment(inputs=inputs()[::-1])

    assert canonical_bytes(certificate_of(turned)) == canonical_bytes(certificate())


def test_a_name_that_nobody_told_is_left_out() -> None:
    told = certificate_of(treatment(dismantler_name=None, site_name=None))

    assert "dismantler_name" not in told
    assert "site_name" not in told


def test_only_a_certified_batch_has_a_certificate() -> None:
    balanced = replace(treatment().batch, state=BatchState.BALANCED)

    with pytest.raises(ValueError, match="B-2026-0001 is balanced"):
        certificate_of(treatment(batch=balanced))


@pytest.mark.parametrize(
    ("changed", "why"),
    [
        ({"inputs": inputs()[1:]}, "not those of batch"),
        ({"unit_codes": {}}, "the code of unit U-00 was not looked up"),
    ],
)
def test_what_is_not_of_the_batch_is_the_callers_mistake(changed: Any, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        certificate_of(treatment(**changed))


def test_a_balance_of_other_inputs_is_refused() -> None:
    heavier = (
        replace(inputs()[0], mass=UnitMass(mass_kg=Decimal("41.79"), basis=MassBasis.ACCEPTED)),
        *inputs()[1:],
    )

    with pytest.raises(CertificateRefused, match=r"input_kg: says 1541\.200, its units weigh"):
        certificate_of(replace(treatment(), inputs=heavier))


def test_one_code_for_two_units_is_refused() -> None:
    codes = {one.unit_id: code_of("U-00") for one in inputs()[:2]}

    with pytest.raises(CertificateRefused, match=r"U-00 stands twice \(F01\)"):
        certificate_of(treatment(unit_codes=dict(treatment().unit_codes) | codes))


def licence(from_on: date, to_on: date) -> Licence:
    return Licence(licence_id="LIC-1", valid_from_on=from_on, valid_to_on=to_on)


@pytest.mark.parametrize(
    ("licences", "day"),
    [
        ([licence(date(2026, 6, 2), date(2026, 12, 31))], "2026-06-01, the day of opened_at"),
        ([licence(date(2026, 1, 1), date(2026, 6, 2))], "2026-06-03, the day of balanced_at"),
    ],
)
def test_a_day_of_the_treatment_without_licence_is_refused(
    licences: list[Licence], day: str
) -> None:
    with pytest.raises(CertificateRefused, match=rf"none was valid on {day} \(F09\)"):
        certificate_of(treatment(licences=licences))


def test_a_licence_renewed_during_the_treatment_is_no_gap() -> None:
    halves = (
        licence(date(2026, 6, 2), date(2027, 6, 1)),
        licence(date(2025, 6, 2), date(2026, 6, 1)),
    )

    told = certificate_of(treatment(licences=halves))

    assert [one["valid_from_on"] for one in told["licences"]] == ["2025-06-02", "2026-06-02"]


def test_the_day_of_a_licence_is_a_day_in_china() -> None:
    midnight = datetime(2026, 5, 31, 16, tzinfo=UTC)  # the first of June in Shanghai

    told = certificate_of(
        treatment(opened_at=midnight, licences=[licence(date(2026, 6, 1), date(2026, 6, 3))])
    )

    assert told["opened_at"] == "2026-05-31T16:00:00Z"


def test_gas_of_one_type_is_added_up() -> None:
    rows = [
        {"gas": "r600a", "destroyed_g": "1000", "reclaimed_g": "0", "vented_g": "0"},
        {"gas": "r600a", "destroyed_g": "0", "reclaimed_g": "240", "vented_g": "0"},
    ]

    told = certificate_of(treatment(body=body(gas_fates=rows)))

    assert [(one["destroyed_g"], one["reclaimed_g"]) for one in told["refrigerants"]] == [
        ("1000.000", "240.000")
    ]


def raised(name: str, value: Any) -> Callable[[dict[str, Any]], None]:
    def change(told: dict[str, Any]) -> None:
        told[name] = value

    return change


def inside(name: str, place: int, **changed: Any) -> Callable[[dict[str, Any]], None]:
    def change(told: dict[str, Any]) -> None:
        told[name][place] |= changed

    return change


def dropped(name: str) -> Callable[[dict[str, Any]], None]:
    def change(told: dict[str, Any]) -> None:
        del told[name]

    return change


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (raised("input_kg", "1541.201"), "input_kg: says 1541.201, its units weigh 1541.200"),
        (raised("output_kg", "1510.639"), "a difference of -0.001"),
        (raised("gap_kg", "22.561"), "gap_kg: says 22.561, input, output and losses leave 22.560"),
        (raised("gap_share", "0.014637"), "gap_share: says 0.014637"),
        (raised("class_average_share", "0.5"), "class_average_share: says 0.5, its units give 1"),
        (raised("losses_kg", "30.825"), "losses_kg: 30.825 is 2.000 %, its limit is 0.02"),
        (raised("gap_limit_share", "0.01"), "gap_kg: 22.560 is 1.464 %, its limit is 0.01"),
        (inside("units", 3, mass_kg="40.791"), "its units weigh 1541.201"),
        (inside("fractions", 0, mass_kg="802.001"), "its fractions weigh 1510.641"),
        (inside("refrigerants", 0, vented_g="40.001"), "1240.001 g destroyed, reclaimed or vented"),
        (inside("units", 1, code=code_of("U-00")), "stands twice (F01)"),
        (inside("licences", 0, valid_to_on="2026-06-01"), "(F09)"),
        (raised("document", "treatment_receipt"), "/document: "),
        (raised("schema_version", 2), "/schema_version: "),
        (raised("schema_version", True), "/schema_version: "),
        (raised("remark", "all good"), "/remark: remark is no field"),
        (raised("site_name", None), "site_name: is not written as"),
        (raised("gap_kg", "22.56O"), "/gap_kg: "),
        (raised("gap_kg", "-22.560"), "/gap_kg: "),
        (raised("gap_kg", "2.256E1"), "gap_kg: is not written as"),
        (raised("opened_at", "2026-06-01T09:00:00+08:00"), "opened_at: is not written as"),
        (raised("opened_at", "2026-06-01T09:00:00"), "/opened_at: "),
        (inside("units", 0, mass_kg=40), "units: is not written as"),
        (inside("units", 0, mass_basis="hearsay"), "/units/0/mass_basis: "),
        (inside("fractions", 0, hazardous_code="900"), "/fractions/0/hazardous_code: "),
        (raised("units", []), "/units: "),
        (dropped("licences"), "/licences: is missing"),
    ],
)
def test_a_certificate_that_contradicts_itself_is_told_where(
    change: Callable[[dict[str, Any]], None], said: str
) -> None:
    told = copy.deepcopy(certificate())
    change(told)

    with pytest.raises(CertificateRefused) as caught:
        read_certificate(told)

    assert any(said in one for one in caught.value.defects), caught.value.defects


@pytest.mark.parametrize("value", [None, [], "text", 5])
def test_what_is_no_object_is_no_certificate(value: Any) -> None:
    with pytest.raises(CertificateRefused, match="is no object"):
        read_certificate(value)


def test_every_defect_is_kept_and_the_message_shows_some() -> None:
    units = [one | {"code": "same"} for one in certificate()["units"]]

    with pytest.raises(CertificateRefused, match="and 9 more") as caught:
        read_certificate(certificate(units=units))

    assert len(caught.value.defects) == 29


masses_kg = st.integers(min_value=1_000, max_value=500_000).map(lambda g: Decimal(g) / 1_000)


@given(
    st.lists(masses_kg, min_size=1, max_size=12),
    st.integers(min_value=-20, max_value=20),  # too much came out, or too little
    st.integers(min_value=0, max_value=20),
)
def test_whatever_balances_is_certified_and_read_again(
    units_kg: list[Decimal], gap_per_mille: int, losses_per_mille: int
) -> None:
    some = [
        treated(f"U-{n}", mass=UnitMass(mass_kg=kg, basis=MassBasis.DEPOT))
        for n, kg in enumerate(units_kg)
    ]
    in_kg = sum(units_kg, Decimal(0))
    losses_kg = (in_kg * losses_per_mille / 1_000).quantize(Decimal("0.001"), "ROUND_DOWN")
    gap_kg = (in_kg * gap_per_mille / 1_000).quantize(Decimal("0.001"), "ROUND_DOWN")
    told = body(
        unit_ids=[one.unit_id for one in some],
        outputs=[fraction("steel", str(in_kg - losses_kg - gap_kg))],
        losses_kg=str(losses_kg),
        gas_fates=[],
    )

    document = certificate_of(treatment(inputs=some, body=told))

    assert read_certificate(read_canonical(canonical_bytes(document)))["gap_kg"] == abs(gap_kg)


def test_a_batch_that_went_through_its_table_has_all_that_a_certificate_needs() -> None:
    table, batch = table_of(AggregateKind.BATCH), nothing(AggregateKind.BATCH, "B-1")
    washers = (treated("U-1"), treated("U-2"))
    for command, unit in (
        (BatchCommand.OPEN, None),
        *((BatchCommand.ADD_INPUT, one) for one in washers),
        (BatchCommand.CLOSE_INPUTS, None),
        (BatchCommand.DECLARE_OUTPUTS, None),
        (BatchCommand.CHECK_BALANCE, None),
        (BatchCommand.CERTIFY, None),
    ):
        evidence = {"unit_id": unit.unit_id} if unit else {}
        asked = case(table, command, evidence=evidence, inputs=washers, unit=unit)
        answer = apply(batch, command, asked)
        assert isinstance(answer, Applied), answer
        batch = answer.aggregate

    document = certificate_of(
        replace(
            treatment(),
            batch=batch,
            inputs=washers,
            balance=batch_balance(batch, asked),
            unit_codes={"U-1": "LABEL-1", "U-2": "LABEL-2"},
        )
    )

    assert document["certificate_id"] == "CERT-1"
    assert (document["input_kg"], document["output_kg"]) == ("123.000", "122.000")
    assert read_certificate(read_canonical(canonical_bytes(document)))["gap_kg"] == 0
