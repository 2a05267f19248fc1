from datetime import date
from decimal import Decimal
from itertools import pairwise
from uuid import UUID

from hypothesis import given
from hypothesis import strategies as st

from tests.warehouse.board_rows import add_legs, leg, named_warehouse, query_of
from warehouse.board import Point, trend
from warehouse.filter import Filter
from warehouse.metrics import Figure, metric_of
from web.chart import (
    LABEL_WIDTH,
    SPARK_EDGE,
    SPARK_HEIGHT,
    SPARK_WIDTH,
    nice_step,
    spark_path,
    trend_chart,
)


@given(st.floats(1e-6, 1e12), st.integers(2, 6))
def test_a_step_is_round_and_its_ticks_reach_over_the_largest(largest: float, wanted: int) -> None:
    step = nice_step(largest, wanted)

    assert step * wanted >= largest * 0.9999
    assert f"{step:e}"[:3] in {"1.0", "2.0", "2.5", "5.0"}


@given(st.lists(st.decimals(-1000, 10**9, places=3), min_size=2, max_size=40))
def test_a_small_line_stays_in_its_frame(values: list[Decimal]) -> None:
    drawn = spark_path(values)

    assert drawn is not None
    numbers = [float(word.lstrip("ML")) for word in drawn[0].split()]
    assert all(SPARK_EDGE <= x <= SPARK_WIDTH - SPARK_EDGE for x in numbers[::2])
    assert all(SPARK_EDGE <= y <= SPARK_HEIGHT - SPARK_EDGE for y in numbers[1::2])


def test_one_value_is_no_line() -> None:
    assert spark_path([Decimal(1)]) is None


def test_a_month_without_rows_is_a_gap_and_no_column_of_zero() -> None:
    db = named_warehouse()
    add_legs(db, [leg(occurred_on=date(2026, 1, 5))])
    add_legs(db, [leg(occurred_on=date(2026, 6, 5), event_id=UUID(int=10))])
    points = trend(Filter(), query_of(db), watermark_on=date(2026, 6, 5))

    chart = trend_chart(points, width=1_130, language="en")

    assert chart is not None
    assert [(bar.title.split(":")[0], bar.is_open) for bar in chart.bars] == [
        ("Jan 2026", False), ("Jun 2026", True)
    ]  # fmt: skip
    assert [mark.text for mark in chart.months] == ["2026-01", "02", "03", "04", "05", "06"]


@given(months=st.integers(1, 240), width=st.sampled_from([300.0, 680.0, 1_130.0]))
def test_labels_never_run_into_each_other(months: int, width: float) -> None:
    chart = trend_chart(points_over(months), width=width, language="en")

    assert chart is not None
    places = [mark.x for mark in chart.months]
    assert all(b - a >= LABEL_WIDTH for a, b in pairwise(places))
    assert all(bar.x >= 0 and bar.x + bar.width <= width for bar in chart.bars)


def points_over(months: int) -> list[Point]:
    emission = Figure(metric=metric_of("emission"), value=Decimal(1_500))
    intensity = Figure(metric=metric_of("intensity"), value=Decimal("0.08"))
    start = 2006 * 12
    return [
        Point(date((start + n) // 12, (start + n) % 12 + 1, 1), emission, intensity, is_open=False)
        for n in range(months)
    ]
