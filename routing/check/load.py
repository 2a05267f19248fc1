"""Whether a load keeps its rules; nothing here knows how it was found."""

from routing.check import load_geometry, load_sequence, load_weight
from routing.check.load_finding import Violation
from routing.loading.entities import LoadPlan, LoadProblem

RULES = (
    "count", "size", "orientation", "inside", "overlap", "support", "stacking", "fragile",
    "bearing", "top_load", "payload", "cog", "axle", "mix_group", "lifo", "sequence",
)  # fmt: skip


def violations(problem: LoadProblem, plan: LoadPlan) -> tuple[Violation, ...]:
    """Return every broken rule of a plan; none means that it can be loaded and driven."""
    placed = plan.placements
    unknown = [one for one in placed if one.goods_type_id not in problem.goods]
    if unknown:
        return tuple(
            Violation(
                rule="count",
                steps=(one.step,),
                sentence=f"step {one.step}: goods type {one.goods_type_id!r} is not in the problem",
            )
            for one in unknown
        )
    return (
        *load_sequence.counts(problem, plan),
        *load_geometry.sizes(problem, placed),
        *load_geometry.walls(problem, placed),
        *load_geometry.overlaps(placed),
        *load_geometry.support(problem, placed),
        *load_weight.stacks(problem, placed),
        *load_weight.vehicle(problem, placed),
        *load_sequence.companions(problem, placed),
        *load_sequence.unloading(problem, placed),
        *load_sequence.steps(problem, placed),
    )
