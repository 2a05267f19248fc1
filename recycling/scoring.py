"""How good an eligible recycler is for a pickup: four components and a sum, in basis points."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum

from recycling.assignment_policy import FULL_BP, AssignmentPolicy
from recycling.eligibility import WantedPickup
from recycling.recycler import Standing
from recycling.region import region
from recycling.region_distance import nearest_km

METRES_PER_KM = 1_000


class ScoreNote(StrEnum):
    """What a reader of a score must know of it."""

    OWN_POINT = "own_point"
    NO_POINT = "no_point"
    NO_SITE = "no_site"
    PRICE_UNKNOWN = "price_unknown"


@dataclass(frozen=True, slots=True, kw_only=True)
class Components:
    """A score and what it is made of, each in basis points; what is unknown scores 0 and is noted.

    ``price_cny_fen`` is that of the whole pickup.
    """

    score_bp: int
    distance_bp: int
    sla_bp: int
    load_bp: int
    price_bp: int
    distance_km: Decimal | None
    price_cny_fen: int | None
    notes: tuple[ScoreNote, ...]


def components(
    pickup: WantedPickup, eligible: Sequence[Standing], policy: AssignmentPolicy
) -> list[Components]:
    """Return the components of each recycler of ``eligible``, whose prices are compared."""
    prices = [price_cny_fen(pickup, standing) for standing in eligible]
    known = [price for price in prices if price is not None]
    lowest, highest = min(known, default=0), max(known, default=0)
    return [
        _components(pickup, standing, policy, price=price, lowest=lowest, highest=highest)
        for standing, price in zip(eligible, prices, strict=True)
    ]


def _components(
    pickup: WantedPickup,
    standing: Standing,
    policy: AssignmentPolicy,
    *,
    price: int | None,
    lowest: int,
    highest: int,
) -> Components:
    distance_km, notes = distance(pickup, standing)
    distance_bp = 0 if distance_km is None else near_bp(distance_km, reach_km=policy.reach_km)
    sla_bp = kept_bp(standing, policy)
    load_bp = free_bp(
        open_units=standing.open_units.get(pickup.wished_on, 0),
        capacity_units=standing.recycler.capacity_units_per_day,
    )
    price_bp = 0 if price is None else cheap_bp(price, lowest=lowest, highest=highest)
    score = (
        policy.distance_weight_bp * distance_bp
        + policy.sla_weight_bp * sla_bp
        + policy.load_weight_bp * load_bp
        + policy.price_weight_bp * price_bp
    )
    return Components(
        score_bp=score // FULL_BP,
        distance_bp=distance_bp,
        sla_bp=sla_bp,
        load_bp=load_bp,
        price_bp=price_bp,
        distance_km=distance_km,
        price_cny_fen=price,
        notes=notes if price is not None else (*notes, ScoreNote.PRICE_UNKNOWN),
    )


def distance(
    pickup: WantedPickup, standing: Standing
) -> tuple[Decimal | None, tuple[ScoreNote, ...]]:
    """Return the km from the region's point, else the order's own, to the nearest site; and notes.

    Where there is no point or no site the distance is ``None``, and a note says which.
    """
    of_region = region(pickup.region).point
    point = of_region or pickup.point
    if point is None:
        return None, (ScoreNote.NO_POINT,)
    notes = () if of_region else (ScoreNote.OWN_POINT,)
    nearest = nearest_km(point, standing.recycler.points)
    return nearest, notes if nearest is not None else (*notes, ScoreNote.NO_SITE)


def price_cny_fen(pickup: WantedPickup, standing: Standing) -> int | None:
    """Return what the whole pickup costs in fen; ``None`` where one unit's price is unknown."""
    total = 0
    for category in pickup.categories:
        price = standing.price_cny_fen.get((pickup.region, category))
        if price is None:
            return None
        total += price
    return total


def near_bp(distance_km: Decimal, *, reach_km: int) -> int:
    """Return how near that is: 10000 on the spot, 0 from ``reach_km`` on; half even.

    Examples
    --------
    >>> near_bp(Decimal("130.403"), reach_km=300)
    5653
    """
    metres = int(distance_km * METRES_PER_KM)
    whole, rest = divmod(FULL_BP * metres, reach_km * METRES_PER_KM)
    twice = 2 * rest - reach_km * METRES_PER_KM
    return max(0, FULL_BP - whole - (twice > 0 or (twice == 0 and whole % 2 == 1)))


def kept_bp(standing: Standing, policy: AssignmentPolicy) -> int:
    """Return the share of promises kept, drawn towards the policy's prior where there are few."""
    return FULL_BP * (standing.kept + policy.prior_kept) // (standing.total + policy.prior_total)


def free_bp(*, open_units: int, capacity_units: int) -> int:
    """Return how much of a positive capacity is free.

    Examples
    --------
    >>> free_bp(open_units=54, capacity_units=60)
    1000
    """
    return max(0, FULL_BP - FULL_BP * open_units // capacity_units)


def cheap_bp(price: int, *, lowest: int, highest: int) -> int:
    """Return where a price lies among the eligible: 10000 the lowest, or where all are equal.

    Examples
    --------
    >>> [cheap_bp(price, lowest=7_800, highest=8_500) for price in (7_800, 8_000, 8_500)]
    [10000, 7142, 0]
    """
    return FULL_BP if highest == lowest else FULL_BP * (highest - price) // (highest - lowest)
