from pathlib import Path

import pytest

from streams.history.check import check, places_template
from streams.history.evidence import date_evidence
from streams.history.mapping import read_mapping
from tests.streams.history.builders import SHANGHAI, file_of, line, mapping, mapping_text

SHARED = Path(__file__).parents[4] / "shared" / "data"


def test_the_check_counts_what_the_mapping_does_not_know() -> None:
    data = file_of(line(), line(ID="2", Mode="Camel"), line(ID="3", Mode="Camel", Site="Elsewhere"))

    found = check(data, mapping(), timezone=SHANGHAI)

    assert found.unmapped == {"transport_leg.mode": {"Camel": 2}}
    assert found.missing_places == {"transport_leg.origin": {"Elsewhere": 1}}
    assert found.first_lines == {"transport_leg": {"mode_unknown": (3, 4)}}
    day = next(column for column in found.columns if column.name == "Day")
    assert (day.filled, day.distinct, day.shapes) == (3, 1, (("9-Nov-99", 3),))
    assert found.as_dict()["warnings"] == ()


def test_the_template_has_a_row_for_every_place_to_be_found() -> None:
    bare = read_mapping(mapping_text().encode(), file="m.toml")

    found = check(file_of(line(), line(ID="2", Site='"A, B"')), bare, timezone=SHANGHAI)

    assert found.warnings == ("p.csv: no such places file yet",)
    assert places_template(found).decode().splitlines()[1:] == [
        "origin,Works,,,,,,,,",
        'origin,"A, B",,,,,,,,',
        "destination,South Africa,,,,,,,,",
    ]


@pytest.mark.parametrize(
    ("texts", "sentence"),
    [
        (["1/2/13", "1/13/13"], "Day: 1 : 0 for m/d/y"),
        (["1/2/13", "13/1/13"], "Day: 1 : 0 for d/m/y"),
        (["1/2/13"], "Day: 0 : 0, undecided between d/m/y and m/d/y"),
    ],
)
def test_numbers_above_twelve_tell_day_from_month(texts: list[str], sentence: str) -> None:
    found = date_evidence("Day", texts)

    assert found is not None
    assert found.sentence == sentence


def test_a_column_without_numeric_dates_has_no_evidence() -> None:
    assert date_evidence("Day", ["7-Nov-13", "", "1/2/13", "text"]) is None


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is absent")
def test_the_picking_lines_are_month_first_by_967_to_none() -> None:
    rows = (SHARED / "wms" / "picking_lines.csv").read_text().splitlines()[1:]

    found = date_evidence("DATE", [row.split(",")[1] for row in rows])

    assert found is not None
    assert found.sentence == "DATE: 967 : 0 for m/d/y"
