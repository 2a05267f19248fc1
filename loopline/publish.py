"""Publishing for HTTP: an answer leaves only after the broker has acknowledged."""

import asyncio
import threading
from collections.abc import Mapping

from confluent_kafka import KafkaError, Message

from runtime.broker import BrokerAway, Publisher
from schemas.topics import Topic

ACKNOWLEDGED_WITHIN_S = 10.0


class AcknowledgedPublisher:
    """Publishes one message and waits for the broker without blocking the event loop."""

    def __init__(self, publisher: Publisher) -> None:
        """Serve delivery reports in a thread of its own."""
        self._publisher = publisher
        self._stop = threading.Event()
        self._pump = threading.Thread(
            target=publisher.pump, args=(self._stop,), name="delivery-reports", daemon=True
        )
        self._pump.start()

    async def __call__(
        self, topic: Topic, key: bytes, value: bytes, headers: Mapping[str, str]
    ) -> None:
        """Return once the broker has the message.

        Raises
        ------
        BrokerAway
            If it does not acknowledge within 10 s, or its queue is full.
        """
        loop = asyncio.get_running_loop()
        acknowledged: asyncio.Future[None] = loop.create_future()

        def report(error: KafkaError | None, _message: Message) -> None:
            loop.call_soon_threadsafe(_settle, acknowledged, error)

        given: list[tuple[str, str | bytes | None]] = [*headers.items()]
        try:
            self._publisher.raw.produce(
                self._publisher.named(topic.name), value, key, headers=given, on_delivery=report
            )
            await asyncio.wait_for(acknowledged, ACKNOWLEDGED_WITHIN_S)
        except BufferError:
            raise BrokerAway("the queue to the broker is full") from None
        except TimeoutError:
            raise BrokerAway(
                f"the broker did not acknowledge within {ACKNOWLEDGED_WITHIN_S:g} s"
            ) from None

    def stop(self) -> None:
        """End the reports."""
        self._stop.set()
        self._pump.join(ACKNOWLEDGED_WITHIN_S)


def _settle(acknowledged: "asyncio.Future[None]", error: KafkaError | None) -> None:
    if acknowledged.done():
        return
    if error is None:
        acknowledged.set_result(None)
    else:
        acknowledged.set_exception(BrokerAway(f"the broker refused the message: {error.str()}"))
