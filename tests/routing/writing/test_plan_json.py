"""A plan as JSON says the same when it is read again, and what cannot be read is refused."""

import json
from typing import Any

import pytest

from routing.writing.plan_json import PlanFileError, plan_json, plan_of_json
from tests.routing.writing.plans import DAY_OF_THREE, told


def read_again() -> Any:
    return json.loads(json.dumps(plan_json(told(), DAY_OF_THREE)))


def test_a_plan_is_the_same_after_it_was_written_and_read() -> None:
    assert plan_of_json(read_again()) == told()


def test_kilograms_and_fen_are_decimal_strings_and_unknown_is_null() -> None:
    totals = read_again()["totals"]

    assert isinstance(totals["cost_cny_fen"], str)
    assert float(totals["ttw_kgco2e"]) > 0
    assert totals["energy_kwh"] is None


def test_instants_are_those_of_the_day_in_utc() -> None:
    first = read_again()["routes"][0]["visits"][0]

    assert first["arrival_at"].startswith("2026-03-02T")
    assert first["arrival_at"].endswith("Z")


@pytest.mark.parametrize(
    ("field", "value"),
    [("routes", None), ("totals", {}), ("objective", "much"), ("schedule", [["1"]])],
)
def test_a_file_that_is_no_plan_is_refused(field: str, value: object) -> None:
    with pytest.raises(PlanFileError, match="the plan cannot be read"):
        plan_of_json(read_again() | {field: value})
