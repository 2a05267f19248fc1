"""A recycler as an assignment sees it: its profile, and what the ledger counts of its promises."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import date

from ledger.desk.partner_profile import prices_of, recycler_of
from ledger.promise import NO_WORK, DayLoad, Promise, Stage, Workload
from ledger.records import Aggregate as Row
from recycling.evidence import EvidenceError
from recycling.recycler import Recycler, Standing, paper_on
from recycling.vocabulary import Role

SUSPENDED = "suspended"


def standing_of(partner: Row, workload: Workload, *, without: Promise | None = None) -> Standing:
    """Return how a partner stands, leaving out what it has promised for one order itself.

    Raises
    ------
    EvidenceError
        If its profile cannot be read.
    """
    recycler = recycler_of(partner.body, partner.id, partner.state == SUSPENDED)
    days = workload.days if without is None else tuple(_without(workload.days, without))
    open_units: Counter[date] = Counter()
    for day in days:
        open_units[day.on] += day.open_units
    return Standing(
        recycler=recycler,
        open_units={on: units for on, units in open_units.items() if units},
        kept=workload.kept,
        total=workload.total,
        taken_units=_taken_units(recycler, days),
        price_cny_fen=prices_of(partner.body),
    )


def standings(
    partners: Iterable[Row], workloads: Mapping[str, Workload]
) -> tuple[list[Standing], tuple[str, ...]]:
    """Return how every recycler among ``partners`` stands, and whose profile cannot be read."""
    found, unreadable = [], []
    for partner in partners:
        if not is_recycler(partner):
            continue
        try:
            found.append(standing_of(partner, workloads.get(partner.id, NO_WORK)))
        except EvidenceError:  # one broken profile stops nobody else's orders; it is named
            unreadable.append(partner.id)
    return found, tuple(unreadable)


def is_recycler(partner: Row) -> bool:
    """Return whether a partner collects at all."""
    return Role.RECYCLER in partner.body.get("roles", ())


def _without(days: Iterable[DayLoad], promise: Promise) -> Iterator[DayLoad]:
    is_open = promise.stage is not Stage.ENDED
    for day in days:
        own = promise.categories.get(day.category, 0) if is_open and day.on == promise.on else 0
        yield DayLoad(day.on, day.category, day.open_units - own, day.collected_units)


def _taken_units(recycler: Recycler, days: Iterable[DayLoad]) -> dict[tuple[str, int], int]:
    """Return the units promised or collected, by each limited paper and calendar year."""
    taken: Counter[tuple[str, int]] = Counter()
    capped = [
        papers
        for papers in (recycler.agreements, recycler.licences)
        if any(one.yearly_capacity_units is not None for one in papers)
    ]
    for day in days if capped else ():
        for papers in capped:
            paper = paper_on(papers, category=day.category, on=day.on)
            if paper is not None and paper.yearly_capacity_units is not None:
                taken[paper.paper_id, day.on.year] += day.open_units + day.collected_units
    return dict(taken)
