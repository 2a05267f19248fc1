"""One line per event, as JSON where no person looks on."""

import io
import json
import logging
from collections.abc import Iterator

import pytest
import structlog

from runtime.logs import set_up


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    yield
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()
    root.handlers[:], root.level = handlers, level


def test_a_line_is_json_with_event_level_time_and_process() -> None:
    out = io.StringIO()
    set_up(process="sink", stream=out)

    structlog.get_logger().warning("retry", attempt=2)

    told = json.loads(out.getvalue())
    assert (told["event"], told["level"], told["process"]) == ("retry", "warning", "sink")
    assert told["attempt"] == 2
    assert told["timestamp"].endswith("Z")


def test_small_talk_is_not_repeated() -> None:
    out = io.StringIO()
    set_up(process="sink", stream=out)

    structlog.get_logger().debug("detail")
    logging.getLogger("faust").info("hello")
    logging.getLogger("faust").error("trouble")

    assert out.getvalue() == "faust trouble\n"
