"""``loopline topics``: what ``schemas/topics.py`` says, applied to and compared with a broker."""

from dataclasses import asdict
from typing import Annotated

import typer

from loopline import say, stack_file
from loopline.running import settings_or_refuse
from runtime.broker import BrokerAway, create_topics, drift_of
from runtime.settings import Settings
from schemas.topics import REAL_BROKER_PARTITIONS, TOPICS

app = typer.Typer(help="Kafka topics as schemas/topics.py has them.", no_args_is_help=True)
Json = Annotated[bool, typer.Option("--json", help="one JSON document")]
Partitions = Annotated[int, typer.Option(min=1, max=10_000, help="of each event topic")]


def _bootstrap(settings: Settings) -> str:
    running = stack_file.read(settings.warehouse)
    bootstrap = settings.kafka_bootstrap or (running.bootstrap if running else None)
    if bootstrap is None:
        say.refuse(
            "no broker is named: set KAFKA_BOOTSTRAP, or start a stack with `loopline up`",
            say.EXIT_SURROUNDINGS,
        )
    return bootstrap


@app.command("list")
def list_topics(as_json: Json = False) -> None:
    """List the topics: key, event, retention, who writes and who reads."""
    rows = [
        {
            "topic": topic.name,
            "key": topic.key,
            "event": topic.event.__name__,
            "cleanup": topic.cleanup,
            "retention_ms": topic.retention_ms,
            "written_by": topic.written_by,
            "read_by": topic.read_by,
        }
        for topic in TOPICS.values()
    ]
    if as_json:
        say.as_json(list(rows))
        return
    for row in rows:
        say.line(f"{row['topic']:24} key {row['key']:18} {row['event']:22} <- {row['written_by']}")


@app.command()
def create(
    partitions: Partitions = REAL_BROKER_PARTITIONS,
    replication: Annotated[int, typer.Option(min=1, max=10)] = 1,
    as_json: Json = False,
) -> None:
    """Create the topics that are missing."""
    settings = settings_or_refuse()
    try:
        created = create_topics(
            _bootstrap(settings),
            partitions=partitions,
            replication=replication,
            prefix=settings.topic_prefix,
        )
    except BrokerAway as error:
        say.refuse(str(error), say.EXIT_SURROUNDINGS)
    if as_json:
        say.as_json({"created": created})
    else:
        say.line(f"{len(created)} topics created" + "".join(f"\n  {name}" for name in created))


@app.command()
def check(partitions: Partitions = REAL_BROKER_PARTITIONS, as_json: Json = False) -> None:
    """Report what differs from schemas/topics.py; exit 1 if anything does."""
    settings = settings_or_refuse()
    try:
        drift = drift_of(_bootstrap(settings), partitions=partitions, prefix=settings.topic_prefix)
    except BrokerAway as error:
        say.refuse(str(error), say.EXIT_SURROUNDINGS)
    if as_json:
        say.as_json({"drift": [asdict(found) for found in drift]})
    else:
        for found in drift:
            say.line(f"{found.topic} {found.what}")
        say.line(f"{len(drift)} topics differ")
    if drift:
        raise typer.Exit(say.EXIT_CHECK_FAILED)
