"""Laws over many sequences: serial, replayable, tamper-evident."""

import json
import random
import tempfile
import threading
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ledger.canonical import canonical
from ledger.chain import EVENT_COLUMNS, difference, rebuilt
from ledger.contract import Ledger, View
from ledger.records import Answer, Decision
from ledger.refusals import NotFound
from tests.ledger.builders import (
    IMPLEMENTATIONS,
    MAKER,
    WITHIN_S,
    Command,
    World,
    ask,
    body_of,
    decide,
    looked_into,
    opened,
    request,
    shape,
    tamper,
)

BOXES = ("B-1", "B-2", "B-3")
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
values = st.recursive(
    st.one_of(st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), texts).filter(
        lambda value: value not in (float("inf"), float("-inf"))
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(texts, inner, max_size=3),
    max_leaves=6,
)
bodies = st.dictionaries(texts, values, max_size=4)


def commands(draw: random.Random, count: int) -> list[tuple[str, dict[str, Any]]]:
    """Commands that meet each other: three boxes, every verb, some refused."""
    found: list[tuple[str, dict[str, Any]]] = []
    for number in range(count):
        box = draw.choice(BOXES)
        do = draw.choices(["open", "put", "seal", "pour"], weights=[2, 6, 1, 3])[0]
        told: dict[str, Any] = {"target": box}
        if do == "open":
            told = {"box": box}
        elif do == "put":
            told |= {"item": number, "claims": [f"C-{draw.randrange(4)}"] * draw.randrange(2)}
        elif do == "pour":
            told["into"] = draw.choice(BOXES)
        found.append((do, {**told, "key": f"k-{number}"}))
    return found


def answered(ledger: Ledger[Command], do: str, told: dict[str, Any]) -> tuple[int, bytes]:
    try:
        answer = ask(ledger, do, **told)
    except NotFound:
        return 404, b""
    return answer.status, answer.body


def told_in_sequence(
    ledger: Ledger[Command], asked: Sequence[tuple[str, dict[str, Any]]]
) -> dict[str, tuple[int, bytes]]:
    return {told["key"]: answered(ledger, do, told) for do, told in asked}


def boxes_of(ledger: Ledger[Command]) -> list[Any]:
    return [shape(box) for box in ledger.page(MAKER, "box").items]


def at_once(
    ledger: Ledger[Command], asked: Sequence[tuple[str, dict[str, Any]]], *, threads: int
) -> dict[str, tuple[int, bytes]]:
    answers: dict[str, tuple[int, bytes]] = {}

    def client(own: Sequence[tuple[str, dict[str, Any]]]) -> None:
        for do, told in own:
            answers[told["key"]] = answered(ledger, do, told)

    running = [threading.Thread(target=client, args=(asked[n::threads],)) for n in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join(WITHIN_S)
    return answers


on_each = pytest.mark.parametrize("implementation", sorted(IMPLEMENTATIONS))


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32))
def test_concurrent_commands_equal_some_serial_sequence(seed: int) -> None:
    asked = commands(random.Random(seed), 60)
    by_key = {told["key"]: (do, told) for do, told in asked}
    with tempfile.TemporaryDirectory() as folder:
        with opened(Path(folder) / "at-once") as ledger:
            answers = at_once(ledger, asked, threads=6)
            at_once_boxes, sequence = boxes_of(ledger), sequence_of(Path(folder) / "at-once")
            assert ledger.verify().breaks == ()
        with opened(Path(folder) / "serial") as serial:
            serial_answers = told_in_sequence(serial, [by_key[key] for key in sequence])

            # What changed something gives, one after the other, the same answers and boxes.
            assert serial_answers == {key: answers[key] for key in serial_answers}
            assert boxes_of(serial) == at_once_boxes


def sequence_of(folder: Path) -> list[str]:
    """Return the keys of what changed something, in the sequence of its events."""
    with looked_into(folder, "sqlite") as db:
        rows = db.execute(
            "select correlation_id from event group by correlation_id order by min(seq)"
        ).fetchall()
    return [key for (key,) in rows]


@settings(max_examples=15)
@given(seed=st.integers(0, 2**32))
def test_every_answer_is_that_of_the_rules_in_the_sequence_they_were_asked(seed: int) -> None:
    """Refusals have no event; rules that are asked one by one tell when they were."""
    asked = commands(random.Random(seed), 60)
    by_key = {told["key"]: (do, told) for do, told in asked}
    sequence: list[str] = []

    def watched(command: Command, view: View) -> Decision:
        sequence.append(command["mark"])
        return decide(command, view)

    def marked(do: str, told: dict[str, Any]) -> dict[str, Any]:
        return {**told, "mark": told["key"]}

    with tempfile.TemporaryDirectory() as folder:
        with opened(Path(folder) / "at-once", decide=watched) as ledger:
            answers = at_once(ledger, [(do, marked(do, told)) for do, told in asked], threads=6)
            at_once_boxes = boxes_of(ledger)
        with opened(Path(folder) / "serial") as serial:
            serially = told_in_sequence(serial, [by_key[key] for key in sequence])

            assert serially == {key: answers[key] for key in sequence}
            assert boxes_of(serial) == at_once_boxes
        assert {key for key, (status, _) in answers.items() if status != 404} == set(sequence)


@given(before=bodies, after=bodies)
def test_a_difference_brings_one_body_to_the_other(
    before: dict[str, Any], after: dict[str, Any]
) -> None:
    changed, removed = difference(before, after)

    brought = {name: value for name, value in before.items() if name not in removed} | changed

    assert canonical(brought) == canonical(after)


@on_each
@settings(max_examples=20)
@given(told=st.lists(bodies, min_size=1, max_size=6))
def test_the_events_of_an_aggregate_rebuild_it(
    implementation: str, told: list[dict[str, Any]]
) -> None:
    with (
        tempfile.TemporaryDirectory() as folder,
        opened(Path(folder), implementation=implementation) as ledger,
    ):
        ask(ledger, "open", box="B-1", body=told[0])
        for item in told[1:]:
            ask(ledger, "put", target="B-1", item=item)
        ask(ledger, "seal", target="B-1")

        with looked_into(Path(folder), implementation) as db:
            rows = db.execute(f"select {', '.join(EVENT_COLUMNS)} from event order by version")
            known = rebuilt(rows.fetchall())

        box = ledger.get(MAKER, request("put", target="B-1").target)
        assert known.body == canonical(box.body)
        assert (known.state, known.version) == (box.state, box.version)
        assert ledger.verify().breaks == ()


FIELDS = st.sampled_from(
    [
        "type", "occurred_at", "recorded_at", "state", "payload", "changed", "tenant", "hash",
        "prev_hash", "event_id", "correlation_id", "classifier",
    ]
)  # fmt: skip


@on_each
@settings(max_examples=20)
@given(field=FIELDS, seq=st.integers(1, 9))
def test_an_edited_event_is_found(implementation: str, field: str, seq: int) -> None:
    value = "EST" if field == "classifier" else '{"box":"edited"}'

    broken = after_tampering(
        f"update event set {field} = '{value}' where seq = {seq}", implementation
    )

    assert broken


@on_each
@pytest.mark.parametrize(
    "sql",
    [
        "delete from event where seq = 4",
        "delete from event where seq = 9",  # the last one
        "delete from event where seq = 1",
        "delete from event where aggregate_id = 'B-1'",
        "update aggregate set body = '{\"items\":[9]}' where id = 'B-1'",
        "update aggregate set state = 'SEALED' where id = 'B-2'",
        "update aggregate set version = 9 where id = 'B-1'",
        "update event set version = version + 10 where seq = 6",
        "insert into event select 10, 'x', kind, aggregate_id, 99, tenant, type, major, "
        "classifier, occurred_at, recorded_at, state, flags, changed, removed, payload, "
        "causation_id, correlation_id, traceparent, hash, hash from event where seq = 9",
        # two events change places
        "update event set seq = 100 where seq = 3; update event set seq = 3 where seq = 5; "
        "update event set seq = 5 where seq = 100",
    ],
)
def test_a_row_that_is_taken_away_added_or_moved_is_found(sql: str, implementation: str) -> None:
    assert after_tampering(sql, implementation)


def test_an_aggregate_that_is_taken_away_with_all_its_events_is_found_by_their_numbers() -> None:
    """On PostgreSQL numbers have gaps by nature: there only a copy elsewhere would tell."""
    parts = (f"delete from {table} where {key} = 'B-1'" for table, key in
             (("aggregate", "id"), ("event", "aggregate_id")))  # fmt: skip

    assert "an event is missing" in after_tampering("; ".join(parts), "sqlite")


def after_tampering(sql: str, implementation: str) -> list[str]:
    with tempfile.TemporaryDirectory() as folder:
        with opened(Path(folder), implementation=implementation) as ledger:
            for box in BOXES[:2]:
                ask(ledger, "open", box=box)
            for number in range(7):
                ask(ledger, "put", target=BOXES[number % 2], item=number)
            assert ledger.verify().breaks == ()
            assert (ledger.verify().aggregates, ledger.verify().events) == (2, 9)
        tamper(Path(folder), implementation, sql)
        with opened(Path(folder), implementation=implementation) as ledger:
            return [broken.what for broken in ledger.verify().breaks]


@on_each
def test_what_is_broken_is_named(implementation: str, tmp_path: Path) -> None:
    with opened(tmp_path, implementation=implementation) as ledger:
        ask(ledger, "open", box="B-1")
        ask(ledger, "put", target="B-1", item=1)
        tamper(tmp_path, implementation, "update event set payload = '{}' where version = 2")

        (broken,) = ledger.verify().breaks

    assert (broken.kind, broken.id, broken.version) == ("box", "B-1", 2)
    assert broken.what == "is not what was recorded"


@on_each
def test_an_answer_counts_its_items_whatever_came_between(
    implementation: str, tmp_path: Path
) -> None:
    """The simplest serial law: of n concurrent puts each count from 1 to n is answered once."""
    with opened(tmp_path, World(), implementation=implementation) as ledger:
        ask(ledger, "open", box="B-1")
        waiting = [ledger.submit(request("put", target="B-1", item=n)) for n in range(300)]
        answers: list[Answer] = [one.result(WITHIN_S) for one in waiting]

        assert sorted(body_of(one)["count"] for one in answers) == list(range(1, 301))
        assert json.loads(canonical(ledger.page(MAKER, "box").items[0].body))["items"] == [
            *range(300)
        ]
