"""What has no number: counted from letters and lines as the room of sums counts it from records."""

import json
from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
from hypothesis import given, settings
from hypothesis import strategies as st

from emissions.coverage import Coverage, KnownRecord, coverage_of
from schemas.refusal import Reason
from schemas.topics import LEGS, TAKEBACK_UNITS
from tests.warehouse.board_rows import query_of
from tests.warehouse.builders import (
    NOON,
    batch,
    emission,
    empty,
    forget_all,
    poison,
    route,
    sink_of,
    uid,
)
from warehouse import imports
from warehouse.imports import ImportedFile, ImportedLine
from warehouse.records import DeadRecord, SinkBatch
from warehouse.refused import REDUCED, coverage

JUNE = date(2026, 6, 1), date(2026, 6, 30)
NO_MASS = Reason.MASS_MISSING
WAREHOUSE = empty()


def fresh() -> duckdb.DuckDBPyConnection:
    forget_all(WAREHOUSE)
    WAREHOUSE.execute("insert into warehouse_setting values ('timezone', 'Asia/Shanghai')")
    return WAREHOUSE


def letter(offset: int, /, reason: Reason = NO_MASS, **told: Any) -> DeadRecord:
    """A refused leg of 250 kg of refrigerators, with the bytes that came."""
    plain = {"shipment_id": "S-1", "consignment_id": "C-1", "mass_kg": "250", "category": "fridge",
             "occurred_at": "2026-06-04T04:00:00Z"}  # fmt: skip
    given_ = {name: value for name, value in (plain | told).items() if value is not None}
    return raw_letter(offset, json.dumps(given_).encode(), reason=reason)


def raw_letter(offset: int, raw: bytes, **changed: Any) -> DeadRecord:
    plain = {"raw": raw, "event_id": uid(9_000 + offset), "reason": NO_MASS}
    return poison(changed.pop("topic", LEGS.name), 0, offset, **plain | changed)


def hold(
    db: duckdb.DuckDBPyConnection, events: Sequence[Any] = (), letters: Sequence[DeadRecord] = ()
) -> None:
    sink = sink_of(db)
    if events:
        sink.write([batch(*events)])
    for dead in letters:
        parcel = SinkBatch(dead.topic, 0, dead.offset, dead.offset + 1, NOON, dead=[dead])
        sink.write([parcel])
    db.execute(f"update dead_letter set raw = {REDUCED}")  # as a copy holds it


def known_of(db: duckdb.DuckDBPyConnection, **narrowed: Any) -> Coverage:
    return coverage(query_of(db), *JUNE, **narrowed)


def test_a_letter_is_of_the_day_its_bytes_tell_in_the_calendar_of_the_company() -> None:
    db = fresh()
    days = ["2026-06-30T15:59:59Z", "2026-06-30T16:00:00Z", "2026-05-31T16:00:00Z"]
    hold(
        db,
        letters=[
            letter(n, occurred_at=day, consignment_id=f"C-{n}", mass_kg=str(10**n))
            for n, day in enumerate(days)
        ],
    )

    ((reason, gap),) = known_of(db).gaps.items()

    assert reason is NO_MASS
    assert (gap.records, gap.shipments) == (2, 1)
    assert gap.mass_kg == 1 + 100  # the second is of the first of July in Shanghai


def test_what_tells_no_day_is_of_no_period_and_stated() -> None:
    db = fresh()
    hold(
        db,
        [emission(1)],
        [
            raw_letter(0, b"\xff\xfe"),
            raw_letter(1, b"no json{", reason=Reason.BAD_JSON),
            raw_letter(2, b"[1, 2]", reason=Reason.BAD_JSON),
            letter(3, occurred_at="yesterday"),
            letter(4, occurred_at=None),
        ],
    )

    found = known_of(db)

    assert found.gaps == {}
    assert found.undated == {Reason.BAD_JSON: 2, NO_MASS: 3}
    assert (found.shipments, found.covered_shipments) == (1, 1)


def test_a_letter_that_is_resolved_answered_or_of_another_kind_is_no_gap() -> None:
    db = fresh()
    hold(
        db,
        [emission(1)],
        [
            letter(0),
            raw_letter(1, b"{}", event_id=uid(1)),  # stored after all
            raw_letter(2, b"{}", topic=TAKEBACK_UNITS.name),
        ],
    )
    db.execute("update dead_letter set state = 'discarded' where log_offset = 0")

    assert not known_of(db).is_incomplete


def test_a_mass_that_is_none_is_unknown_and_not_zero() -> None:
    db = fresh()
    hold(
        db,
        letters=[
            letter(n, shipment_id=f"S-{n}", mass_kg=mass)
            for n, mass in enumerate([None, "-3", "0", "heavy", {"kg": 3}])
        ],
    )

    found = known_of(db)

    assert found.consignments_without_mass == 5
    assert found.mass_kg == 0
    assert found.gaps[NO_MASS].mass_kg is None


def test_a_copy_keeps_of_a_letter_only_what_a_coverage_needs() -> None:
    db = fresh()
    told: dict[str, Any] = {
        "consignee": "Wang Wu",
        "phone": "13800138000",
        "category": "Call 13800138001 !",
    }
    hold(db, letters=[letter(0, shipment_id="13800138002", **told)])

    kept = json.loads(db.execute("select decode(raw) from dead_letter").fetchall()[0][0])

    assert set(kept) == {"occurred_at", "mass_kg", "category", "shipment", "consignment"}
    assert (kept["mass_kg"], kept["category"]) == ("250.000", "")
    assert "138001380" not in json.dumps(kept)


def test_one_shipment_is_counted_alone() -> None:
    db = fresh()
    hold(db, [emission(1), emission(2)], [letter(0, shipment_id="S-2"), letter(1)])

    found = known_of(db, shipment_id="S-2")

    assert (found.shipments, found.partly_covered_shipments) == (1, 1)
    assert [gap.records for gap in found.gaps.values()] == [1]
    assert known_of(db, shipment_id="S-3").shipments == 0


def line(number: int, **changed: Any) -> ImportedLine:
    plain: dict[str, Any] = {
        "line_no": number,
        "raw_line": "as it was",
        "key": f"K-{number}",
        "target": "transport_leg",
        "status": "rejected",
        "reasons": ["mass_missing", "mode_missing"],
        "flags": [],
        "event_id": None,
    }
    return ImportedLine(**plain | changed)


def bring(db: duckdb.DuckDBPyConnection, file: str, *lines: ImportedLine) -> None:
    imports.begin(db, ImportedFile(file * 64, "erp", "legs.csv", "b" * 64, len(lines)), now=NOON)
    imports.add_lines(db, file * 64, lines)


def test_a_rejected_line_is_of_the_day_of_the_order_route_it_became() -> None:
    db = fresh()
    hold(
        db,
        [
            route(1, occurred_at="2026-06-03T04:00:00Z"),
            route(2, occurred_at="2025-01-01T04:00:00Z"),
        ],
    )
    bring(
        db,
        "a",
        *(line(n) for n in (1, 2, 3)),
        *(
            line(n, target="order_route", status="accepted", reasons=[], event_id=route(n).event_id)
            for n in (1, 2)
        ),
    )

    found = known_of(db)

    gap = found.gaps[NO_MASS]
    assert (gap.records, gap.mass_kg) == (1, Decimal("78.500"))
    assert found.undated == {NO_MASS: 1}


def test_a_line_that_was_mended_in_another_file_of_its_source_is_no_gap() -> None:
    db = fresh()
    bring(db, "a", line(1), line(2))
    bring(db, "c", line(9, key="K-1", status="accepted", reasons=[], event_id=uid(77)))

    assert known_of(db).undated == {NO_MASS: 1}


def test_a_line_whose_event_was_refused_is_told_by_its_letter_alone() -> None:
    db = fresh()
    hold(db, letters=[letter(0)])
    bring(db, "a", line(1, event_id=uid(9_000), reasons=["mass_missing"]))

    found = known_of(db)

    assert [gap.records for gap in found.gaps.values()] == [1]
    assert found.undated == {}


records = st.lists(
    st.tuples(
        st.sampled_from(["S-1", "S-2", "S-3"]),
        st.sampled_from(["C-1", "C-2"]),
        st.sampled_from(["10", "20.5", "0.001"]),
        st.sampled_from(["fridge", "tv"]),
        st.sampled_from([None, Reason.MASS_MISSING, Reason.FACTOR_NOT_FOUND]),
    ),
    max_size=8,
)


@given(told=records)
@settings(max_examples=20)
def test_the_store_counts_what_the_room_of_sums_counts(told: list[tuple[Any, ...]]) -> None:
    db = fresh()
    events, letters = [], []
    for n, (shipment, consignment, mass_kg, category, reason) in enumerate(told):
        names = {"shipment_id": shipment, "consignment_id": consignment, "mass_kg": mass_kg,
                 "category": category}  # fmt: skip
        if reason is None:
            events.append(emission(n + 1, leg_seq=n + 1, **names))
        else:
            letters.append(letter(n, reason, **names))
    hold(db, events, letters)

    expected = coverage_of(
        KnownRecord(
            shipment_id=shipment,
            consignment_id=consignment,
            mass_kg=Decimal(mass_kg),
            category=category,
            refused=reason,
        )
        for shipment, consignment, mass_kg, category, reason in told
    )

    assert known_of(db) == expected
