"""The check of rounds over plain arrays: one planted defect per rule."""

from dataclasses import replace

import numpy as np
import pytest

from routing.check.rounds import Round, broken_rounds, cost_of_rounds
from routing.instance import DIMENSIONS, Instance
from tests.routing.builders import instance

ALONE: list[Round] = [(0, (k,)) for k in range(1, 5)]


def made(**changed: object) -> Instance:
    return replace(instance(1, stops=4), **changed)  # type: ignore[arg-type]


def fleet(**changed: object) -> tuple[object, ...]:
    return (replace(instance(1, stops=4).fleets[0], **changed),)  # type: ignore[arg-type]


def test_a_vehicle_for_each_stop_breaks_nothing() -> None:
    assert broken_rounds(made(), ALONE) == []


def test_what_is_too_much_is_told_in_kilograms_cubic_metres_and_metres() -> None:
    plain = instance(1, stops=1)
    loaded = replace(
        plain, delivery=np.array([[0] * 3, [1_142_000, 2_500_000, 1_200]]),
        pickup=np.zeros((2, 3), dtype=np.int64),
        fleets=(replace(plain.fleets[0], capacity=(1_000_000, 2_000_000, 1_000)),),
        dimensions=tuple(DIMENSIONS),
    )  # fmt: skip

    told = [f"{one.rule}: {one.detail}" for one in broken_rounds(loaded, [(0, (1,))])]

    assert told == ["payload_kg: over by 142", "volume_m3: over by 0.5", "floor_m: over by 0.2"]


@pytest.mark.parametrize(
    ("rule", "changed", "rounds"),
    [
        ("stop_twice", {}, [(0, (1, 1))]),
        ("stop_unknown", {}, [(0, (0,))]),
        ("vehicle_unknown", {}, [(7, (1,))]),
        ("fleet_exceeded", {"fleets": fleet(count=3)}, ALONE),
        ("capacity", {"fleets": fleet(capacity=(1,))}, [(0, (1, 2, 3, 4))]),
        ("max_distance", {"fleets": fleet(max_distance=1)}, [(0, (1,))]),
        ("range", {"fleets": fleet(energy_per_m=1.0, energy_max=1.0)}, [(0, (1,))]),
        ("shift", {"windows": (((0, 10**6),),) * 5, "fleets": fleet(shift=(0, 1))}, [(0, (1,))]),
        ("window", {"windows": (((0, 0),),) * 5}, [(0, (1,))]),
        ("vehicle_class", {"allowed": np.zeros((5, 1), dtype=np.uint8)}, [(0, (1,))]),
    ],
)
def test_a_planted_defect_of_rounds_is_found(
    rule: str, changed: dict[str, object], rounds: list[Round]
) -> None:
    assert rule in {one.rule for one in broken_rounds(made(**changed), rounds)}


def test_pickups_count_on_the_arc_where_they_are_carried() -> None:
    plain = instance(1, stops=2)
    both = replace(
        plain, delivery=np.array([[0], [30], [30]]), pickup=np.array([[0], [30], [30]]),
        fleets=(replace(plain.fleets[0], capacity=(60,)),),
    )  # fmt: skip
    more = replace(both, pickup=np.array([[0], [31], [30]]))

    assert broken_rounds(both, [(0, (1, 2))]) == []
    assert [one.rule for one in broken_rounds(more, [(0, (1, 2))])] == ["capacity"]


@pytest.mark.parametrize(
    ("stops", "rule"), [((2, 1), "backhaul_last"), ((2,), "backhaul_only"), ((1, 2), None)]
)
def test_backhauls_come_last_and_never_alone(stops: tuple[int, ...], rule: str | None) -> None:
    mixed = replace(
        instance(1, stops=2), delivery=np.array([[0], [9], [0]]),
        pickup=np.array([[0], [0], [9]]), backhaul_last=True,
    )  # fmt: skip

    found = [one.rule for one in broken_rounds(mixed, [(0, stops)])]

    assert found == ([] if rule is None else [rule])


def test_the_worked_example_of_load_and_direction() -> None:
    """Depot-A 10 km, A-B 5, B-depot 12; A gets 1,000 kg, B 500 kg; a rigid lorry of 7.5-17 t."""
    d = np.array([[0, 10, 12], [10, 0, 5], [12, 5, 0]], dtype=np.int32)
    lorry = replace(
        instance(1, stops=2).fleets[0], capacity=(2_000,), fixed=0.0, per_m=0.55061,
        per_gm=(0.70603 - 0.55061) / 4_754.73,
    )  # fmt: skip
    told = replace(
        instance(1, stops=2),
        distance=d,
        durations=(d,),
        delivery=np.array([[0], [1_000], [500]]),
        fleets=(lorry,),
    )

    assert cost_of_rounds(told, [(0, (1, 2))]) == pytest.approx(15.438500, abs=1e-6)
    assert cost_of_rounds(told, [(0, (2, 1))]) == pytest.approx(15.618281, abs=1e-6)
