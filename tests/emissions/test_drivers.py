from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.chain import exact_sum
from emissions.drivers import (
    DriverCell,
    Drivers,
    PlainRow,
    RerunRow,
    driver_cells,
    drivers_of,
    rerun_rows,
    wtw_drivers,
)
from emissions.number import CONTEXT
from emissions.rerun import Runs, leg_run
from schemas.refusal import Reason, Refused
from tests.emissions.rerun_builders import OLD, new_edition, recorded, refuse

MILLIGRAM_KG = Decimal("0.000001")


def exactly(*values: int | str) -> tuple[Decimal, ...]:
    return tuple(Decimal(value) for value in values)


def cell(**changed: Any) -> DriverCell:
    """Road of the worked example."""
    plain: dict[str, Any] = {
        "cell": "road",
        "old_tkm": Decimal(8_000),
        "old_kgco2e": Decimal(8_000) * Decimal("0.0950"),
        "new_tkm": Decimal(7_000),
        "new_by_old_sets_kgco2e": Decimal(7_000) * Decimal("0.0930"),
        "new_by_new_sets_kgco2e": Decimal(7_000) * Decimal("0.0958"),
        "new_kgco2e": Decimal(7_000) * Decimal("0.0958"),
    }
    return DriverCell(**plain | changed)


def rail() -> DriverCell:
    """Rail of the worked example."""
    return cell(
        cell="rail",
        old_tkm=Decimal(2_000),
        old_kgco2e=Decimal(2_000) * Decimal("0.0347"),
        new_tkm=Decimal(4_000),
        new_by_old_sets_kgco2e=Decimal(4_000) * Decimal("0.0347"),
        new_by_new_sets_kgco2e=Decimal(4_000) * Decimal("0.0351"),
        new_kgco2e=Decimal(4_000) * Decimal("0.0360"),
    )


def five(found: Drivers) -> tuple[Decimal, ...]:
    return (
        found.activity_kgco2e,
        found.mix_kgco2e,
        found.operations_kgco2e,
        found.factor_kgco2e,
        found.method_kgco2e,
    )


kilograms = st.decimals("0", "1e9", places=6)
activities_tkm = st.decimals("0.000001", "1e9", places=6)


@st.composite
def driver_cells_of_any_size(draw: st.DrawFn) -> list[DriverCell]:
    names = draw(st.lists(st.text("abcde", min_size=1), min_size=1, max_size=6, unique=True))
    return [
        DriverCell(
            cell=name,
            old_tkm=draw(activities_tkm),
            old_kgco2e=draw(kilograms),
            new_tkm=draw(activities_tkm),
            new_by_old_sets_kgco2e=draw(kilograms),
            new_by_new_sets_kgco2e=draw(kilograms),
            new_kgco2e=draw(kilograms),
        )
        for name in names
    ]


def test_road_and_rail_are_the_worked_example() -> None:
    found = drivers_of([cell(), rail()])

    assert (found.old_kgco2e, found.new_kgco2e) == (Decimal("829.4"), Decimal("814.6"))
    assert five(found) == exactly("82.94", "-108.54", "-14.00", "21.20", "3.60")
    assert found.change_kgco2e == Decimal("-14.80")


@given(cells=driver_cells_of_any_size())
def test_the_drivers_add_up_to_the_change_to_the_last_digit(cells: list[DriverCell]) -> None:
    found = drivers_of(cells)

    assert exact_sum(five(found)) == found.change_kgco2e
    assert found.change_kgco2e == sum(one.new_kgco2e - one.old_kgco2e for one in cells)


@given(data=st.data(), cells=driver_cells_of_any_size())
def test_cells_in_another_sequence_have_the_same_drivers(
    data: st.DataObject, cells: list[DriverCell]
) -> None:
    assert drivers_of(data.draw(st.permutations(cells))) == drivers_of(cells)


@given(cells=driver_cells_of_any_size(), times=st.integers(2, 9))
def test_more_of_the_same_is_activity_alone(cells: list[DriverCell], times: int) -> None:
    more = [
        DriverCell(
            cell=one.cell,
            old_tkm=one.old_tkm,
            old_kgco2e=one.old_kgco2e,
            new_tkm=one.old_tkm * times,
            new_by_old_sets_kgco2e=one.old_kgco2e * times,
            new_by_new_sets_kgco2e=one.old_kgco2e * times,
            new_kgco2e=one.old_kgco2e * times,
        )
        for one in cells
    ]

    found = drivers_of(more)

    assert five(found) == (found.old_kgco2e * (times - 1), *exactly(0, 0, 0, 0))


@given(cells=driver_cells_of_any_size())
def test_one_cell_alone_has_no_mix(cells: list[DriverCell]) -> None:
    assert drivers_of(cells[:1]).mix_kgco2e == 0


def test_a_new_way_of_moving_is_mix_and_not_operations() -> None:
    sea = cell(
        cell="sea",
        old_tkm=Decimal(0),
        old_kgco2e=Decimal(0),
        new_tkm=Decimal(1_000),
        new_by_old_sets_kgco2e=Decimal(16),
        new_by_new_sets_kgco2e=Decimal(16),
        new_kgco2e=Decimal(16),
    )
    same_road = cell(
        new_tkm=Decimal(8_000),
        new_by_old_sets_kgco2e=Decimal(760),
        new_by_new_sets_kgco2e=Decimal(760),
        new_kgco2e=Decimal(760),
    )

    found = drivers_of([same_road, sea])

    assert five(found) == exactly(95, -79, 0, 0, 0)


def test_well_to_wheel_drivers_are_those_of_its_two_parts() -> None:
    ttw, wtt = drivers_of([cell()]), drivers_of([rail()])

    found = wtw_drivers(ttw=ttw, wtt=wtt)

    assert found.activity_kgco2e == ttw.activity_kgco2e + wtt.activity_kgco2e
    assert sum(five(found)) == found.change_kgco2e


def test_rows_of_legs_become_the_cells_they_lie_in() -> None:
    old = [
        PlainRow(cell="road", transport_tkm=Decimal(1), kgco2e=Decimal(2)),
        PlainRow(cell="road", transport_tkm=Decimal(3), kgco2e=Decimal(4)),
    ]
    new = [
        RerunRow(
            cell="rail",
            transport_tkm=Decimal(5),
            by_old_sets_kgco2e=Decimal(6),
            by_new_sets_kgco2e=Decimal(7),
            kgco2e=Decimal(8),
        )
    ]

    by_rail, by_road = driver_cells(old, new)

    assert (by_road.old_tkm, by_road.old_kgco2e, by_road.new_kgco2e) == exactly(4, 6, 0)
    assert (by_rail.old_tkm, by_rail.new_tkm, by_rail.new_kgco2e) == exactly(0, 5, 8)
    assert (by_rail.new_by_old_sets_kgco2e, by_rail.new_by_new_sets_kgco2e) == exactly(6, 7)


@pytest.mark.parametrize(
    ("cells", "reason", "sentence"),
    [
        ([cell(), cell()], Reason.KEY_DUPLICATE, "cell road stands twice"),
        ([cell(new_tkm=Decimal(-1))], Reason.UNIT_BOUND, "new_tkm must not be negative: -1"),
        ([cell(new_tkm=Decimal(0))], Reason.UNIT_BOUND, "new_tkm is 0 and yet 651.0000 kg"),
        ([cell(old_tkm=Decimal(0))], Reason.UNIT_BOUND, "old_tkm is 0 and yet 760.0000 kg"),
        (
            [cell(old_tkm=Decimal(0), old_kgco2e=Decimal(0))],
            Reason.UNIT_BOUND,
            "old_tkm in total must be above 0, got 0",
        ),
        ([], Reason.UNIT_BOUND, "old_tkm in total must be above 0"),
    ],
)
def test_a_change_nobody_can_divide_is_refused(
    cells: list[DriverCell], reason: Reason, sentence: str
) -> None:
    with pytest.raises(Refused, match=sentence) as refused:
        drivers_of(cells)

    assert refused.value.reason is reason


@given(cells=driver_cells_of_any_size())
def test_every_driver_is_a_whole_number_of_milligrams(cells: list[DriverCell]) -> None:
    assert not [one for one in five(drivers_of(cells)) if CONTEXT.remainder(one, MILLIGRAM_KG)]


@pytest.mark.parametrize("part", ["wtt_kgco2e", "ttw_kgco2e", "wtw_kgco2e"])
def test_legs_of_two_years_are_divided_by_running_the_new_ones_again(part: str) -> None:
    lorry, by_rail = recorded(), recorded("E-2", mode="rail", vehicle_class=None)
    old = [
        PlainRow(
            cell=one.cell,
            transport_tkm=one.outcome.transport_tkm,
            kgco2e=getattr(one.outcome.parts, part),
        )
        for one in (lorry, by_rail)
    ]
    new_sets = leg_run(new_edition())
    heavier = recorded("E-3", mass_kg=Decimal(8_000))
    answered = replace(heavier, outcome=new_sets(heavier.question))
    runs = Runs(old=OLD, new_sets=new_sets, new=new_sets)

    found = drivers_of(driver_cells(old, rerun_rows([answered, by_rail], runs, part=part)))

    assert sum(five(found)) == found.change_kgco2e
    assert abs(found.operations_kgco2e) <= 2 * MILLIGRAM_KG  # the same lorry and the same train
    assert (found.factor_kgco2e > 0) is (part != "wtt_kgco2e")
    assert found.method_kgco2e == 0


def test_what_a_run_cannot_answer_has_no_drivers() -> None:
    runs = Runs(old=OLD, new_sets=refuse, new=refuse)

    with pytest.raises(Refused, match="no factor for mode=road"):
        list(rerun_rows([recorded()], runs, part="wtw_kgco2e"))
