"""Bytewax with the same job on bytes, in batches of 2,000; it reads to the end of the topic."""

import bytewax.operators as op
from bytewax.connectors.kafka import KafkaSinkMessage, KafkaSourceMessage
from bytewax.connectors.kafka import operators as kop
from bytewax.dataflow import Dataflow
from bytewax.testing import run_main

from benches.measure import Stopwatch, task
from benches.work import answer

AT_ONCE = 2_000


def main() -> None:
    """Do the job until the flow has ended."""
    mine = task()
    watch = Stopwatch(mine)
    flow = Dataflow("bench")

    def work(message: KafkaSourceMessage) -> KafkaSinkMessage:
        watch.begin()
        return KafkaSinkMessage(message.key, answer(message.value))

    read = kop.input(
        "read", flow, brokers=[mine.bootstrap], topics=[mine.source], tail=False, batch_size=AT_ONCE
    )
    told = op.map("work", read.oks, work)
    kop.output(
        "write",
        told,
        brokers=[mine.bootstrap],
        topic=mine.target,
        add_config={"enable.idempotence": "true", "linger.ms": "5", "compression.type": "lz4"},
    )
    run_main(flow)
    watch.note(mine.events)


if __name__ == "__main__":
    main()
