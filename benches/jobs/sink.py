"""The product's own sink: emissions into DuckDB, rows and offsets in one transaction."""

import asyncio
from datetime import UTC, datetime
from pathlib import Path

from benches.jobs.agent import serve
from benches.measure import Stopwatch, Task, task
from emissions.read import load_book
from runtime.settings import Settings, WarehouseSettings
from schemas.topics import EMISSIONS
from streams.sink_agent import SinkAgent, stored_offsets
from warehouse.owner import Warehouse
from warehouse.sink import Sink
from warehouse.store import epoch_of, open_store


def now() -> datetime:
    """Return the clock."""
    return datetime.now(UTC)


def open_warehouse(mine: Task) -> Warehouse:
    """Return the warehouse of a new file, with the settings of the product."""
    settings = Settings()
    kept = WarehouseSettings(dir=Path(mine.dir))
    zone = settings.board.timezone
    db = open_store(kept, product_version="bench", timezone=zone, now=now())
    epoch = epoch_of(db, mine.group, ends=None, now=now())
    sink = Sink(
        db,
        cluster_id=epoch.key,
        broker_epoch=epoch.number,
        zone=settings.board.zone,
        dedupe_days=kept.dedupe_days,
    )
    return Warehouse(db, sink, kept)


def main() -> None:
    """Store emissions until the last one is committed."""
    mine = task()
    warehouse = open_warehouse(mine)
    prefix = mine.source.removesuffix(EMISSIONS.name)
    agent = SinkAgent(warehouse, prefix=prefix, book=load_book(), now=now)
    asyncio.run(
        serve(
            mine,
            Stopwatch(mine),
            {mine.source: agent},
            counted=mine.source,
            stored_offsets=stored_offsets(warehouse, prefix),
        )
    )
    warehouse.close()


if __name__ == "__main__":
    main()
