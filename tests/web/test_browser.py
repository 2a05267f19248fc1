"""The board in a real browser: what a reader sees, on desk and phone, and that it moves."""

import contextlib
import os
import re
import shutil
import socket
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from uuid import UUID

import pytest
import uvicorn
from playwright.sync_api import Browser, Page, Route, sync_playwright

from tests.warehouse.board_rows import add_legs, add_rejects, leg
from tests.web.room import Room

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(120)]

CHROMIUM = shutil.which("chromium")
FLAGS = [
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip
JUNE = date(2026, 6, 1)
START_WITHIN_S = 10.0
MOVED_WITHIN_S = 5.0  # far over the usual 0.3 s: a busy machine must not fail the test
TARGET_PX = 24
NARROW_PX, DESK_PX = 320, 1_366

if CHROMIUM is None and os.environ.get("CI") != "true":
    pytest.skip(
        "chromium is not installed: the browser tests are left out", allow_module_level=True
    )


@dataclass
class Served:
    """A room on a free port of this machine."""

    room: Room
    address: str


@pytest.fixture(scope="module")
def served() -> Iterator[Served]:
    room = Room()
    add_legs(room.db, [leg(shipment_id="CHECK-1", leg_id="CHECK-1/1", event_id=UUID(int=1))])
    for n in range(2, 30):
        day = date(2025 + (n + 4) // 12, (n + 4) % 12 + 1, 3) if n < 14 else date(2026, 6, 10)
        row = leg(event_id=UUID(int=n), shipment_id=f"S-{n}", leg_id=f"S-{n}/1", occurred_on=day,
                  category_key=n % 5 + 1, base_key=n % 3 + 1,
                  mode=("road", "rail", "sea")[n % 3])  # fmt: skip
        add_legs(room.db, [row])
    add_rejects(room.db, ["mass_missing", "factor_not_found"])
    with socket.socket() as listening:
        listening.bind(("127.0.0.1", 0))
        server = uvicorn.Server(uvicorn.Config(room.app(), log_level="warning"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
        thread.start()
        deadline = time.monotonic() + START_WITHIN_S
        while not server.started and time.monotonic() < deadline:
            time.sleep(0.02)
        yield Served(room, f"http://127.0.0.1:{listening.getsockname()[1]}")
        room.live.close()
        server.should_exit = True
        thread.join(START_WITHIN_S)
    assert not thread.is_alive()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    assert CHROMIUM is not None, "chromium is not installed, and CI=true asks for it"
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@contextlib.contextmanager
def opened(
    browser: Browser,
    address: str,
    *,
    language: str = "en",
    width: int = DESK_PX,
    scheme: str = "light",
    javascript: bool = True,
) -> Iterator[Page]:
    """A page of its own; an error on the console fails the test."""
    context = browser.new_context(
        viewport={"width": width, "height": 800},
        locale={"en": "en-GB", "zh": "zh-CN"}[language],
        color_scheme="dark" if scheme == "dark" else "light",
        java_script_enabled=javascript,
    )
    errors: list[str] = []
    page = context.new_page()
    page.on("console", lambda message: errors.append(message.text) if message.type == "error"
            else None)  # fmt: skip
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(address)
    yield page
    context.close()
    assert errors == []


def box(width_or_height: str) -> str:
    """A script that lists visible targets smaller than they may be."""
    return f"""() => [...document.querySelectorAll("a, button, select, input, summary")]
        .filter((e) => !e.classList.contains("skip") && e.offsetParent)
        .filter((e) => e.getBoundingClientRect().{width_or_height} < {TARGET_PX} - 0.5)
        .map((e) => e.outerHTML.slice(0, 90))"""


@pytest.mark.parametrize("width", [NARROW_PX, DESK_PX])
@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["zh", "en"])
@pytest.mark.parametrize("path", ["/board", "/shipments/CHECK-1"])
def test_a_page_is_drawn_without_error_and_never_scrolls_sideways(
    served: Served, chromium: Browser, tmp_path: Path,
    path: str, language: str, scheme: str, width: int,
) -> None:  # fmt: skip
    with opened(
        chromium, served.address + path, language=language, width=width, scheme=scheme
    ) as p:
        p.screenshot(path=tmp_path / "page.png", full_page=True)
        wide = p.evaluate("document.documentElement.scrollWidth")
        assert wide <= width
        assert p.evaluate(box("height")) == []
        assert p.evaluate("document.documentElement.lang") == {"zh": "zh-CN", "en": "en"}[language]

    assert (tmp_path / "page.png").stat().st_size > 10_000


CONTRAST = """() => {
  const share = (c) => (c <= 0.03928 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  const channel = (c) => share(c / 255);
  const light = ([r, g, b]) => 0.2126 * channel(r) + 0.7152 * channel(g) + 0.0722 * channel(b);
  const parse = (text) => text.match(/[\\d.]+/g).map(Number);
  const ground = (e) => {
    for (; e; e = e.parentElement) {
      const c = parse(getComputedStyle(e).backgroundColor);
      if (c.length < 4 || c[3] > 0) return c;
    }
    return [255, 255, 255];
  };
  const faint = [];
  for (const e of document.querySelectorAll("main *, header *, footer *")) {
    const own = [...e.childNodes].some((n) => n.nodeType === 3 && n.textContent.trim());
    if (!own || !e.getClientRects().length) continue;
    const style = getComputedStyle(e);
    const ink = e instanceof SVGElement ? style.fill : style.color;
    const [a, b] = [light(parse(ink)), light(ground(e))].sort((x, y) => y - x);
    if ((a + 0.05) / (b + 0.05) < 4.5) faint.push(e.outerHTML.slice(0, 90));
  }
  return faint;
}"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("path", ["/board?cat=tv", "/board", "/shipments/CHECK-1"])
def test_every_text_stands_out_from_its_ground(
    served: Served, chromium: Browser, path: str, scheme: str
) -> None:
    with opened(chromium, served.address + path, scheme=scheme) as page:
        assert page.evaluate(CONTRAST) == []


def digits(page: Page, tile: str) -> str:
    return page.inner_text(f"#tile-{tile} .digits")


def test_a_new_leg_moves_the_open_page_and_keeps_an_opened_table(
    served: Served, chromium: Browser
) -> None:
    with opened(chromium, served.address + "/board") as page:
        page.wait_for_selector("#live[data-state=on]")
        page.click("#trend-details summary")
        before = digits(page, "shipments")

        posted = time.monotonic()
        add_legs(served.room.db, [leg(event_id=UUID(int=900), shipment_id="NEW-1",
                 leg_id="NEW-1/1", occurred_at=datetime(2026, 6, 12, 8, tzinfo=UTC))])  # fmt: skip
        served.room.live.announce([JUNE], datetime(2026, 6, 12, 8, tzinfo=UTC))
        page.wait_for_function(
            "(was) => document.querySelector('#tile-shipments .digits').textContent !== was",
            arg=before,
        )
        passed_s = time.monotonic() - posted

        assert int(digits(page, "shipments")) == int(before) + 1
        page.wait_for_selector("a[href='/shipments/NEW-1']", timeout=5_000)
        assert page.get_attribute("#trend-details", "open") is not None
        assert page.inner_text("#spoken").startswith("Figures updated")
        assert passed_s < MOVED_WITHIN_S


def test_a_page_whose_stream_was_refused_comes_back_by_itself(
    served: Served, chromium: Browser
) -> None:
    refused: list[str] = []

    def once(route: Route) -> None:
        if refused:
            route.continue_()
        else:
            refused.append(route.request.url)
            route.fulfill(status=503)

    context = chromium.new_context(locale="en-GB")
    page = context.new_page()
    page.route(re.compile(r"/live(\?|$)"), once)
    page.goto(served.address + "/board")

    page.wait_for_selector("#live[data-state=off]")
    page.wait_for_selector("#live[data-state=on]", timeout=10_000)
    assert len(refused) == 1
    context.close()


def test_a_shipment_that_is_on_its_way_appears_by_itself(served: Served, chromium: Browser) -> None:
    context = chromium.new_context(locale="en-GB")
    page = context.new_page()
    page.goto(served.address + "/shipments/SOON-1")
    page.wait_for_selector("#live[data-state=on]")
    assert page.is_visible("text=No shipment SOON-1 is known")

    add_legs(served.room.db, [leg(event_id=UUID(int=901), shipment_id="SOON-1", leg_id="SOON-1/1")])
    served.room.live.announce([JUNE], datetime(2026, 6, 12, 9, tzinfo=UTC))

    page.wait_for_selector("text=388.787063 kg")
    context.close()


def test_the_filter_changes_the_figures_and_the_address_without_a_reload(
    served: Served, chromium: Browser
) -> None:
    with opened(chromium, served.address + "/board") as page:
        page.evaluate("window.stayed = true")
        page.select_option("select[name=mode]", "rail")
        page.wait_for_selector(".chip")

        page.wait_for_url("**/board?mode=rail")
        assert page.evaluate("window.stayed")
        assert page.inner_text(".chip").replace("\n", " ").startswith("Mode Rail")

        page.click("a.tool[hreflang=zh]")
        page.wait_for_selector("html[lang=zh-CN]")
        assert "mode=rail" in page.url


def test_without_javascript_the_filter_is_a_form_with_a_button(
    served: Served, chromium: Browser
) -> None:
    with opened(chromium, served.address + "/board", javascript=False) as page:
        page.select_option("select[name=mode]", "sea")
        page.click("button[type=submit]")
        page.wait_for_url("**/board?mode=sea")

        assert page.locator(".chip").count() == 1


def test_the_whole_way_from_a_figure_to_its_trace_works_by_keyboard(
    served: Served, chromium: Browser
) -> None:
    with opened(chromium, served.address + "/board") as page:
        for _ in range(80):
            page.keyboard.press("Tab")
            if page.evaluate("document.activeElement.pathname?.startsWith('/shipments/')"):
                break
        outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
        page.keyboard.press("Enter")
        page.wait_for_url("**/shipments/*")

        assert outline == "solid"
        assert page.is_visible("ol.steps")
