"""PyVRP as a peer and third opinion: distances, capacities, windows, mixed fleets, backhauls."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pyvrp
from pyvrp.stop import MaxIterations

from routing.check.rounds import cost_of_rounds
from routing.instance import NEVER, Instance
from routing.plan import Rounds, Schedule
from routing.vehicles.search import Budget, Found, Progress
from routing.vehicles.tables import Knobs, is_exact
from routing.vehicles.unsupported import UnsupportedConstraintError

DEFAULT_SECONDS = 10.0
BACKHAUL_ARC = 10**9
# For what is over capacity: its own bound is too little where a cost counts thousandths of a metre.
PARAMS = pyvrp.SolveParams(penalty=pyvrp.PenaltyParams(max_penalty=1e9))


def pyvrp_search(
    instance: Instance,
    *,
    seed: int,
    budget: Budget,
    knobs: Knobs | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Found:
    """Return the rounds that PyVRP finds; knobs mean nothing to it.

    Raises
    ------
    UnsupportedConstraintError
        If the problem has a rule that its model does not hold; the message names it.
    """
    _refuse(instance)
    model = _data(instance)
    stop: Any = MaxIterations(budget.iterations) if budget.iterations is not None else _ByClock(
        budget.seconds or DEFAULT_SECONDS, budget.clock
    )  # fmt: skip
    result = pyvrp.solve(model, stop=stop, seed=seed, display=False, params=PARAMS)
    rounds: Rounds = tuple(
        (route.vehicle_type(), _stops(instance, route)) for route in result.best.routes()
    ) if result.best.is_feasible() else ()  # fmt: skip
    served = {i for _, stops in rounds for i in stops}
    return Found(
        rounds=rounds, absent=tuple(i for i in instance.stops if i not in served),
        cost=cost_of_rounds(instance, rounds), iterations=result.num_iterations,
        schedule=Schedule(chunks=()),
    )  # fmt: skip


def _stops(instance: Instance, route: pyvrp.Route) -> tuple[int, ...]:
    return tuple(one.idx + instance.depots for one in route.schedule() if one.is_client())


class _ByClock:
    """Stop when a clock that was passed in says so."""

    def __init__(self, seconds: float, clock: Callable[[], float] | None) -> None:
        self.clock, self.seconds = clock, seconds
        self.begun: float | None = None
        self.calls = 0

    def __call__(self, best_cost: float) -> bool:
        self.calls += 1
        if self.clock is None:
            return self.calls > 1
        if self.begun is None:
            self.begun = self.clock()
        return self.clock() - self.begun >= self.seconds


def _refuse(instance: Instance) -> None:
    rules = {
        "running vehicles": bool(instance.running),
        "load-dependent energy": any(one.per_gm for one in instance.fleets),
        "several windows, hours, breaks or ranges": is_exact(instance),
        "stops that only some vehicles may serve": instance.allowed is not None,
    }
    for rule, is_there in rules.items():
        if is_there:
            raise UnsupportedConstraintError(f"--engine pyvrp does not model {rule}")


def _data(instance: Instance) -> pyvrp.ProblemData:
    distance: Any = instance.distance.astype(np.int64)
    durations: list[Any] = [one.astype(np.int64) for one in instance.durations]
    if instance.backhaul_last:  # no way back from a pickup to a delivery, nor from the depot to one
        takes = instance.pickup.any(axis=1)
        brings = instance.delivery.any(axis=1)
        distance[np.ix_(takes, brings)] = BACKHAUL_ARC
        distance[0, takes] = BACKHAUL_ARC
    service = np.zeros(len(distance), dtype=int) if instance.service is None else instance.service
    return pyvrp.ProblemData(
        [pyvrp.Location(0, 0) for _ in range(len(distance))],
        [_client(instance, i, int(service[i])) for i in instance.stops],
        [pyvrp.Depot(k) for k in range(instance.depots)],
        [_vehicles(instance, k) for k in range(len(instance.fleets))],
        [distance], durations,
    )  # fmt: skip


def _client(instance: Instance, i: int, service: int) -> pyvrp.Client:
    opens, closes = instance.windows[i][0] if instance.windows is not None else (0, NEVER)
    prize = None if instance.penalty is None else int(instance.penalty[i])
    return pyvrp.Client(
        i, delivery=instance.delivery[i].tolist(), pickup=instance.pickup[i].tolist(),
        service_duration=service, tw_early=opens, tw_late=closes,
        prize=prize or 0, required=prize is None,
    )  # fmt: skip


def _vehicles(instance: Instance, k: int) -> pyvrp.VehicleType:
    fleet = instance.fleets[k]
    return pyvrp.VehicleType(
        num_available=fleet.count, capacity=list(fleet.capacity), start_depot=fleet.depot,
        end_depot=fleet.depot, fixed_cost=round(fleet.fixed), tw_early=fleet.shift[0],
        tw_late=fleet.shift[1], unit_distance_cost=round(fleet.per_m), profile=0,
    )  # fmt: skip
