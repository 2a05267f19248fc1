"""Where a running stack says how to reach it: ``live/stack.json`` beside the warehouse file."""

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

from runtime.settings import WarehouseSettings


@dataclass(frozen=True, slots=True)
class RunningStack:
    """How to reach a stack on this machine."""

    pid: int
    http: str
    bootstrap: str
    durable: bool
    epoch_note: str


def stack_path(settings: WarehouseSettings) -> Path:
    """Return where the file lies."""
    return settings.dir / "live" / "stack.json"


def write(settings: WarehouseSettings, stack: RunningStack) -> None:
    """Say how to reach the stack; a reader sees the whole file or none."""
    path = stack_path(settings)
    unfinished = path.with_suffix(".tmp")
    unfinished.write_text(json.dumps(asdict(stack)))
    unfinished.replace(path)


def remove(settings: WarehouseSettings) -> None:
    """Forget the stack."""
    stack_path(settings).unlink(missing_ok=True)


def read(settings: WarehouseSettings) -> RunningStack | None:
    """Return the running stack, or None; one whose process is gone counts as none."""
    try:
        stack = RunningStack(**json.loads(stack_path(settings).read_text()))
    except (FileNotFoundError, json.JSONDecodeError, TypeError):
        return None
    return stack if _is_alive(stack.pid) else None


def _is_alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:
        return True
    return True
