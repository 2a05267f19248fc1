"""Nobody of the demo's consumers stands anywhere but, sealed, in the contact store."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pytest
from confluent_kafka import Consumer, TopicPartition

from loopline.arrival import await_arrival
from loopline.ask import ask
from loopline.demo import own_folder
from loopline.running import stack_for
from loopline.takeback_year import YearTold, take_back
from runtime.broker import topics_of
from runtime.settings import Settings
from schemas.topics import TOPICS
from simulator.partner_year import PartnerYear
from tests.loopline.command import ROOT
from tests.loopline.year_house import short_year

pytestmark = [pytest.mark.slow, pytest.mark.timeout(400)]
WITHIN_S, QUIET_S = 20.0, 2.0


@dataclass(frozen=True)
class Left:
    """What a demo leaves behind: its folder, and every record of every topic."""

    folder: Path
    records: list[bytes]
    rows: list[str]
    told: YearTold
    year: PartnerYear


@pytest.fixture(scope="module")
def left(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Left]:
    year = short_year()
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(tmp_path_factory.mktemp("demo"))
        patch.setenv("PYTHONPATH", str(ROOT))
        yield _demo(year, own_folder(Settings()))


def _demo(year: PartnerYear, settings: Settings) -> Left:
    folder = settings.warehouse.dir.resolve()
    stack = stack_for("embedded", tell=lambda _: None, settings=settings, takeback=True)
    try:
        running = stack.start()
        told = take_back(year, settings, running.bootstrap, ending=threading.Event())
        await_arrival(running, told.told, {})
        ask(running, "/v1/operate/snapshots", {})
        records = list(_records(running.bootstrap, sum(told.told.values())))
    finally:
        stack.stop()
    return Left(folder, records, list(_rows(folder)), told, year)


def _records(bootstrap: str, told: int) -> Iterator[bytes]:
    """Yield key, headers and value of every record: those told, and what else comes at once.

    The embedded broker understates its ends: they do not say when all was read.
    """
    count = 0
    with _reading(bootstrap) as consumer:
        while message := consumer.poll(WITHIN_S if count < told else QUIET_S):
            assert message.error() is None
            count += 1
            yield repr((message.key(), message.headers(), message.value())).encode()


@contextmanager
def _reading(bootstrap: str) -> Iterator[Consumer]:
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "privacy"})
    parts = {topic: count for topic, count in topics_of(bootstrap).items() if topic in TOPICS}
    try:
        consumer.assign(
            [TopicPartition(topic, part, 0) for topic, n in parts.items() for part in range(n)]
        )
        yield consumer
    finally:
        consumer.close()


def _rows(folder: Path) -> Iterator[str]:
    """Yield every row of every table of the snapshot: a packed file would hide its texts."""
    db = duckdb.connect(str(folder / "snapshots" / "full.duckdb"), read_only=True)
    try:
        tables = db.sql(
            "select schema_name, table_name from duckdb_tables() where not internal"
        ).fetchall()
        assert len(tables) > 20
        for schema, table in tables:
            yield from map(str, db.sql(f'select * from "{schema}"."{table}"').fetchall())
    finally:
        db.close()


def _secrets(year: PartnerYear) -> list[str]:
    return [one[name] for one in year.people() for name in ("phone", "address")]


def test_the_year_was_told_and_arrived(left: Left) -> None:
    assert left.told.told["takeback.demand.v1"] == len(_secrets(left.year)) // 2 > 20
    assert len(left.records) >= sum(left.told.told.values())


def test_no_record_of_any_topic_names_anybody(left: Left) -> None:
    whole = b"\n".join(left.records)

    assert [one for one in _secrets(left.year) if one.encode() in whole] == []


def test_no_row_of_the_warehouse_names_anybody(left: Left) -> None:
    whole = "\n".join(left.rows)

    assert [one for one in _secrets(left.year) if one in whole] == []


def test_no_file_of_the_demo_names_anybody_not_even_the_contact_store(left: Left) -> None:
    files = [path for path in left.folder.rglob("*") if path.is_file()]
    assert {"ledger.sqlite", "contacts.sqlite"} <= {path.name for path in files}

    named = {
        f"{path.name}: {one}"
        for path in files
        for content in [path.read_bytes()]
        for one in _secrets(left.year)
        if one.encode() in content or one.encode("utf-16-le") in content
    }

    assert named == set()


def test_a_phone_that_stood_in_a_file_would_be_found(left: Left) -> None:
    person = next(left.year.people())
    planted = left.folder / "planted.log"
    planted.write_text(f"called {person['phone']}")

    found = [one for one in _secrets(left.year) if one.encode() in planted.read_bytes()]

    planted.unlink()
    assert found == [person["phone"]]
