"""What PostgreSQL adds: several machines write at once, and the database may go away."""

import random
import tempfile
import threading
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from pathlib import Path
from shutil import copytree
from typing import Any

import psycopg
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.contract import View
from ledger.postgres_ledger import PostgresLedger, unseen_disk
from ledger.postgres_statements import PostgresStatements
from ledger.postgres_store import (
    MIGRATIONS,
    PostgresReads,
    connect,
    migrate,
    open_for_reading,
    open_for_writing,
)
from ledger.records import Answer, ChannelRef, Decision, Ref
from ledger.refusals import (
    InFlight,
    LedgerAway,
    LedgerMissing,
    Malformed,
    NotFound,
    Overloaded,
    WriterEnded,
)
from runtime.migrations import MigrationRefused
from tests.ledger.builders import (
    MAKER,
    NORTH,
    START,
    WITHIN_S,
    Command,
    World,
    WriterKilled,
    ask,
    body_of,
    decide,
    looked_into,
    postgres_ledger,
    request,
    shape,
)
from tests.ledger.postgres_cluster import cluster
from tests.ledger.test_laws import boxes_of, commands, told_in_sequence

Boxes = PostgresLedger[Command]
NOWHERE = "postgresql://ledger@127.0.0.1:1/nothing"
STEPS = sorted(MIGRATIONS.glob("*.sql"))
NAMES = [path.stem[5:] for path in STEPS]
NEXT = f"{len(STEPS) + 1:04d}"


@contextmanager
def machines(folder: Path, count: int, **changed: Any) -> Iterator[list[Boxes]]:
    """Give several ledgers on one database, each as on a machine of its own."""
    made = [postgres_ledger(folder, World(), **changed) for _ in range(count)]
    try:
        yield made
    finally:
        for one in made:
            one.close()


@contextmanager
def transaction(folder: Path) -> Iterator[PostgresStatements]:
    """Give a transaction that stays open until the end."""
    db = open_for_writing(cluster().url_for(folder))
    with closing(db.connection):
        db.begin()
        yield db
        db.roll_back()


class Gate:
    """Rules that wait, so that a test knows where a transaction stands."""

    def __init__(self) -> None:
        self.begun, self.go_on = threading.Event(), threading.Event()

    def __call__(self, command: Command, view: View) -> Decision:
        self.begun.set()
        assert self.go_on.wait(WITHIN_S)
        return decide(command, view)


# -- several machines ------------------------------------------------------------------------------


@pytest.mark.parametrize("count", [1, 2])
@settings(max_examples=6)
@given(seed=st.integers(0, 2**32))
def test_all_answers_of_several_machines_equal_some_serial_sequence(count: int, seed: int) -> None:
    asked = commands(random.Random(seed), 60)
    by_key = {told["key"]: (do, told) for do, told in asked}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        with machines(folder / "at-once", count) as ledgers:
            number_refusals(folder / "at-once")
            answers = at_once(ledgers, asked)
            boxes, sequence = boxes_of(ledgers[-1]), sequence_of(folder / "at-once")
            assert ledgers[0].verify().breaks == ()
        with machines(folder / "serial", 1) as (serial,):
            serially = told_in_sequence(serial, [by_key[key] for key in sequence])

            assert serially == {key: answers[key] for key in sequence}
            assert boxes_of(serial) == boxes
        assert {key for key, (status, _) in answers.items() if status != 404} == set(sequence)


def number_refusals(folder: Path) -> None:
    """Let refusals take their numbers where events do, so that all have one sequence."""
    with psycopg.connect(cluster().url_for(folder)) as db:
        db.execute("alter table refusal alter refusal_id drop identity")
        db.execute("alter table refusal alter refusal_id set default nextval('event_seq')")


def sequence_of(folder: Path) -> list[str]:
    """Return the keys of what was decided, in the sequence of numbers taken under its locks."""
    with looked_into(folder, "postgres") as db:
        rows = db.execute(
            "select correlation_id from (select correlation_id, min(seq) as number from event "
            "group by 1 union select method, refusal_id from refusal) told order by number"
        ).fetchall()
    return [key for (key,) in rows]


def at_once(
    ledgers: Sequence[Boxes], asked: Sequence[tuple[str, dict[str, Any]]]
) -> dict[str, tuple[int, bytes]]:
    """Return every answer; each command's key stands for its method, which refusals keep."""

    def post(number: int) -> tuple[int, bytes]:
        do, told = asked[number]
        try:
            answer = ask(ledgers[number % len(ledgers)], do, method=told["key"], **told)
        except NotFound:
            return 404, b""
        return answer.status, answer.body

    with ThreadPoolExecutor(6) as pool:
        found = pool.map(post, range(len(asked)))
    return {told["key"]: answer for (_, told), answer in zip(asked, found, strict=True)}


def test_one_key_on_two_machines_at_once_happens_once(tmp_path: Path) -> None:
    with machines(tmp_path, 2) as ledgers:
        ask(ledgers[0], "open", box="B-1")

        def post(number: int) -> Answer | InFlight:
            told = {"target": "B-1", "item": number // 16, "key": f"k-{number // 16}"}
            try:
                return ask(ledgers[number % 2], "put", **told)
            except InFlight as busy:
                return busy

        with ThreadPoolExecutor(16) as pool:
            answers = list(pool.map(post, range(160)))

        items = ledgers[1].get(MAKER, Ref("box", "B-1")).body["items"]
        assert sorted(items) == [*range(10)]
        done = [one for one in answers if isinstance(one, Answer) and not one.replayed]
        assert sorted(body_of(one)["count"] for one in done) == [*range(1, 11)]


def test_a_key_that_runs_on_another_machine_is_in_flight(tmp_path: Path) -> None:
    gate = Gate()
    with machines(tmp_path, 1, decide=gate) as (slow,), machines(tmp_path, 1) as (other,):
        first = slow.submit(request("open", box="B-1", key="k"))
        assert gate.begun.wait(WITHIN_S)
        with pytest.raises(InFlight, match="k still runs"):
            ask(other, "open", box="B-1", key="k")
        gate.go_on.set()

        assert first.result(WITHIN_S).status == 201
        assert ask(other, "open", box="B-1", key="k").replayed


def test_the_same_demand_on_two_machines_is_one(tmp_path: Path) -> None:
    """Neither key nor id is the same: only the reference in its channel tells."""
    with machines(tmp_path, 2) as ledgers:

        def post(number: int) -> Answer:
            demand = number // 4
            return ask(
                ledgers[number % 2], "open", box=f"B-{demand}", key=f"k-{number}",
                keys=(ChannelRef("web_shop", f"D-{demand}"),),
            )  # fmt: skip

        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(post, range(80)))

        statuses = Counter(one.status for one in answers)
        assert statuses == {201: 20, 200: 60}
        assert len({one.body for one in answers}) == 20


def test_a_code_that_two_machines_claim_at_once_names_one_unit(tmp_path: Path) -> None:
    with machines(tmp_path, 2) as ledgers:
        for number in range(2):
            ask(ledgers[0], "open", box=f"B-{number}")

        def claim(number: int) -> int:
            code = f"C-{number // 2}"
            return ask(
                ledgers[number % 2], "put", target=f"B-{number % 2}", item=code, claims=[code]
            ).status

        with ThreadPoolExecutor(8) as pool:
            statuses = Counter(pool.map(claim, range(60)))

        assert statuses == {200: 30, 409: 30}


def test_two_machines_that_start_at_once_make_one_schema(tmp_path: Path) -> None:
    cluster().url_for(tmp_path)
    with ThreadPoolExecutor(4) as pool:
        made = list(pool.map(lambda _: postgres_ledger(tmp_path, World()), range(4)))

    assert [ask(one, "open", box=f"B-{n}").status for n, one in enumerate(made)] == [201] * 4
    for one in made:
        one.close()


def test_what_another_machine_wrote_counts_for_the_outbox(tmp_path: Path) -> None:
    with machines(tmp_path, 2, max_outbox_rows=2) as (writing, other):
        for number in range(3):
            ask(writing, "open", box=f"B-{number}")
        assert other.health().outbox_rows == 3

        with pytest.raises(Overloaded, match="3 events wait for the broker"):
            ask(other, "open", box="B-9")


# -- lists -----------------------------------------------------------------------------------------


def test_a_list_ends_below_the_oldest_open_transaction(tmp_path: Path) -> None:
    with machines(tmp_path, 1) as (ledger,):
        ask(ledger, "open", box="B-1")
        with transaction(tmp_path) as open_one:
            assert open_one.next_seqs(1) == [2]  # a number that is not yet anything
            ask(ledger, "open", box="B-2")

            during = ledger.page(MAKER, "box")
        after = ledger.page(MAKER, "box")

    assert [box.id for box in during.items] == ["B-1"]
    assert [box.id for box in after.items] == ["B-1", "B-2"]


def test_a_transaction_that_has_no_number_yet_holds_up_nobody(tmp_path: Path) -> None:
    gate = Gate()
    with machines(tmp_path, 1, decide=gate) as (slow,), machines(tmp_path, 1) as (other,):
        first = slow.submit(request("open", box="B-1"))
        assert gate.begun.wait(WITHIN_S)
        ask(other, "open", box="B-2")

        assert [box.id for box in other.page(MAKER, "box").items] == ["B-2"]
        gate.go_on.set()
        first.result(WITHIN_S)


def test_pages_skip_nothing_while_two_machines_write(tmp_path: Path) -> None:
    seen: list[str] = []
    with machines(tmp_path, 2) as ledgers, ThreadPoolExecutor(8) as pool:
        writing = [
            pool.submit(ask, ledgers[number % 2], "open", box=f"B-{number}")
            for number in range(400)
        ]
        after_seq = 0
        while True:
            last = all(one.done() for one in writing)
            items = ledgers[0].page(MAKER, "box", after_seq=after_seq, limit=7).items
            seen += [box.id for box in items]
            after_seq = items[-1].seq if items else after_seq
            if last and not items:
                break

    assert len(seen) == len(set(seen)) == 400


def test_a_page_of_one_state_is_found_by_an_index(tmp_path: Path) -> None:
    with machines(tmp_path, 1), looked_into(tmp_path, "postgres") as db:
        db.execute("set enable_seqscan = off")
        plan = db.execute(
            "explain select * from aggregate where tenant = 'a' and kind = 'b' and state = 'c' "
            "and seq > 7 and seq <= 99 order by seq limit 9"
        ).fetchall()

    assert "aggregate_by_state" in plan[1][0]
    assert not any("Sort" in row[0] for row in plan)


# -- one machine -----------------------------------------------------------------------------------


def test_a_busy_aggregate_leaves_connections_to_the_others(tmp_path: Path) -> None:
    gate = Gate()

    def only_busy(command: Command, view: View) -> Decision:
        return (gate if command.get("item") == "busy" else decide)(command, view)

    with machines(tmp_path, 1, decide=only_busy, max_connections=2) as (ledger,):
        ask(ledger, "open", box="B-1")
        ask(ledger, "open", box="B-2")
        busy = [ledger.submit(request("put", target="B-1", item="busy")) for _ in range(20)]

        assert ask(ledger, "put", target="B-2", item="free").status == 200
        gate.go_on.set()

        assert [body_of(one.result(WITHIN_S))["count"] for one in busy] == [*range(1, 21)]


def test_boxes_that_are_poured_into_each_other_all_arrive(tmp_path: Path) -> None:
    """Each transaction holds what the next one wants: some are undone, and come again."""
    with machines(tmp_path, 2) as ledgers:
        for number in range(3):
            ask(ledgers[0], "open", box=f"B-{number}")
            ask(ledgers[0], "put", target=f"B-{number}", item=number)

        def pour(number: int) -> int:
            told = {"target": f"B-{number % 3}", "into": f"B-{(number + 1 + number % 2) % 3}"}
            return ask(ledgers[number % 2], "pour", **told).status

        with ThreadPoolExecutor(6) as pool:
            assert set(pool.map(pour, range(40))) == {200}

        boxes = ledgers[0].page(MAKER, "box").items
        assert sorted(item for box in boxes for item in box.body["items"]) == [0, 1, 2]
        assert ledgers[0].verify().breaks == ()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_a_dead_writer_is_seen_by_everybody_who_waits(tmp_path: Path) -> None:
    world, gate = World(), Gate()
    ledger = postgres_ledger(tmp_path, world, decide=gate, max_connections=1)
    first = ledger.submit(request("open", box="B-1"))
    assert gate.begun.wait(WITHIN_S)
    killed = ledger.submit(request("fail", error=WriterKilled("gone")))
    behind = ledger.submit(request("open", box="B-3"))
    gate.go_on.set()

    assert first.result(WITHIN_S).status == 201
    for one, why in ((killed, "before it committed"), (behind, "ended unexpectedly")):
        with pytest.raises(WriterEnded, match=why):
            one.result(WITHIN_S)
    with pytest.raises(WriterEnded, match="ended unexpectedly"):
        ask(ledger, "open", box="B-4")
    assert not ledger.health().alive
    ledger.close()
    assert world.deaths == ["the ledger's writer ended unexpectedly"]


def test_the_disk_of_another_machine_is_unknown_and_not_full(tmp_path: Path) -> None:
    world = World(free_share=unseen_disk())  # type: ignore[func-returns-value]  # None is told
    ledger = postgres_ledger(tmp_path, world)

    assert ask(ledger, "open", box="B-1").status == 201
    assert ledger.health().free_share is None
    ledger.close()


@pytest.mark.parametrize("characters", [2_000, 7_500])
def test_a_long_path_and_a_long_reference_are_found_again(tmp_path: Path, characters: int) -> None:
    text = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789", k=characters))
    told = {"box": "B-1", "key": "k", "path": f"/{text}", "keys": (ChannelRef("shop", text),)}
    with machines(tmp_path, 1) as (ledger,):
        first = ask(ledger, "open", **told)
        again = ask(ledger, "open", **told)
        new_key = ask(ledger, "open", **told | {"key": "other"})

    assert (first.status, again.replayed, new_key.status) == (201, True, 200)


def test_an_id_that_no_index_can_keep_is_refused_by_its_length(tmp_path: Path) -> None:
    box = "".join(
        chr(0x4E00 + n % 20_000) for n in random.Random(1).choices(range(20_000), k=3_000)
    )
    with machines(tmp_path, 1) as (ledger,):
        with pytest.raises(Malformed, match="too long to be looked up"):
            ask(ledger, "open", box=box)

        assert ask(ledger, "open", box="B-1").status == 201


# -- the database ----------------------------------------------------------------------------------


def test_every_commit_waits_for_the_disk(tmp_path: Path) -> None:
    with transaction(tmp_path) as db:
        told = {
            name: db.connection.execute(f"show {name}").fetchone()
            for name in ("synchronous_commit", "fsync", "full_page_writes")
        }

    assert told == {"synchronous_commit": ("on",), "fsync": ("on",), "full_page_writes": ("on",)}


def test_a_reader_cannot_write(tmp_path: Path) -> None:
    with (
        machines(tmp_path, 1),
        looked_into(tmp_path, "postgres") as db,
        pytest.raises(psycopg.errors.ReadOnlySqlTransaction),
    ):
        db.execute("delete from event")


def test_each_migration_is_applied_once_and_a_newer_schema_is_refused(tmp_path: Path) -> None:
    folder = Path(copytree(MIGRATIONS, tmp_path / "migrations"))
    (folder / f"{NEXT}_more.sql").write_text("create table more (i int);", "utf-8")
    db = open_for_writing(cluster().url_for(tmp_path))
    with closing(db.connection):
        applied = [migrate(db, product_version="0.0.0", now=START, folder=folder) for _ in range(2)]

    assert applied == [[*NAMES, "more"], []]
    with pytest.raises(MigrationRefused, match=f"the ledger has migration {NEXT}_more"):
        postgres_ledger(tmp_path, World())


def test_a_migration_that_fails_leaves_nothing(tmp_path: Path) -> None:
    folder = Path(copytree(MIGRATIONS, tmp_path / "migrations"))
    (folder / f"{NEXT}_more.sql").write_text("create table more (i int); select oops;", "utf-8")
    db = open_for_writing(cluster().url_for(tmp_path))
    with closing(db.connection):
        with pytest.raises(psycopg.errors.UndefinedColumn):
            migrate(db, product_version="0.0.0", now=START, folder=folder)

        assert migrate(db, product_version="0.0.0", now=START) == NAMES


def test_a_database_that_is_not_there_is_said_so() -> None:
    with pytest.raises(LedgerAway, match="does not answer"):
        connect(NOWHERE)
    with pytest.raises(LedgerAway), PostgresReads(NOWHERE).reading():
        pass


def test_a_server_that_does_not_wait_for_its_disk_is_refused(tmp_path: Path) -> None:
    db = open_for_reading(cluster().url_for(tmp_path))
    with closing(db.connection):
        asked = db.execute

        def forgetful(sql: str, values: Sequence[Any] = ()) -> Any:
            return asked("select 'off'") if "current_setting" in sql else asked(sql, values)

        db.execute = forgetful  # type: ignore[method-assign]
        with pytest.raises(LedgerMissing, match="fsync off"):
            migrate(db, product_version="0.0.0", now=START)


def test_connections_that_are_lost_cost_their_requests_and_taking_goes_on(tmp_path: Path) -> None:
    gate = Gate()
    with machines(tmp_path, 1, decide=gate, max_connections=1) as (ledger,):
        gate.go_on.set()
        ask(ledger, "open", box="B-0", key="k-0")
        ledger.get(MAKER, Ref("box", "B-0"))
        gate.begun.clear()
        gate.go_on.clear()
        cut = ledger.submit(request("open", box="B-1", key="k"))
        assert gate.begun.wait(WITHIN_S)
        end_all_connections()
        gate.go_on.set()

        with pytest.raises(LedgerAway, match="does not answer"):
            cut.result(WITHIN_S)
        with pytest.raises(LedgerAway):
            ledger.get(MAKER, Ref("box", "B-0"))
        assert ask(ledger, "open", box="B-1", key="k") == Answer(201, b'{"box":"B-1"}')
        assert shape(ledger.get(MAKER, Ref("box", "B-1")))[3] == 1
        assert ledger.health().alive


def end_all_connections() -> None:
    with psycopg.connect(cluster().url(), autocommit=True) as db:
        db.execute(
            "select pg_terminate_backend(pid, 5000) from pg_stat_activity "
            "where application_name like 'loopline%'"
        )


def test_a_partner_sees_at_once_what_another_machine_gave_it(tmp_path: Path) -> None:
    with machines(tmp_path, 2) as ledgers:
        ask(ledgers[0], "open", box="B-1", partner="south")
        ask(ledgers[0], "hand_over", target="B-1", to="north")

        assert ask(ledgers[1], "put", caller=NORTH, target="B-1", item="a").status == 200
