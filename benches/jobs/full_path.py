"""The whole path in one process: a leg is answered, published, read again and stored."""

import asyncio

from benches.jobs.agent import serve
from benches.jobs.sink import now, open_warehouse
from benches.measure import Stopwatch, task
from emissions.read import load_book
from runtime.broker import Publisher
from runtime.settings import Settings
from schemas.topics import EMISSIONS
from streams.agents import EmissionAgent
from streams.sink_agent import SinkAgent, stored_offsets


def main() -> None:
    """Go on until the last emission is committed."""
    mine = task()
    book = load_book()
    warehouse = open_warehouse(mine)
    publisher = Publisher(mine.bootstrap, prefix=mine.target)
    emissions = mine.target + EMISSIONS.name
    asyncio.run(
        serve(
            mine,
            Stopwatch(mine),
            {
                mine.source: EmissionAgent(publisher=publisher, book=book, settings=Settings()),
                emissions: SinkAgent(warehouse, prefix=mine.target, book=book, now=now),
            },
            counted=emissions,
            stored_offsets=stored_offsets(warehouse, mine.target),
        )
    )
    warehouse.close()


if __name__ == "__main__":
    main()
