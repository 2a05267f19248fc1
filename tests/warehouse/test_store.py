import os
import subprocess
import sys
import time
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.builders import CLUSTER, NOON, empty, opened, settings_in
from warehouse.store import WarehouseHeld, WarehouseRefused, epoch_of, live_path

PLACE = ("shipment.emission.v1", 0)
HOLD = """
import sys, time
from pathlib import Path
from tests.warehouse.builders import opened, settings_in
db = opened(settings_in(Path(sys.argv[1])))
print("held", flush=True)
time.sleep(60)
"""


def with_offset(db: duckdb.DuckDBPyConnection, key: str, offset: int) -> None:
    db.execute("insert into sink_offset values (?, ?, ?, ?)", [key, *PLACE, offset])


def test_the_first_broker_is_no_news() -> None:
    epoch = epoch_of(empty(), CLUSTER, ends=None, now=NOON)

    assert (epoch.number, epoch.key, epoch.is_new) == (1, CLUSTER, False)


def test_the_same_broker_goes_on_in_its_epoch() -> None:
    db = empty()
    epoch_of(db, CLUSTER, ends=None, now=NOON)
    with_offset(db, CLUSTER, 7)

    for ends in (None, {PLACE: 7}, {PLACE: 8}):
        again = epoch_of(db, CLUSTER, ends=ends, now=NOON)
        assert (again.number, again.key, again.is_new) == (1, CLUSTER, False)


def test_another_cluster_id_is_a_new_epoch_and_the_old_offsets_are_kept() -> None:
    db = empty()
    epoch_of(db, CLUSTER, ends=None, now=NOON)
    with_offset(db, CLUSTER, 7)

    epoch = epoch_of(db, "cluster-2", ends=None, now=NOON)

    assert (epoch.number, epoch.key, epoch.is_new) == (2, "cluster-2", True)
    assert db.execute("select cluster_id, next_offset from sink_offset").fetchall() == [
        (CLUSTER, 7)
    ]


def test_a_stored_offset_beyond_the_logs_end_is_a_new_epoch_of_the_same_cluster() -> None:
    db = empty()
    epoch_of(db, CLUSTER, ends=None, now=NOON)
    with_offset(db, CLUSTER, 7)

    second = epoch_of(db, CLUSTER, ends={PLACE: 6}, now=NOON)
    again = epoch_of(db, CLUSTER, ends={PLACE: 6}, now=NOON)
    with_offset(db, second.key, 5)
    third = epoch_of(db, CLUSTER, ends={}, now=NOON)

    assert (second.number, second.key, second.is_new) == (2, f"{CLUSTER}#2", True)
    assert "ends below the stored offsets" in second.note
    assert (again.number, again.is_new) == (2, False)
    assert third.key == f"{CLUSTER}#3"


def test_a_cluster_whose_name_begins_like_another_is_another() -> None:
    db = empty()
    epoch_of(db, CLUSTER, ends=None, now=NOON)

    assert epoch_of(db, CLUSTER[:-1], ends=None, now=NOON).number == 2


def test_a_warehouse_of_another_time_zone_is_refused(tmp_path: Path) -> None:
    opened(settings_in(tmp_path)).close()

    with pytest.raises(WarehouseRefused, match=r"TIMEZONE=Europe/Berlin.*Asia/Shanghai"):
        opened(settings_in(tmp_path), timezone="Europe/Berlin")


def test_a_path_with_a_quote_in_it_is_opened(tmp_path: Path) -> None:
    opened(settings_in(tmp_path / "o'hare")).close()

    assert live_path(settings_in(tmp_path / "o'hare")).exists()


def test_what_is_no_warehouse_is_not_opened(tmp_path: Path) -> None:
    path = live_path(settings_in(tmp_path))
    path.parent.mkdir()
    path.write_bytes(b"not a database" * 1_000)

    with pytest.raises(WarehouseHeld, match="cannot be opened"):
        opened(settings_in(tmp_path))

    assert path.read_bytes().startswith(b"not a database")  # never deleted


@pytest.mark.slow
def test_a_second_owner_is_told_who_the_first_is(tmp_path: Path) -> None:
    first = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(tmp_path)], stdout=subprocess.PIPE, cwd=os.getcwd()
    )
    try:
        assert first.stdout is not None
        assert first.stdout.readline() == b"held\n"
        started = time.monotonic()

        with pytest.raises(WarehouseHeld, match=rf"held by PID {first.pid} .*full\.duckdb"):
            opened(settings_in(tmp_path, lock_wait_s=0.5))

        assert time.monotonic() - started >= 0.5
    finally:
        first.kill()
        first.communicate()
    opened(settings_in(tmp_path)).close()
