"""One set-up of the logs: an event name plus keys, as JSON lines or for a terminal, on stderr."""

import logging
import sys
from typing import TextIO

import structlog


def set_up(*, process: str, stream: TextIO | None = None, level: int = logging.INFO) -> None:
    """Send every log line of this process to ``stream`` (stderr), marked with its name."""
    out = stream or sys.stderr
    renderer: structlog.typing.Processor = (
        structlog.dev.ConsoleRenderer(colors=False)
        if out.isatty()
        else structlog.processors.JSONRenderer()
    )
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(level),
        logger_factory=structlog.PrintLoggerFactory(out),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)
    # Faust, aiokafka and uvicorn speak through logging; their small talk is not ours to repeat.
    logging.basicConfig(
        stream=out, level=logging.WARNING, format="%(name)s %(message)s", force=True
    )
