import os
import threading
import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.builders import (
    NOON,
    batch,
    dead_batch,
    emission,
    message,
    opened,
    owner_of,
    reading,
    settings_in,
    sink_of,
    state,
)
from warehouse import snapshot
from warehouse.owner import Warehouse
from warehouse.snapshot import SnapshotMissing, newest, publish

WITHIN_S = 20
SECRETS = (b"raw-bytes-of-nobody", b"header-of-nobody", b"key-of-nobody", b"outbox-bytes-7")


@pytest.fixture
def house(tmp_path: Path) -> Iterator[Warehouse]:
    owner = owner_of(settings_in(tmp_path))
    yield owner
    owner.close()


def published(house: Warehouse, second: int = 0) -> Path:
    at = NOON + timedelta(seconds=second)
    return house.run(lambda db: publish(db, house._settings, at)).result(WITHIN_S)


def legs_in(path: Path) -> int:
    with duckdb.connect(str(path), read_only=True) as db:
        found: int = db.execute("select count(*) from mart.leg").fetchall()[0][0]
    return found


def test_a_copy_holds_what_the_warehouse_holds(house: Warehouse) -> None:
    house.put(batch(emission(1), emission(2))).result(WITHIN_S)

    copy = published(house)

    assert legs_in(copy) == 2
    assert newest(house._settings) == copy
    assert copy.stat().st_mode & 0o777 == 0o600


def test_original_bytes_and_what_is_told_to_others_never_reach_a_copy(house: Warehouse) -> None:
    read = reading(1)
    house.put(dead_batch(0)).result(WITHIN_S)
    parcel = replace(batch(read), readings={"F-1": state(read)}, outbox=[message(7)])
    house.put(parcel).result(WITHIN_S)

    copy = published(house)

    content = copy.read_bytes()
    assert not [secret for secret in SECRETS if secret in content]
    assert not [path for path in copy.parent.iterdir() if path.suffix in (".wal", ".tmp")]
    with duckdb.connect(str(copy), read_only=True) as db:
        assert db.execute("select reason, state from mart.dead_letter").fetchall() == [
            ("bad_json", "open")
        ]
        assert db.execute("select count(*) from outbox").fetchall() == [(0,)]
        assert db.execute("select count(*) from forklift_state").fetchall() == [(0,)]


@pytest.mark.slow
def test_a_copy_taken_while_others_write_is_whole(house: Warehouse) -> None:
    stop = threading.Event()

    def write() -> None:
        at = 0
        while not stop.is_set():
            house.put(batch(emission(at + 1), emission(at + 2), at=at))
            at += 2
            time.sleep(0.005)

    writer = threading.Thread(target=write, daemon=True)
    writer.start()
    copies = [published(house, second) for second in range(4)]
    stop.set()
    writer.join(WITHIN_S)

    for copy in copies[-2:]:
        with duckdb.connect(str(copy), read_only=True) as db:
            told = db.execute(
                "select (select count(*) from mart.leg), (select sum(legs)::int from agg_leg_day), "
                "(select next_offset from sink_offset)"
            ).fetchall()
        assert len(set(told[0])) == 1


def test_only_the_newest_copies_are_kept_and_a_reader_of_an_older_one_goes_on(
    house: Warehouse,
) -> None:
    first = published(house, 1)
    reader = duckdb.connect(str(first), read_only=True)

    copies = [published(house, second) for second in (2, 3, 4)]

    folder = first.parent
    kept = sorted(p.name for p in folder.glob("full-*"))
    assert kept == [copies[1].name, copies[2].name]
    assert os.readlink(folder / "full.duckdb") == copies[2].name
    assert reader.execute("select count(*) from mart.leg").fetchall() == [(0,)]
    reader.close()


def test_a_clock_that_went_back_does_not_remove_the_copy_that_is_published(
    house: Warehouse,
) -> None:
    for second in (100, 101, 102):
        published(house, second)

    earlier = published(house, 0)

    assert newest(house._settings) == earlier
    assert earlier.exists()


def test_a_copy_that_is_torn_leaves_the_one_before_published(
    house: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = published(house, 1)

    def torn(_: object, path: Path) -> None:
        path.write_bytes(b"torn")

    monkeypatch.setattr(snapshot, "_copy", torn)
    with pytest.raises(duckdb.IOException):
        published(house, 2)

    assert newest(house._settings) == good
    assert legs_in(newest(house._settings)) == 0
    assert not list(good.parent.glob("*.tmp*"))


def test_a_copy_without_all_rows_is_not_published(
    house: Warehouse, monkeypatch: pytest.MonkeyPatch
) -> None:
    house.put(batch(emission(1))).result(WITHIN_S)
    whole, asked = snapshot._published, []

    def short_at_first(db: duckdb.DuckDBPyConnection) -> list[str]:
        asked.append(1)
        return [name for name in whole(db) if name != "fact_leg_emission" or len(asked) > 1]

    monkeypatch.setattr(snapshot, "_published", short_at_first)

    with pytest.raises(OSError, match="fact_leg_emission of the copy does not hold"):
        published(house)


def test_what_an_unfinished_copy_left_behind_is_removed(house: Warehouse) -> None:
    folder = published(house, 1).parent
    (folder / "full-20260101T000000000000.duckdb.tmp").write_bytes(b"half")
    (folder / "full-20260101T000000000000.duckdb.tmp.wal").write_bytes(b"half")

    published(house, 2)

    assert not list(folder.glob("*.tmp*"))


def test_without_a_copy_the_remedy_is_told(tmp_path: Path) -> None:
    with pytest.raises(SnapshotMissing, match="loopline up"):
        newest(settings_in(tmp_path))


def test_a_copy_of_a_file_whose_path_has_a_quote_is_made(tmp_path: Path) -> None:
    settings = settings_in(tmp_path / "o'hare")
    db = opened(settings)
    sink_of(db).write([batch(emission(1))])

    assert legs_in(publish(db, settings, NOON)) == 1
