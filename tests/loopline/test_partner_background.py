"""What runs beside the routes: turns with pauses, an end in sequence, a death that is told."""

import asyncio
import threading
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ledger.refusals import StorageFull
from loopline import partner_background
from loopline.administration import Administration
from loopline.partner_background import Loop, loops_of, running
from loopline.partner_house import PartnerHouse, opened_house
from runtime.settings import Settings
from web.partner.app import create_partner_app

WITHIN_S = 20.0


def settings_in(folder: Path) -> Settings:
    return Settings.model_validate(
        {
            "ledger": {"dir": folder / "ledger"},
            "contacts": {"dir": folder / "contacts"},
            "partner_api": {"uploads_dir": folder / "uploads", "secrets_dir": folder / "secrets"},
            "signing": {"key_file": folder / "signing" / "key.pem"},
        }
    )


@pytest.fixture
def house(tmp_path: Path) -> Iterator[PartnerHouse]:
    with opened_house(settings_in(tmp_path)) as made:
        yield made


async def reached(event: threading.Event) -> None:
    assert await asyncio.to_thread(event.wait, WITHIN_S)


async def test_a_loop_turns_at_once_while_there_is_more_and_then_pauses() -> None:
    turns: list[int] = []
    paused = threading.Event()

    def turn() -> bool:
        turns.append(len(turns))
        if len(turns) == 3:
            paused.set()
        return len(turns) < 3

    async with running([Loop(name="one", turn=turn, pause_s=600)]):
        await reached(paused)

    assert turns == [0, 1, 2]


async def test_loops_end_in_their_sequence_each_before_the_next() -> None:
    ended: list[str] = []
    ready = threading.Barrier(3)

    def loop(name: str) -> Loop:
        first = threading.Event()

        def turn() -> bool:
            if not first.is_set():
                first.set()
                ready.wait(WITHIN_S)
            return False

        return Loop(name=name, turn=turn, pause_s=600, close=lambda: ended.append(name))

    async with running([loop("jobs"), loop("clerk")]):
        await asyncio.to_thread(ready.wait, WITHIN_S)

    assert ended == ["jobs", "clerk"]


async def test_a_loop_that_breaks_takes_the_process_with_it() -> None:
    told: list[str] = []
    died = asyncio.Event()

    def broken() -> bool:
        raise RuntimeError("a page is missing")

    def on_death(why: str) -> None:
        told.append(why)
        died.set()

    async with running([Loop(name="clerk", turn=broken, pause_s=1)], on_death=on_death):
        await asyncio.wait_for(died.wait(), WITHIN_S)

    assert told == ["clerk ended unexpectedly: RuntimeError('a page is missing')"]


async def test_a_full_disk_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(partner_background, "AWAY_PAUSE_S", 0.0)
    again = threading.Event()
    turns: list[int] = []

    def turn() -> bool:
        turns.append(1)
        if len(turns) == 1:
            raise StorageFull("1 % is free")
        again.set()
        return False

    async with running([Loop(name="jobs", turn=turn, pause_s=600)]):
        await reached(again)


def test_a_file_that_was_posted_is_worked_through_beside_the_routes(house: PartnerHouse) -> None:
    done = threading.Event()
    jobs, *rest = loops_of(house)

    def turn() -> bool:
        worked = jobs.turn()
        if worked:
            done.set()
        return worked

    administration = Administration(house.ledger, house.contacts, house.keys, now=house.now)
    key = administration.run("keys-add", {"tenant": "hisense", "roles": ["platform"]})["key"]
    headers = {
        "Authorization": f"Bearer {key}",
        "Idempotency-Key": "k",
        "Content-Type": "application/x-ndjson",
    }
    loops = [replace(jobs, turn=turn), *rest]

    with TestClient(create_partner_app(house.services, lambda: running(loops))) as client:
        posted = client.post("/v1/pickups:batch?mode=proceed", content=b"{}\n", headers=headers)
        assert posted.status_code == 202, posted.text
        assert done.wait(WITHIN_S)
        job = client.get(posted.headers["Location"], headers=headers).json()

    assert (job["state"], job["counts"]["rejected"]) == ("done", 1)


def test_the_house_has_its_loops_and_each_does_a_turn(house: PartnerHouse) -> None:
    loops = loops_of(house)

    assert [one.name for one in loops] == ["jobs", "clerk", "webhooks"]
    for one in loops:
        assert one.turn() in (True, False)
        one.close()
