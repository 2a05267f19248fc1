"""An open page in Chromium that remembers when the text of a tile changed."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from playwright.sync_api import Page, sync_playwright

FLAGS = (
    "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
)  # fmt: skip
OPENED_WITHIN_MS = 30_000
# The observer runs after each batch of changes of the document, before the next frame is painted.
WATCH = """
([tile]) => {
  window.seen = [];
  const read = () => document.querySelector(`#${tile} .digits`)?.textContent ?? "";
  let last = "";
  const look = () => {
    const text = read();
    if (text === last) return;
    last = text;
    window.seen.push([performance.timeOrigin + performance.now(), text]);
  };
  new MutationObserver(look).observe(document.documentElement, {
    subtree: true, childList: true, characterData: true,
  });
  look();
}
"""


class ChromiumMissing(Exception):
    """No Chromium is installed."""


@dataclass(frozen=True, slots=True)
class Seen:
    """A number that the tile showed, and since when (Unix time)."""

    at_s: float
    number: int


@contextmanager
def opened(address: str, tile: str) -> Iterator[Page]:
    """Give the page at ``address``, whose tile is watched from here on."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    if found is None:
        raise ChromiumMissing("chromium is not installed (Debian: apt-get install chromium)")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=found, args=list(FLAGS))
        try:
            page = browser.new_page(locale="en-GB", viewport={"width": 1440, "height": 1000})
            page.goto(address, timeout=OPENED_WITHIN_MS)
            page.wait_for_selector(f"#{tile} .digits", timeout=OPENED_WITHIN_MS)
            page.evaluate(WATCH, [tile])
            yield page
        finally:
            browser.close()


def seen(page: Page) -> list[Seen]:
    """Return what the tile showed since it is watched."""
    told: list[tuple[float, str]] = page.evaluate("() => window.seen")
    return [
        Seen(at_ms / 1_000, int(digits))
        for at_ms, text in told
        if (digits := "".join(sign for sign in text if sign.isdigit()))
    ]
