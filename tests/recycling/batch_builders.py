"""Seeded batches, and the optimum found by trying every plan: it knows nothing of a solver."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from random import Random

from hypothesis import strategies as st

from recycling.assignment import Outcome
from recycling.assignment_batch import BatchAnswer
from recycling.assignment_option import Choice, Option, Worth, fits
from recycling.assignment_policy import packaged_policy
from recycling.eligibility import Limit, WantedPickup, failures, uses
from recycling.recycler import Standing
from tests.recycling.assignment_builders import (
    FRIDGE,
    QINGDAO,
    TV,
    WEIFANG,
    WISHED_ON,
    paper,
    pickup,
    standing,
)

NEXT_ON = WISHED_ON + timedelta(days=1)
BOTH = frozenset({FRIDGE, TV})


def some_pickup(dice: Random, number: int, *, most_units: int) -> WantedPickup:
    return pickup(
        f"TB-{number:04}",
        region=dice.choice([QINGDAO, WEIFANG]),
        categories=tuple(dice.choice([FRIDGE, TV]) for _ in range(dice.randint(1, most_units))),
        wished_on=dice.choice([WISHED_ON, NEXT_ON]),
        declined_by=frozenset({"R-00"} if dice.random() < 0.1 else ()),
        rounds_done=3 if dice.random() < 0.05 else 0,
    )


def some_standing(dice: Random, number: int, *, most_capacity: int, is_capped: bool) -> Standing:
    total = dice.randrange(50)
    yearly = dice.randint(1, most_capacity) if is_capped and dice.random() < 0.6 else None
    covered = {
        adcode: dice.choice([BOTH, BOTH, frozenset({FRIDGE})])
        for adcode in (QINGDAO, WEIFANG)
        if dice.random() < 0.8
    }
    return standing(
        f"R-{number:02}",
        capacity_units_per_day=dice.randint(0, most_capacity),
        licences=(paper("LI-1", yearly_capacity_units=yearly),),
        coverage=covered,
        suspended=dice.random() < 0.1,
        open_units={WISHED_ON: dice.randint(0, 2)},
        kept=dice.randint(0, total),
        total=total,
        price_cny_fen={
            (adcode, category): dice.randint(5_000, 9_000)
            for adcode in (QINGDAO, WEIFANG)
            for category in (FRIDGE, TV)
        },
    )


def some_batch(
    seed: int,
    *,
    pickups: int,
    recyclers: int,
    most_units: int = 4,
    most_capacity: int = 8,
    is_capped: bool = False,
) -> tuple[list[WantedPickup], list[Standing]]:
    dice = Random(seed)
    return (
        [some_pickup(dice, n, most_units=most_units) for n in range(pickups)],
        [
            some_standing(dice, n, most_capacity=most_capacity, is_capped=is_capped)
            for n in range(recyclers)
        ],
    )


def best_by_trying(
    choices: Sequence[Sequence[tuple[int, int, Mapping[Limit, int]]]], left: Mapping[Limit, int]
) -> Worth:
    """The best of all plans: of each pickup none or one of (units, score, what it takes)."""
    if not choices:
        return Worth(0, 0)
    best = best_by_trying(choices[1:], left)
    for units, score_bp, takes in choices[0]:
        if all(left[limit] >= of for limit, of in takes.items()):
            rest = {limit: of - takes.get(limit, 0) for limit, of in left.items()}
            after = best_by_trying(choices[1:], rest)
            best = max(best, Worth(after.units + units, after.score_bp + score_bp))
    return best


def best_of(
    pickups: Sequence[WantedPickup], standings: Sequence[Standing], answer: BatchAnswer
) -> Worth:
    """The optimum of a batch, tried out on eligibility, capacities and the scores it shows."""
    by_id = {one.recycler.recycler_id: one for one in standings}
    candidates = {one.takeback_order_id: one.candidates for one in answer.assignments}
    left: dict[Limit, int] = {}
    choices = []
    for one in pickups:
        mine: list[tuple[int, int, Mapping[Limit, int]]] = []
        for candidate in candidates[one.takeback_order_id]:
            of_it = by_id[candidate.recycler_id]
            if candidate.components is None or one.rounds_done >= packaged_policy().max_rounds:
                continue
            taken = uses(one, of_it)
            left |= {use.limit: use.left_units for use in taken}
            score_bp = candidate.components.score_bp
            mine.append((one.units, score_bp, {use.limit: use.units for use in taken}))
        choices.append(mine)
    return best_by_trying(choices, left)


def broken(
    pickups: Sequence[WantedPickup], standings: Sequence[Standing], answer: BatchAnswer
) -> list[str]:
    """What an answer does that no answer may: exceed a capacity, name who is not eligible."""
    wanted = {one.takeback_order_id: one for one in pickups}
    by_id = {one.recycler.recycler_id: one for one in standings}
    days: dict[tuple[str, date], int] = {}
    years: dict[str, int] = {}
    found = []
    for one in answer.assignments:
        if (one.outcome is Outcome.ASSIGNED) != (one.recycler_id is not None):
            found.append(f"{one.takeback_order_id} is {one.outcome} by {one.recycler_id}")
        if one.recycler_id is None:
            continue
        asked = wanted[one.takeback_order_id]
        if failures(asked, by_id[one.recycler_id]) or asked.rounds_done >= 3:
            found.append(f"{one.recycler_id} may not take {one.takeback_order_id}")
        days.setdefault((one.recycler_id, asked.wished_on), 0)
        days[one.recycler_id, asked.wished_on] += asked.units
        years[one.recycler_id] = years.get(one.recycler_id, 0) + asked.units
    for (name, on), units in days.items():
        capacity = by_id[name].recycler.capacity_units_per_day
        if by_id[name].open_units.get(on, 0) + units > capacity:
            found.append(f"{name} has {units} more on {on}, capacity {capacity}")
    for name, units in years.items():
        yearly = by_id[name].recycler.licences[0].yearly_capacity_units
        if yearly is not None and units > yearly:
            found.append(f"{name} has {units} in the year, its licence allows {yearly}")
    return found


L1, L2 = Limit("A", "day", "1"), Limit("B", "day", "1")


def option(key: str, limit: Limit | None, units: int, score_bp: int) -> Option:
    return Option(
        takeback_order_id=key,
        recycler_id=limit.recycler_id if limit else "free",
        units=units,
        score_bp=score_bp,
        takes=((limit, units),) if limit else (),
    )


@st.composite
def choices(draw: st.DrawFn, most_units: int = 4, most_takes: int = 2) -> Choice:
    """Up to seven pickups with up to three options each, over up to four limits."""
    limits = [Limit(name, "day", "1") for name in "ABCD"]
    left = {limit: draw(st.integers(0, 7)) for limit in limits}
    options = {}
    for number in range(draw(st.integers(1, 7))):
        units = draw(st.integers(1, most_units))
        ranked = []
        scores = draw(st.lists(st.integers(0, 10_000), max_size=3))
        for place, score_bp in enumerate(sorted(scores, reverse=True)):
            taken = draw(st.lists(st.sampled_from(limits), max_size=most_takes, unique=True))
            one = Option(
                takeback_order_id=f"TB-{number}",
                recycler_id=f"R-{place}",
                units=units,
                score_bp=score_bp,
                takes=tuple((limit, units) for limit in taken),
            )
            if fits(one, left):  # as an eligible recycler has room for it
                ranked.append(one)
        if ranked:
            options[f"TB-{number}"] = tuple(ranked)
    return Choice(options=options, left_units=left)


def best_of_choice(choice: Choice) -> Worth:
    return best_by_trying(
        [
            [(one.units, one.score_bp, dict(one.takes)) for one in ranked]
            for ranked in choice.options.values()
        ],
        choice.left_units,
    )
