"""OR-Tools as a second opinion: its routing model with guided local search."""

from collections.abc import Callable

from ortools.constraint_solver import pywrapcp, routing_enums_pb2

from routing.check.rounds import cost_of_rounds
from routing.instance import NEVER, Instance
from routing.plan import Rounds, Schedule
from routing.vehicles.search import Budget, Found, Progress
from routing.vehicles.tables import Knobs, is_exact
from routing.vehicles.unsupported import UnsupportedConstraintError

DEFAULT_SECONDS = 10.0
SCALE = 1_000  # the model's costs are whole
MAX_VEHICLES = 1_000


def ortools_search(
    instance: Instance,
    *,
    seed: int,
    budget: Budget,
    knobs: Knobs | None = None,
    on_progress: Callable[[Progress], None] | None = None,
) -> Found:
    """Return the rounds that OR-Tools finds; neither seed nor knobs mean anything to it.

    Raises
    ------
    UnsupportedConstraintError
        If the problem has a rule that this model does not hold; the message names it.
    """
    _refuse(instance)
    vehicles = [
        k for k, one in enumerate(instance.fleets)
        for _ in range(min(one.count, len(instance.stops)))
    ][:MAX_VEHICLES]  # fmt: skip
    model = _Model(instance, vehicles)
    rounds = model.solved(budget.seconds or DEFAULT_SECONDS, budget.clock)
    served = {i for _, stops in rounds for i in stops}
    return Found(
        rounds=rounds, absent=tuple(i for i in instance.stops if i not in served),
        cost=cost_of_rounds(instance, rounds), iterations=0, schedule=Schedule(chunks=()),
    )  # fmt: skip


def _refuse(instance: Instance) -> None:
    rules = {
        "running vehicles": bool(instance.running),
        "load-dependent energy": any(one.per_gm for one in instance.fleets),
        "several windows, hours, breaks or ranges": is_exact(instance),
        "linehaul before backhaul": instance.backhaul_last,
        "pickups": bool(instance.pickup.any()),
    }
    for rule, is_there in rules.items():
        if is_there:
            raise UnsupportedConstraintError(f"--engine ortools does not model {rule}")


class _Model:
    """The routing model of one instance."""

    def __init__(self, instance: Instance, vehicles: list[int]) -> None:
        self.instance, self.vehicles = instance, vehicles
        depots = [instance.fleets[k].depot for k in vehicles]
        self.manager = pywrapcp.RoutingIndexManager(
            len(instance.distance), len(vehicles), depots, depots
        )
        self.model = pywrapcp.RoutingModel(self.manager)
        self._costs()
        self._capacities()
        if instance.windows is not None:
            self._times()
        self._allowed()

    def _costs(self) -> None:
        by_rate: dict[float, int] = {}
        for v, k in enumerate(self.vehicles):
            fleet = self.instance.fleets[k]
            if fleet.per_m not in by_rate:
                scaled = (self.instance.distance * (fleet.per_m * SCALE)).astype("int64")
                by_rate[fleet.per_m] = self.model.RegisterTransitMatrix(scaled.tolist())
            self.model.SetArcCostEvaluatorOfVehicle(by_rate[fleet.per_m], v)
            self.model.SetFixedCostOfVehicle(round(fleet.fixed * SCALE), v)

    def _capacities(self) -> None:
        for x in range(self.instance.delivery.shape[1]):
            amounts = self.model.RegisterUnaryTransitVector(self.instance.delivery[:, x].tolist())
            rooms = [self.instance.fleets[k].capacity[x] for k in self.vehicles]
            self.model.AddDimensionWithVehicleCapacity(amounts, 0, rooms, True, f"load{x}")

    def _times(self) -> None:
        evaluators = []
        service = self.instance.service
        for travel in self.instance.durations:
            whole = travel.astype("int64") + (0 if service is None else service[:, None])
            evaluators.append(self.model.RegisterTransitMatrix(whole.tolist()))
        of_vehicle = [evaluators[self.instance.fleets[k].profile] for k in self.vehicles]
        self.model.AddDimensionWithVehicleTransits(of_vehicle, NEVER, NEVER, False, "time")
        time = self.model.GetDimensionOrDie("time")
        windows = self.instance.windows or ()
        for i in self.instance.stops:
            opens, closes = windows[i][0]
            time.CumulVar(self.manager.NodeToIndex(i)).SetRange(opens, closes)
        for v, k in enumerate(self.vehicles):
            for index in (self.model.Start(v), self.model.End(v)):
                time.CumulVar(index).SetRange(*self.instance.fleets[k].shift)

    def _allowed(self) -> None:
        allowed = self.instance.allowed
        penalty = int(1e12)
        for i in self.instance.stops:
            index = self.manager.NodeToIndex(i)
            if self.instance.penalty is not None:
                penalty = round(float(self.instance.penalty[i]) * SCALE)
            self.model.AddDisjunction([index], penalty)
            if allowed is not None:
                able = [v for v, k in enumerate(self.vehicles) if allowed[i, k]]
                self.model.VehicleVar(index).SetValues([-1, *able])

    def solved(self, seconds: float, clock: Callable[[], float] | None) -> Rounds:
        parameters = pywrapcp.DefaultRoutingSearchParameters()
        first = routing_enums_pb2.FirstSolutionStrategy
        parameters.first_solution_strategy = (
            first.SAVINGS if self.instance.windows is None else first.PARALLEL_CHEAPEST_INSERTION
        )
        parameters.local_search_metaheuristic = (
            routing_enums_pb2.LocalSearchMetaheuristic.GUIDED_LOCAL_SEARCH
        )
        parameters.time_limit.FromMilliseconds(round(seconds * 1_000 * 4))
        if clock is not None:
            ends = clock() + seconds
            self.model.AddSearchMonitor(self.model.solver().CustomLimit(lambda: clock() > ends))
        found = self.model.SolveWithParameters(parameters)
        if found is None:
            return ()
        return tuple(
            (k, stops) for v, k in enumerate(self.vehicles) if (stops := self._stops(found, v))
        )

    def _stops(self, found: pywrapcp.Assignment, vehicle: int) -> tuple[int, ...]:
        stops = []
        index = found.Value(self.model.NextVar(self.model.Start(vehicle)))
        while not self.model.IsEnd(index):
            stops.append(self.manager.IndexToNode(index))
            index = found.Value(self.model.NextVar(index))
        return tuple(stops)
