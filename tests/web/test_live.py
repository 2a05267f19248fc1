import asyncio
import json
import threading
from collections.abc import AsyncIterator
from datetime import UTC, date, datetime, timedelta

import pytest

from web import live
from web.live import MAX_QUEUED_EVENTS, LiveEvent, LiveFeed

JUNE, MAY = date(2026, 6, 1), date(2026, 5, 1)
NOON = datetime(2026, 6, 12, 12, tzinfo=UTC)


class Clock:
    def __init__(self) -> None:
        self.now_s = 0.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
async def feed() -> LiveFeed:
    feed = LiveFeed(epoch="e1", clock=Clock())
    feed.attach(asyncio.get_running_loop())
    return feed


async def next_of(stream: AsyncIterator[LiveEvent]) -> LiveEvent:
    return await asyncio.wait_for(anext(stream), 2)


async def told(feed: LiveFeed, *months: date, at: datetime = NOON) -> None:
    feed.announce(months, at)
    await asyncio.sleep(0)
    await asyncio.sleep(0)


async def test_a_commit_in_another_thread_reaches_an_open_page(feed: LiveFeed) -> None:
    stream = feed.subscribe()
    waiting = asyncio.create_task(next_of(stream))
    await asyncio.sleep(0)

    thread = threading.Thread(target=feed.announce, args=([JUNE], NOON))
    thread.start()
    event = await waiting
    await asyncio.to_thread(thread.join)

    assert (event.name, event.data) == (
        "watermark", {"data_to": NOON.isoformat(), "months": ["2026-06"]}
    )  # fmt: skip
    assert feed.id_of(event) == "e1.1"


async def test_quick_commits_become_one_event_with_all_months(feed: LiveFeed) -> None:
    feed.announce([JUNE], NOON)
    feed.announce([MAY], NOON - timedelta(days=30))
    await told(feed)

    (event,) = feed.missed("e1.0")
    assert event.data == {"data_to": NOON.isoformat(), "months": ["2026-05", "2026-06"]}


async def test_who_comes_back_gets_what_was_missed_once_and_in_order(feed: LiveFeed) -> None:
    for _ in range(3):
        await told(feed, JUNE)

    assert [event.seq for event in feed.missed("e1.1")] == [2, 3]
    assert feed.missed("e1.3") == []
    assert feed.missed(None) == []


@pytest.mark.parametrize("last", ["e0.2", "e1.99", "e1.-1", "e1.x", "", "e1.\u0662", "nonsense"])
async def test_an_id_that_cannot_be_resumed_gets_one_reset(feed: LiveFeed, last: str) -> None:
    await told(feed, JUNE)
    await told(feed, JUNE)

    assert [event.name for event in feed.missed(last)] == ["reset"]


async def test_an_event_older_than_ten_minutes_is_forgotten() -> None:
    clock = Clock()
    feed = LiveFeed(epoch="e1", clock=clock)
    feed.attach(asyncio.get_running_loop())
    await told(feed, JUNE)
    clock.now_s = 601

    assert [event.name for event in feed.missed("e1.0")] == ["reset"]
    assert feed.missed("e1.1") == []


async def test_a_slow_page_gets_the_latest_and_no_month_is_lost(feed: LiveFeed) -> None:
    stream = feed.subscribe("e1.0")
    task = asyncio.create_task(next_of(stream))
    await asyncio.sleep(0)
    months = [date(2025, month, 1) for month in range(1, 13)]
    await told(feed, JUNE)
    await task
    for month in months:
        await told(feed, month)
    feed.close()

    got = [event async for event in limited(stream, MAX_QUEUED_EVENTS)]

    assert got[-1].seq == 13
    assert {m for event in got for m in live._months(event)} == {f"{m:%Y-%m}" for m in months}


async def limited(stream: AsyncIterator[LiveEvent], most: int) -> AsyncIterator[LiveEvent]:
    for _ in range(most):
        yield await next_of(stream)


async def test_closing_the_feed_ends_every_stream(feed: LiveFeed) -> None:
    stream = feed.subscribe()
    waiting = asyncio.create_task(next_of(stream))
    await asyncio.sleep(0.01)
    assert feed.clients == 1

    feed.close()

    with pytest.raises(StopAsyncIteration):
        await waiting
    assert feed.clients == 0


async def test_what_was_announced_before_the_server_started_is_told_after() -> None:
    feed = LiveFeed(epoch="e1")
    feed.announce([JUNE], NOON)

    feed.attach(asyncio.get_running_loop())
    await asyncio.sleep(0.01)

    assert [event.seq for event in feed.missed("e1.0")] == [1]


def test_an_announcement_after_the_loop_ended_is_no_error() -> None:
    feed = LiveFeed(epoch="e1")
    loop = asyncio.new_event_loop()
    feed.attach(loop)
    loop.close()

    feed.announce([JUNE], NOON)
    feed.close()


def test_the_stream_over_http_has_ids_and_tells_when_to_retry() -> None:
    async def collect() -> list[str]:
        feed = LiveFeed(epoch="e1")
        feed.attach(asyncio.get_running_loop())
        await told(feed, JUNE)
        stream = live._stream(feed, "e1.0")
        return [(await anext(stream)).encode().decode() for _ in range(2)]

    first, second = asyncio.run(collect())

    assert "retry: 2000" in first
    assert "id: e1.1" in second
    assert "event: watermark" in second
    assert json.loads(second.split("data: ")[1].splitlines()[0])["months"] == ["2026-06"]
