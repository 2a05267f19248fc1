"""The arithmetic behind an allocation: every weight, floor, remainder and milligram given out."""

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from fractions import Fraction

from emissions.allocation import (
    FloorShares,
    Weight,
    allocate,
    floor_shares,
    milligrams,
    whole_weights,
)
from emissions.clauses import reference
from emissions.explain_steps import EXACT, ROUNDED_DOWN, given_step, of, plain, sum_step
from emissions.explanation import (
    PARTS_ARE_TOTAL,
    ExplainMismatch,
    Explanation,
    Step,
    explained,
    refuse_other_digits,
)
from emissions.number import CONTEXT, MICRO

CLAUSE = "allocation"


def explain_allocation(
    *, total_kgco2e: Decimal, weights: Sequence[Weight], parts: Mapping[str, Decimal]
) -> Explanation:
    """Return the arithmetic from a total and its weights to every part, in kg CO2e, anew.

    Raises
    ------
    ExplainMismatch
        If a part differs, is missing or is of no consignment.
    Refused
        As ``allocate`` does.

    Notes
    -----
    ISO 14083:2023, allocation; GLEC Framework v3.0, page 107.

    Examples
    --------
    >>> weights = [Weight(name, Decimal(1), "item") for name in "CBA"]
    >>> parts = allocate(total_kgco2e=Decimal(10), weights=weights)
    >>> told = explain_allocation(total_kgco2e=Decimal(10), weights=weights, parts=parts)
    >>> told.step("share_total", "A").substituted
    '(3333333 + 1) mg / 1000000 = 3.333334'
    """
    refuse_other_digits(allocate(total_kgco2e=total_kgco2e, weights=weights), parts, "parts")
    steps = (
        *weight_steps(weights),
        *share_steps("total", total_kgco2e=total_kgco2e, weights=weights, parts=parts),
    )
    return explained(steps, method=CLAUSE, checks=(PARTS_ARE_TOTAL,))


def weight_steps(weights: Sequence[Weight]) -> tuple[Step, ...]:
    """Return every consignment's weight with its integer in one common unit, and their sum."""
    whole = whole_weights(weights)
    units = _units_per_weight(weights, whole)
    told = (
        of(
            weight.consignment_id,
            (_weight_step(weight), _whole_step(weight, units, whole[weight.consignment_id])),
        )
        for weight in weights
    )
    shown = " + ".join(str(one) for one in whole.values())
    total = _integer_step("weight_sum", sum(whole.values()), "1", "sum(weight_whole)", shown)
    return (*(step for steps in told for step in steps), total)


def share_steps(
    part: str,
    *,
    total_kgco2e: Decimal,
    weights: Sequence[Weight],
    parts: Mapping[str, Decimal],
) -> tuple[Step, ...]:
    """Return the steps of one total, TTW or WTT or any: what ``allocate`` does, integer by integer.

    Raises
    ------
    ExplainMismatch
        If a part, or the sum of all parts, is not what is stored.
    """
    shares = floor_shares(milligrams(total_kgco2e), whole_weights(weights))
    return (
        _total_step(part, total_kgco2e, shares),
        *_floor_steps(part, whole_weights(weights), shares),
        _left_step(part, shares),
        *_part_steps(part, shares, parts),
        sum_step(
            f"shares_sum_{part}", list(parts.values()), "kgco2e",
            formula=f"sum(share_{part})", clause=CLAUSE, rounding=EXACT,
            stored=CONTEXT.multiply(shares.total_mg, MICRO),
        ),
    )  # fmt: skip


def _integer_step(
    title: str, value: int, unit: str, formula: str, shown: str, *, rounding: str = EXACT
) -> Step:
    return Step(
        title=title,
        formula=formula,
        substituted=f"{shown} = {value}",
        value=Decimal(value),
        unit=unit,
        rounding=rounding,
        reference=reference(CLAUSE),
    )


def _units_per_weight(weights: Sequence[Weight], whole: Mapping[str, int]) -> int:
    """How many of the common unit one unit of the basis holds."""
    heavy = next(weight for weight in weights if weight.value)
    return int(whole[heavy.consignment_id] / Fraction(heavy.value))


def _weight_step(weight: Weight) -> Step:
    return given_step("weight", weight.value, weight.basis, formula=weight.basis, clause=CLAUSE)


def _whole_step(weight: Weight, units: int, whole: int) -> Step:
    shown = f"{plain(weight.value)} x {units}"
    return _integer_step("weight_whole", whole, "1", "weight x units of the basis", shown)


def _total_step(part: str, total_kgco2e: Decimal, shares: FloorShares) -> Step:
    shown = f"{plain(total_kgco2e)} kg x 1000000"
    return _integer_step(f"total_mg_{part}", shares.total_mg, "mg", "kgco2e x 1000000", shown)


def _floor_steps(part: str, whole: Mapping[str, int], shares: FloorShares) -> Iterator[Step]:
    remainder_of = {name: -remainder for remainder, name in shares.remainders}
    for name, weight in whole.items():
        ratio = f"{shares.total_mg} x {weight} / {shares.total_weight}"
        floor = _integer_step(
            f"share_floor_{part}", shares.floors_mg[name], "mg",
            f"floor(total_mg_{part} x weight_whole / weight_sum)", f"floor({ratio})",
            rounding=ROUNDED_DOWN,
        )  # fmt: skip
        remainder = _integer_step(
            f"share_remainder_{part}", remainder_of[name], "1",
            f"total_mg_{part} x weight_whole mod weight_sum", ratio.replace("/", "mod"),
        )  # fmt: skip
        yield from of(name, (floor, remainder))


def _left_step(part: str, shares: FloorShares) -> Step:
    shown = f"{shares.total_mg} - {sum(shares.floors_mg.values())}"
    formula = f"total_mg_{part} - sum(share_floor_{part})"
    return _integer_step(f"left_mg_{part}", shares.left_mg, "mg", formula, shown)


def _part_steps(part: str, shares: FloorShares, parts: Mapping[str, Decimal]) -> Iterator[Step]:
    """The milligrams left, in the order of the remainders; then every part."""
    receivers = shares.receivers()
    for place, name in enumerate(receivers, start=1):
        step = _integer_step(
            f"share_extra_{part}", 1, "mg", "1 for each of the left_mg largest remainders",
            f"remainder no. {place} of {shares.left_mg}",
        )  # fmt: skip
        yield from of(name, (step,))
    extras = frozenset(receivers)
    for name, floor_mg in shares.floors_mg.items():
        step = _part_step(part, floor_mg, int(name in extras))
        if step.value != parts[name]:
            stored = f"{parts[name]}, computed as {step.value}"
            raise ExplainMismatch(f"share_{part} of {name} is stored as {stored}")
        yield from of(name, (step,))


def _part_step(part: str, floor_mg: int, extra_mg: int) -> Step:
    value = CONTEXT.multiply(floor_mg + extra_mg, MICRO)
    return Step(
        title=f"share_{part}",
        formula=f"(share_floor_{part} + share_extra_{part}) / 1000000",
        substituted=f"({floor_mg} + {extra_mg}) mg / 1000000 = {value}",
        value=value,
        unit="kgco2e",
        rounding=EXACT,
        reference=reference(CLAUSE),
    )
