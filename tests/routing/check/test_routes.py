"""The check of a plan: a made plan is valid, and each planted defect is found by its name."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

import pytest

from routing.check.routes import broken_rules
from routing.plan import Route, RoutePlan, Visit
from routing.problem import CollectionMode, ConsignmentLine, Direction, RoutingProblem
from routing.vehicles.planner import planned
from routing.vehicles.search import Budget
from tests.routing.builders import distances, facts, line, problem, rate, stop, vehicle, window


def pickup(mass_kg: int = 50) -> ConsignmentLine:
    return line(mass_kg, direction=Direction.PICKUP)


def day() -> RoutingProblem:
    """Windows, pickups, a break rule, a range: a bit of everything, and it can be done."""
    stops = [stop(f"S{k}", windows=(window(6, 20),)) for k in range(6)]
    stops[1] = stop("S1", lines=(line(), pickup()), required_skills=frozenset({"lift"}))
    stops[2] = stop("S2", lines=(line(100, volume_cm3=200_000),))
    kind = vehicle(
        skills=frozenset({"lift"}), volume_cm3=2_000_000, driver_rule_id="cn",
        vehicle_class="rigid", shift=window(5, 21), max_duration_s=15 * 3_600,
        max_distance_m=400_000, energy_kwh=rate("0.3", "0.0001"), battery_kwh=Decimal(90),
        ttw_kgco2e=rate("0.55061", "0.0000326874"), wtt_kgco2e=rate("0.13207"),
    )  # fmt: skip
    return problem(stops, vehicle_types=(kind,))


def plan(made: RoutingProblem, iterations: int = 300) -> RoutePlan:
    return planned(made, distances(made), seed=1, budget=Budget(iterations=iterations))


def rules(made: RoutingProblem, told: RoutePlan) -> set[str]:
    return {one.rule for one in broken_rules(told, facts(made))}


def test_a_made_plan_breaks_no_rule() -> None:
    made = day()

    assert broken_rules(plan(made), facts(made)) == []


def on_first(change: Callable[[Route], Route]) -> Callable[[RoutePlan], RoutePlan]:
    return lambda told: replace(told, routes=(change(told.routes[0]), *told.routes[1:]))


def on_visit(change: Callable[[Visit], Visit]) -> Callable[[RoutePlan], RoutePlan]:
    return on_first(lambda one: replace(one, visits=(change(one.visits[0]), *one.visits[1:])))


def without_first(one: Route) -> Route:
    return replace(one, visits=one.visits[1:])


def twice(one: Route) -> Route:
    return replace(one, visits=(*one.visits, one.visits[0]))


@pytest.mark.parametrize(
    ("rule", "plant"),
    [
        ("stop_missing", on_first(without_first)),
        ("stop_twice", on_first(twice)),
        ("stop_unknown", on_visit(lambda one: replace(one, stop_id="S-99"))),
        ("vehicle_unknown", on_first(lambda one: replace(one, vehicle_type_id="ghost"))),
        ("depot_wrong", on_first(lambda one: replace(one, depot_id="elsewhere"))),
        ("window", on_visit(lambda one: replace(one, start_s=21 * 3_600))),
        ("window", on_visit(lambda one: replace(one, start_s=one.arrival_s - 1))),
        ("service", on_visit(lambda one: replace(one, leave_s=one.leave_s - 1))),
        ("travel_time", on_visit(lambda one: replace(one, arrival_s=one.arrival_s - 1))),
        ("shift", on_first(lambda one: replace(one, end_s=21 * 3_600 + 1))),
        ("shift", on_first(lambda one: replace(one, start_s=5 * 3_600 - 1))),
        ("max_duration", on_first(lambda one: replace(one, start_s=one.end_s - 15 * 3_600 - 1))),
        ("load_told", on_visit(lambda one: replace(one, load_g=one.load_g + 1))),
        ("load_told", on_first(lambda one: replace(one, load_g=one.load_g - 1))),
        (
            "figure",
            on_first(lambda one: replace(one, figures=replace(one.figures, distance_m=1))),
        ),
        (
            "figure",
            on_first(
                lambda one: replace(one, figures=replace(one.figures, ttw_kgco2e=Decimal(1)))
            ),
        ),
        ("total", lambda told: replace(told, totals=replace(told.totals, distance_m=1))),
    ],
)  # fmt: skip
def test_a_planted_defect_is_found(rule: str, plant: Callable[[RoutePlan], RoutePlan]) -> None:
    made = day()

    assert rule in rules(made, plant(plan(made)))


def stricter(**changed: object) -> Callable[[RoutingProblem], RoutingProblem]:
    return lambda made: replace(
        made, vehicle_types=(replace(made.vehicle_types[0], **changed),)  # type: ignore[arg-type]
    )  # fmt: skip


def heaviest(told: RoutePlan) -> int:
    return max(max(one.load_g, *(v.load_g for v in one.visits)) for one in told.routes)


@pytest.mark.parametrize(
    ("rule", "change"),
    [
        ("payload_kg", lambda told: stricter(payload_g=heaviest(told) - 1)),
        ("volume_m3", lambda told: stricter(volume_cm3=199_999)),
        ("skill", lambda told: stricter(skills=frozenset())),
        ("fleet_exceeded", lambda told: stricter(count=len(told.routes) - 1)),
        ("range", lambda told: stricter(battery_kwh=Decimal(1))),
        ("max_distance", lambda told: stricter(max_distance_m=1_000)),
        ("break_missing", lambda told: stricter(driver_rule_id="cn", speed_factor=Decimal(8))),
    ],
)
def test_a_plan_breaks_a_rule_that_is_one_unit_stricter(
    rule: str, change: Callable[[RoutePlan], Callable[[RoutingProblem], RoutingProblem]]
) -> None:
    made = day()
    told = plan(made)

    assert rule in rules(change(told)(made), told)


def test_a_vehicle_class_that_a_stop_forbids_is_found() -> None:
    made = day()
    told = plan(made)
    stops = (replace(made.stops[0], forbidden_vehicle_classes=frozenset({"rigid"})),)

    assert "vehicle_class" in rules(replace(made, stops=(*stops, *made.stops[1:])), told)


def test_a_delivery_after_a_pickup_is_found() -> None:
    stops = [stop("A"), stop("B", lines=(pickup(),))]
    made = problem(stops)
    told = plan(made)
    route = told.routes[0]
    turned = replace(told, routes=(replace(route, visits=route.visits[::-1]),))
    wanted = replace(made, collection=CollectionMode.BACKHAUL_LAST)

    found = rules(wanted, told) | rules(wanted, turned)

    assert "backhaul_last" in found


def test_a_route_that_only_collects_is_found() -> None:
    made = problem([stop("A", lines=(pickup(),))])

    wanted = replace(made, collection=CollectionMode.BACKHAUL_LAST)

    assert "backhaul_only" in rules(wanted, plan(made))


def test_goods_of_another_depot_are_found() -> None:
    made = day()
    told = plan(made)
    elsewhere = replace(made.stops[0], lines=(line(depot_id="E"),))

    assert "goods_elsewhere" in rules(replace(made, stops=(elsewhere, *made.stops[1:])), told)


def test_an_unserved_stop_needs_a_reason() -> None:
    made = problem([stop("A", required_skills=frozenset({"crane"}))])
    told = plan(made)
    silent = replace(told, unserved=(replace(told.unserved[0], reason=""),))

    assert rules(made, told) == set()
    assert rules(made, silent) == {"reason_missing"}
