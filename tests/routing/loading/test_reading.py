"""Told loads: every defect is named by row, field and value, and the rest is planned."""

from typing import Any

import pytest

from routing.loading.entities import Door, Side
from routing.loading.reading import BadLoad, problem_of

GOODS = {"goods_type_id": "w", "length_mm": 600, "width_mm": 600, "height_mm": 850, "mass_kg": "70"}
LINE = {"line_id": "L-1", "goods_type_id": "w", "unit_count": 2}
BODY = {"vehicle_id": "v", "length_mm": 4_000, "width_mm": 2_000, "height_mm": 2_000}
AXLES = {
    "front_axle_x_mm": -900, "rear_axle_x_mm": 2_800, "front_empty_kg": 1_100,
    "rear_empty_kg": 900, "front_max_kg": 2_000, "rear_max_kg": 3_000,
}  # fmt: skip


def told(**changed: Any) -> dict[str, Any]:
    return {"vehicle": BODY, "goods": [GOODS], "lines": [LINE]} | changed


def with_goods(**changed: Any) -> dict[str, Any]:
    bad = GOODS | {"goods_type_id": "bad"} | changed
    return told(goods=[GOODS, bad], lines=[LINE, LINE | {"line_id": "L-2", "goods_type_id": "bad"}])


def test_what_is_not_told_has_its_default() -> None:
    problem = problem_of(told()).problem

    assert problem.goods["w"].mass_g == 70_000
    assert problem.goods["w"].allowed_up == {Side.HEIGHT}
    assert (problem.vehicle.door, problem.support_bp) == (Door.REAR, 10_000)


REFUSED = [
    ({"length_mm": 0}, "length_mm", "from 1 to"),
    ({"length_mm": "12.5"}, "length_mm", "whole number"),
    ({"height_mm": float("nan")}, "height_mm", "from 1 to"),
    ({"width_mm": True}, "width_mm", "a number"),
    ({"mass_kg": -1}, "mass_kg", "from 0.001 to"),
    ({"mass_kg": "1.2345"}, "mass_kg", "three decimals"),
    ({"allowed_up": ["side"]}, "allowed_up", "length, width, height"),
    ({"stack_max_count": 0}, "stack_max_count", "from 1 to"),
    ({"is_fragile": "perhaps"}, "is_fragile", "true or false"),
    ({"colour": "red"}, "colour", "unknown field"),
    ({"length_mm": 4_001}, "goods_type_id", "larger than the body of vehicle v"),
    ({"goods_type_id": "w"}, "goods_type_id", "told twice"),
]  # fmt: skip


@pytest.mark.parametrize(("changed", "field", "words"), REFUSED)
def test_impossible_goods_are_refused_by_name_and_the_rest_is_kept(
    changed: dict[str, Any], field: str, words: str
) -> None:
    found = problem_of(with_goods(**changed))
    first = found.defects[0]

    assert (first.where, first.field) == ("goods 2", field)
    assert words in first.sentence
    assert found.problem.lines[0].line_id == "L-1"
    assert found.rows_read == len(found.problem.goods) + len(found.problem.lines) + (
        found.rows_refused
    )


def test_a_line_of_refused_or_unknown_goods_is_refused() -> None:
    bad = with_goods(length_mm=0)
    bad["lines"].append(LINE | {"line_id": "L-3", "goods_type_id": "ghost"})

    found = {one.where: one.sentence for one in problem_of(bad).defects}

    assert found["line 2"] == "was refused"
    assert found["line 3"] == "is not among the goods"


@pytest.mark.parametrize(
    ("changed", "words"),
    [
        ({"vehicle": BODY | {"width_mm": -1}}, "width_mm -1"),
        ({"vehicle": BODY | {"door": "roof"}}, "one of rear, side"),
        ({"vehicle": BODY | {"front_axle_x_mm": 0}}, "rear_axle_x_mm None: is missing"),
        ({"vehicle": BODY | AXLES | {"rear_axle_x_mm": -901}}, "behind the front axle"),
        ({"lines": []}, "no line is left"),
        ({"lines": "none"}, "a list of objects"),
        ({"support_share": "0.3"}, "from 0.5 to 1"),
        ({"forbidden_pairs": [["a", "a"]]}, "two different groups"),
        ({"weather": "fine"}, "unknown field"),
    ],
)
def test_a_load_without_a_vehicle_or_rules_is_refused(changed: dict[str, Any], words: str) -> None:
    with pytest.raises(BadLoad, match=words):
        problem_of(told(**changed))


def test_a_vehicle_is_chosen_by_its_id() -> None:
    two = [BODY, BODY | {"vehicle_id": "x", "width_mm": 2_400} | AXLES]
    both = {"goods": [GOODS], "lines": [LINE], "vehicles": two}

    assert problem_of(both, vehicle_id="x").problem.vehicle.width_mm == 2_400
    with pytest.raises(BadLoad, match="no such vehicle"):
        problem_of(both, vehicle_id="y")
