"""Worked examples: every formula, every finding, and the laws of judging a file of them."""

import json
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.examples import Checked, check_examples, digits_of
from emissions.formulas import FORMULAS, row_of

SHARED = Path(__file__).parents[3] / "shared" / "data" / "factors" / "emission_vectors.json"
needs_shared = pytest.mark.skipif(not SHARED.is_file(), reason="../shared/data is absent")
PUBLISHED: list[dict[str, Any]] = (
    json.loads(SHARED.read_text(encoding="utf-8"), parse_float=Decimal)["vectors"]
    if SHARED.is_file()
    else []
)
CONSISTENT = [one for one in PUBLISHED if one["upstream_consistent"]]
# What each formula gives for one set of inputs, computed by hand.
ONE_OF_EACH: list[tuple[str, Any, str]] = [
    ("t*km", {"t": 2, "km": "30.5"}, "61"),
    ("sum(t*km)", {"rows": [[2, 30], ["0.5", 10]]}, "65"),
    ("sum(t*sfd)", {"deliveries_t": [2, "0.5"], "sfd_km": [30, 10]}, "65"),
    ("sum(km*kg/1000)", {"rows_km_kg": [[30, 500], [10, 50]]}, "15.5"),
    ("mass*distance*ef", {"mass_t": 2, "distance_km": 10, "ef_kg_per_tkm": "0.1"}, "2"),
    ("t*km*i", {"kg": 500, "actual_km": 10, "wtw": "0.2"}, "1"),
    ("t*km*intensity", {"mass_kg": 500, "gcd_km": 10, "intensity": "0.2"}, "1"),
    ("t*km*g/1000", {"mass_t": 5, "distance_km": 10, "g_per_tkm": 20}, "1"),
    ("tm*g/1000", {"ton_miles": 100, "g_per_tm": 20}, "2"),
    ("teu*km*g/1e6", {"teu": 10, "km": 1000, "g_per_teukm": 50}, "0.5"),
    ("vm*ef", {"vehicle_miles": 10, "kg_co2": "1.5"}, "15"),
    ("t*ef", {"payload_t": 12, "kg_tkm": "0.1"}, "1.2"),
    ("l*ef", {"litres": 10, "ef_wtw": "3.2"}, "32"),
    ("l*rho*ef", {"litres": 10, "density": "0.8", "ef": 4}, "32"),
    ("t*1000*ef", {"t": "1.5", "ef": 3}, "4500"),
    (
        "sum(l)*ef + kg*gwp",
        {"diesel_l": [10, 20], "ef_diesel": 3, "refrigerant_kg": 2, "gwp": 100},
        "290",
    ),
    ("kg*gwp", {"kg": "0.5", "gwp": 771}, "385.5"),
    ("sum(kwh*ef)", [{"kwh": 10, "ef": "0.5"}, {"kwh": 20, "ef": "0.1"}], "7"),
    ("kwh*3.6*ef/1000", {"kwh": 100, "ef_g_per_MJ": 50}, "18"),
    ("sum(kwh*ef*loss)", [{"kwh": 100, "ef": "0.5", "loss": "0.1"}], "5"),
    (
        "rho*ncv*c*ox*44/12",
        {"density_t_per_kl": "0.84", "ncv_gj_t": "43.330", "c_t_gj": "0.0202", "oxidation": "0.98"},
        "2.6419028944",
    ),
    ("kg/tkm", {"kgco2e": 12, "tkm": 100}, "0.12"),
    ("g/t", {"g_per_vkm": 900, "cargo_t": 300}, "3"),
    ("flights*fuel*ef/tkm", {"flights": 4, "fuel_kg": 100, "ef": 3, "tkm": 1000}, "1.2"),
    ("a+(b-a)*load", {"kg_km_0": "0.4", "kg_km_100": "0.6", "load": "0.25"}, "0.45"),
    ("kg/(trips*km*load)", {"kg": 1200, "trips": 4, "km": 100, "load_t": 20}, "0.15"),
    ("kg/t", {"kg": 1200, "t": 4800}, "0.25"),
    ("base+kg/t", {"base": "0.1", "kg": 1200, "t": 4800}, "0.35"),
    ("base*uplift", {"base": "0.1", "uplift": "1.12"}, "0.112"),
    ("t*i", {"mass_kg": 4000, "wtw_per_t": 33}, "132"),
    (
        "(kwh_el*ef_el+kwh_gas*ef_gas)*own/total",
        {
            "kwh_el": 100,
            "ef_el": "0.8",
            "kwh_gas": 40,
            "ef_gas": "0.5",
            "own_m3": 1,
            "total_m3": 4,
        },
        "25",
    ),
    ("sum(m3*days*ef)", {"rows": [{"m3": 10, "days": 2, "ef": "0.1"}]}, "2"),
    ("total*tkm/sum(tkm)", {"total_kg": 10, "tkm_all": [1, 3], "shipment_tkm": 3}, "7.5"),
    ("tkm/total", {"tkm": 3, "total": 4}, "0.75"),
    ("share*total", {"share": "0.25", "total": 8}, "2"),
    ("l/items*rho*ef", {"litres": 10, "items": 4, "density": "0.8", "ef": 4}, "8"),
    (
        "trucks*(ac+tru)",
        {"trucks": 2, "ac_kg": 1, "ac_loss": "0.1", "tru_kg": 5, "tru_loss": "0.3"},
        "3.2",
    ),
    (
        "(new*inst + operating*oper + disposed*remain*(1-recovery))*gwp",
        {
            "new_charge": 10, "inst": "0.01", "operating": 20, "oper": "0.1", "disposed": 5,
            "remain": "0.8", "recovery": "0.5", "gwp": 100,
        },
        "410",
    ),
    (
        "(charge-capacity+recharge+disposed-recovered)*gwp",
        {"charge": 5, "capacity": 3, "recharge": 2, "disposed": 4, "recovered": 1, "gwp": 10},
        "70",
    ),
    ("sum*gwp", {"inventory": 1, "transferred": 2, "gwp": 10}, "30"),
    ("mean", {"one": 10, "other": 20}, "15"),
    ("sum(qty*ef)", {"rows": [[10, 2], [5, "0.4"]]}, "22"),
    ("t*1.102*ef*1000", {"t": 10, "short_ton_per_t": "1.102", "ef": "0.5"}, "5510"),
    ("lb/2000*ef*1000", {"lb": 500, "ef": "0.02"}, "5"),
    ("sum(amount*ef)", {"amount": [100, 50], "ef": ["0.3", "0.2"]}, "40"),
    ("sum(total*share*ef)", {"total": 100, "rows": [["0.4", 2], ["0.6", 1]]}, "140"),
    ("(a-b)/a*100", {"a": 80, "b": 60}, "25"),
    ("sum", {"legs_kg": [1, 2, "3.5"]}, "6.5"),
    ("wtt+ttw", {"wtt": 22, "ttw": 73}, "95"),
]  # fmt: skip

# Rows have no place for a name more, and where every number counts none is left over.
NAMED = [
    one
    for one in ONE_OF_EACH
    if isinstance(one[1], dict) and one[0] not in ("sum", "mean", "sum*gwp")
]


def example(**changed: Any) -> dict[str, Any]:
    """2 t over 30 km at 0.1 kg per tkm."""
    plain: dict[str, Any] = {
        "id": "E-1",
        "formula": "t*km*i",
        "inputs": {"t": 2, "km": 30, "i": "0.1"},
        "expected": "6",
        "tolerance": {"abs": "0"},
    }
    return plain | changed


def judged(**changed: Any) -> Checked:
    return check_examples([example(**changed)])[0]


@pytest.mark.parametrize(("formula", "inputs", "expected"), ONE_OF_EACH)
def test_every_formula_gives_what_the_hand_gives(formula: str, inputs: Any, expected: str) -> None:
    found = judged(formula=formula, inputs=inputs, expected=expected)

    assert found.finding == "agrees", found.detail
    assert found.got == Decimal(expected)


def test_no_formula_of_the_table_is_left_untried() -> None:
    tried = {"".join(formula.split()) for formula, _, _ in ONE_OF_EACH}

    assert tried == set(FORMULAS)


@pytest.mark.parametrize(("formula", "inputs", "expected"), NAMED)
def test_a_left_over_input_is_named_and_never_ignored(
    formula: str, inputs: Any, expected: str
) -> None:
    found = judged(formula=formula, inputs={**inputs, "colour": 7}, expected=expected)

    assert (found.finding, found.detail) == ("unsupported", "input is left over: colour")


@pytest.mark.parametrize("mass", ["t", "mass_t", "cargo_t", "payload_t", "kg", "mass_kg"])
@pytest.mark.parametrize("km", ["km", "distance_km", "sfd_km", "actual_km", "gcd_km"])
@pytest.mark.parametrize("factor", ["ef", "ef_x", "i", "intensity", "wtw", "wtw_x", "kg_x"])
def test_a_quantity_goes_by_many_names(mass: str, km: str, factor: str) -> None:
    amount = 2_000 if mass.endswith("kg") else 2

    assert judged(inputs={mass: amount, km: 30, factor: "0.1"}).finding == "agrees"


@pytest.mark.parametrize(
    ("changed", "detail"),
    [
        ({"formula": "t*miles"}, "formula t*miles is unknown"),
        ({"formula": ""}, "formula  is unknown"),
        ({"inputs": {"t": 2, "km": 30}}, "input is missing: factor"),
        ({"inputs": {"km": 30, "i": 1}}, "input is missing: mass"),
        (
            {"inputs": {"t": 2, "km": 30, "ef_a": 1, "ef_b": 1}},
            "inputs ef_a, ef_b may all be factor",
        ),
        ({"inputs": {"t": 2, "kg": 2, "km": 30, "i": 1}}, "input is left over: t"),
        ({"inputs": {"t": "two", "km": 30, "i": 1}}, "input t is no decimal number: two"),
        ({"inputs": {"t": True, "km": 30, "i": 1}}, "input t is no decimal number: True"),
        ({"inputs": {"t": 0.5, "km": 30, "i": 1}}, "input t is no decimal number: 0.5"),
        ({"inputs": {"t": "NaN", "km": 30, "i": 1}}, "input t is not finite: NaN"),
        (
            {"inputs": {"t": "1e999999", "km": 30, "i": 1}},
            "input t has more than 30 digits: 1e999999",
        ),
        ({"inputs": {"t": 0, "km": 30, "i": 1}}, "mass_kg must be positive, got 0"),
        ({"inputs": 7}, "inputs are neither names nor rows: 7"),
        ({"inputs": None}, "inputs are neither names nor rows: None"),
        ({"formula": "kg/tkm", "inputs": {"kg": 1, "tkm": 0}}, "activity is 0"),
        ({"formula": "sum", "inputs": {}}, "input is missing: any number"),
        (
            {"formula": "sum", "inputs": {"a": [1], "b": [2]}},
            "input a is no decimal number: [1]",
        ),
        (
            {"formula": "sum(t*km)", "inputs": {"rows": [[1, 2, 3]]}},
            "a row has 3 numbers, not mass, distance",
        ),
        (
            {"formula": "sum(amount*ef)", "inputs": {"amount": [1, 2], "ef": [1]}},
            "lists differ in length: amount 2, factor 1",
        ),
        ({"expected": "six"}, "input expected is no decimal number: six"),
        ({"expected": None}, "input expected is no decimal number: None"),
        ({"tolerance": {"about": 1}}, "tolerance is neither abs nor rel: {'about': 1}"),
    ],
)
def test_what_no_function_answers_is_unsupported_and_says_why(
    changed: dict[str, Any], detail: str
) -> None:
    found = judged(**changed)

    assert (found.finding, found.detail) == ("unsupported", detail)


@pytest.mark.parametrize(
    ("changed", "finding"),
    [
        ({"expected": "6.0001"}, "result_mismatch"),  # outside its own tolerance of 0
        ({"expected": "6.1", "tolerance": {"abs": "0.1"}}, "agrees"),
        ({"expected": "6.003", "tolerance": {"rel": "0.001"}}, "notice"),
        ({"expected": "6.1", "tolerance": {"rel": "0.001"}}, "result_mismatch"),
        ({"expected": "6.1", "tolerance": {"abs": "0", "rel": "0.02"}}, "agrees"),
        ({"expected": "6.02", "tolerance": None}, "notice"),
        ({"expected": "6.04", "tolerance": None}, "result_mismatch"),
        ({"expected": "7", "tolerance": None}, "agrees"),  # one last place
        ({"expected": "8", "tolerance": None}, "result_mismatch"),
        ({"expected": 6, "tolerance": {}}, "agrees"),
        ({"expected": Decimal("6.0"), "tolerance": {}}, "agrees"),
        ({"expected": "0.6"}, "power_of_ten"),
        ({"expected": "60"}, "power_of_ten"),
        ({"expected": "6000"}, "unit_text"),  # t against kg
        ({"expected": "0.006"}, "unit_text"),
        ({"expected": "6,0"}, "decimal_comma"),
        ({"inputs": {"t": "2,0", "km": 30, "i": 1}}, "decimal_comma"),
        (
            {"formula": "mean", "inputs": {"a": 771, "b": 3740}, "expected": "2225.5"},
            "blend_mismatch",
        ),
        ({"formula": "wtt+ttw", "inputs": {"wtt": 22, "ttw": 73}, "expected": "96"}, "wtw_split"),
        (
            {
                "formula": "a+(b-a)*load",
                "inputs": {"a": 1, "b": 2, "load": "0.5"},
                "expected": "1.6",
            },
            "load_linearity",
        ),
        ({"expected": "0"}, "result_mismatch"),
        ({"inputs": {"t": 2, "km": 0, "i": 1}, "expected": "0"}, "agrees"),
        ({"inputs": {"t": 2, "km": 0, "i": 1}, "expected": "6"}, "result_mismatch"),
    ],
)
def test_each_finding_has_its_case(changed: dict[str, Any], finding: str) -> None:
    found = judged(**changed)

    assert found.finding == finding, found.detail
    assert found.is_defect == (finding not in ("agrees", "notice", "unsupported"))


def test_a_total_that_is_right_only_with_a_wrong_part_says_so() -> None:
    part = example(id="road", inputs={"kg": 40_000, "km": 423, "wtw": "0.116"}, expected="1692.62")
    total = example(
        id="total",
        formula="sum",
        inputs={"tce_kg": ["118.44", 1320, "1962.72"]},
        expected="3131.06",
    )

    found = check_examples([total, part])

    assert [one.finding for one in found] == ["total_inherits", "result_mismatch"]
    assert found[0].detail.endswith("right only with 1692.62 of road")


def test_a_total_that_is_right_by_its_own_parts_is_no_false_alarm() -> None:
    part = example(id="road", expected="7")
    total = example(id="total", formula="sum", inputs=[7, 3], expected="10")

    assert [one.finding for one in check_examples([part, total])] == ["result_mismatch", "agrees"]


def test_a_formula_is_the_same_however_it_is_spaced() -> None:
    assert row_of(" t * km ") is FORMULAS["t*km"]
    assert row_of("km*t") is None


@given(number=st.decimals(allow_nan=False, allow_infinity=False, places=6, min_value=0))
def test_digits_for_people_are_the_number(number: Decimal) -> None:
    assert Decimal(digits_of(number)) == number


@given(
    mass_t=st.decimals("0.001", "40", places=3),
    km=st.decimals("1", "20000", places=1),
    factor=st.decimals("0.001", "3", places=4),
    off=st.sampled_from([Decimal("0.98"), Decimal("1.02")]),
)
def test_a_result_changed_by_two_percent_gets_a_finding(
    mass_t: Decimal, km: Decimal, factor: Decimal, off: Decimal
) -> None:
    inputs = {"mass_t": str(mass_t), "distance_km": str(km), "ef": str(factor)}
    exact = mass_t * km * factor

    right = judged(inputs=inputs, expected=str(exact), tolerance={})
    wrong = judged(inputs=inputs, expected=str(exact * off), tolerance={})

    assert right.finding == "agrees"
    assert wrong.is_defect, wrong.detail


@needs_shared
def test_the_sixty_examples_give_two_findings_and_two_notices() -> None:
    found = check_examples(PUBLISHED)

    said = {one.id: one.finding for one in found if one.finding != "agrees"}
    assert len(found) == 60
    assert said == {
        "ILEAP-road3-typo": "result_mismatch",
        "GWP-R410A-GLEC-defect": "blend_mismatch",
        "GLEC-parcel-untracked": "notice",
        "GLEC-rail-us": "notice",
    }


@needs_shared
def test_every_example_is_recomputed_as_the_file_has_it() -> None:
    for one, published in zip(check_examples(PUBLISHED), PUBLISHED, strict=True):
        assert one.got is not None
        recomputed = Decimal(published["recomputed"])
        assert abs(one.got - recomputed) <= Decimal("1e-10") * max(Decimal(1), abs(recomputed))


@needs_shared
@given(data=st.data())
def test_names_and_order_of_the_examples_decide_nothing(data: st.DataObject) -> None:
    shuffled = data.draw(st.permutations(PUBLISHED))
    renamed = [one | {"id": f"E-{n}", "title": "", "source": ""} for n, one in enumerate(shuffled)]

    wanted = {one.id: one.finding for one in check_examples(PUBLISHED)}

    found = check_examples(renamed)
    assert [one.finding for one in found] == [wanted[one["id"]] for one in shuffled]


@needs_shared
@pytest.mark.parametrize("off", ["0.98", "1.02"])
@pytest.mark.parametrize("published", CONSISTENT, ids=lambda one: one["id"])
def test_an_expected_value_moved_by_two_percent_does_not_agree(
    published: dict[str, Any], off: str
) -> None:
    moved = Decimal(published["expected"]) * Decimal(off)

    found = check_examples([published | {"expected": str(moved)}])[0]

    # Shares printed with one digit allow themselves as much as two percent.
    allowed = Decimal(published["tolerance"].get("abs", 0))
    is_coarse = abs(Decimal(published["recomputed"]) - moved) <= allowed
    assert found.finding == "notice" if is_coarse else found.is_defect, found.detail
