"""The arrays of a problem in the order in which the compiled search reads them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from routing.instance import Fleet, Instance
from routing.vehicles.kernels import layout as at
from routing.vehicles.kernels.layout import Floats, Ints, SmallInts, Tables

MAX_NEIGHBOURS = 256
MAX_TRIANGLE_POINTS = 300
SHORT_ROUTES = (10.0, 10.0)  # stops taken out on average, longest string
LONG_ROUTES = (15.0, 20.0)
LONG_FROM = 12.0  # stops of a mean route


@dataclass(frozen=True, slots=True, kw_only=True)
class Knobs:
    """What the search may be tuned with; see the decision record for what was measured."""

    mean_removed: float | None = None  # None: by the mean length of a route
    max_string: float | None = None
    split_share: float = 0.5
    split_growth: float = 0.01
    blink_share: float = 0.01
    near_routes: int = 40
    whole_share: float = 0.01  # of strings that are whole routes
    open_share: float | None = None  # of insertions that try a new route though there is room
    exchange_share: float = 0.1  # of iterations that try other vehicles on the touched routes
    hot: float | None = None  # the first temperature, in mean ways between points
    cooling: float | None = None  # first temperature over last
    pool: bool = True
    weights: tuple[float, ...] = (4.0, 4.0, 2.0, 1.0)
    weights_of_windows: tuple[float, float] = (1.0, 1.0)


def tables_of(instance: Instance, knobs: Knobs) -> Tables:
    """Return the arrays of ``instance`` for the kernels."""
    d = np.ascontiguousarray(instance.distance, dtype=np.int32)
    t = np.ascontiguousarray(np.stack(instance.durations), dtype=np.int32)
    window, node = _windows_and_nodes(instance)
    flag = _flags(instance, d, t, node)
    return Tables(
        d=d,
        d_to=_transposed(d),
        t=t,
        t_to=np.stack([_transposed(one) for one in t]),
        near=_near(instance, d, t, node, bool(flag[at.TIMED])),
        node=node,
        window=window,
        kind=np.array([_kind(one, _groups(instance)[k]) for k, one in enumerate(instance.fleets)]),
        rate=np.array([_rate(one) for one in instance.fleets], dtype=np.float64),
        allowed=_allowed(instance),
        penalty=_penalty(instance, d),
        flag=flag,
        knob=_knobs(instance, knobs, bool(flag[at.TIMED])),
    )


def _transposed(d: SmallInts) -> SmallInts:
    return d if np.array_equal(d, d.T) else np.ascontiguousarray(d.T)


def _windows_and_nodes(instance: Instance) -> tuple[Ints, Ints]:
    n = len(instance.distance)
    node = np.zeros((n, at.NODE_COLUMNS), dtype=np.int64)
    dims = instance.delivery.shape[1]
    node[:, at.Q : at.Q + dims] = instance.delivery
    node[:, at.P : at.P + dims] = instance.pickup
    if instance.service is not None:
        node[:, at.SERVICE] = instance.service
    collects = instance.pickup.any(axis=1)
    delivers = instance.delivery.any(axis=1)
    node[:, at.KIND] = np.where(
        collects & ~delivers, at.BACKHAUL, np.where(delivers, at.LINEHAUL, at.ANY_KIND)
    )
    node[:, at.BOUND] = -1
    for stop, index in instance.bound.items():
        node[stop, at.BOUND] = index
    windows = instance.windows or (((0, at.NEVER),),) * n
    rows = [one for of_node in windows for one in of_node]
    counts = np.array([len(one) for one in windows])
    node[:, at.WINDOW_COUNT] = counts
    node[:, at.FIRST_WINDOW] = np.cumsum(counts) - counts
    node[:, at.OPEN] = [one[0][0] for one in windows]
    node[:, at.CLOSE] = [one[-1][1] for one in windows]
    return np.array(rows, dtype=np.int64), node


def _kind(fleet: Fleet, group: int) -> Ints:
    row = np.zeros(at.KIND_COLUMNS, dtype=np.int64)
    row[: len(fleet.capacity)] = fleet.capacity
    row[at.DEPOT] = row[at.END] = fleet.depot
    row[at.SHIFT_OPEN], row[at.SHIFT_CLOSE] = fleet.shift
    row[at.MAX_DURATION], row[at.MAX_DISTANCE] = fleet.max_duration, fleet.max_distance
    row[at.COUNT], row[at.GROUP], row[at.PROFILE] = fleet.count, group, fleet.profile
    row[at.BREAK_AFTER], row[at.BREAK_LENGTH] = fleet.break_after, fleet.break_length
    return row


def _rate(fleet: Fleet) -> list[float]:
    return [
        fleet.fixed, fleet.per_m, fleet.per_gm, fleet.per_s,
        fleet.energy_per_m, fleet.energy_per_gm, fleet.energy_max,
    ]  # fmt: skip


def is_exact(instance: Instance) -> bool:
    """Whether a place must be tried by driving the whole route in thought."""
    return any(
        one.per_s or one.break_after or one.max_duration < at.NEVER
        or one.max_distance < at.NEVER or np.isfinite(one.energy_max)
        for one in instance.fleets
    ) or any(len(one) > 1 for one in instance.windows or ())  # fmt: skip


def _moments(instance: Instance) -> bool:
    return any(one.per_gm or one.energy_per_gm for one in instance.fleets)


def _groups(instance: Instance) -> list[int]:
    """Types whose vehicles may be exchanged on a route that is being built have one group."""
    if not _is_flexible(instance):
        return list(range(len(instance.fleets)))
    keys = [(one.depot, one.shift, one.profile) for one in instance.fleets]
    return [keys.index(key) for key in keys]


def _is_flexible(instance: Instance) -> bool:
    return (
        len(instance.fleets) > 1
        and instance.allowed is None
        and instance.delivery.shape[1] == 1
        and not instance.pickup.any()
        and not _moments(instance)
        and not is_exact(instance)
        and not instance.running
    )


def _flags(instance: Instance, d: SmallInts, t: SmallInts, node: Ints) -> Ints:
    flag = np.zeros(at.FLAG_COUNT, dtype=np.int64)
    flag[at.DIMS] = instance.delivery.shape[1]
    flag[at.TIMED] = instance.windows is not None or any(
        one.shift != (0, at.NEVER) for one in instance.fleets
    )
    flag[at.PEAKS] = bool(instance.pickup.any())
    flag[at.MOMENTS] = _moments(instance)
    flag[at.EXACT] = is_exact(instance)
    flag[at.FLEXIBLE] = _is_flexible(instance)
    flag[at.TRIANGLE] = len(d) <= MAX_TRIANGLE_POINTS and _keeps_triangle(t, node)
    flag[at.BACKHAUL_LAST] = instance.backhaul_last
    flag[at.TURNS] = bool(  # a round may be driven the other way about: its load decides
        flag[at.MOMENTS] and not flag[at.TIMED] and not flag[at.PEAKS]
        and not instance.running and np.array_equal(d, d.T)
    )  # fmt: skip
    flag[at.STOPS_FROM] = instance.depots
    return flag


def _keeps_triangle(t: SmallInts, node: Ints) -> bool:
    """Whether no stop on the way makes anybody earlier, service included."""
    slack = node[:, at.SERVICE].min(initial=0, where=np.arange(len(node)) > 0)
    return all(
        bool((one[:, k, None] + one[None, k, :] + node[k, at.SERVICE] >= one).all())
        for one in t
        for k in range(len(one))
    ) if slack <= 1 else True  # fmt: skip


def _near(instance: Instance, d: SmallInts, t: SmallInts, node: Ints, timed: bool) -> SmallInts:
    """Stops by distance from each other, depots left out."""
    n, first = len(d), instance.depots
    far = d.astype(np.float64)
    far = (far + far.T) / 2
    far[:, :first] = np.inf
    np.fill_diagonal(far, np.inf)
    k = max(min(n - first - 1, MAX_NEIGHBOURS), 0)
    nearest = np.argsort(far, axis=1, kind="stable")[:, :k]
    return np.ascontiguousarray(nearest, dtype=np.int32)


def _allowed(instance: Instance) -> NDArray[np.uint8]:
    if instance.allowed is not None:
        return np.ascontiguousarray(instance.allowed, dtype=np.uint8)
    return np.ones((len(instance.distance), len(instance.fleets)), dtype=np.uint8)


def _penalty(instance: Instance, d: SmallInts) -> Floats:
    if instance.penalty is not None:
        return np.ascontiguousarray(instance.penalty, dtype=np.float64)
    dearest = max(one.fixed + one.per_m + one.per_gm * max(one.capacity) for one in instance.fleets)
    return np.full(len(d), 10.0 * (1.0 + dearest) * float(d.max(initial=1)), dtype=np.float64)


def _open_share(instance: Instance, knobs: Knobs) -> float:
    """Where vehicles are alike and cost nothing by themselves, a new route is the last resort."""
    if knobs.open_share is not None:
        return knobs.open_share
    fleet = instance.fleets[0]
    is_plain = len(instance.fleets) == 1 and fleet.fixed == 0 and instance.windows is None
    return 0.0 if is_plain and not fleet.per_gm and not instance.pickup.any() else 1.0


def _knobs(instance: Instance, knobs: Knobs, timed: bool) -> Floats:
    later = knobs.weights_of_windows if timed else (0.0, 0.0)
    return np.array(
        [
            knobs.mean_removed or SHORT_ROUTES[0], knobs.max_string or SHORT_ROUTES[1],
            knobs.split_share, knobs.split_growth,
            knobs.blink_share, knobs.near_routes, *knobs.weights, *later,
            knobs.whole_share, knobs.exchange_share, _open_share(instance, knobs),
        ],
        dtype=np.float64,
    )  # fmt: skip
