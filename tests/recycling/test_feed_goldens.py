"""Real snapshots of two partners, compared: the Open Repair Alliance's files, counted anew."""

from functools import cache
from pathlib import Path

import pytest

from recycling.feed import Feed, FeedLineStatus
from recycling.feed_compare import Comparison, FeedState, compare
from recycling.feed_read import read_feed

SHARED = Path(__file__).parents[3] / "shared" / "data"
FOLDER = SHARED / "takeback" / "openrepair"
pytestmark = pytest.mark.skipif(not SHARED.is_dir(), reason="../shared/data is absent")


@cache
def read(partner: str, month: str) -> Feed:
    (path,) = FOLDER.glob(f"*_{partner}_{month}.csv")
    return read_feed(path.read_bytes())


def compared(partner: str, before: str, after: str) -> Comparison:
    return compare(read(partner, before).records, read(partner, after))


@pytest.mark.parametrize(
    ("partner", "before", "after", "counts", "state"),
    [  # same, corrected, re-used, new, gone, rejected
        ("FixitClinic", "201909", "202009", (0, 0, 351, 136, 124, 0), FeedState.REKEYED),
        ("FixitClinic", "202009", "202309", (1, 61, 0, 673, 425, 0), FeedState.WAITING),
        ("FixitClinic", "202309", "202407", (470, 264, 0, 185, 1, 0), FeedState.IMPORTED),
        ("FixitClinic", "202407", "202507", (0, 919, 0, 114, 0, 0), FeedState.IMPORTED),
        ("RepairConnects", "202407", "202507", (2_882, 3, 0, 0, 0, 0), FeedState.IMPORTED),
    ],
)
def test_the_classes_have_their_published_counts(
    partner: str, before: str, after: str, counts: tuple[int, ...], state: FeedState
) -> None:
    found = compared(partner, before, after)

    by_class = {feed_class.value: count for feed_class, count in found.counts.items()}
    names = ("same", "corrected", "re_used", "new", "gone", "rejected")
    assert tuple(by_class[name] for name in names) == counts
    assert found.state(accept_gone=False) is state


def test_the_first_file_has_475_keys() -> None:
    assert len(read("FixitClinic", "201909").records) == 475


def test_the_two_shifted_rows_are_rejected_with_the_value() -> None:
    rejected = read("FixitClinic", "201909").rejected

    told = [
        (line.line_no, line.record_id, line.problem.field, line.problem.value)
        for line in rejected
        if line.problem is not None
    ]
    assert told == [
        (153, "fixitclinic_157", "year_of_manufacture", " no model number"),
        (285, "fixitclinic_293", "year_of_manufacture", " no 60"),
    ]


def test_a_record_that_stands_there_three_times_is_counted_once() -> None:
    feed = read("FixitClinic", "202309")

    lines = [line.status for line in feed.lines if line.record_id == "fixitclinic_1828"]
    assert lines == [FeedLineStatus.ACCEPTED, *[FeedLineStatus.DUPLICATE] * 2]
    assert feed.count(FeedLineStatus.DUPLICATE) == 2
    assert len(feed.records) == 735


@pytest.mark.parametrize(("month", "version"), [("201909", "0.1"), ("202009", "0.2.1")])
def test_unknown_years_are_unknown_in_every_version(month: str, version: str) -> None:
    feed = read("FixitClinic", month)

    years = [record.cells["year_of_manufacture"] for record in feed.records.values()]
    assert feed.version == version
    assert years.count(None) > 300
    assert "????" not in years
