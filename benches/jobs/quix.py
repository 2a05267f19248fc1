"""Quix Streams with the same job on bytes; its own checkpoints flush and commit."""

from quixstreams import Application

from benches.measure import Stopwatch, task
from benches.work import answer


def main() -> None:
    """Do the job until the last checkpoint."""
    mine = task()
    watch = Stopwatch(mine)
    app = Application(
        broker_address=mine.bootstrap,
        consumer_group=mine.group,
        auto_offset_reset="earliest",
        auto_create_topics=False,
        loglevel="WARNING",
        producer_extra_config={
            "enable.idempotence": True, "linger.ms": 5, "compression.type": "lz4",
        },
    )  # fmt: skip
    source = app.topic(mine.source, value_deserializer="bytes", key_deserializer="bytes")
    target = app.topic(mine.target, value_serializer="bytes", key_serializer="bytes")

    def timed(raw: bytes) -> bytes:
        watch.begin()
        return answer(raw)

    app.dataframe(source).apply(timed).to_topic(target)
    app.run(count=mine.events, timeout=60)
    watch.note(mine.events)


if __name__ == "__main__":
    main()
