"""Two snapshots of a partner: every id has one class, and too many surprises stop the file."""

import random
from collections.abc import Mapping

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recycling.feed import FeedRecord
from recycling.feed_compare import Comparison, FeedClass, FeedState, compare
from recycling.feed_read import read_feed
from tests.recycling.feed_rows import HEADERS, row, written

Rows = list[Mapping[str, str]]
IDS = [f"r_{number}" for number in range(8)]
rows_of_a_file = st.lists(
    st.builds(
        lambda i, day, brand, status: row(id=i, event_date=day, brand=brand, repair_status=status),
        st.sampled_from([*IDS, "no id"]),
        st.sampled_from(["2019-06-13", "2020-01-01", "nonsense"]),
        st.sampled_from(["Hisense", "Haier", ""]),
        st.sampled_from(["Fixed", "Unknown", "2019"]),
    ),
    max_size=12,
)
law = settings(deadline=None, derandomize=True, max_examples=150)


def records(rows: Rows, version: str = "0.3") -> Mapping[str, FeedRecord]:
    return read_feed(written(rows, version=version)).records


def compared(before: Rows, after: Rows) -> Comparison:
    return compare(records(before), read_feed(written(after)))


def class_of(before: Mapping[str, str], after: Mapping[str, str]) -> FeedClass:
    return compared([before], [after]).changes["r_1"].feed_class


@pytest.mark.parametrize(
    ("changed", "expected", "columns"),
    [
        ({}, FeedClass.SAME, ()),
        ({"brand": "Haier"}, FeedClass.CORRECTED, ("brand",)),
        ({"brand": ""}, FeedClass.CORRECTED, ("brand",)),
        ({"event_date": "2020-01-01"}, FeedClass.RE_USED, ("event_date",)),
        ({"event_date": "2020-01-01", "brand": "A"}, FeedClass.RE_USED, ("event_date", "brand")),
        ({"repair_status": "2019"}, FeedClass.REJECTED, ()),
    ],
)
def test_an_id_that_both_know_has_its_class(
    changed: dict[str, str], expected: FeedClass, columns: tuple[str, ...]
) -> None:
    change = compared([row()], [row(**changed)]).changes["r_1"]

    assert change.feed_class is expected
    assert change.changed == columns


def test_an_id_that_one_knows_is_new_or_gone() -> None:
    found = compared([row(id="r_1")], [row(id="r_2")])

    assert found.changes["r_1"].feed_class is FeedClass.GONE
    assert found.changes["r_2"].feed_class is FeedClass.NEW


def test_an_unknown_year_is_the_same_in_either_spelling() -> None:
    blank, marks = row(year_of_manufacture=""), row(year_of_manufacture="????")

    assert class_of(blank, marks) is FeedClass.SAME


def test_only_columns_that_both_have_are_compared() -> None:
    before = records([row()], version="0.2.1")

    change = compare(before, read_feed(written([row(product_age="9")]))).changes["r_1"]

    assert change.feed_class is FeedClass.SAME
    assert change.changed == ("product_age", "product_category_id")
    assert change.is_revision  # what the header added is stored, and said to be


def test_a_record_whose_line_is_rejected_stays_as_it_was() -> None:
    found = compared([row(), row(id="r_2")], [row(repair_status="2019"), row(id="r_2")])

    assert found.counts[FeedClass.GONE] == 0
    assert list(found.revisions) == []


def many(count: int, **changed: str) -> Rows:
    return [row(id=f"r_{number}", **changed) for number in range(count)]


@pytest.mark.parametrize(
    ("re_used", "expected"),
    [(4, FeedState.IMPORTED), (5, FeedState.IMPORTED), (6, FeedState.REKEYED)],  # of 100
)
def test_more_than_five_in_a_hundred_re_used_ids_park_the_file(
    re_used: int, expected: FeedState
) -> None:
    after = many(re_used, event_date="2020-01-01") + many(100)[re_used:]

    found = compared(many(100), after)

    assert found.counts[FeedClass.RE_USED] == re_used
    assert found.state(accept_gone=False) is expected
    assert found.state(accept_gone=True) is expected  # nobody can answer for it


@pytest.mark.parametrize(
    ("gone", "expected"),
    [(19, FeedState.IMPORTED), (20, FeedState.IMPORTED), (21, FeedState.WAITING)],  # of 100
)
def test_more_than_twenty_in_a_hundred_gone_records_wait(gone: int, expected: FeedState) -> None:
    found = compared(many(100), many(100)[gone:])

    assert found.counts[FeedClass.GONE] == gone
    assert found.state(accept_gone=False) is expected
    assert found.state(accept_gone=True) is FeedState.IMPORTED


def test_the_share_of_re_used_ids_is_of_the_common_ones_alone() -> None:
    after = many(1, event_date="2020-01-01") + many(90)[1:19]  # 1 of 19, though 1 of 90 known

    assert compared(many(90), after).state(accept_gone=True) is FeedState.REKEYED


def test_the_first_snapshot_is_all_new() -> None:
    found = compared([], many(3))

    assert found.counts[FeedClass.NEW] == 3
    assert found.state(accept_gone=False) is FeedState.IMPORTED


def test_a_snapshot_without_records_waits() -> None:
    assert compared(many(3), []).state(accept_gone=False) is FeedState.WAITING


@law
@given(rows_of_a_file, rows_of_a_file)
def test_the_classes_part_the_ids_of_both(before: Rows, after: Rows) -> None:
    known, feed = records(before), read_feed(written(after))

    found = compare(known, feed)

    named = {line.record_id for line in feed.lines} - {None}
    assert found.changes.keys() == known.keys() | named
    assert sum(found.counts.values()) == len(found.changes)


@law
@given(rows_of_a_file)
def test_a_snapshot_compared_with_itself_is_all_same(rows: Rows) -> None:
    feed = read_feed(written(rows))

    found = compare(feed.records, feed)

    same = {key for key, c in found.changes.items() if c.feed_class is FeedClass.SAME}
    assert same == feed.records.keys()
    assert list(found.revisions) == []


@law
@given(rows_of_a_file, rows_of_a_file, st.randoms(use_true_random=False))
def test_the_order_of_rows_and_columns_means_nothing(
    before: Rows, after: Rows, order: random.Random
) -> None:
    names, mixed = list(HEADERS["0.3"]), list(after)
    order.shuffle(names)
    order.shuffle(mixed)

    found = compare(records(before), read_feed(written(mixed, header=names)))

    assert found == compared(before, after)
