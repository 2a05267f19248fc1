"""Partners' snapshots in the warehouse: revisions are appended, stopped files change nothing."""

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recycling.feed_read import read_feed
from tests.builders import ROOT
from tests.recycling.feed_rows import row, written
from tests.warehouse.builders import NOON, empty, forget_all, owner_of, settings_in
from warehouse.feeds import BroughtFeed, check_feed, import_feed, known_report, records_of
from warehouse.snapshot import feed_report_in_snapshot, publish

SHARED = ROOT.parent / "shared" / "data"
FOLDER = SHARED / "takeback" / "openrepair"
WITHIN_S = 20


@pytest.fixture
def db() -> duckdb.DuckDBPyConnection:
    return empty()


def many(count: int, **changed: str) -> list[Any]:
    return [row(id=f"r_{number:02d}", **changed) for number in range(count)]


def brought(data: bytes, *, file_id: str = "", partner: str = "fixit") -> BroughtFeed:
    """A file of the partner; its id is told, or the same for the same bytes."""
    named = file_id or hashlib.sha256(data).hexdigest()
    return BroughtFeed(partner, named, "feed.csv", read_feed(data))


def imported(
    db: duckdb.DuckDBPyConnection, data: bytes, *, accept_gone: bool = False, partner: str = "fixit"
) -> dict[str, Any]:
    return import_feed(db, brought(data, partner=partner), accept_gone=accept_gone, now=NOON)


def revisions(db: duckdb.DuckDBPyConnection, record_id: str) -> list[tuple[Any, ...]]:
    return db.execute(
        "select revision, feed_class, cells->>'brand', changed from feed_revision "
        "where record_id = ? order by revision",
        [record_id],
    ).fetchall()


def counted(db: duckdb.DuckDBPyConnection) -> tuple[int, ...]:
    names = ("feed_file", "feed_line", "feed_revision")
    return tuple(db.execute(f"select count(*) from {name}").fetchall()[0][0] for name in names)


def test_the_first_file_makes_a_revision_of_each_record(db: duckdb.DuckDBPyConnection) -> None:
    report = imported(db, written([*many(3), row(id="r_09", repair_status="2019")]))

    assert report["classes"]["new"] == 3
    assert report["revisions"] == 3
    assert counted(db) == (1, 4, 3)
    assert records_of(db, "fixit").keys() == {"r_00", "r_01", "r_02"}
    assert db.execute("select line_no, field, value from feed_line where status = 'rejected'"
    ).fetchall() == [(5, "repair_status", "2019")]  # fmt: skip


def test_a_correction_is_a_revision_and_what_was_before_stays(
    db: duckdb.DuckDBPyConnection,
) -> None:
    imported(db, written(many(2)))

    report = imported(db, written([row(id="r_00", brand="Haier"), many(2)[1]]))

    assert (report["classes"]["corrected"], report["revisions"]) == (1, 1)
    assert revisions(db, "r_00") == [
        (1, "new", "Hisense", []),
        (2, "corrected", "Haier", ["brand"]),
    ]
    assert records_of(db, "fixit")["r_00"].cells["brand"] == "Haier"


def test_a_header_that_grew_is_a_revision_too(db: duckdb.DuckDBPyConnection) -> None:
    imported(db, written(many(1), version="0.2.1"))

    report = imported(db, written(many(1)))

    assert (report["classes"]["same"], report["revisions"]) == (1, 1)
    assert revisions(db, "r_00")[1][3] == ["product_age", "product_category_id"]
    assert records_of(db, "fixit")["r_00"].cells["product_age"] == "7"


def test_a_gone_record_is_said_to_be_and_may_come_back(db: duckdb.DuckDBPyConnection) -> None:
    imported(db, written(many(10)))
    imported(db, written(many(9)))

    assert "r_09" not in records_of(db, "fixit")

    report = imported(db, written([*many(9), row(id="r_09", brand="Haier")]))

    assert report["classes"]["new"] == 1
    assert [found[:3] for found in revisions(db, "r_09")] == [
        (1, "new", "Hisense"), (2, "gone", "Hisense"), (3, "new", "Haier"),
    ]  # fmt: skip


def test_a_record_whose_line_is_rejected_stays(db: duckdb.DuckDBPyConnection) -> None:
    imported(db, written(many(2)))

    report = imported(db, written([many(2)[0], row(id="r_01", event_date="soon")]))

    assert (report["classes"]["rejected"], report["classes"]["gone"]) == (1, 0)
    assert records_of(db, "fixit").keys() == {"r_00", "r_01"}


def test_the_same_file_again_adds_nothing(db: duckdb.DuckDBPyConnection) -> None:
    data = written(many(3))
    first = imported(db, data)
    before = counted(db)

    again = imported(db, data)

    assert counted(db) == before
    assert again == first | {"already_imported": True, "revisions": 0}


def test_a_rekeyed_file_is_parked_whole_and_changes_nothing(db: duckdb.DuckDBPyConnection) -> None:
    imported(db, written(many(3)))

    report = imported(db, written(many(3, event_date="2020-01-01")), accept_gone=True)

    assert report["state"] == "feed-rekeyed"
    assert counted(db) == (2, 6, 3)
    assert db.execute("select state from feed_file order by received_at, state").fetchall() == [
        ("feed-rekeyed",), ("imported",),
    ]  # fmt: skip


def test_new_numbers_under_a_partner_of_their_own_are_new(db: duckdb.DuckDBPyConnection) -> None:
    data = written(many(3, event_date="2020-01-01"))
    imported(db, written(many(3)))
    imported(db, data)

    report = imported(db, data, partner="fixit-2020")

    assert (report["state"], report["classes"]["new"]) == ("imported", 3)
    assert len(records_of(db, "fixit")) == 3


def test_a_file_that_waits_is_imported_once_somebody_accepts_it(
    db: duckdb.DuckDBPyConnection,
) -> None:
    imported(db, written(many(10)))
    data = written(many(5))

    waits = imported(db, data)
    kept = counted(db)
    accepted = imported(db, data, accept_gone=True)

    assert waits["state"] == "waits-for-accept-gone"
    assert kept == (2, 15, 10)
    assert (accepted["state"], accepted["revisions"]) == ("imported", 5)
    assert counted(db) == (2, 15, 15)
    assert len(records_of(db, "fixit")) == 5


def test_a_check_writes_nothing(db: duckdb.DuckDBPyConnection) -> None:
    imported(db, written(many(2)))
    before = counted(db)

    report = check_feed(db, brought(written(many(3))), accept_gone=False)

    assert (report["classes"]["same"], report["classes"]["new"]) == (2, 1)
    assert counted(db) == before


def test_an_import_that_is_cut_off_has_left_nothing(db: duckdb.DuckDBPyConnection) -> None:
    imported(db, written(many(2)))
    before = counted(db)
    db.execute("create unique index full_disk on feed_revision (partner_id, record_id)")
    data = written([row(id="r_00", brand="Haier"), *many(3)[1:]])

    with pytest.raises(duckdb.ConstraintException):
        imported(db, data)

    assert counted(db) == before
    assert known_report(db, partner_id="fixit", file_id=brought(data).file_id) is None
    db.execute("drop index full_disk")
    assert imported(db, data)["revisions"] == 2


def test_two_partners_may_have_the_same_ids(db: duckdb.DuckDBPyConnection) -> None:
    imported(db, written(many(2)))

    report = imported(db, written(many(2, brand="Haier")), partner="other")

    assert report["classes"]["new"] == 2
    assert records_of(db, "fixit")["r_00"].cells["brand"] == "Hisense"


DB = empty()
snapshots = st.lists(
    st.dictionaries(
        st.sampled_from([f"r_{number}" for number in range(5)]),
        st.sampled_from(["Hisense", "Haier"]),
    ),
    min_size=1,
    max_size=5,
)


@settings(deadline=None, derandomize=True, max_examples=25)
@given(snapshots)
def test_the_newest_revisions_are_the_newest_snapshot(files: list[dict[str, str]]) -> None:
    forget_all(DB)

    for number, brands in enumerate(files, 1):
        data = written([row(id=key, brand=brand) for key, brand in brands.items()])
        file = brought(data, file_id=f"{number:064x}")
        import_feed(DB, file, accept_gone=True, now=NOON)
        found = records_of(DB, "fixit")
        assert {key: one.cells["brand"] for key, one in found.items()} == brands


def test_a_published_copy_has_no_free_text(tmp_path: Path) -> None:
    data = written([row(problem="ring Ada, 555 0100")])
    chosen = settings_in(tmp_path)
    owner = owner_of(chosen)
    file = brought(data)
    owner.run(lambda db: import_feed(db, file, accept_gone=False, now=NOON)).result(WITHIN_S)
    copy = owner.run(lambda db: publish(db, chosen, NOON)).result(WITHIN_S)
    owner.close()

    with duckdb.connect(str(copy), read_only=True) as db:
        (cells,) = db.execute("select cells from feed_revision").fetchall()[0]
        shown = db.execute("select brand, event_on::varchar from mart.feed_record").fetchall()

    assert "problem" not in json.loads(cells)
    assert json.loads(cells)["brand"] == "Hisense"
    assert shown == [("Hisense", "2019-06-13")]
    assert b"Ada, 555" not in copy.read_bytes()
    assert feed_report_in_snapshot(copy, partner_id="fixit", file_id=file.file_id)


@pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is absent")
def test_a_partners_real_files_one_after_the_other(db: duckdb.DuckDBPyConnection) -> None:
    months = ("202009", "202309", "202407", "202507")
    files = [next(FOLDER.glob(f"*_FixitClinic_{month}.csv")).read_bytes() for month in months]

    reports = [imported(db, data, accept_gone=True) for data in files]

    names = ("same", "corrected", "re_used", "new", "gone")
    assert [tuple(report["classes"][name] for name in names) for report in reports] == [
        (0, 0, 0, 487, 0), (1, 61, 0, 673, 425), (470, 264, 0, 185, 1), (0, 919, 0, 114, 0),
    ]  # fmt: skip
    assert len(records_of(db, "fixit")) == 1_033
