"""The company's history: every producer's events, day by day, as its topics would receive them."""

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from heapq import heappop, heappush

from simulator.company import Company, company
from simulator.delivery import Delivery, Weather, deliver
from simulator.forklifts import Forklifts
from simulator.forward import LEGS_PER_SHIPMENT, WARM_UP_DAYS, Forward
from simulator.record import Draft, Record, Scale, day_start_s
from simulator.season import demand_weight, takeback_weight
from simulator.sites import Sites
from simulator.takeback import Takeback

DEFAULT_WEATHER = Weather()
REVERSE_LEGS_PER_ORDER = 1.43  # measured over a year


def history(
    *, seed: int, from_on: date, to_on: date, scale: Scale, weather: Weather = DEFAULT_WEATHER
) -> Iterator[Record]:
    """Yield what happened from the first to the last day, in the order of delivery.

    The same arguments give the same bytes. Days are the company's (UTC+8), both included. Ids
    follow from the seed: two histories that share a warehouse need two seeds.

    Raises
    ------
    ValueError
        If the last day lies before the first.
    """
    for delivery in deliveries(
        seed=seed, from_on=from_on, to_on=to_on, scale=scale, weather=weather
    ):
        yield delivery.record


def deliveries(
    *, seed: int, from_on: date, to_on: date, scale: Scale, weather: Weather = DEFAULT_WEATHER
) -> Iterator[Delivery]:
    """Yield the records of ``history``, each with what it is to the reader."""
    if to_on < from_on:
        raise ValueError(f"to_on {to_on} lies before from_on {from_on}")
    drafts = happenings(seed=seed, from_on=from_on, to_on=to_on, scale=scale)
    return deliver(drafts, seed=seed, weather=weather)


def happenings(*, seed: int, from_on: date, to_on: date, scale: Scale) -> Iterator[Draft]:
    """Yield the events in the order of their occurrence, untouched by any weather."""
    firm = company(seed)
    shipments = (scale.legs - scale.takeback_orders * REVERSE_LEGS_PER_ORDER) / LEGS_PER_SHIPMENT
    forward = Forward(
        seed=seed, firm=firm, per_weight=max(0.0, shipments) / _demand(firm, from_on, to_on)
    )
    takeback = Takeback(
        seed=seed, firm=firm, per_weight=scale.takeback_orders / _wishes(firm, from_on, to_on)
    )
    forklifts = Forklifts(
        seed=seed, firm=firm, from_on=from_on, to_on=to_on, readings=scale.readings
    )
    sites = Sites(seed=seed, firm=firm)
    # what was already rolling on the first day: shipments whose first leg ends in the window
    early = days(from_on - timedelta(days=WARM_UP_DAYS), from_on - timedelta(days=1))
    rolling = [draft for on in early for draft in forward.day(on, ends_from_s=day_start_s(from_on))]
    producers = (forward, takeback, forklifts, sites)
    for draft in in_order(
        rolling,
        (
            (on, (draft for one in producers for draft in one.day(on)))
            for on in days(from_on, to_on)
        ),
    ):
        sites.see(draft)
        yield draft


def in_order(
    known: Iterable[Draft], drawn: Iterable[tuple[date, Iterable[Draft]]]
) -> Iterator[Draft]:
    """Yield drafts in the order of occurrence; what lies after the last drawn day is dropped.

    No draft may lie before the day that draws it.
    """
    waiting: list[tuple[int, int, Draft]] = []
    count = 0
    for count, draft in enumerate(known, 1):
        heappush(waiting, (draft.occurred_s, count, draft))
    for on, drafts in drawn:
        for draft in drafts:
            count += 1
            heappush(waiting, (draft.occurred_s, count, draft))
        end_s = day_start_s(on + timedelta(days=1))
        while waiting and waiting[0][0] < end_s:
            yield heappop(waiting)[2]


def days(from_on: date, to_on: date) -> Iterator[date]:
    """Yield every day from the first to the last."""
    for number in range((to_on - from_on).days + 1):
        yield from_on + timedelta(days=number)


def _demand(firm: Company, from_on: date, to_on: date) -> float:
    return sum(
        demand_weight(firm.season, category, on)
        for on in days(from_on, to_on)
        for category in firm.categories
    )


def _wishes(firm: Company, from_on: date, to_on: date) -> float:
    return sum(takeback_weight(firm.season, on) for on in days(from_on, to_on))
