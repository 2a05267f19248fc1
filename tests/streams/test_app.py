"""The app connects to nothing until it is started, and leaves nothing where it is."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from runtime.settings import Settings, StreamSettings
from streams.app import batches_of, new_app
from streams.batch_consumer import BatchSchema, BatchTransport

NOWHERE = "127.0.0.1:1"
IMPORT_WITHOUT_NETWORK = """
import socket

def refuse(*args, **kwargs):
    raise SystemExit("an import connects")

socket.socket.connect = socket.create_connection = socket.getaddrinfo = refuse
import streams.app, streams.agents, streams.worker, streams.sink_agent
print("quiet")
"""


def batch_records_of(app: Any) -> int:
    return int(app.transport.Consumer.batch_records)


def test_importing_connects_to_nothing(tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORT_WITHOUT_NETWORK],
        cwd=tmp_path, capture_output=True, text=True, timeout=50,
    )  # fmt: skip

    assert done.stdout == "quiet\n", done.stderr
    assert not list(tmp_path.iterdir())


async def test_an_app_is_made_without_a_broker_and_without_tables() -> None:
    stream = StreamSettings(batch_records=500, session_timeout_s=9)
    settings = Settings(topic_prefix="test.", stream=stream)

    app = new_app(settings, bootstrap=NOWHERE, group="group")

    assert app.conf.id == "test.group"
    assert not app.conf.web_enabled
    assert app.conf.broker_session_timeout == 9
    assert app.conf.broker_heartbeat_interval == 3
    assert app.conf.consumer_auto_offset_reset == "earliest"
    assert isinstance(app.transport, BatchTransport)
    assert batch_records_of(app) == 500
    assert not app.tables


async def test_an_app_leaves_no_folder_where_it_is_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    new_app(Settings(), bootstrap=NOWHERE, group="group")._create_directories()

    assert not os.listdir(tmp_path)


async def test_a_topic_of_batches_has_the_prefix_of_its_cluster() -> None:
    app = new_app(Settings(), bootstrap=NOWHERE, group="group")

    channel = batches_of(app, "shipment.leg.v1.dlq", prefix="test.")

    assert channel.get_topic_name() == "test.shipment.leg.v1.dlq"
    assert isinstance(channel.schema, BatchSchema)


async def test_two_apps_of_one_process_keep_their_own_batch_sizes() -> None:
    small, large = (
        new_app(Settings(stream=StreamSettings(batch_records=n)), bootstrap=NOWHERE, group="g")
        for n in (10, 1_000)
    )

    assert batch_records_of(small) == 10
    assert batch_records_of(large) == 1_000
