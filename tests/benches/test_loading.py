"""The bench of loads asks what it says: stops by a seeded shuffle, trucks of sixty appliances."""

from collections import Counter

from benches.loading import TRUCK_UNITS, Tally, truck, with_stops
from tests.routing.loading.builders import box, line, problem


def test_three_stops_share_the_same_goods_evenly() -> None:
    one = problem(box("a"), box("b"), lines=(line("a", 10), line("b", 20)))
    stopped = with_stops(one, seed=1)
    by_stop: Counter[int] = Counter()
    by_type: Counter[str] = Counter()
    for told in stopped.lines:
        by_stop[told.stop] += told.unit_count
        by_type[told.goods_type_id] += told.unit_count

    assert by_stop == {1: 10, 2: 10, 3: 10}
    assert by_type == {"a": 10, "b": 20}
    assert stopped.keeps_unloading_sequence


def test_a_truck_is_sixty_seeded_appliances() -> None:
    assert truck(1).unit_count == TRUCK_UNITS
    assert truck(1) == truck(1)
    assert truck(1).lines != truck(2).lines
    assert truck(1).knows_mass


def test_a_class_counts_as_one_whatever_its_number_of_problems() -> None:
    tally = Tally()
    for number, share in ((1, 0.9), (1, 0.9), (3, 0.6)):
        tally.add("x", number, share, 1.0)

    assert tally.mean("x", (1, 3)) == 0.75
