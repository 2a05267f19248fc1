"""The agents: what they answer, what they park, and when they acknowledge."""

import asyncio
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import pytest

from emissions.read import load_book
from runtime.broker import BrokerAway
from runtime.settings import Settings, StreamSettings
from schemas.refusal import Reason
from schemas.topics import EMISSIONS, LEGS
from schemas.wire import WireEmission
from streams import agents
from streams.agents import EmissionAgent, Unanswerable, attach, with_retries
from streams.batch_consumer import RecordBatch
from streams.codecs import decode
from streams.together import WAITING_GROUPS
from tests.builders import batch, event_id, leg_bytes

NOW = datetime(2025, 6, 2, tzinfo=UTC)
SETTINGS = Settings(stream=StreamSettings(max_attempts=3))


@dataclass
class Outbox:
    """Takes what a publisher would send; ``away`` counts the flushes that fail."""

    away: int = 0
    sent: list[tuple[str, bytes, bytes, dict[str, str]]] = field(default_factory=list)
    flushed: int = 0
    waits_for: threading.Event | None = None

    def send(self, topic: str, *, key: bytes, value: bytes, headers: dict[str, str]) -> None:
        self.sent.append((topic, key, value, headers))

    def flush(self, timeout_s: float) -> None:
        if self.waits_for is not None:
            self.waits_for.wait(timeout_s)
        self.flushed += 1
        if self.flushed <= self.away:
            raise BrokerAway(f"1 messages were not acknowledged within {timeout_s:g} s")


def agent_of(outbox: Any) -> EmissionAgent:
    return EmissionAgent(publisher=outbox, book=load_book(), settings=SETTINGS, now=lambda: NOW)


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(agents, "RETRY_PAUSE_S", 0.0)


MIXED = (
    leg_bytes(),
    b"{",
    leg_bytes(event_id=event_id(2), mass_kg="-1"),
    leg_bytes(event_id=event_id(3), energy="hydrogen"),
    None,  # a tombstone
    leg_bytes(event_id=event_id(4), occurred_at="2025-06-03T00:00:00Z"),
    leg_bytes(event_id=event_id(5), mass_kg="24000"),
)


def test_mixed_records_come_to_answers_and_dead_letters_in_their_order() -> None:
    answers, dead = agent_of(Outbox()).sort([batch(*MIXED, first_offset=100)])

    assert [str(one.emission_wtw_kgco2e) for one in answers] == ["399.084000", "798.168000"]
    assert [one.source_offset for one in answers] == [100, 106]
    assert sorted((letter.record.offset, letter.reason) for letter in dead) == [
        (101, Reason.BAD_JSON),
        (102, Reason.UNIT_BOUND),
        (103, Reason.FACTOR_NOT_FOUND),
        (104, Reason.BAD_JSON),
        (105, Reason.TIME_FUTURE),
    ]


async def test_answers_and_dead_letters_are_published_with_their_origin() -> None:
    outbox = Outbox()

    await (await agent_of(outbox)(batch(leg_bytes(), b"{", first_offset=8)))

    (answer, letter) = outbox.sent
    topic, key, value, headers = answer
    emission = decode(WireEmission, value)
    assert (topic, key) == (EMISSIONS.name, b"S-1")
    assert headers["ce_id"] == emission.event_id
    assert headers["ce_type"] == "loopline.shipment.emission.v1"
    assert headers["ce_time"] == emission.occurred_at
    topic, key, value, headers = letter
    assert (topic, key, value) == (LEGS.dead_letters, b"shipment.leg.v1-0-9", b"{")
    assert headers["reason"] == "bad_json"
    assert "is no JSON" in headers["detail"]
    assert (headers["source_topic"], headers["source_offset"]) == (LEGS.name, "9")


async def test_a_short_outage_is_waited_for() -> None:
    outbox = Outbox(away=2)
    agent = agent_of(outbox)

    await (await agent(batch(leg_bytes(), b"{")))

    assert outbox.flushed == 3
    assert (agent.answered, agent.parked) == (1, 1)


async def test_an_outage_that_lasts_ends_the_work_without_an_answer() -> None:
    agent = agent_of(Outbox(away=99))

    first, second = await agent(batch(leg_bytes())), await agent(batch(leg_bytes()))
    for done in (first, second):
        with pytest.raises(Unanswerable, match="legs failed 3 times"):
            await done

    assert agent.answered == 0


async def test_batches_that_wait_are_answered_with_one_flush_and_told_together() -> None:
    outbox = Outbox()
    agent = agent_of(outbox)

    told = [await agent(batch(leg_bytes(event_id=event_id(n)), first_offset=n)) for n in range(5)]
    await asyncio.gather(*told)

    assert [decode(WireEmission, value).source_offset for _, _, value, _ in outbox.sent] == [
        0, 1, 2, 3, 4,
    ]  # fmt: skip
    assert outbox.flushed == 1
    assert agent.answered == 5


async def test_what_may_wait_is_bounded() -> None:
    let_go = threading.Event()
    outbox = Outbox(waits_for=let_go)
    one_each = Settings(stream=StreamSettings(batch_records=1))
    publisher: Any = outbox
    agent = EmissionAgent(publisher=publisher, book=load_book(), settings=one_each, now=lambda: NOW)

    told = [await agent(batch(leg_bytes()))]
    await asyncio.sleep(0)  # the first is on its way now
    told += [await agent(batch(leg_bytes())) for _ in range(WAITING_GROUPS)]
    late = asyncio.create_task(agent(batch(leg_bytes())))
    done, _ = await asyncio.wait([late], timeout=0.05)

    assert not done
    let_go.set()
    await asyncio.gather(*told, await late)
    assert agent.answered == WAITING_GROUPS + 2


async def test_a_mistake_of_ours_is_not_tried_again() -> None:
    tried: list[int] = []

    def attempt() -> None:
        tried.append(1)
        raise ValueError("a bug")

    with pytest.raises(ValueError, match="a bug"):
        await with_retries(attempt, SETTINGS, what="test")

    assert len(tried) == 1


# -- when a batch counts as handled ----------------------------------------------------------------

Handler = Callable[[RecordBatch], Awaitable[Any]]


class Stage:
    """Stands where the Faust app would, and plays batches to the attached agent."""

    def __init__(self, handle: Handler) -> None:
        self.outages: list[Exception] = []
        app: Any = self
        attach(app, LEGS, handle, prefix="test.", on_outage=self.outages.append)

    def topic(self, name: str, **_: Any) -> str:
        return name

    def agent(self, channel: str, *, name: str) -> Callable[[Any], None]:
        self.channel, self.name = channel, name

        def keep(agent: Any) -> None:
            self.agent_function = agent

        return keep

    async def play(self, *batches: RecordBatch) -> None:
        async def arriving() -> AsyncIterator[RecordBatch]:
            for one in batches:
                yield one

        task = asyncio.ensure_future(self.agent_function(arriving()))
        done, _ = await asyncio.wait([task], timeout=0.2)
        if not done:
            task.cancel()
            await asyncio.wait([task])


async def test_an_agent_listens_to_its_topic_under_the_prefix() -> None:
    async def handle(_batch: RecordBatch) -> None:
        return

    stage = Stage(handle)

    assert stage.channel == "test.shipment.leg.v1"
    assert stage.name == "loopline.shipment.leg.v1"


async def test_a_batch_is_handled_when_its_handler_returns() -> None:
    async def handle(_batch: RecordBatch) -> None:
        assert not _batch.handled

    first, second = batch(b"1"), batch(b"2")

    await Stage(handle).play(first, second)

    assert first.handled
    assert second.handled


async def test_a_batch_that_is_stored_later_is_handled_only_then() -> None:
    stored: list[asyncio.Future[None]] = []

    async def handle(_batch: RecordBatch) -> "asyncio.Future[None]":
        stored.append(asyncio.get_running_loop().create_future())
        return stored[-1]

    first, second = batch(b"1"), batch(b"2")
    stage = Stage(handle)

    await stage.play(first, second)
    waiting = (first.handled, second.handled)
    stored[1].set_result(None)
    await asyncio.sleep(0)

    assert waiting == (False, False)
    assert (first.handled, second.handled) == (False, True)
    assert not stage.outages


async def test_a_failed_store_leaves_the_batch_unhandled_and_reports_the_outage() -> None:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def handle(_batch: RecordBatch) -> "asyncio.Future[None]":
        return future

    only = batch(b"1")
    stage = Stage(handle)

    await stage.play(only)
    future.set_exception(OSError("the disk is full"))
    await asyncio.sleep(0)

    assert not only.handled
    assert [str(error) for error in stage.outages] == ["the disk is full"]


async def test_a_store_that_was_given_up_is_neither_handled_nor_an_outage() -> None:
    future: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    async def handle(_batch: RecordBatch) -> "asyncio.Future[None]":
        return future

    only = batch(b"1")
    stage = Stage(handle)

    await stage.play(only)
    future.cancel()
    await asyncio.sleep(0)

    assert not only.handled
    assert not stage.outages


async def test_after_an_exception_nothing_more_is_handled() -> None:
    async def handle(_batch: RecordBatch) -> None:
        raise Unanswerable("legs failed 3 times")

    first, second = batch(b"1"), batch(b"2")
    stage = Stage(handle)

    await stage.play(first, second)

    assert not first.handled
    assert not second.handled
    assert [type(error) for error in stage.outages] == [Unanswerable]
