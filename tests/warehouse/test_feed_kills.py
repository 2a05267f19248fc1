"""Whenever the process that imports a snapshot is killed, a file is there whole or not at all."""

import random
import subprocess
import sys
import time
from pathlib import Path

import pytest

from tests.builders import ROOT
from tests.warehouse.builders import opened, settings_in
from tests.warehouse.feed_kill_target import RECORDS
from warehouse.feeds import records_of

KILLS = 8
SEED = 20261125
LONGEST_S = 0.3

pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]


def killed(folder: Path, after_s: float) -> int:
    """Let a process import until some time after its first file; return the last it told of."""
    child = subprocess.Popen(
        [sys.executable, "-m", "tests.warehouse.feed_kill_target", str(folder)],
        stdout=subprocess.PIPE,
        text=True,
        cwd=ROOT,
    )
    assert child.stdout is not None
    first = child.stdout.readline()
    time.sleep(after_s)
    child.kill()
    told = [first, *child.stdout.read().splitlines()]
    child.stdout.close()
    child.wait()
    return int(told[-1])


def test_an_import_that_is_killed_leaves_a_whole_file_or_none(tmp_path: Path) -> None:
    draw = random.Random(SEED)

    for _ in range(KILLS):
        told = killed(tmp_path, draw.uniform(0, LONGEST_S))
        with opened(settings_in(tmp_path)) as db:
            counted = [
                db.execute(f"select count(*) from {name}").fetchall()[0][0]
                for name in ("feed_file", "feed_line", "feed_revision")
            ]
            brands = {one.cells["brand"] for one in records_of(db, "fixit").values()}
        files = counted[0]
        assert counted == [files, files * RECORDS, files * RECORDS]
        assert brands == {f"b{files - 1}"}
        assert told < files
