"""A plan's rows as CSV: one per route, stop and refusal, and none that a spreadsheet would run."""

import csv
from collections.abc import Mapping

from routing.reading.row import Defect
from routing.writing.tables import rejected_csv, routes_csv, stops_csv, unserved_csv
from tests.routing.writing.plans import DAY_OF_THREE, HOSTILE, told


def rows(text: str) -> list[Mapping[str, str]]:
    return list(csv.DictReader(text.splitlines()))


def test_a_row_of_a_route_has_the_figures_of_the_plan() -> None:
    (one,) = rows(routes_csv(told(), DAY_OF_THREE))

    assert float(one["distance_km"]) * 1_000 == told().totals.distance_m
    assert (one["stop_count"], one["energy_kwh"]) == ("2", "")
    assert one["ttw_kgco2e"] == str(told().totals.ttw_kgco2e)


def test_stops_are_numbered_and_no_name_is_a_formula() -> None:
    found = rows(stops_csv(told(), DAY_OF_THREE))

    assert [one["sequence"] for one in found] == ["1", "2"]
    assert {one["stop_id"] for one in found} == {"S-1", f"'{HOSTILE}"}


def test_what_is_not_served_has_its_reason() -> None:
    (one,) = rows(unserved_csv(told()))

    assert (one["stop_id"], one["reason"]) == ("S-3", "skill")


def test_a_rejected_row_keeps_its_text() -> None:
    defect = Defect(file="stops", row=2, field="lat", value="much", detail="is no number")

    (one,) = rows(rejected_csv([defect], [("stops", 2, "S-2,much,120")]))

    assert one["original"] == "S-2,much,120"
    assert one["field"] == "lat"
