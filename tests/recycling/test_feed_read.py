"""A partner's file line by line: a record, a repetition, or kept with field and value."""

import codecs
import re
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recycling.feed import Feed, FeedLineStatus, FeedProblem, FeedRefused
from recycling.feed_read import MAX_FEED_BYTES, MAX_LINE_BYTES, MAX_LINES, read_feed
from schemas.refusal import Reason
from tests.recycling.feed_rows import HEADERS, row, with_line, written

MIB = 1024 * 1024
SHIFTED = (
    'r_2,Repair Workshop,CHN,fridge,Refrigerator,12,"Hisense",big,2012,7,Fixed,,,does not cool'
)
GOOD_LINES = written([row(), row(id="r_2"), row(brand="Haier")]).splitlines()[1:]


def problem_of(feed: Feed, line_no: int = 3) -> FeedProblem:
    line = next(line for line in feed.lines if line.line_no == line_no)
    assert line.status is FeedLineStatus.REJECTED
    assert line.problem is not None
    return line.problem


def read_or_refused(data: bytes) -> str:
    """Return the version of a file's header, or the sentence that refuses it."""
    try:
        return read_feed(data).version
    except FeedRefused as no:
        return no.detail


def statuses(feed: Feed) -> list[FeedLineStatus]:
    return [line.status for line in feed.lines]


def test_a_row_is_a_record_with_id_and_day() -> None:
    feed = read_feed(written([row(year_of_manufacture="????", product_age="")]))

    record = feed.records["r_1"]
    assert feed.version == "0.3"
    assert record.event_on == date(2019, 6, 13)
    assert record.cells["brand"] == "Hisense"
    assert record.cells["year_of_manufacture"] is None
    assert record.cells["product_age"] is None
    assert not {"id", "event_date"} & record.cells.keys()


def test_the_oldest_header_calls_the_day_date() -> None:
    feed = read_feed(written([row(model="BCD")], version="0.1"))

    assert feed.version == "0.1"
    assert feed.records["r_1"].event_on == date(2019, 6, 13)
    assert "date" not in feed.records["r_1"].cells


def test_a_comma_that_nobody_quoted_spills_into_the_unnamed_last_column() -> None:
    data = (
        ",".join([*HEADERS["0.1"], ""]).encode()
        + b"\nr_1,W,CHN,Chinese,Kettle,A,B,2012,Fixed,W,2019-06-13,leaks, bad cord\n"
        + b"r_2,W,CHN,Chinese,Kettle,A,B,2012,Fixed,W,2019-06-13,leaks,\n"
    )

    feed = read_feed(data)

    assert [feed.records[key].cells["problem"] for key in ("r_1", "r_2")] == [
        "leaks, bad cord", "leaks",
    ]  # fmt: skip


def test_a_shifted_row_is_rejected_with_the_value_and_its_id_is_kept() -> None:
    feed = read_feed(with_line(SHIFTED.encode()))

    problem = problem_of(feed)
    assert (problem.field, problem.value) == ("year_of_manufacture", "big")
    assert "event_date is '', not a day" in problem.detail
    assert feed.rejected_ids == {"r_2"}
    assert feed.lines[1].raw_line == SHIFTED


def test_a_record_that_stands_there_three_times_counts_once() -> None:
    feed = read_feed(written([row(), row(id="r_2"), row(), row()]))

    accepted, duplicate = FeedLineStatus.ACCEPTED, FeedLineStatus.DUPLICATE
    assert statuses(feed) == [accepted, accepted, duplicate, duplicate]
    assert feed.records.keys() == {"r_1", "r_2"}


@pytest.mark.parametrize(
    ("changed", "field", "value"),
    [
        ({"brand": "Haier"}, "brand", "'Haier' and 'Hisense'"),
        ({"event_date": "2020-01-01"}, "event_date", "'2019-06-13' and '2020-01-01'"),
        ({"brand": ""}, "brand", "'' and 'Hisense'"),
    ],
)
def test_lines_of_one_id_that_contradict_each_other_are_all_rejected(
    changed: dict[str, str], field: str, value: str
) -> None:
    feed = read_feed(written([row(), row(**changed), row(id="r_2")]))

    assert feed.records.keys() == {"r_2"}
    assert feed.rejected_ids == {"r_1"}
    assert [line.line_no for line in feed.rejected] == [2, 3]
    problem = problem_of(feed)
    assert problem.reason is Reason.KEY_DUPLICATE
    assert (problem.field, problem.value) == (field, value)


def test_a_good_line_beside_a_rejected_one_of_the_same_id_is_the_record() -> None:
    feed = read_feed(written([row(), row(repair_status="maybe")]))

    assert feed.records.keys() == {"r_1"}
    assert feed.rejected_ids == frozenset()
    assert len(feed.rejected) == 1


@pytest.mark.parametrize(
    ("line", "reason", "said"),
    [
        (b"r_2,too,short", Reason.COLUMN_COUNT, "it has 3 cells, the header has 14"),
        (b"", Reason.COLUMN_COUNT, "it has 0 cells, the header has 14"),
        (b'r_2,"open' + b"," * 12, Reason.COLUMN_COUNT, "its quotes are not closed"),
        (b"r_2,\x00" + b"," * 12, Reason.ENCODING, "is a control character: '\\x00'"),
        (b"r_2,caf\xe9" + b"," * 12, Reason.ENCODING, "is not UTF-8: b'\\xe9'"),
        (b"r_2," + b"x" * 10 * MIB, Reason.TOO_LARGE, "it has 10,485,764 bytes, at most 65,536"),
    ],
    ids=["short", "blank", "quote", "nul", "latin-1", "10 MiB"],
)
def test_a_hostile_line_spoils_itself_alone(line: bytes, reason: Reason, said: str) -> None:
    feed = read_feed(with_line(line) + written([row(id="r_3")]).partition(b"\n")[2])

    problem = problem_of(feed)
    assert problem.reason is reason
    assert said in problem.detail
    assert feed.records.keys() == {"r_1", "r_3"}
    assert feed.rejected_ids == ({"r_2"} if line else set())
    assert len(feed.lines[1].raw_line) <= MAX_LINE_BYTES


def test_a_byte_order_mark_and_line_ends_of_windows_are_read() -> None:
    plain = written([row(), row(id="r_2")])

    feed = read_feed(codecs.BOM_UTF8 + plain.replace(b"\n", b"\r\n"))

    assert feed == read_feed(plain)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"", "the file is empty"),
        (codecs.BOM_UTF8, "the file is empty"),
        (b"\n\n", "line 1 is no header"),
        (written([row()]).partition(b"\n")[2], "line 1 is no header, it begins with 'r_1'"),
        (b"id,id,event_date\n", "line 1, the header, names 'id' twice"),
        (b"id;event_date;problem\n", "line 1 is separated by semicolons"),
        (b"id\tevent_date\n", "line 1 is separated by tabs"),
        (b"id,event\x00_date\n", "line 1, the header: character 8 is a control character"),
        (b"id,dat\xe9\n", "line 1, the header: byte 6 is not UTF-8"),
        (b"id," + b"x" * MIB, "line 1, the header: it has 1,048,579 bytes"),
        ("id,event_date\n".encode("utf-16"), "the file is UTF-16: save it as CSV UTF-8"),
        (b"PK\x03\x04rest", "the file is a workbook or an archive"),
        (b"\x1f\x8brest", "the file is compressed"),
        (b"x" * (MAX_FEED_BYTES + 1), "the file has 33,554,433 bytes"),
        (b"x\n" * (MAX_LINES + 1), "the file has 500,001 lines"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_a_file_that_is_no_snapshot_is_refused_with_one_sentence(data: bytes, said: str) -> None:
    with pytest.raises(FeedRefused, match=re.escape(said)):
        read_feed(data)


@settings(deadline=None, derandomize=True, max_examples=300)
@given(st.lists(st.binary(max_size=60) | st.sampled_from(GOOD_LINES), max_size=8))
def test_whatever_the_bytes_every_line_is_told(lines: list[bytes]) -> None:
    data = written([]) + b"\n".join(lines)

    feed = read_feed(data)

    assert len(feed.lines) == len(data.splitlines()) - 1
    assert sum(feed.count(status) for status in FeedLineStatus) == len(feed.lines)
    assert all((line.problem is None) != (line in feed.rejected) for line in feed.lines)
    assert len(feed.records) == feed.count(FeedLineStatus.ACCEPTED)


@settings(deadline=None, derandomize=True, max_examples=200)
@given(st.binary(max_size=200))
def test_whatever_the_bytes_a_file_is_read_or_refused(data: bytes) -> None:
    told = read_or_refused(data)

    assert told.isprintable()
