"""Plans of whole days: valid whatever is asked, exact in their sums, plain about what is left."""

from dataclasses import replace
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from routing.check.routes import broken_rules
from routing.plan import RoutePlan
from routing.problem import (
    CollectionMode,
    Depot,
    Direction,
    FrozenRoute,
    ObjectiveWeights,
    RoutingProblem,
    Stop,
    VehicleType,
)
from routing.vehicles.convert import ObjectiveError
from routing.vehicles.planner import planned
from routing.vehicles.search import Budget
from tests.routing.builders import (
    H,
    distances,
    facts,
    line,
    place,
    problem,
    rate,
    stop,
    vehicle,
    window,
)

TTW = rate("0.55061", "0.0000326874")
WTT = rate("0.13207", "0.0000079426")


def plan(made: RoutingProblem, iterations: int = 120, seed: int = 1) -> RoutePlan:
    return planned(made, distances(made), seed=seed, budget=Budget(iterations=iterations))


@some.composite
def stops(draw: some.DrawFn) -> list[Stop]:
    count = draw(some.integers(1, 14))
    made = []
    for k in range(count):
        opens = draw(some.integers(5, 16))
        lines = [line(draw(some.integers(1, 700)), volume_cm3=draw(some.integers(0, 900_000)))]
        if draw(some.booleans()):
            lines.append(line(draw(some.integers(1, 500)), direction=Direction.PICKUP))
        windows = draw(some.sampled_from([
            (), (window(opens, opens + 2),), (window(opens, opens + 1), window(18, 19)),
        ]))  # fmt: skip
        made.append(stop(
            f"S{k}", lines=tuple(lines[draw(some.integers(0, len(lines) - 1)):]),
            windows=windows, service_duration_s=draw(some.integers(0, 3_000)),
            required_skills=draw(some.sampled_from([frozenset(), frozenset({"lift"})])),
            forbidden_vehicle_classes=draw(some.sampled_from([frozenset(), frozenset({"ev"})])),
            priority=draw(some.integers(1, 5)), mandatory=draw(some.booleans()),
        ))  # fmt: skip
    return made


@some.composite
def kinds(draw: some.DrawFn) -> tuple[VehicleType, ...]:
    lorry = vehicle(
        count=draw(some.integers(1, 3)), shift=window(5, draw(some.integers(12, 23))),
        volume_cm3=draw(some.sampled_from([0, 2_000_000])),
        driver_rule_id=draw(some.sampled_from([None, "cn", "eu_561"])),
        max_duration_s=draw(some.sampled_from([None, 8 * H])),
        max_distance_m=draw(some.sampled_from([None, 150_000])),
        cost_cny_fen_per_h=Decimal(draw(some.sampled_from([0, 6_000]))),
        ttw_kgco2e=TTW, wtt_kgco2e=WTT, skills=frozenset({"lift"}),
        speed_factor=draw(some.sampled_from([Decimal(1), Decimal("1.25"), Decimal(4)])),
    )  # fmt: skip
    van = vehicle(
        vehicle_type_id="van", vehicle_class="ev", count=2, payload_g=600_000, depot_id="E",
        energy_kwh=rate("0.3", "0.0002"), battery_kwh=Decimal(draw(some.integers(5, 60))),
        ttw_kgco2e=rate("0"), wtt_kgco2e=rate("0.2", "0.0001"), shift=window(6, 22),
    )  # fmt: skip
    return (lorry, van)


@some.composite
def days(draw: some.DrawFn) -> RoutingProblem:
    made = problem(draw(stops()), vehicle_types=draw(kinds()))
    weights = draw(some.sampled_from([
        ObjectiveWeights(), ObjectiveWeights(cost=Decimal(0), emission=Decimal(1)),
        ObjectiveWeights(emission=Decimal(1), carbon_price_cny_fen_per_kgco2e=Decimal(10)),
    ]))  # fmt: skip
    return replace(
        made, weights=weights, collection=draw(some.sampled_from(list(CollectionMode))),
        locations=(*made.locations, place("E", "36.12", "120.2")),
        depots=(*made.depots, Depot(depot_id="E", location_id="E", window=window(5, 22),
                                    loading_duration_s=900)),
    )  # fmt: skip


@settings(max_examples=150)
@given(made=days(), seed=some.integers(0, 1_000))
def test_whatever_the_day_its_plan_breaks_no_rule(made: RoutingProblem, seed: int) -> None:
    told = plan(made, seed=seed, iterations=60)

    assert broken_rules(told, facts(made)) == []
    assert all(one.reason and one.detail for one in told.unserved)


@pytest.mark.soak
@settings(max_examples=1_000)
@given(made=days(), seed=some.integers(0, 1_000))
def test_whatever_the_day_of_a_thousand_its_plan_breaks_no_rule(
    made: RoutingProblem, seed: int
) -> None:
    assert broken_rules(plan(made, seed=seed, iterations=60), facts(made)) == []


@pytest.mark.parametrize(
    ("reason", "odd", "kind"),
    [
        ("skill", {"required_skills": frozenset({"crane"})}, {}),
        ("payload_kg", {"lines": (line(1_001),)}, {}),
        ("volume_m3", {"lines": (line(1, volume_cm3=2_000_001),)}, {"volume_cm3": 2_000_000}),
        ("floor_m", {"lines": (line(1, floor_mm=4_001),)}, {"floor_mm": 4_000}),
        ("window", {"windows": (window(0, 0),)}, {}),
        ("shift", {"service_duration_s": 86_000}, {}),
        ("max_duration", {"service_duration_s": 7_000}, {"max_duration_s": 7_000}),
        ("vehicle_class", {"forbidden_vehicle_classes": frozenset({"x"})}, {"vehicle_class": "x"}),
        ("max_distance", {}, {"max_distance_m": 10}),
        ("range", {}, {"energy_kwh": rate("1"), "battery_kwh": Decimal(1)}),
        ("goods_elsewhere", {"lines": (line(depot_id="E"),)}, {}),
    ],
)
def test_a_stop_that_nobody_could_serve_says_why(
    reason: str, odd: dict[str, object], kind: dict[str, object]
) -> None:
    made = problem([stop("S-0", **odd)], vehicle_types=(vehicle(**kind),))

    told = plan(made)

    assert [(one.stop_id, one.reason) for one in told.unserved] == [("S-0", reason)]
    assert told.routes == ()


def test_the_more_urgent_stop_is_served_where_only_one_can_be() -> None:
    full = (line(900),)
    made = problem(
        [stop("late", lines=full, priority=5), stop("urgent", lines=full, priority=1)],
        vehicle_types=(vehicle(count=1),),
    )

    told = plan(made)

    assert [one.stop_id for one in told.unserved] == ["late"]


def test_a_mandatory_stop_comes_before_any_number_of_others() -> None:
    small = [stop(f"S{k}", lines=(line(200),), priority=1) for k in range(5)]
    big = stop("must", lines=(line(1_000),), priority=5, mandatory=True)
    made = problem([*small, big], vehicle_types=(vehicle(count=1),))

    served = [one.stop_id for route in plan(made).routes for one in route.visits]

    assert served == ["must"]


def test_the_parts_of_a_plan_add_up_to_its_totals_exactly() -> None:
    made = problem(
        [stop(f"S{k}", lines=(line(400),)) for k in range(6)],
        vehicle_types=(vehicle(count=5, ttw_kgco2e=TTW, wtt_kgco2e=WTT),),
    )

    told = plan(made)

    assert len(told.routes) > 1
    for name in ("distance_m", "cost_cny_fen", "ttw_kgco2e", "wtt_kgco2e"):
        assert sum(getattr(one.figures, name) for one in told.routes) == getattr(told.totals, name)


def test_a_frozen_prefix_and_the_goods_on_board_stay_on_their_vehicle() -> None:
    made = problem([stop(f"S{k}") for k in range(6)], vehicle_types=(vehicle(count=3),))
    running = FrozenRoute(
        vehicle_type_id="lorry", stop_ids=("S3", "S0", "S5"), frozen_stop_count=2,
        free_at_s=9 * H, loaded_stop_ids=frozenset({"S0", "S3", "S5"}),
    )  # fmt: skip
    made = replace(made, frozen=(running,))

    told = plan(made, 400)

    route = next(one for one in told.routes if one.vehicle_id == "frozen-1")
    assert [one.stop_id for one in route.visits[:2]] == ["S3", "S0"]
    assert "S5" in [one.stop_id for one in route.visits]
    assert all(one.arrival_s >= 9 * H for one in route.visits[2:])
    assert broken_rules(told, facts(made)) == []


def test_emissions_that_count_need_a_rate_and_beside_costs_a_price() -> None:
    made = problem([stop("S0")])
    both = ObjectiveWeights(emission=Decimal(1))
    rated = vehicle(ttw_kgco2e=TTW, wtt_kgco2e=WTT)

    with pytest.raises(ObjectiveError, match="carbon_price_cny_fen_per_kgco2e is missing"):
        plan(replace(made, weights=both, vehicle_types=(rated,)))
    with pytest.raises(ObjectiveError, match="ttw_kgco2e is missing"):
        plan(replace(made, weights=replace(both, cost=Decimal(0))))


def test_by_emission_the_round_carries_its_mass_the_shorter_way() -> None:
    kind = vehicle(payload_g=5_000_000, count=1, ttw_kgco2e=TTW, wtt_kgco2e=WTT)
    light = [stop(f"S{k}", lines=(line(20),)) for k in range(3)]
    made = problem([*light, stop("heavy", lines=(line(4_000),))], vehicle_types=(kind,))
    by_emission = replace(made, weights=ObjectiveWeights(cost=Decimal(0), emission=Decimal(1)))

    told = plan(by_emission, 400).totals
    by_cost = plan(made, 400).totals

    assert told.ttw_kgco2e is not None
    assert by_cost.ttw_kgco2e is not None
    assert told.ttw_kgco2e <= by_cost.ttw_kgco2e
