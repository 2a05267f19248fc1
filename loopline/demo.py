"""``loopline demo``: a seeded company through the whole house, on a warehouse of its own."""

import itertools
import os
import shutil
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer

import simulator
from loopline import say
from loopline.arrival import Stalled, await_arrival
from loopline.ask import ask
from loopline.demo_year import ClerkRefused
from loopline.interrupt import Interrupt
from loopline.running import settings_or_refuse, stack_for, start_or_refuse
from loopline.stack import Stack, StackFailed
from loopline.stack_file import RunningStack
from loopline.takeback_year import YearTold, take_back
from runtime.broker import BrokerAway, Publisher
from runtime.settings import ContactSettings, LedgerSettings, Settings, SigningSettings
from schemas.topics import (
    FINDINGS,
    HUB_PERIODS,
    LEGS,
    ORDERS,
    REFRIGERANTS,
    TAKEBACK_BATCHES,
    TAKEBACK_CONSIGNMENTS,
    TAKEBACK_DEMANDS,
    TAKEBACK_LOTS,
    TAKEBACK_UNITS,
    Topic,
)
from schemas.topics import TAKEBACK_ORDERS as TAKEBACK_ORDERS_TOPIC
from simulator.drive import Unexpected
from simulator.expected import Expected, Tally
from simulator.live import live_legs
from simulator.partner_year import FIRST_ON, PartnerYear
from simulator.record import Scale
from simulator.timeline import deliveries

FLUSH_WITHIN_S = 60.0
LIVE_LEGS_PER_S = 4.0
DAYS = 365
LOOK_EVERY = 500
LOOK_EVERY_S = 0.2
TAKEBACK_ORDERS = 300
REQUESTS_PER_MINUTE = 100_000_000  # the limit of one credential is no part of the demo
COMPANY_NAMES = Path(simulator.__file__).with_name("names.toml")


_FACTS: Mapping[str, tuple[Topic, ...]] = {
    "legs": (LEGS,),
    "forward_order_lines": (ORDERS,),
    "takeback_facts": (TAKEBACK_ORDERS_TOPIC, TAKEBACK_UNITS),
    "takeback_demands": (TAKEBACK_DEMANDS,),
    "consignment_facts": (TAKEBACK_CONSIGNMENTS,),
    "batch_facts": (TAKEBACK_BATCHES,),
    "lot_facts": (TAKEBACK_LOTS,),
    "finding_facts": (FINDINGS,),
    "hub_periods": (HUB_PERIODS,),
    "units_with_refrigerant": (REFRIGERANTS,),
}


@dataclass(frozen=True, slots=True)
class Sent:
    """What the demo put on the topics."""

    by_topic: Mapping[str, int]
    expected: Expected
    takeback: YearTold
    seconds: float


def demo(
    once: Annotated[bool, typer.Option(help="end when everything has arrived")] = False,
    seed: Annotated[int, typer.Option(help="another seed, another company year")] = 1,
    legs: Annotated[int, typer.Option(min=100, max=5_000_000, help="roughly how many")] = 30_000,
    days: Annotated[int, typer.Option(min=30, max=1_500, help="until yesterday")] = DAYS,
    takeback_orders: Annotated[
        int, typer.Option(min=1, max=20_000, help="roughly how many, through the partner API")
    ] = TAKEBACK_ORDERS,
    broker: Annotated[str, typer.Option(help="embedded or kafka")] = "embedded",
    keep: Annotated[bool, typer.Option(help="keep the demo's warehouse afterwards")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="the summary as JSON")] = False,
) -> None:
    """Stream a company's year of shipments, forklift readings and take-back into a new stack."""
    tell = say.note if as_json else say.line
    settings = own_folder(settings_or_refuse())
    interrupt = Interrupt()
    stack = stack_for(broker, tell=tell, settings=settings, takeback=True)
    code = 0
    try:
        running = start_or_refuse(stack)
        tell(f"board: {running.http}/board")
        year = deliveries_until_yesterday(seed=seed, days=days, legs=legs)
        wishes = year_until_yesterday(seed=seed, days=days, takeback_orders=takeback_orders)
        sent = _send(running, stack, year, wishes, settings, interrupt)
        if not interrupt.came:
            code = _finish(stack, running, sent, interrupt, once=once, as_json=as_json)
        if not once:
            _keep_moving(stack, running, seed, interrupt)
    except (StackFailed, BrokerAway, Stalled) as error:
        say.note(f"loopline: {error}")
        code = say.EXIT_SURROUNDINGS
    except (Unexpected, ClerkRefused) as error:
        say.note(f"loopline: {error}")
        code = say.EXIT_CHECK_FAILED
    finally:
        tell("stopping")
        stack.stop()
        if not keep:
            shutil.rmtree(settings.warehouse.dir, ignore_errors=True)
    raise typer.Exit(code)


def own_folder(settings: Settings) -> Settings:
    """Return settings with stores of the demo's own: its rows never mix with real ones."""
    folder = Path("var/demo") / f"{datetime.now(UTC):%Y%m%dT%H%M%S}-{os.getpid()}"
    warehouse = settings.warehouse.model_copy(update={"dir": folder, "min_free_bytes": 0})
    board = settings.board.model_copy(update={"names": settings.board.names or COMPANY_NAMES})
    secrets = folder / "secrets"
    api = settings.partner_api.model_copy(
        update={
            "clock": "simulated", "secrets_dir": secrets, "uploads_dir": folder / "uploads",
            "requests_per_minute": REQUESTS_PER_MINUTE,
        }
    )  # fmt: skip
    return settings.model_copy(
        update={
            "warehouse": warehouse,
            "board": board,
            "ledger": LedgerSettings(dir=folder / "ledger"),
            "contacts": ContactSettings(dir=folder / "contacts"),
            "signing": SigningSettings(key_file=secrets / "certificate.pem"),
            "partner_api": api,
        }
    )


def deliveries_until_yesterday(*, seed: int, days: int, legs: int) -> Iterator[Any]:
    """Return the simulated deliveries of the ``days`` before today, in the company's calendar."""
    to_on: date = (datetime.now(UTC) - timedelta(days=1)).date()
    scale = Scale(legs=legs, readings=legs // 2, takeback_orders=0)
    return deliveries(seed=seed, from_on=to_on - timedelta(days=days - 1), to_on=to_on, scale=scale)


def year_until_yesterday(*, seed: int, days: int, takeback_orders: int) -> PartnerYear:
    """Return the take-back of the same days, as far as there is a price list."""
    to_on: date = (datetime.now(UTC) - timedelta(days=1)).date()
    from_on = max(FIRST_ON, to_on - timedelta(days=days - 1))
    return PartnerYear(seed=seed, from_on=from_on, to_on=to_on, takeback_orders=takeback_orders)


def _send(
    running: RunningStack,
    stack: Stack,
    year: Iterator[Any],
    wishes: PartnerYear,
    settings: Settings,
    interrupt: Interrupt,
) -> Sent:
    """Send the year straight to its topics, and beside it the take-back through its API."""
    publisher, begun = Publisher(running.bootstrap), time.monotonic()
    ending = threading.Event()
    with ThreadPoolExecutor(1, thread_name_prefix="takeback") as pool:
        takeback = pool.submit(take_back, wishes, settings, running.bootstrap, ending=ending)
        try:
            tally, counts = _published(publisher, stack, year, interrupt)
            while not takeback.done() and not interrupt.came:
                stack.look()
                time.sleep(LOOK_EVERY_S)
        finally:
            ending.set()
        told = takeback.result()
    counts.update(told.told)
    return Sent(dict(counts), tally.expected(), told, time.monotonic() - begun)


def _published(
    publisher: Publisher, stack: Stack, year: Iterator[Any], interrupt: Interrupt
) -> tuple[Tally, Counter[str]]:
    progress, tally, counts = say.Progress("demo: sent"), Tally(), Counter[str]()
    for number, delivery in enumerate(year, start=1):
        record = delivery.record
        publisher.send(record.topic, key=record.key, value=record.value)
        tally.add(delivery)
        counts[record.topic] += 1
        if number % LOOK_EVERY == 0:
            progress.at(number, None)
            stack.look()
            if interrupt.came:
                break
    publisher.flush(FLUSH_WITHIN_S)
    progress.done(counts.total(), None)
    return tally, counts


def _finish(
    stack: Stack,
    running: RunningStack,
    sent: Sent,
    interrupt: Interrupt,
    *,
    once: bool,
    as_json: bool,
) -> int:
    progress, begun = say.Progress("demo: arrived"), time.monotonic()

    def look(done: int, total: int) -> None:
        progress.at(done, total)
        stack.look()
        if interrupt.came:
            raise Stalled("stopped before everything had arrived")

    told = await_arrival(running, sent.by_topic, Counter(), look=look)
    total = sum(sent.by_topic.values())
    progress.done(total, total)
    summary = _summary(running, sent, told, sent.seconds + time.monotonic() - begun)
    if as_json:
        say.as_json(summary)
    else:
        for text in _lines(summary):
            say.line(text)
    return 0 if summary["as_expected"] or not once else say.EXIT_CHECK_FAILED


def _summary(
    running: RunningStack, sent: Sent, told: Mapping[str, Any], seconds: float
) -> dict[str, Any]:
    expected = sent.expected
    broken = sum(sum(reasons.values()) for reasons in expected.broken.values())
    stored = ask(running, "/v1/operate/stored")
    valid = Counter(expected.valid) + Counter(sent.takeback.told)
    facts = {name: sum(valid[topic.name] for topic in topics) for name, topics in _FACTS.items()}
    as_expected = told["dead"] == broken and all(
        stored[name] == count for name, count in facts.items()
    )
    return {
        "records_sent": sum(sent.by_topic.values()),
        "sent": dict(sent.by_topic),
        "expected": {**facts, "dead_letters": broken},
        "stored": stored,
        "duplicates": told["duplicates"],
        "dead_letters": told["dead"],
        "late": told["late"],
        "seconds": round(seconds, 1),
        "takeback_requests": sent.takeback.requests,
        "takeback_seconds": sent.takeback.seconds,
        "records_per_s": round(sum(sent.by_topic.values()) / max(seconds, 0.001)),
        "board": f"{running.http}/board",
        "as_expected": as_expected,
    }


def _lines(summary: Mapping[str, Any]) -> Iterator[str]:
    stored = summary["stored"]
    yield (
        f"{summary['records_sent']:,} records in {summary['seconds']} s "
        f"({summary['records_per_s']:,}/s)"
    )
    yield (
        f"{stored['legs']:,} legs = {stored['emission_wtw_kgco2e']} kg CO2e (WTW) over "
        f"{stored['transport_tkm']} t-km"
    )
    yield (
        f"{stored['forklift_intervals']:,} forklift intervals = "
        f"{stored['forklift_wtw_kgco2e']} kg CO2e"
    )
    yield f"{stored['hub_periods']:,} months of hubs = {stored['hub_wtw_kgco2e']} kg CO2e"
    yield (
        f"{summary['takeback_requests']:,} requests of partners = "
        f"{stored['takeback_facts']:,} take-back facts, {stored['units_collected']:,} collected"
    )
    yield (
        f"{stored['units_with_refrigerant']:,} refrigerants accounted for = "
        f"{stored['refrigerant_ttw_kgco2e']} kg CO2e"
    )
    yield f"{summary['duplicates']:,} duplicates dropped, {summary['dead_letters']:,} dead letters"
    yield "as expected" if summary["as_expected"] else "NOT as expected: see --json"


def _keep_moving(stack: Stack, running: RunningStack, seed: int, interrupt: Interrupt) -> None:
    """Send a few legs a second until Ctrl-C, so that the board moves."""
    publisher = Publisher(running.bootstrap)
    start = datetime.now(UTC)
    legs = live_legs(seed=seed, start=start, now=lambda: datetime.now(UTC))
    say.note("demo: a few legs a second go on; Ctrl-C ends everything")
    turns = itertools.count()
    while not interrupt.came:
        record = next(legs)
        publisher.send(record.topic, key=record.key, value=record.value)
        if next(turns) % int(LIVE_LEGS_PER_S) == 0:
            stack.look()
        time.sleep(1 / LIVE_LEGS_PER_S)
    publisher.flush(FLUSH_WITHIN_S)
