"""The real Apache Kafka of the tests, and the processes that a campaign starts and kills."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from loopline import stack_file
from loopline.ask import StackAway, ask
from loopline.stack_file import RunningStack
from runtime.process import start
from runtime.settings import Settings, WarehouseSettings

ROOT = Path(__file__).parent.parent.parent
JARS = ROOT / "var" / "kafka" / "libs"
POM = ROOT / "docker" / "kafka" / "pom.xml"
LOOK_EVERY_S = 0.1


@dataclass
class Part:
    """One process of the house, started by hand so that it can be killed."""

    name: str
    dir: Path
    bootstrap: str
    number: int = 0
    program: Sequence[str] = ()  # a module and its words; none: the worker of this name
    extra_env: Mapping[str, str] = field(default_factory=dict)
    process: "subprocess.Popen[bytes] | None" = None

    def start(self) -> "Part":
        worker = ("loopline", "worker", self.name, "--number", str(self.number))
        self.process = start(
            [sys.executable, "-m", *(self.program or worker)],
            log=self.dir / "logs" / f"{self.name}-{self.number}.log",
            env={
                "KAFKA_BOOTSTRAP": self.bootstrap,
                "LOOPLINE_BROKER_DURABLE": "1",
                "LOOPLINE_WAREHOUSE__DIR": str(self.dir),
                "LOOPLINE_WAREHOUSE__MIN_FREE_BYTES": "0",
                **self.extra_env,
            },
            cwd=ROOT,
        )
        return self

    def signal(self, number: signal.Signals) -> int:
        assert self.process is not None
        if self.process.poll() is None:
            os.kill(self.process.pid, number)
        return self.process.wait(30)

    def kill(self) -> None:
        self.signal(signal.SIGKILL)

    def stop(self) -> int:
        return self.signal(signal.SIGTERM)

    @property
    def alive(self) -> bool:
        return self.process is not None and self.process.poll() is None


def keep_alive(parts: Sequence[Part]) -> None:
    """Start again what ended by itself, as a supervisor would."""
    for part in parts:
        if not part.alive:
            part.start()


def owner_of(folder: Path) -> RunningStack | None:
    return stack_file.read(WarehouseSettings(dir=folder))


def told(folder: Path, path: str) -> Any:
    """Return the owner's answer, or None while there is no owner."""
    stack = owner_of(folder)
    if stack is None:
        return None
    try:
        return ask(stack, path)
    except StackAway:
        return None


def settings_of(folder: Path) -> Settings:
    return Settings(warehouse=WarehouseSettings(dir=folder, min_free_bytes=0))


def wait_until(condition: Any, *, within_s: float, what: str) -> None:
    deadline = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < deadline, f"{what}: not within {within_s:g} s"
        time.sleep(LOOK_EVERY_S)
