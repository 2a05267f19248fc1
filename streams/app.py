"""The Faust app of one worker; importing this module connects to nothing."""

import faust

from runtime.settings import Settings
from schemas.topics import Topic
from streams.batch_consumer import (
    FETCHED_BATCHES,
    MAX_BUFFERED_BATCHES,
    BatchConsumer,
    BatchSchema,
    BatchTransport,
    StoredOffsets,
)

STOP_WITHIN_S = 10


class TablelessApp(faust.App):
    """An app without tables, which needs no folders for them where the process was started."""

    def _create_directories(self) -> None:
        return


def new_app(
    settings: Settings,
    *,
    bootstrap: str,
    group: str,
    instance: str | None = None,
    stored_offsets: StoredOffsets | None = None,
) -> faust.App:
    """Return an app whose agents get record batches; it connects when it is started.

    Parameters
    ----------
    group
        The consumer group; workers of one group share the partitions.
    instance
        A name that the worker keeps over restarts: it gets its partitions back at once instead of
        after the session timeout. None on a broker that knows no static members.
    stored_offsets
        Where to read from on assignment, for an agent whose store keeps the offsets itself.
    """
    stream = settings.stream
    app = TablelessApp(
        settings.topic_prefix + group,
        broker=f"kafka://{bootstrap}",
        store="memory://",
        web_enabled=False,
        topic_allow_declare=False,
        topic_disable_leader=True,
        broker_session_timeout=stream.session_timeout_s,
        broker_heartbeat_interval=stream.session_timeout_s / 3,
        broker_commit_interval=stream.commit_interval_s,
        broker_max_poll_records=stream.batch_records * FETCHED_BATCHES,
        consumer_auto_offset_reset="earliest",
        consumer_group_instance_id=instance,
        stream_buffer_maxsize=MAX_BUFFERED_BATCHES,
        stream_wait_empty=False,
        stream_recovery_delay=0,
    )
    app.transport = _transport(app, stream.batch_records, stored_offsets)
    return app


def _transport(
    app: faust.App, batch_records: int, stored_offsets: StoredOffsets | None
) -> BatchTransport:
    class Consumer(BatchConsumer):
        pass

    class Transport(BatchTransport):
        pass

    Consumer.batch_records = batch_records
    Consumer.stored_offsets = staticmethod(stored_offsets) if stored_offsets else None
    Transport.Consumer = Consumer
    return Transport(app.conf.broker_consumer, app)


def batches_of(app: faust.App, topic: Topic | str, *, prefix: str) -> faust.TopicT:
    """Return the channel of ``topic`` whose events are record batches."""
    name = topic if isinstance(topic, str) else topic.name
    return app.topic(prefix + name, schema=BatchSchema(), internal=False)
