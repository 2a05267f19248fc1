"""Our batch agent with the plain job: every batch is flushed before it is acknowledged."""

import asyncio

from benches.jobs.agent import serve
from benches.measure import Stopwatch, task
from benches.work import answer
from runtime.broker import Publisher
from streams.agents import Handle
from streams.batch_consumer import RecordBatch

FLUSH_S = 30.0


def main() -> None:
    """Do the job until the last event is acknowledged."""
    mine = task()
    watch = Stopwatch(mine)
    publisher = Publisher(mine.bootstrap)

    def publish(batch: RecordBatch) -> None:
        send, target = publisher.send, mine.target
        for record in batch.records:
            send(target, key=record.key, value=answer(record.value))
        publisher.flush(FLUSH_S)

    async def handle(batch: RecordBatch) -> None:
        await asyncio.to_thread(publish, batch)

    handlers: dict[str, Handle] = {mine.source: handle}
    asyncio.run(serve(mine, watch, handlers, counted=mine.source))


if __name__ == "__main__":
    main()
