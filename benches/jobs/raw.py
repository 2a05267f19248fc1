"""The bound: confluent-kafka alone, consume(2000) and produce, a flush before each commit."""

import time

from confluent_kafka import Consumer, Message, Producer

from benches.measure import Stopwatch, task
from benches.work import answer

AT_ONCE = 2_000
COMMIT_EVERY_S = 1.0
FLUSH_S = 30.0


def main() -> None:
    """Do the job until the last event is acknowledged."""
    mine = task()
    watch = Stopwatch(mine)
    consumer = Consumer(
        {
            "bootstrap.servers": mine.bootstrap,
            "group.id": mine.group,
            "auto.offset.reset": "earliest",
            "enable.auto.commit": False,
        }
    )
    producer = Producer(
        {
            "bootstrap.servers": mine.bootstrap,
            "enable.idempotence": True,
            "linger.ms": 5,
            "compression.type": "lz4",
            "queue.buffering.max.messages": 200_000,
        }
    )
    consumer.subscribe([mine.source])
    sent, committed_s = 0, time.monotonic()
    while sent < mine.events:
        messages = consumer.consume(AT_ONCE, timeout=1.0)
        if messages:
            watch.begin()
        for message in messages:
            _send(producer, mine.target, message)
        sent += len(messages)
        if time.monotonic() - committed_s > COMMIT_EVERY_S and messages:
            producer.flush(FLUSH_S)
            consumer.commit(asynchronous=True)
            committed_s = time.monotonic()
    producer.flush(FLUSH_S)
    watch.note(sent)
    consumer.close()


def _send(producer: Producer, topic: str, message: Message) -> None:
    value = answer(message.value() or b"")
    while True:
        try:
            producer.produce(topic, value, message.key())
        except BufferError:
            producer.poll(0.05)
        else:
            return


if __name__ == "__main__":
    main()
