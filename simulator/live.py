"""Legs that end now, for a demo that keeps moving."""

from collections.abc import Callable, Iterator
from datetime import datetime
from random import Random

from simulator.company import company
from simulator.forward import Forward
from simulator.record import Record, day_of, encode, instant
from simulator.season import demand_weight


def live_legs(*, seed: int, start: datetime, now: Callable[[], datetime]) -> Iterator[Record]:
    """Yield plausible legs without end; each is finished when it is asked for.

    Parameters
    ----------
    start
        When the demo began; part of the ids, so that two demos never send the same event.
    now
        The clock. An instant before ``start`` counts as ``start``.

    Raises
    ------
    ValueError
        If ``start`` has no offset.
    """
    if start.tzinfo is None:
        raise ValueError(f"start has no offset from UTC: {start}")
    start_s = int(start.timestamp())
    forward = Forward(seed=seed, firm=company(seed), per_weight=0.0)
    rng = Random(f"{seed}:live")
    number = 0
    while True:
        number += 1
        yield from _shipment(forward, rng, f"{seed}-live-{start_s}-{number:06d}", start_s, now)


def _shipment(
    forward: Forward, rng: Random, number: str, start_s: int, now: Callable[[], datetime]
) -> Iterator[Record]:
    on = day_of(max(start_s, int(now().timestamp())))
    firm = forward.firm
    weights = [demand_weight(firm.season, one, on) for one in firm.categories]
    shipment = forward.shipment(number, rng.choices(firm.categories, weights)[0], on)
    for seq in range(1, len(shipment.hops) + 1):
        at_s = max(start_s, int(now().timestamp()))
        leg = forward.leg(shipment, seq, at_s)
        yield Record(leg.topic, leg.key.encode(), encode(leg.body), instant(at_s))
