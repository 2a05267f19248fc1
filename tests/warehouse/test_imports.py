import json
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.refusal import Reason
from tests.warehouse.builders import (
    NOON,
    Store,
    batch,
    emission,
    empty,
    forget_all,
    poison,
    route,
    uid,
)
from warehouse.imports import ImportedFile, ImportedLine, add_lines, begin, finish, report_of
from warehouse.records import SinkBatch
from warehouse.snapshot import report_in_snapshot

FILE = ImportedFile("f" * 64, "scms", "history.tsv", "m" * 64, 3)
STATUSES = ("accepted", "attached", "duplicate", "restated", "rejected")


def line(line_no: int, **changed: Any) -> ImportedLine:
    """A line that became the leg of its number."""
    plain: dict[str, Any] = {
        "line_no": line_no,
        "raw_line": f"line {line_no}",
        "key": f"K-{line_no}",
        "target": "transport_leg",
        "status": "accepted",
        "reasons": (),
        "flags": (),
        "event_id": uid(line_no),
    }
    return ImportedLine(**plain | changed)


def statuses(db: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], int]:
    rows = db.execute("select target, status, count(*) from import_line group by 1, 2").fetchall()
    return {(target, status): count for target, status, count in rows}


def refused(store: Store, number: int, at: int, reason: Reason) -> None:
    """The agent answers the leg of line ``number`` with a dead letter."""
    letter = poison("shipment.leg.v1", 0, at, reason=reason, event_id=uid(number))
    store.write(SinkBatch("shipment.leg.v1.dlq", 0, at, at + 1, NOON, dead=[letter]))


DB = empty()


@settings(deadline=None, max_examples=15, derandomize=True)
@given(
    given_lines=st.lists(
        st.tuples(st.sampled_from(["transport_leg", "order_route"]), st.sampled_from(STATUSES)),
        max_size=40,
    ),
    size=st.integers(1, 7),
    again=st.booleans(),
)
def test_for_each_target_the_statuses_add_up_to_its_lines(
    given_lines: list[tuple[str, str]], size: int, again: bool
) -> None:
    forget_all(DB)
    lines = [line(n, target=t, status=s) for n, (t, s) in enumerate(given_lines, 1)]
    begin(DB, FILE, now=NOON)

    for start in range(0, len(lines), size):
        for _ in range(1 + again):  # an answer that was lost is asked for again
            add_lines(DB, FILE.file_id, lines[start : start + size])
    finish(DB, FILE.file_id, {})

    assert statuses(DB) == dict(Counter(given_lines))


def test_an_import_that_was_cut_off_starts_again() -> None:
    db = empty()
    begin(db, FILE, now=NOON)
    add_lines(db, FILE.file_id, [line(1), line(2)])
    cut_off = report_of(db, FILE.file_id)

    begin(db, FILE, now=NOON)
    add_lines(db, FILE.file_id, [line(1)])

    assert cut_off is None
    assert statuses(db) == {("transport_leg", "accepted"): 1}
    assert db.execute("select count(*), max(state) from import_file").fetchall() == [(1, "open")]


def test_a_report_is_kept_and_found_again(tmp_path: Path) -> None:
    path = tmp_path / "copy.duckdb"
    store = Store()
    store.tell(emission(1))
    begin(store.db, FILE, now=NOON)
    add_lines(store.db, FILE.file_id, [line(1)])

    whole = finish(store.db, FILE.file_id, {"lines": 1})

    assert report_of(store.db, FILE.file_id) == json.loads(json.dumps(whole))
    assert whole["lines"] == 1
    assert whole["calculated"] == {
        "legs": [
            {
                "mode": "road", "distance_method": "sfd", "legs": 1,
                "transport_tkm": "531.011250", "emission_wtw_kgco2e": "50.456689",
            }
        ],
        "refused_by_agent": [],
        "emission_wtw_kgco2e": "50.456689",
    }  # fmt: skip
    store.db.execute(f"attach '{path}' as copied")
    store.db.execute("copy from database memory to copied")
    store.db.execute("detach copied")
    assert report_in_snapshot(path, FILE.file_id) == json.loads(json.dumps(whole))
    assert report_in_snapshot(path, "another") is None


def test_a_line_whose_event_the_agent_refuses_becomes_rejected_with_the_reason() -> None:
    store = Store()
    begin(store.db, FILE, now=NOON)
    add_lines(store.db, FILE.file_id, [line(1), line(2), line(3, event_id=None)])
    store.tell(emission(1))
    refused(store, 2, 0, Reason.DISTANCE_MISSING)

    whole = finish(store.db, FILE.file_id, {})

    assert store.rows("select line_no, status, reasons from import_line order by 1") == [
        (1, "accepted", []), (2, "rejected", ["distance_missing"]), (3, "accepted", []),
    ]  # fmt: skip
    assert whole["calculated"]["refused_by_agent"] == [
        {"target": "transport_leg", "reason": "distance_missing", "lines": 1}
    ]


def test_an_event_that_was_answered_after_all_leaves_its_line_accepted() -> None:
    store = Store()
    begin(store.db, FILE, now=NOON)
    add_lines(
        store.db,
        FILE.file_id,
        [line(1), line(2, target="order_route", event_id=route(2).event_id)],
    )
    refused(store, 1, 0, Reason.FACTOR_NOT_FOUND)
    letter = poison("x", 0, 1, reason=Reason.BUG, event_id=route(2).event_id)
    store.write(SinkBatch("x.dlq", 0, 1, 2, NOON, dead=[letter]))
    store.write(batch(emission(1)), batch(route(2)))

    whole = finish(store.db, FILE.file_id, {})

    assert set(store.rows("select status from import_line")) == {("accepted",)}
    assert whole["calculated"]["refused_by_agent"] == []


def test_of_many_refusals_the_first_is_the_reason() -> None:
    store = Store()
    begin(store.db, FILE, now=NOON)
    add_lines(store.db, FILE.file_id, [line(1)])
    refused(store, 1, 0, Reason.DISTANCE_MISSING)
    refused(store, 1, 1, Reason.FACTOR_NOT_FOUND)

    whole = finish(store.db, FILE.file_id, {})

    assert store.rows("select status, reasons from import_line") == [
        ("rejected", ["distance_missing"])
    ]
    assert whole["calculated"]["refused_by_agent"] == [
        {"target": "transport_leg", "reason": "distance_missing", "lines": 1}
    ]


def test_lines_of_another_file_are_left_alone() -> None:
    store = Store()
    other = ImportedFile("e" * 64, "scms", "other.tsv", "m" * 64, 1)
    for file in (FILE, other):
        begin(store.db, file, now=NOON)
        add_lines(store.db, file.file_id, [line(1)])
    refused(store, 1, 0, Reason.DISTANCE_MISSING)

    finish(store.db, FILE.file_id, {})

    assert store.rows("select file_id, status from import_line order by 1") == [
        (other.file_id, "accepted"), (FILE.file_id, "rejected"),
    ]  # fmt: skip
