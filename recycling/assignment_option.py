"""A batch as a choice: for each pickup one of its options or none, within the limits they share."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from recycling.eligibility import Limit


@dataclass(frozen=True, slots=True, kw_only=True)
class Option:
    """One pickup at one recycler; ``takes`` holds the units it takes of each limit."""

    takeback_order_id: str
    recycler_id: str
    units: int
    score_bp: int
    takes: tuple[tuple[Limit, int], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """A batch's options by pickup, at least one each, best first; and what limits have left."""

    options: Mapping[str, tuple[Option, ...]]
    left_units: Mapping[Limit, int]


@dataclass(frozen=True, slots=True, order=True)
class Worth:
    """What a plan is worth: first the units it assigns, then the sum of its scores."""

    units: int
    score_bp: int


Plan = Mapping[str, Option]


def worth(plan: Plan) -> Worth:
    """Return what ``plan``, an option by order id, is worth."""
    return Worth(
        sum(option.units for option in plan.values()),
        sum(option.score_bp for option in plan.values()),
    )


def reduced(choice: Choice) -> Choice:
    """Return the same choice without limits that cannot bind and options that cannot be needed.

    A limit cannot bind if all who may take of it together fit. An option is not needed if a better
    one of the same pickup takes of no limit: whoever chooses it could always choose that instead.
    Both lose no optimum, and each makes room for the other, so they alternate until nothing falls.
    """
    while True:
        left = binding(choice)
        options = {key: _needed(ranked, left) for key, ranked in choice.options.items()}
        kept = sum(map(len, options.values()))
        if kept == sum(map(len, choice.options.values())):
            return Choice(options=options, left_units=left)
        choice = Choice(options=options, left_units=left)


def binding(choice: Choice) -> dict[Limit, int]:
    """Return the limits that not all pickups asking for them fit into, in sequence."""
    asked: Counter[Limit] = Counter()
    for ranked in choice.options.values():
        for option in ranked:
            asked.update(dict(option.takes))
    return {
        limit: units for limit, units in sorted(choice.left_units.items()) if asked[limit] > units
    }


def _needed(ranked: Sequence[Option], left: Mapping[Limit, int]) -> tuple[Option, ...]:
    needed = []
    for option in ranked:
        takes = tuple(one for one in option.takes if one[0] in left)
        needed.append(
            Option(
                takeback_order_id=option.takeback_order_id,
                recycler_id=option.recycler_id,
                units=option.units,
                score_bp=option.score_bp,
                takes=takes,
            )
        )
        if not takes:
            break
    return tuple(needed)


def apart(choice: Choice) -> list[Choice]:
    """Return the parts of ``choice`` that share no limit, each in sequence: they decide alone."""
    leader: dict[str, str] = {key: key for key in choice.options}

    def find(key: str) -> str:
        while leader[key] != key:
            leader[key] = leader[leader[key]]
            key = leader[key]
        return key

    first: dict[Limit, str] = {}
    for key, ranked in choice.options.items():
        for limit in _limits(ranked):
            one, other = sorted((find(key), find(first.setdefault(limit, key))))
            leader[other] = one
    parts: defaultdict[str, dict[str, tuple[Option, ...]]] = defaultdict(dict)
    for key, ranked in choice.options.items():
        parts[find(key)][key] = ranked
    return [_part(options, choice.left_units) for _, options in sorted(parts.items())]


def _part(options: Mapping[str, tuple[Option, ...]], left: Mapping[Limit, int]) -> Choice:
    asked = {limit for ranked in options.values() for limit in _limits(ranked)}
    return Choice(options=options, left_units={limit: left[limit] for limit in sorted(asked)})


def _limits(ranked: Iterable[Option]) -> Iterable[Limit]:
    return (limit for option in ranked for limit, _ in option.takes)


def greedy(choice: Choice) -> dict[str, Option]:
    """Return the plan of taking one pickup after the other, each its best option that fits."""
    left = dict(choice.left_units)
    plan = {}
    for key, ranked in choice.options.items():
        option = next((one for one in ranked if fits(one, left)), None)
        if option is not None:
            plan[key] = option
            for limit, units in option.takes:
                left[limit] -= units
    return plan


def fits(option: Option, left: Mapping[Limit, int]) -> bool:
    """Return whether ``left`` holds what ``option`` takes."""
    return all(units <= left[limit] for limit, units in option.takes)
