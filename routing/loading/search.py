"""The search for the fullest load: a greedy answer at once, wider beams until the budget ends."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

from routing.check.load import violations
from routing.loading.balance import balanced
from routing.loading.beam import Beam, beam_of, next_width
from routing.loading.blocks import Recipe, Yard, jittered, yard_of
from routing.loading.entities import (
    Effort,
    GoodsType,
    LeftReason,
    LoadLine,
    LoadPlan,
    LoadProblem,
    Placement,
    Side,
    Vehicle,
)
from routing.loading.floor import columns_of, is_for_floor, units_of
from routing.loading.leftover import leftovers
from routing.loading.sequence import sequenced
from routing.loading.stand import boxes_of, placements_of

Clock = Callable[[], float]
Progress = Callable[[float, int], None]

QUICK = Recipe(fill_share=1.0, pairs_tried=100_000, brick_count=2_000, block_count=3_000)
THOROUGH = Recipe()
DEFAULT_NODES = 3_000
FLOOR, BLOCKS = "floor", "blocks"  # the methods
FLOOR_SHARE = 0.4  # of the budget, where all goods stand upright
MAX_RUNS = 1_000
SEARCH_SHARE = 0.97  # of a budget; the rest is for the sequence, the reasons and the check
WARM_UP_NODES = 3


class BrokenPlanError(AssertionError):
    """The search made a plan that its independent check refuses: a defect of the search."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Budget:
    """When to stop: seconds of the clock, or nodes; ``of`` a plan's effort makes it again."""

    seconds: float | None = None
    nodes: int | None = None
    widths: tuple[int, ...] = ()
    method: str | None = None

    @classmethod
    def of(cls, effort: Effort) -> "Budget":
        """Return what makes an earlier plan again, with its seed."""
        return cls(nodes=effort.nodes, widths=effort.widths, method=effort.method)


@dataclass(slots=True)
class Best:
    """The fullest load seen."""

    value: int
    placements: tuple[Placement, ...]
    is_all: bool = False


@dataclass(slots=True)
class Campaign:
    """Runs of growing width, then narrower ones on blocks whose worth is shaken a little."""

    yard: Yard
    clock: Clock
    until: float
    nodes: int
    seed: int
    on_progress: Progress | None = None
    beam: Beam = field(init=False)
    best: Best = field(init=False)
    widths: list[int] = field(default_factory=list)
    done_nodes: int = 0
    roll_outs: int = 0
    took_s: float = 0.0

    def __post_init__(self) -> None:
        """Run width 1 to its end, whatever the budget: there is always an answer."""
        self.best = Best(0, ())
        self.beam = beam_of(self.yard, stop=lambda: False)
        self._run(1)

    def is_over(self) -> bool:
        """Return whether the budget is used up."""
        return self.clock() >= self.until or self.done_nodes + self.beam.nodes >= self.nodes

    def run(self, widths: Sequence[int] = ()) -> None:
        """Run wider and wider until the budget ends or everything is loaded."""
        width, widest = 1.0, 1
        for number in range(1, MAX_RUNS):
            if self.best.is_all or self.is_over():
                return
            left_s = self.until - self.clock()
            wider = next_width(width, took_s=self.took_s, left_s=left_s)
            width = widths[number] if widths else wider
            self._begin(shaken=number if int(width) <= widest else 0)
            widest = max(widest, int(width))
            self._run(int(width))
            if widths and number + 1 == len(widths):
                return

    def _begin(self, *, shaken: int) -> None:
        self.done_nodes += self.beam.nodes
        self.roll_outs += self.beam.roll_outs
        yard = jittered(self.yard, seed=self.seed * MAX_RUNS + shaken) if shaken else self.yard
        self.beam = beam_of(yard, stop=self.is_over, better_than=self.best.value)

    def _run(self, width: int) -> None:
        begun = self.clock()
        self.widths.append(width)
        self.beam.run(width)
        self.took_s = self.clock() - begun
        if self.beam.value > self.best.value or len(self.widths) == 1:
            yard = self.beam.yard
            boxes = boxes_of(yard, self.beam.placed_blocks())
            placed = placements_of(yard.problem, yard.kinds, boxes)
            self.best = Best(self.beam.value, placed, len(placed) == yard.problem.unit_count)
        if self.on_progress is not None:
            body = self.yard.ground.body
            share = max(0, self.best.value) / (body.length * body.width * body.height)
            self.on_progress(share, self.done_nodes + self.beam.nodes)

    def effort(self, method: str) -> Effort:
        """Return what was done, so that it can be done again."""
        return Effort(
            method=method,
            seed=self.seed,
            widths=tuple(self.widths),
            nodes=self.done_nodes + self.beam.nodes,
            roll_outs=self.roll_outs + self.beam.roll_outs,
            spaces_dropped=self.beam.spaces_dropped,
        )


def load_greedily(problem: LoadProblem) -> LoadPlan:
    """Return the plan of one greedy pass: within milliseconds, deterministic, checked."""
    if not _has_goods(problem):
        return finished(problem, (), Effort(method="none", seed=0))
    if is_for_floor(problem):
        columns = columns_of(problem)
        if _has_goods(columns.problem):
            placed = _greedy(columns.problem)
            if sum(columns.units[one.line_id][1] for one in placed) == problem.unit_count:
                return finished(
                    problem, tuple(units_of(columns, placed)), Effort(method=FLOOR, seed=0)
                )
    return finished(problem, _greedy(problem), Effort(method="greedy", seed=0))


def _greedy(problem: LoadProblem) -> tuple[Placement, ...]:
    yard = yard_of(problem, QUICK)
    if not yard.has_blocks:
        return ()
    return Campaign(yard, lambda: 0.0, math.inf, DEFAULT_NODES, 0).best.placements


def load(
    problem: LoadProblem,
    *,
    clock: Clock,
    budget: Budget,
    seed: int = 1,
    on_progress: Progress | None = None,
    recipe: Recipe = THOROUGH,
) -> LoadPlan:
    """Return the fullest load found within a budget, with what stays behind and why.

    The budget begins with the call. The same nodes and seed make the same plan; a plan that was
    timed is made again by the budget of its effort.

    Raises
    ------
    BrokenPlanError
        If the independent check refuses the plan; that would be a defect of the search.
    """
    begun = clock()
    until = math.inf if budget.seconds is None else begun + SEARCH_SHARE * budget.seconds
    best: tuple[Placement, ...] = ()
    effort = Effort(method="none", seed=seed)
    for part in _parts(problem):
        yard = yard_of(part.problem, recipe)
        if not yard.has_blocks or budget.method not in (None, part.method):
            continue
        share = FLOOR_SHARE if part.method == FLOOR else 1.0
        end = until if math.isinf(until) else begun + share * (until - begun)
        nodes = budget.nodes if budget.nodes is not None else _nodes_of(budget)
        campaign = Campaign(yard, clock, end, nodes, seed, on_progress)
        campaign.run(budget.widths)
        placed = part.units(campaign.best.placements)
        if _volume(placed) > _volume(best) or not best:
            best, effort = placed, campaign.effort(part.method)
        if len(best) == problem.unit_count:
            break
    return finished(problem, best, effort)


def _nodes_of(budget: Budget) -> int:
    return DEFAULT_NODES if budget.seconds is None else 1 << 60


@dataclass(frozen=True, slots=True)
class Part:
    """A problem to search, and how its placements become units."""

    problem: LoadProblem
    units: Callable[[Sequence[Placement]], tuple[Placement, ...]]
    method: str


def _parts(problem: LoadProblem) -> tuple[Part, ...]:
    """Return what is searched: columns on the floor first where all goods stand upright."""
    if not _has_goods(problem):
        return ()
    general = Part(problem, tuple, BLOCKS)
    if not is_for_floor(problem):
        return (general,)
    columns = columns_of(problem)
    floor = Part(columns.problem, lambda placed: tuple(units_of(columns, placed)), FLOOR)
    return (floor, general) if _has_goods(columns.problem) else (general,)


def _has_goods(problem: LoadProblem) -> bool:
    return problem.unit_count > 0


def _volume(placements: Sequence[Placement]) -> int:
    return sum(one.volume_mm3 for one in placements)


def finished(problem: LoadProblem, placed: Sequence[Placement], effort: Effort) -> LoadPlan:
    """Return found placements as a plan: balanced, sequenced, what is left explained, checked.

    Raises
    ------
    BrokenPlanError
        If the independent check refuses it.
    """
    kept, unbalanced = balanced(problem, placed)
    steps, given_up = sequenced(kept, problem.vehicle.door)
    if given_up:  # without them the rest may be out of balance
        return finished(problem, steps, effort)
    reason = LeftReason.AXLE if problem.vehicle.axles else LeftReason.COG
    taken_off = {one.line_id: reason for one in unbalanced}
    left = tuple(leftovers(problem, steps, taken_off))
    plan = LoadPlan(problem_id=problem.problem_id, placements=steps, leftovers=left, effort=effort)
    if broken := violations(problem, plan):
        raise BrokenPlanError(f"{problem.problem_id}: {broken[0].sentence}")
    return plan


def warm_up() -> None:
    """Compile what the search needs, or read it from the cache, before a clock starts."""
    side_mm = 400
    cube = GoodsType(
        goods_type_id="cube", length_mm=side_mm, width_mm=side_mm, height_mm=side_mm, mass_g=1_000
    )
    body = Vehicle(vehicle_id="body", length_mm=1_000, width_mm=500, height_mm=500)
    line = LoadLine(line_id="1", goods_type_id="cube", unit_count=3)
    one = LoadProblem(problem_id="warm-up", vehicle=body, goods={"cube": cube}, lines=(line,))
    fragile = replace(cube, is_fragile=True, allowed_up=frozenset(Side))
    for problem in (one, replace(one, goods={"cube": fragile})):
        load(problem, clock=lambda: 0.0, budget=Budget(nodes=WARM_UP_NODES), recipe=QUICK)
