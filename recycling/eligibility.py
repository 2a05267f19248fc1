"""Which recyclers may take a pickup at all; every one that may not says why."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import NamedTuple

from recycling.recycler import Paper, Standing, paper_on, require_count, require_day
from recycling.recycler_paper import PaperFailure, paper_failures
from recycling.region import Point, region

MAX_UNITS = 50
DAY = "day"


class FailureCode(StrEnum):
    """Why a recycler is not eligible."""

    AGREEMENT_NOT_IN_FORCE = "agreement_not_in_force"
    LICENCE_EXPIRED = "licence_expired"
    REGION_NOT_COVERED = "region_not_covered"
    CATEGORY_NOT_COVERED = "category_not_covered"
    CAPACITY_FULL = "capacity_full"
    SUSPENDED = "suspended"
    DECLINED_BEFORE = "declined_before"


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPickup:
    """A take-back order that wants a recycler.

    Parameters
    ----------
    region
        The adcode of a region, as ``region_of`` gives it.
    categories
        The category of each unit, one entry a unit; their sequence decides nothing.
    wished_on
        The day of the pickup; agreements, licences and capacity are those of that day.
    point
        The order's own place; asked only where its region has none.
    declined_by
        Recyclers that declined or let an assignment expire. Whoever assigns an order back to one of
        them leaves it out.
    rounds_done
        Assignments of this order that ended without a pickup.
    """

    takeback_order_id: str
    region: str
    categories: tuple[str, ...]
    wished_on: date
    point: Point | None = None
    declined_by: frozenset[str] = frozenset()
    rounds_done: int = 0

    def __post_init__(self) -> None:
        """Refuse a pickup of nothing, nowhere, or on no day."""
        if not 1 <= len(self.categories) <= MAX_UNITS:
            raise ValueError(f"categories must be 1..{MAX_UNITS} units, got {len(self.categories)}")
        require_day("wished_on", self.wished_on)
        require_count("rounds_done", self.rounds_done)
        region(self.region)

    @property
    def units(self) -> int:
        """How many units it is; they are indivisible."""
        return len(self.categories)


class Limit(NamedTuple):
    """One capacity of one recycler: of a day, or of a licence or agreement in a calendar year."""

    recycler_id: str
    of: str
    period: str


class Use(NamedTuple):
    """What a pickup would take of a limit, and what is left of it."""

    limit: Limit
    units: int
    left_units: int


def uses(pickup: WantedPickup, standing: Standing) -> tuple[Use, ...]:
    """Return what ``pickup`` would take of each limit of a recycler, the day's first."""
    recycler, on = standing.recycler, pickup.wished_on
    left = recycler.capacity_units_per_day - standing.open_units.get(on, 0)
    limit = Limit(recycler.recycler_id, DAY, on.isoformat())
    day = Use(limit, pickup.units, left)
    capped = [
        papers
        for papers in (recycler.agreements, recycler.licences)
        if any(one.yearly_capacity_units is not None for one in papers)
    ]
    return (day, *_yearly_uses(pickup, standing, capped)) if capped else (day,)


def _yearly_uses(
    pickup: WantedPickup, standing: Standing, capped: Sequence[Sequence[Paper]]
) -> list[Use]:
    on = pickup.wished_on
    taken: Counter[tuple[str, int]] = Counter()
    for papers in capped:
        for category in pickup.categories:
            paper = paper_on(papers, category=category, on=on)
            if paper is not None and paper.yearly_capacity_units is not None:
                taken[paper.paper_id, paper.yearly_capacity_units] += 1
    return [
        Use(
            Limit(standing.recycler.recycler_id, paper_id, str(on.year)),
            units,
            capacity - standing.taken_units.get((paper_id, on.year), 0),
        )
        for (paper_id, capacity), units in sorted(taken.items())
    ]


def failures(pickup: WantedPickup, standing: Standing) -> tuple[FailureCode, ...]:
    """Return every reason why the recycler may not take ``pickup``; none is eligible.

    They stand in the sequence of ``FailureCode``.
    """
    recycler = standing.recycler
    categories = frozenset(pickup.categories)
    papers = paper_failures(recycler, categories=categories, on=pickup.wished_on)
    covered = recycler.coverage.get(pickup.region, frozenset())
    checks = (
        (FailureCode.AGREEMENT_NOT_IN_FORCE, PaperFailure.AGREEMENT_NOT_IN_FORCE in papers),
        (FailureCode.LICENCE_EXPIRED, PaperFailure.LICENCE_EXPIRED in papers),
        (FailureCode.REGION_NOT_COVERED, not covered),
        (
            FailureCode.CATEGORY_NOT_COVERED,
            PaperFailure.CATEGORY_NOT_COVERED in papers
            or (bool(covered) and not categories <= covered),
        ),
        (
            FailureCode.CAPACITY_FULL,
            any(use.units > use.left_units for use in uses(pickup, standing)),
        ),
        (FailureCode.SUSPENDED, recycler.suspended),
        (FailureCode.DECLINED_BEFORE, recycler.recycler_id in pickup.declined_by),
    )
    return tuple(code for code, failed in checks if failed)
