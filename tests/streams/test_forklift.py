"""Two readings of a forklift become the energy between them."""

from collections.abc import Iterator
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.read import load_book
from schemas.refusal import Reason, Refused
from schemas.wire import WireReading
from streams.forklift import Interval, interval_between
from tests.builders import event_id, reading


def between(before: WireReading, after: WireReading) -> Interval:
    found = interval_between(before, after, book=load_book())
    assert found is not None
    return found


def at(minutes: int, total: str | None, **changed: Any) -> WireReading:
    hour, minute = divmod(minutes, 60)
    return reading(
        event_id=event_id(100 + minutes),
        occurred_at=f"2025-06-01T{hour:02}:{minute:02}:00Z",
        energy_total_kwh=total,
        **{"operating_total_h": "1"} | changed,
    )


def used(*totals: str) -> Iterator[Decimal]:
    """What readings at half-hours come to, one after the other."""
    readings = [at(30 * n, total) for n, total in enumerate(totals)]
    for before, after in pairwise(readings):
        energy_kwh = between(before, after).energy_kwh
        assert energy_kwh is not None
        yield energy_kwh


def test_the_worked_example_comes_to_eight_point_four_kwh() -> None:
    parts = list(used("18204.60", "18207.10", "3.20", "5.90"))

    assert parts == [Decimal("2.50"), Decimal("3.20"), Decimal("2.70")]  # the second is a reset
    assert sum(parts) == Decimal("8.40")


def test_a_reading_told_twice_adds_nothing() -> None:
    first, second = at(0, "18204.60"), at(30, "18207.10")

    assert between(first, second).energy_kwh == Decimal("2.50")
    assert between(second, second).energy_kwh == 0
    assert between(second, second).is_late


def test_a_jitter_of_the_counter_is_nothing_used() -> None:
    assert list(used("18204.60", "18200.00")) == [0]


def test_a_fall_that_no_reset_explains_is_refused_with_both_counters() -> None:
    with pytest.raises(Refused, match=r"energy_total_kwh 9000 is below 18204.60 of 2025") as no:
        list(used("18204.60", "9000"))

    assert no.value.reason is Reason.METER_WENT_BACK


def test_a_late_reading_lies_in_a_known_interval_and_adds_nothing() -> None:
    newest, late = at(60, "18207.10"), at(30, "18206.00")

    found = between(newest, late)

    assert found.is_late
    assert found.energy_kwh == 0
    assert found.running_s == 0
    assert found.answer.wtw_kgco2e == 0


def test_without_a_counter_in_both_there_is_no_interval() -> None:
    without = at(30, None)

    assert interval_between(at(0, "1"), without, book=load_book()) is None
    assert interval_between(without, at(60, "1"), book=load_book()) is None


@given(rises=st.lists(st.decimals("0", "30", places=2), min_size=1, max_size=8))
def test_the_parts_of_a_day_add_up_to_the_rise_of_the_counter(rises: list[Decimal]) -> None:
    totals, total = ["100.00"], Decimal("100.00")
    for rise in rises:
        total += rise
        totals.append(str(total))

    assert sum(used(*totals)) == total - Decimal("100.00")


def test_a_diesel_truck_is_metered_in_litres() -> None:
    plain: dict[str, Any] = {"energy": "diesel", "energy_total_kwh": None}
    first = reading(**plain, fuel_total_l="100", occurred_at="2025-06-01T08:00:00Z")
    second = reading(**plain, fuel_total_l="112.4", event_id=event_id(9))

    found = between(first, second)

    assert found.energy_kwh is None
    assert found.fuel_l == Decimal("12.4")
    assert found.answer.ttw_kgco2e > 0


def test_an_interval_has_the_id_of_its_later_reading_and_time_between() -> None:
    first, second = at(0, "10"), at(30, "12.5", operating_total_h="1.25")

    found, again = between(first, second), between(first, second)

    assert found == again
    assert found.event_id != between(first, at(60, "12.5")).event_id
    assert found.running_s == 900
    assert found.started_at == first.occurred_at


def test_a_reset_hour_counter_never_runs_longer_than_the_clock() -> None:
    found = between(at(0, "10", operating_total_h="5000"), at(30, "12", operating_total_h="4000"))

    assert found.running_s == 1_800
