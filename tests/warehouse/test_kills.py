"""Whenever the process that writes is killed, what it left is consistent and the end is exact."""

import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.builders import (
    CLUSTER,
    assert_consistent,
    digest,
    empty,
    opened,
    settings_in,
    sink_of,
)
from tests.warehouse.history import history

KILLS = 24
SEED = 20261125
ROOT = Path(__file__).parents[2]

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]


def started(folder: Path) -> "subprocess.Popen[str]":
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.warehouse.kill_target", str(folder), str(SEED)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert child.stdout is not None
    for text in child.stdout:
        if text == "open\n":
            return child
    raise AssertionError("the child ended before it opened its warehouse")


def acknowledged(text: str) -> dict[tuple[str, int], int]:
    """Return the highest offset that each partition's reader was told is stored."""
    ends: dict[tuple[str, int], int] = {}
    for line in text.splitlines():
        parts = line.split()
        if len(parts) == 3:
            place = (parts[0], int(parts[1]))
            ends[place] = max(ends.get(place, 0), int(parts[2]))
    return ends


def offsets_of(db: duckdb.DuckDBPyConnection) -> dict[tuple[str, int], int]:
    rows = db.execute(
        "select topic, partition, next_offset from sink_offset where cluster_id = ?", [CLUSTER]
    ).fetchall()
    return {(topic, partition): offset for topic, partition, offset in rows}


def test_whenever_the_writer_is_killed_nothing_acknowledged_is_lost_and_the_end_is_exact(
    tmp_path: Path,
) -> None:
    draw = random.Random(SEED)
    settings = settings_in(tmp_path)
    ends = {(p.topic, p.partition): p.next_offset for p in history(SEED)}
    in_the_middle = 0

    for _ in range(KILLS):
        child = started(tmp_path)
        time.sleep(draw.uniform(0.0, 0.2))
        child.send_signal(signal.SIGKILL)
        told, _ = child.communicate()

        db = opened(settings)
        assert_consistent(db)
        stored = offsets_of(db)
        assert all(stored[place] >= end for place, end in acknowledged(told).items())
        in_the_middle += child.returncode == -signal.SIGKILL and stored != ends
        db.close()

    last = started(tmp_path)
    last.communicate()
    assert last.returncode == 0

    expected = empty()
    sink = sink_of(expected)
    for start in range(0, len(history(SEED)), 10):
        sink.write(history(SEED)[start : start + 10])
    db = opened(settings)
    assert_consistent(db)
    assert digest(db) == digest(expected)
    assert offsets_of(db) == offsets_of(expected)
    letters = "select dead_letter_id, reason from dead_letter order by 1"
    assert db.execute(letters).fetchall() == expected.execute(letters).fetchall()
    assert in_the_middle >= 20


def test_the_company_of_the_campaign_has_every_kind_of_trouble() -> None:
    db = empty()
    sink = sink_of(db)

    told = [sink.write([part]) for part in history(SEED)]

    assert sum(one.rows for one in told) > 3_000
    assert sum(one.duplicates for one in told) > 100
    assert sum(one.dead for one in told) > 50
    assert_consistent(db)
