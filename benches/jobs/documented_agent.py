"""A Faust agent as its documentation writes it: one event at a time, ``await topic.send``."""

import asyncio
from typing import Any

import faust

from benches.measure import Stopwatch, Task, task
from benches.work import FACTOR


class Place(faust.Record):
    """An end of a leg."""

    site_id: str
    lat: float
    lon: float


class Leg(faust.Record):
    """The event that comes."""

    event_id: str
    occurred_at: str
    shipment_id: str
    leg_seq: int
    mode: str
    vehicle_class: str
    origin: Place
    destination: Place
    mass_kg: float
    distance_km: float
    note: str


class Emission(Leg):
    """The event that goes."""

    emission_kgco2e: float


def documented(mine: Task, watch: Stopwatch, stop: asyncio.Event) -> faust.App:
    """Return the app of the guide: typed records in, typed records out."""
    app = faust.App(
        mine.group,
        broker=f"kafka://{mine.bootstrap}",
        store="memory://",
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
    )
    legs = app.topic(mine.source, value_type=Leg, key_type=bytes)
    emissions = app.topic(mine.target, value_type=Emission, key_type=bytes)

    async def multiply(stream: Any) -> None:
        async for key, leg in stream.items():
            watch.begin()
            amount = leg.mass_kg / 1_000 * leg.distance_km * FACTOR
            emission = Emission(**leg.asdict(), emission_kgco2e=amount)
            await emissions.send(key=key, value=emission)
            if watch.note(1):
                stop.set()

    app.agent(legs, name="multiply")(multiply)
    return app


async def _run(mine: Task) -> None:
    stop = asyncio.Event()
    app = documented(mine, Stopwatch(mine), stop)
    await app.start()
    await stop.wait()
    await app.stop()


def main() -> None:
    """Do the job until the last event is sent."""
    asyncio.run(_run(task()))


if __name__ == "__main__":
    main()
