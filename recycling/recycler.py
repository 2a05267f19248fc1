"""A recycler as its papers have it: sites, agreements, licences, coverage, capacity."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import date, datetime

from recycling.region import Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """A place a recycler collects from or treats at."""

    site_id: str
    point: Point


@dataclass(frozen=True, slots=True, kw_only=True)
class Paper:
    """An agreement or a licence: what it is for, and its first and last day, both inclusive.

    ``yearly_capacity_units`` is how many units it allows in one calendar year, ``None`` where it
    sets no limit.
    """

    paper_id: str
    categories: frozenset[str]
    valid_from_on: date
    valid_to_on: date
    yearly_capacity_units: int | None = None

    def __post_init__(self) -> None:
        """Refuse a paper that could never be in force, or whose limit is no count."""
        require_day("valid_from_on", self.valid_from_on)
        require_day("valid_to_on", self.valid_to_on)
        if self.valid_to_on < self.valid_from_on:
            raise ValueError(
                f"valid_to_on {self.valid_to_on} of {self.paper_id!r} is before "
                f"valid_from_on {self.valid_from_on}"
            )
        if self.yearly_capacity_units is not None:
            require_count("yearly_capacity_units", self.yearly_capacity_units)

    def is_in_force(self, on: date) -> bool:
        """Return whether ``on`` is one of its days."""
        return self.valid_from_on <= on <= self.valid_to_on


@dataclass(frozen=True, slots=True, kw_only=True)
class Recycler:
    """A recycler; ``coverage`` holds the categories it collects, by region."""

    recycler_id: str
    sites: tuple[Site, ...]
    agreements: tuple[Paper, ...]
    licences: tuple[Paper, ...]
    coverage: Mapping[str, frozenset[str]]
    capacity_units_per_day: int
    suspended: bool = False

    def __post_init__(self) -> None:
        """Refuse a capacity that is no count, and two papers of one id."""
        require_count("capacity_units_per_day", self.capacity_units_per_day)
        ids = [paper.paper_id for paper in (*self.agreements, *self.licences)]
        if twice := sorted({one for one in ids if ids.count(one) > 1}):
            raise ValueError(f"paper_id {twice[0]!r} of {self.recycler_id!r} is there twice")

    @property
    def points(self) -> tuple[Point, ...]:
        """Where its sites are."""
        return tuple(site.point for site in self.sites)


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """A recycler with what is known of it at the instant of an assignment.

    Parameters
    ----------
    open_units
        Units assigned and not yet picked up, by the day they are wished or appointed for; a day
        that is not there has none.
    kept, total
        Promises kept, and all promises, over the last 90 days.
    taken_units
        Units already taken in a calendar year, by (paper_id, year).
    price_cny_fen
        What one unit costs, by (region, category); a pair that is not there has no known price.
    """

    recycler: Recycler
    open_units: Mapping[date, int] = field(default_factory=dict)
    kept: int = 0
    total: int = 0
    taken_units: Mapping[tuple[str, int], int] = field(default_factory=dict)
    price_cny_fen: Mapping[tuple[str, str], int] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Refuse figures that no ledger could have counted."""
        for name, counts in (("open_units", self.open_units), ("taken_units", self.taken_units)):
            for value in counts.values():
                require_count(name, value)
        for value in self.price_cny_fen.values():
            require_whole("price_cny_fen", value)
        require_count("kept", self.kept)
        require_count("total", self.total)
        if self.kept > self.total:
            raise ValueError(f"kept {self.kept} is more than total {self.total}")


def paper_on(papers: Iterable[Paper], *, category: str, on: date) -> Paper | None:
    """Return the paper in force for ``category``: of several the one that runs longest, then id."""
    return min(
        (one for one in papers if category in one.categories and one.is_in_force(on)),
        key=lambda one: (-one.valid_to_on.toordinal(), one.paper_id),
        default=None,
    )


def require_whole(name: str, value: int) -> None:
    """Raise a ``ValueError`` that names field and value unless ``value`` is a whole number."""
    if isinstance(value, bool) or not isinstance(value, int):
        raise ValueError(f"{name} must be a whole number, got {value!r}")


def require_count(name: str, value: int) -> None:
    """Raise a ``ValueError`` that names field and value unless ``value`` counts something."""
    require_whole(name, value)
    if value < 0:
        raise ValueError(f"{name} must not be negative, got {value}")


def require_day(name: str, value: date) -> None:
    """Raise a ``ValueError`` that names field and value unless ``value`` is a day, no instant."""
    if isinstance(value, datetime) or not isinstance(value, date):
        raise ValueError(f"{name} must be a day, got {value!r}")
