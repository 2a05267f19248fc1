"""``loopline worker``: one process of the stack, as the supervisor or systemd starts it."""

import asyncio
import os
from enum import StrEnum
from typing import Annotated

import structlog
import typer

from emissions.defect import FactorFileError
from loopline import say
from loopline.names import NamesRefused
from loopline.owner import serve
from loopline.running import settings_or_refuse
from runtime import logs
from runtime.broker import BrokerAway
from runtime.migrations import MigrationRefused
from schemas.refusal import Refused
from streams.worker import serve_emissions
from warehouse.store import WarehouseHeld, WarehouseRefused

CANNOT_RUN = (
    BrokerAway, WarehouseHeld, WarehouseRefused, MigrationRefused, NamesRefused, FactorFileError,
    Refused, OSError,
)  # fmt: skip


class Part(StrEnum):
    """Which part of the stack."""

    EMISSIONS = "emissions"
    OWNER = "owner"


def worker(
    part: Part,
    number: Annotated[int, typer.Option(min=0, max=1_000, help="which of several workers")] = 0,
) -> None:
    """Run one part until SIGTERM: the emission agent, or the owner of the warehouse."""
    settings = settings_or_refuse()
    logs.set_up(process=part.value)
    if settings.kafka_bootstrap is None:
        say.refuse("KAFKA_BOOTSTRAP names no broker", say.EXIT_BAD_INPUT)
    durable = os.environ.get("LOOPLINE_BROKER_DURABLE", "1") == "1"
    try:
        if part is Part.EMISSIONS:
            instance = f"{part.value}-{number}" if durable else None
            code = asyncio.run(
                serve_emissions(settings, settings.kafka_bootstrap, instance=instance)
            )
        else:
            code = asyncio.run(serve(settings, settings.kafka_bootstrap, durable=durable))
    except CANNOT_RUN as error:
        structlog.get_logger().error("cannot_run", error=str(error))
        code = say.EXIT_SURROUNDINGS
    raise typer.Exit(code)
