"""The published copy that a command reads: fresh where a stack runs, the last one elsewhere."""

from pathlib import Path

from emissions.period import Period, period_of
from loopline import say, stack_file
from loopline.ask import StackAway, StackRefused, ask
from runtime.settings import Settings
from schemas.refusal import Refused
from warehouse.snapshot import SnapshotMissing, newest


def fresh_copy_or_refuse(settings: Settings) -> Path:
    """Return the newest copy, or end with the sentence that says what to do for one."""
    _refresh(settings)
    try:
        return newest(settings.warehouse)
    except SnapshotMissing as error:
        say.refuse(str(error), say.EXIT_SURROUNDINGS)


def _refresh(settings: Settings) -> None:
    running = stack_file.read(settings.warehouse)
    if running is None:
        return
    try:
        ask(running, "/v1/operate/snapshots", {})
    except (StackAway, StackRefused) as error:
        say.note(f"loopline: answering from the last copy: {error}")


def period_or_refuse(name: str, option: str) -> Period:
    """Return the period called ``name``, or end with the forms it may have."""
    try:
        return period_of(name)
    except Refused as error:
        say.refuse(f"{option}: {error.detail}", say.EXIT_BAD_INPUT)


def text_or_refuse(path: Path) -> str:
    """Return the text of a file that somebody named, or end with why it cannot be read."""
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        say.refuse(f"{path} cannot be read: {error}", say.EXIT_BAD_INPUT)
