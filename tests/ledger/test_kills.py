"""Whenever the ledger is killed: what was answered is there once, the rest at most once."""

import json
import random
import signal
import subprocess
import sys
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from ledger.chain import verify
from tests.builders import ROOT
from tests.ledger.builders import looked_into
from tests.ledger.crash_target import key_of
from tests.ledger.postgres_cluster import cluster

KILLS = 24
KILLS_OF_A_BUG = 12
KILLS_ON_POSTGRES = 5
THREADS = 12
SEED = 20261125
STARTS_WITHIN_S = 30

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


@dataclass
class Driver:
    """What the clients were told, whoever was killed: the ledger's own word is held against it."""

    folder: Path
    implementation: str = "sqlite"
    bug: str = ""
    answers: dict[str, str] = field(default_factory=dict)
    replays: int = 0
    lost: set[str] = field(default_factory=set)
    doubled: set[str] = field(default_factory=set)
    changed: set[str] = field(default_factory=set)
    breaks: int = 0

    def kill_once(self, after_s: float) -> None:
        told = self.folder.with_suffix(".told")
        with told.open("wb") as out:
            child = subprocess.Popen(
                [
                    sys.executable, "-m", "tests.ledger.crash_target", self.at(),
                    json.dumps(self.starts()), self.bug,
                ],
                stdout=out,
                stderr=subprocess.DEVNULL,
                cwd=ROOT,
            )  # fmt: skip
            deadline = time.monotonic() + STARTS_WITHIN_S
            while not told.read_bytes().startswith(b"open\n"):
                assert child.poll() is None, "the child ended before it opened its ledger"
                assert time.monotonic() < deadline
                time.sleep(0.005)
            time.sleep(after_s)
            assert child.poll() is None, "the child ended by itself"
            child.send_signal(signal.SIGKILL)
            child.wait()
        self.hear(told.read_text("utf-8"))
        self.compare()

    def at(self) -> str:
        """Return where the child finds its ledger."""
        if self.implementation == "postgres":
            return cluster().url_for(self.folder)
        return str(self.folder)

    def starts(self) -> list[int]:
        """Return the first number of each client that was not answered: it is asked again."""
        return [
            next(n for n in range(10**9) if key_of(thread, n) not in self.answers)
            for thread in range(THREADS)
        ]

    def hear(self, text: str) -> None:
        for line in text.splitlines()[1:]:
            parts = line.split()
            if len(parts) != 4:
                continue  # cut off by the kill
            key, status, body, replayed = parts
            self.replays += replayed == "True"
            if self.answers.setdefault(key, f"{status} {body}") != f"{status} {body}":
                self.changed.add(key)

    def compare(self) -> None:
        with looked_into(self.folder, self.implementation) as db:
            stored = [
                (payload["item"], f'200 {{"count":{payload["count"]}}}')
                for (text,) in db.execute("select payload from event where type = 'tallied'")
                for payload in [json.loads(text)]
            ]
            self.breaks += len(verify(db).breaks)
        counts = Counter(key for key, _ in stored)
        self.doubled |= {key for key, count in counts.items() if count > 1}
        self.lost |= {key for key in self.answers if key not in counts}
        self.changed |= {k for k, told in stored if self.answers.get(k, told) != told}


def campaign(folder: Path, *, kills: int, bug: str = "", implementation: str = "sqlite") -> Driver:
    draw = random.Random(SEED)
    driver = Driver(folder, implementation, bug)
    for _ in range(kills):
        driver.kill_once(draw.uniform(0.0, 0.3))
    return driver


def test_whenever_it_is_killed_what_was_answered_is_there_once(tmp_path: Path) -> None:
    driver = campaign(tmp_path / "ledger", kills=KILLS)

    assert driver.lost == set()
    assert driver.doubled == set()
    assert driver.changed == set()
    assert driver.breaks == 0
    assert len(driver.answers) > 1_000
    assert driver.replays > KILLS  # clients did ask again, and were answered from the row


def test_whenever_a_machine_is_killed_what_postgres_answered_is_there_once(tmp_path: Path) -> None:
    driver = campaign(tmp_path / "ledger", kills=KILLS_ON_POSTGRES, implementation="postgres")

    assert driver.lost == set()
    assert driver.doubled == set()
    assert driver.changed == set()
    assert driver.breaks == 0
    assert len(driver.answers) > 100
    assert driver.replays > KILLS_ON_POSTGRES


def test_an_answer_before_the_commit_is_caught(tmp_path: Path) -> None:
    driver = campaign(tmp_path / "ledger", kills=KILLS_OF_A_BUG, bug="answer_before_commit")

    assert driver.lost


@pytest.mark.parametrize("bug", ["no_dedupe", "key_after_commit"])
def test_a_key_that_is_not_kept_with_what_it_did_is_caught(tmp_path: Path, bug: str) -> None:
    driver = campaign(tmp_path / "ledger", kills=KILLS_OF_A_BUG, bug=bug)

    assert driver.doubled
