from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.targets import PathKind, Target, find_target, path_value, read_targets
from schemas.refusal import Reason, Refused

LINEAR = """
[[target]]
target_id = "transport_2030"
metric = "emission"
organisation = "group"
unit = "kgco2e"
path = "linear"
from_month = "2025-12"
from_value = 1000.0
to_month = "2030-12"
to_value = "700.000001"
source = "decision of the board, 2025-11-03"
"""
TABLE = """
[[target]]
target_id = "intensity_2026"
metric = "intensity"
organisation = "qingdao"
unit = "kgco2e_per_tkm"
path = "table"
source = "plan of the site"

[target.values]
"2026-01" = 0.0950
"2026-03" = 0.0940
"""


def linear(*, start: Decimal, end: Decimal, months: int) -> Target:
    last = date(2026 + months // 12, months % 12 + 1, 1)
    return Target(
        target_id="t",
        metric="emission",
        organisation="group",
        unit="kgco2e",
        path=PathKind.LINEAR,
        values={date(2026, 1, 1): start, last: end},
        source="test",
    )


def month_after(months: int) -> date:
    return date(2026 + months // 12, months % 12 + 1, 1)


values = st.decimals("0", "1e9", places=3)


def test_a_linear_path_keeps_its_ends_as_written() -> None:
    (target,) = read_targets(LINEAR)

    assert path_value(target, date(2025, 12, 1)) == Decimal("1000.0")
    assert path_value(target, date(2030, 12, 1)) == Decimal("700.000001")
    assert str(path_value(target, date(2026, 1, 1))) == "995.000000"
    assert str(path_value(target, date(2026, 12, 1))) == "940.000000"


@pytest.mark.parametrize("month", [date(2025, 11, 1), date(2031, 1, 1)])
def test_a_path_says_nothing_beyond_its_ends(month: date) -> None:
    (target,) = read_targets(LINEAR)

    assert path_value(target, month) is None


def test_a_table_says_what_it_lists_and_nothing_between() -> None:
    (target,) = read_targets(TABLE)

    assert path_value(target, date(2026, 3, 1)) == Decimal("0.0940")
    assert path_value(target, date(2026, 2, 1)) is None


@given(start=values, end=values, months=st.integers(2, 240), data=st.data())
def test_a_linear_path_lies_between_its_ends(
    start: Decimal, end: Decimal, months: int, data: st.DataObject
) -> None:
    target = linear(start=start, end=end, months=months)
    inside = month_after(data.draw(st.integers(1, months - 1)))

    value = path_value(target, inside)

    assert value is not None
    assert min(start, end) <= value <= max(start, end)


@given(start=values, end=values, months=st.integers(1, 120))
def test_the_middle_of_a_linear_path_is_the_mean_of_its_ends(
    start: Decimal, end: Decimal, months: int
) -> None:
    target = linear(start=start, end=end, months=2 * months)

    assert path_value(target, month_after(months)) == (start + end) / 2


def test_a_month_is_its_first_day() -> None:
    (target,) = read_targets(TABLE)

    with pytest.raises(ValueError, match="got 2026-03-02"):
        path_value(target, date(2026, 3, 2))


def test_without_a_row_there_is_no_target() -> None:
    targets = read_targets(LINEAR + TABLE)

    found = find_target(targets, metric="intensity", organisation="qingdao")

    assert found is targets[1]
    assert find_target(targets, metric="intensity", organisation="group") is None
    assert find_target((), metric="intensity", organisation="qingdao") is None


def changed(text: str, old: str, new: str) -> str:
    assert old in text
    return text.replace(old, new)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("[[target", "targets are no TOML"),
        ("target = 3", "target must be a list of tables, got 3"),
        ("[[targets]]", "targets is unknown"),
        (changed(LINEAR, 'unit = "kgco2e"\n', ""), "target 1: unit is missing"),
        (changed(LINEAR, '"group"', '" "'), "target 1: organisation must be a text"),
        (changed(LINEAR, '"group"', "7"), "organisation must be a text that is not blank, got 7"),
        (changed(LINEAR, '"linear"', '"steps"'), "path steps is none of linear, table"),
        (changed(LINEAR, "from_value = 1000.0\n", ""), "target 1: from_value is missing"),
        (LINEAR + 'colour = "green"\n', "target 1: colour is unknown"),
        (changed(LINEAR, '"2025-12"', '"2025-13"'), "from_month 2025-13 is no month"),
        (changed(LINEAR, '"2025-12"', "2025-12-01"), "from_month datetime.date"),
        (changed(LINEAR, '"2025-12"', '"2030-12"'), "to_month 2030-12 is not after"),
        (changed(LINEAR, "1000.0", "-1"), "from_value -1 is no finite number of 0 or more"),
        (changed(LINEAR, "1000.0", "nan"), "from_value NaN is no finite number"),
        (changed(LINEAR, "1000.0", "true"), "from_value True is no finite number"),
        (changed(LINEAR, '"700.000001"', '"700,1"'), "to_value 700,1 is no finite number"),
        (changed(TABLE, "0.0940", '"low"'), "values.2026-03 low is no finite number"),
        (changed(TABLE, '"2026-03"', '"March"'), "values March is no month such as 2026-01"),
        (TABLE.partition("[target.values]")[0], "target 1: values is missing"),
        (TABLE.partition("[target.values]")[0] + "values = {}", "values must be a table of months"),
        (LINEAR + TABLE + LINEAR, "target 3: transport_2030 stands twice"),
        (
            LINEAR + changed(LINEAR, "transport_2030", "another"),
            "target 2: emission of group stands twice",
        ),
    ],
)
def test_a_defect_of_a_target_file_names_field_and_value(text: str, sentence: str) -> None:
    with pytest.raises(Refused) as refused:
        read_targets(text)

    assert refused.value.reason is Reason.SCHEMA
    assert sentence in refused.value.detail


def test_all_defects_are_told_at_once() -> None:
    broken = changed(changed(LINEAR, "1000.0", "-1"), '"2025-12"', '"soon"')

    with pytest.raises(Refused, match=r"from_month soon.*from_value -1"):
        read_targets(broken)


def test_a_file_of_too_many_targets_is_refused() -> None:
    with pytest.raises(Refused) as refused:
        read_targets("[[target]]\n" * 1_001)

    assert refused.value.reason is Reason.TOO_LARGE


def test_an_empty_file_has_no_targets() -> None:
    assert read_targets("") == ()
