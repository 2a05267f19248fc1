"""The open page while events arrive, in a real browser over the running stack."""

import os
import re
import shutil
import time
import uuid
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from loopline import stack_file
from loopline.ask import ask
from loopline.demo import COMPANY_NAMES
from loopline.stack_file import RunningStack
from runtime.broker import Publisher
from runtime.settings import WarehouseSettings
from simulator.record import Scale
from simulator.timeline import history
from tests.loopline.command import ROOT, running

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(180)]

FLAGS = (
    "headless", "no-sandbox", "disable-gpu", "disable-quic", "no-first-run",
    "disable-background-networking", "disable-component-update", "disable-sync",
)  # fmt: skip


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    path = shutil.which("chromium")
    if path is None:
        if os.environ.get("CI") == "true":
            pytest.fail("chromium is missing")
        pytest.skip("chromium is missing: the page is not looked at here")
    from playwright.sync_api import sync_playwright

    with sync_playwright() as play:
        started = play.chromium.launch(executable_path=path, args=[f"--{flag}" for flag in FLAGS])
        yield started
        started.close()


@pytest.fixture(scope="module")
def stack(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningStack]:
    folder = tmp_path_factory.mktemp("board") / "warehouse"
    names = {"LOOPLINE_BOARD__NAMES": str(COMPANY_NAMES)}
    with running(folder, "up", extra_env=names) as up:
        up.line_with("board: ")
        found = stack_file.read(WarehouseSettings(dir=folder))
        assert found is not None
        fill(found)
        yield found


def fill(stack: RunningStack) -> None:
    """Send the simulated company's last year, as the demo does, and wait until it is stored."""
    to_on = (datetime.now(UTC) - timedelta(days=1)).date()
    publisher, legs = Publisher(stack.bootstrap), 0
    scale = Scale(legs=12_000, readings=6_000, takeback_orders=1_000)
    for record in history(seed=1, from_on=_year_before(to_on), to_on=to_on, scale=scale):
        publisher.send(record.topic, key=record.key, value=record.value)
        legs += record.topic == "shipment.leg.v1"
    publisher.flush(30)
    deadline = time.monotonic() + 90
    while _arrived(stack) < legs:
        assert time.monotonic() < deadline
        time.sleep(0.2)


def _year_before(day: date) -> date:
    return day - timedelta(days=364)


def _arrived(stack: RunningStack) -> int:
    offsets = ask(stack, "/v1/operate/progress")["offsets"]
    return int(offsets.get("shipment.emission.v1", 0) + offsets.get("shipment.leg.v1.dlq", 0))


def shipments_on(page: Any) -> int:
    value = page.locator("#tile-shipments .value").inner_text()
    return int(re.sub(r"\D", "", value))


def a_leg() -> dict[str, Any]:
    return {
        "event_id": str(uuid.uuid4()),
        "occurred_at": datetime.now(UTC).isoformat(),
        "shipment_id": f"LIVE-{uuid.uuid4().hex[:8]}",
        "consignment_id": "LIVE-1",
        "leg_seq": 1,
        "leg": "main_line",
        "mode": "road",
        "category": "fridge",
        "production_base": "qingdao",
        "origin": {"lat": "36.067131", "lon": "120.382621"},
        "destination": {"lat": "36.6512", "lon": "117.120098"},
        "mass_kg": "7536",
        "distance_km": "412",
        "distance_method": "declared",
    }


def test_a_posted_leg_changes_the_open_page(stack: RunningStack, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 1366, "height": 900})
    said: list[str] = []
    page.on("console", lambda message: said.append(message.text))
    page.goto(f"{stack.http}/board?lang=en")
    page.wait_for_timeout(1_500)
    before = shipments_on(page)

    ask(stack, "/v1/legs", a_leg())
    deadline = time.monotonic() + 10
    while shipments_on(page) == before:
        assert time.monotonic() < deadline
        page.wait_for_timeout(50)

    assert shipments_on(page) == before + 1
    assert said == []
    page.close()


@pytest.mark.parametrize(("lang", "word"), [("en", "Qingdao"), ("zh", "\u9752\u5c9b")])
def test_the_board_is_drawn_in_both_languages(
    stack: RunningStack, browser: Any, tmp_path: Path, lang: str, word: str
) -> None:
    page = browser.new_page(viewport={"width": 1366, "height": 900})
    page.goto(f"{stack.http}/board?lang={lang}")
    page.wait_for_timeout(500)
    picture = tmp_path / f"board-{lang}.png"
    page.screenshot(path=str(picture), full_page=True)

    assert word in page.content()
    assert picture.stat().st_size > 50_000
    if os.environ.get("LOOPLINE_KEEP_SCREENSHOTS") and lang == "en":
        shutil.copy(picture, ROOT / "docs" / "board.png")
    page.close()


def test_a_phone_needs_no_sideways_scroll(stack: RunningStack, browser: Any) -> None:
    page = browser.new_page(viewport={"width": 320, "height": 640})
    page.goto(f"{stack.http}/board?lang=zh")
    page.wait_for_timeout(500)

    assert page.evaluate("document.documentElement.scrollWidth") <= 320
    page.close()
