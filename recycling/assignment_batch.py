"""Many pickups at once: first the most units assigned, then the highest sum of scores."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from recycling.assignment import (
    Assignment,
    Candidate,
    Outcome,
    first_outcome,
    in_sequence,
    ranked,
)
from recycling.assignment_option import Choice, Option, Worth, apart, greedy, reduced, worth
from recycling.assignment_policy import AssignmentPolicy, packaged_policy
from recycling.assignment_search import Method, Solved, solved
from recycling.eligibility import Limit, WantedPickup, uses
from recycling.recycler import Standing

MAX_PICKUPS = 5_000
# All CP-SAT searches of a batch together, in seconds that are counted in work and not by a clock.
DETERMINISTIC_S = 4.0


@dataclass(frozen=True, slots=True, kw_only=True)
class BatchAnswer:
    """The answers for a batch by order id, and what they are worth beside one after the other.

    ``methods`` names each method that found a part of the plan; ``is_optimal`` says whether no
    better plan exists.
    """

    assignments: tuple[Assignment, ...]
    worth: Worth
    greedy_worth: Worth
    methods: tuple[Method, ...]
    is_optimal: bool


def assign_batch(
    pickups: Sequence[WantedPickup],
    standings: Sequence[Standing],
    policy: AssignmentPolicy | None = None,
    *,
    deterministic_s: float = DETERMINISTIC_S,
) -> BatchAnswer:
    """Return who gets which of ``pickups``: most units first, then the highest sum of scores.

    Scores are those at the start of the batch. Input in another sequence gets the same answer.

    Raises
    ------
    ValueError
        If an order or a recycler is there twice, or there are more than ``MAX_PICKUPS`` or
        ``MAX_RECYCLERS``.
    """
    policy = policy or packaged_policy()
    wanted, sequence = _by_order_id(pickups), in_sequence(standings)
    candidates = {one.takeback_order_id: ranked(one, sequence, policy) for one in wanted}
    outcomes = {
        one.takeback_order_id: first_outcome(one, candidates[one.takeback_order_id], policy)
        for one in wanted
    }
    open_pickups = [one for one in wanted if outcomes[one.takeback_order_id] is Outcome.ASSIGNED]
    choice = _choice(open_pickups, candidates, sequence)
    parts = _solved(choice, deterministic_s)
    plan = {key: option for part in parts for key, option in part.plan.items()}
    return BatchAnswer(
        assignments=tuple(
            _assignment(key, outcome, plan.get(key), candidates[key], policy)
            for key, outcome in outcomes.items()
        ),
        worth=worth(plan),
        greedy_worth=worth(greedy(choice)),
        methods=tuple(sorted({part.method for part in parts})),
        is_optimal=all(part.is_optimal for part in parts),
    )


def _by_order_id(pickups: Sequence[WantedPickup]) -> list[WantedPickup]:
    if len(pickups) > MAX_PICKUPS:
        raise ValueError(f"at most {MAX_PICKUPS} pickups in a batch, got {len(pickups)}")
    wanted = sorted(pickups, key=lambda one: one.takeback_order_id)
    for one, other in pairwise(wanted):
        if one.takeback_order_id == other.takeback_order_id:
            raise ValueError(f"takeback_order_id {one.takeback_order_id!r} is there twice")
    return wanted


def _choice(
    wanted: Sequence[WantedPickup],
    candidates: Mapping[str, tuple[Candidate, ...]],
    sequence: Sequence[Standing],
) -> Choice:
    standing_of = {one.recycler.recycler_id: one for one in sequence}
    left_units: dict[Limit, int] = {}
    options = {}
    for pickup in wanted:
        mine = []
        for candidate in candidates[pickup.takeback_order_id]:
            if candidate.components is None:
                break
            taken = uses(pickup, standing_of[candidate.recycler_id])
            left_units.update((use.limit, use.left_units) for use in taken)
            mine.append(
                Option(
                    takeback_order_id=pickup.takeback_order_id,
                    recycler_id=candidate.recycler_id,
                    units=pickup.units,
                    score_bp=candidate.components.score_bp,
                    takes=tuple((use.limit, use.units) for use in taken),
                )
            )
        options[pickup.takeback_order_id] = tuple(mine)
    return Choice(options=options, left_units=left_units)


def _solved(choice: Choice, deterministic_s: float) -> list[Solved]:
    """Return each part's plan; every part gets its share of the time."""
    return [
        solved(part, deterministic_s=deterministic_s * len(part.options) / len(choice.options))
        for part in apart(reduced(choice))
    ]


def _assignment(
    takeback_order_id: str,
    outcome: Outcome,
    option: Option | None,
    candidates: tuple[Candidate, ...],
    policy: AssignmentPolicy,
) -> Assignment:
    if outcome is Outcome.ASSIGNED and option is None:
        outcome = Outcome.CAPACITY_TAKEN
    return Assignment(
        takeback_order_id=takeback_order_id,
        outcome=outcome,
        recycler_id=option.recycler_id if option else None,
        candidates=candidates,
        policy_version=policy.version,
    )
