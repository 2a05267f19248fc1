"""One emission shared out over consignments: the parts add up to the milligram, in any order."""

from collections.abc import Sequence
from decimal import Decimal
from itertools import pairwise
from math import lcm
from typing import NamedTuple

from emissions.number import CONTEXT, MICRO, stored_kg
from emissions.split import Emission
from schemas.refusal import Reason, Refused, shown

# On either side of the point; a weight beyond is no measure, and as an integer fills the memory.
MAX_DIGITS = 60


class Weight(NamedTuple):
    """What one consignment weighs in an allocation; ``basis`` names the unit of ``value``."""

    consignment_id: str
    value: Decimal
    basis: str


class FloorShares(NamedTuple):
    """An allocation before the milligrams left over are given out: of one total, all in integers.

    ``remainders`` holds (minus the remainder, consignment_id): its order is the order in which the
    milligrams are given.
    """

    total_mg: int
    total_weight: int
    floors_mg: dict[str, int]
    remainders: list[tuple[int, str]]
    left_mg: int

    def receivers(self) -> list[str]:
        """Return the consignments that get one milligram more, the largest remainder first."""
        return [name for _, name in sorted(self.remainders)[: self.left_mg]]


def allocate(*, total_kgco2e: Decimal, weights: Sequence[Weight]) -> dict[str, Decimal]:
    """Return each consignment's part of ``total_kgco2e`` at the milligram; they sum to it exactly.

    Every part gets its share rounded down; the milligrams left over go one each to the largest
    remainders, ties to the smaller consignment_id. All of it in integers: nothing is divided that
    does not come out even, so the answer depends neither on precision nor on the sequence.

    Parameters
    ----------
    total_kgco2e
        Not negative; TTW and WTT are allocated apart (``allocate_both``).
    weights
        One of each consignment, all of one basis.

    Raises
    ------
    Refused
        If bases are mixed, all weights are 0 or there are none, one is negative or not finite, or
        a consignment is named twice.

    Notes
    -----
    ISO 14083:2023, allocation; GLEC Framework v3.0, page 107.

    Examples
    --------
    >>> parts = allocate(
    ...     total_kgco2e=Decimal(10), weights=[Weight(name, Decimal(1), "item") for name in "CBA"]
    ... )
    >>> parts["A"], parts["B"], parts["C"]
    (Decimal('3.333334'), Decimal('3.333333'), Decimal('3.333333'))
    """
    return _shared_out(milligrams(total_kgco2e), whole_weights(weights))


def allocate_both(
    *, ttw_kgco2e: Decimal, wtt_kgco2e: Decimal, weights: Sequence[Weight]
) -> dict[str, Emission]:
    """Return each consignment's TTW, WTT and WTW; TTW and WTT are allocated apart.

    Raises
    ------
    Refused
        As ``allocate`` does.

    Examples
    --------
    >>> halves = [Weight("C-01", Decimal(1), "item"), Weight("C-02", Decimal(1), "item")]
    >>> allocate_both(ttw_kgco2e=Decimal(3), wtt_kgco2e=Decimal(1), weights=halves)["C-01"]
    Emission(ttw_kgco2e=Decimal('1.500000'), wtt_kgco2e=Decimal('0.500000'), \
wtw_kgco2e=Decimal('2.000000'))
    """
    whole = whole_weights(weights)
    ttw = _shared_out(milligrams(ttw_kgco2e), whole)
    wtt = _shared_out(milligrams(wtt_kgco2e), whole)
    return {
        name: Emission(part, wtt[name], CONTEXT.add(part, wtt[name])) for name, part in ttw.items()
    }


def milligrams(total_kgco2e: Decimal) -> int:
    """Return ``total_kgco2e`` as it is stored, in whole milligrams.

    Raises
    ------
    Refused
        If it is negative, not finite, or no store could hold it.

    Examples
    --------
    >>> milligrams(Decimal("20.412345"))
    20412345
    """
    if not total_kgco2e.is_finite() or total_kgco2e < 0:
        raise Refused(
            Reason.UNIT_BOUND, f"total_kgco2e must be finite and not negative, got {total_kgco2e}"
        )
    return int(CONTEXT.divide(stored_kg("total_kgco2e", total_kgco2e), MICRO))


def whole_weights(weights: Sequence[Weight]) -> dict[str, int]:
    """Return the weights by consignment as integers in one common unit: exact at any digits.

    Raises
    ------
    Refused
        As ``allocate`` does.

    Examples
    --------
    >>> two, one = Weight("C-01", Decimal("0.5"), "tkm"), Weight("C-02", Decimal("0.25"), "tkm")
    >>> whole_weights([two, one])
    {'C-01': 2, 'C-02': 1}
    """
    _refuse_unfit(weights)
    ratios = [weight.value.as_integer_ratio() for weight in weights]
    unit = lcm(*{denominator for _, denominator in ratios})
    whole = {
        weight.consignment_id: numerator * (unit // denominator)
        for weight, (numerator, denominator) in zip(weights, ratios, strict=True)
    }
    if len(whole) != len(weights):
        raise Refused(Reason.KEY_DUPLICATE, f"consignment_id {_twice(weights)} is there twice")
    return whole


def floor_shares(total_mg: int, whole: dict[str, int]) -> FloorShares:
    """Return what every integer weight gets of ``total_mg`` rounded down, and what is left over.

    Examples
    --------
    >>> shares = floor_shares(10, {"C-02": 1, "C-01": 1, "C-03": 1})
    >>> shares.floors_mg, shares.left_mg, shares.receivers()
    ({'C-02': 3, 'C-01': 3, 'C-03': 3}, 1, ['C-01'])
    """
    total_weight = sum(whole.values())
    floors_mg: dict[str, int] = {}
    remainders: list[tuple[int, str]] = []
    left_mg = total_mg
    for name, weight in whole.items():
        floor_mg, remainder = divmod(total_mg * weight, total_weight)
        floors_mg[name] = floor_mg
        left_mg -= floor_mg
        remainders.append((-remainder, name))
    return FloorShares(total_mg, total_weight, floors_mg, remainders, left_mg)


def share(*, weight: Decimal, total_weight: Decimal) -> Decimal:
    """Return what part of ``total_weight`` is ``weight``, unrounded: for a page, not for a sum.

    Raises
    ------
    Refused
        If there is nothing to share by.

    Examples
    --------
    >>> share(weight=Decimal("3.5"), total_weight=Decimal(14))
    Decimal('0.25')
    """
    if total_weight <= 0:
        raise Refused(Reason.ALLOCATION_BASIS_EMPTY, f"total_weight is {total_weight}")
    return CONTEXT.divide(weight, total_weight)


def per_item(*, total: Decimal, items: Decimal) -> Decimal:
    """Return ``total`` per item, unrounded: for rounds whose parcels are not tracked.

    Raises
    ------
    Refused
        If there is no item.

    Notes
    -----
    GLEC Framework v3.0, pages 109-110.

    Examples
    --------
    >>> per_item(total=Decimal("7.5"), items=Decimal(300))
    Decimal('0.025')
    """
    if items <= 0:
        raise Refused(Reason.ALLOCATION_BASIS_EMPTY, f"items is {items}")
    return CONTEXT.divide(total, items)


def _refuse_unfit(weights: Sequence[Weight]) -> None:
    bases = {weight.basis for weight in weights}
    if len(bases) > 1:
        raise Refused(Reason.MIXED_BASIS, f"basis is {' and '.join(sorted(bases))} in one total")
    is_empty = True
    for consignment_id, value, _ in weights:
        if not _is_measure(value):
            raise Refused(
                Reason.UNIT_BOUND,
                f"weight of {shown(consignment_id)} must be a measure, 0 or more, got {value}",
            )
        is_empty = is_empty and not value
    if is_empty:
        raise Refused(
            Reason.ALLOCATION_BASIS_EMPTY, f"all {len(weights)} weights are 0: nothing to share by"
        )


def _is_measure(value: Decimal) -> bool:
    return value.is_finite() and value >= 0 and -MAX_DIGITS < value.adjusted() < MAX_DIGITS


def _twice(weights: Sequence[Weight]) -> str:
    names = sorted(weight.consignment_id for weight in weights)
    return shown(next(name for name, after in pairwise(names) if name == after))


def _shared_out(total_mg: int, whole: dict[str, int]) -> dict[str, Decimal]:
    shares = floor_shares(total_mg, whole)
    floors_mg = shares.floors_mg
    for name in shares.receivers():
        floors_mg[name] += 1
    return {name: CONTEXT.multiply(floor_mg, MICRO) for name, floor_mg in floors_mg.items()}
