import gzip
from collections import Counter

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from schemas.refusal import Reason
from streams.history.errors import FileRefused, MappingError
from streams.history.judge import file_id
from streams.history.lines import MAX_LINE_BYTES
from streams.history.verdict import Status
from tests.streams.history.builders import COLUMNS, file_of, judged, leg_of, line

HEADER = ",".join(COLUMNS).encode() + b"\n"
GOOD = line().encode() + b"\n"


def test_a_header_alone_is_a_file_of_no_lines() -> None:
    found = judged(HEADER)

    assert found.verdicts == []
    assert found.report().lines == 0
    assert found.report().as_dict()["direct"]["share"] is None


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (b"", "empty"),
        (gzip.compress(b""), "empty"),
        (gzip.compress(HEADER)[:-9], "cut short"),
        (gzip.compress(HEADER) + b"more", "behind its end"),
        (b"\x1f\x8bno gzip", "broken"),
        (gzip.compress(b"0" * 1_000_000), "unpacks to more"),
        (HEADER.replace(b"Goods", b"Mode"), "'Mode' twice"),
        (HEADER.replace(b"Goods", b"G\xff"), "line 1"),
        (HEADER.replace(b"Goods", b'"Goods'), "line 1"),
        (b"x" * (MAX_LINE_BYTES + 1), "is the line end 'lf'"),
    ],
)
def test_a_file_that_cannot_be_read_at_all_is_refused_in_one_sentence(
    data: bytes, sentence: str
) -> None:
    with pytest.raises(FileRefused, match=sentence):
        judged(data)


def test_a_missing_column_names_the_nearest_one() -> None:
    with pytest.raises(MappingError, match="no column 'Weight' in the file; the nearest is 'Wiegh"):
        judged(HEADER.replace(b"Weight", b"Wieght"))


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"1,S-1,\xff", Reason.ENCODING),
        (GOOD[:-1].replace(b"ARV", b"A\x00V"), Reason.ENCODING),
        (b"1,S-1", Reason.COLUMN_COUNT),
        (GOOD[:-1] + b",more", Reason.COLUMN_COUNT),
        (b"", Reason.COLUMN_COUNT),
        (GOOD[:-1].replace(b"ARV", b'"ARV'), Reason.COLUMN_COUNT),  # an unclosed quote
        (GOOD[:-1].replace(b"ARV", b"A" * 70_000), Reason.TOO_LARGE),
    ],
)
def test_a_spoiled_line_is_rejected_alone_and_never_lost(raw: bytes, reason: Reason) -> None:
    found = judged(HEADER + raw + b"\n" + GOOD)

    spoiled, good = found.verdicts[:2], found.verdicts[2:]
    assert [v.reasons for v in spoiled] == [(reason,), (reason,)]
    assert {v.line_no for v in spoiled} == {2}
    assert spoiled[0].raw_line == raw.decode("utf-8", "backslashreplace")
    assert [v.status for v in good] == [Status.ACCEPTED, Status.ACCEPTED]


def test_a_quoted_cell_may_hold_the_delimiter_and_quotes() -> None:
    verdict = leg_of(line(Goods='"A, ""B"""'))

    assert verdict.event is not None
    assert '"A, ""B"""' in verdict.raw_line


def test_a_repeated_line_is_a_duplicate_and_a_changed_one_is_rejected() -> None:
    same = leg_of(line(), line())
    changed = leg_of(line(), line(Weight="13"))

    assert (same.status, same.reasons, same.event) == (Status.DUPLICATE, (), None)
    assert (changed.status, changed.reasons) == (Status.REJECTED, (Reason.KEY_DUPLICATE,))
    assert "line 2" in changed.details[0]


def test_a_gzip_file_reads_as_the_file_inside() -> None:
    plain = file_of(line())

    assert judged(gzip.compress(plain)).verdicts == judged(plain).verdicts


@pytest.mark.parametrize(("line_end", "end"), [("cr", b"\r"), ("lf", b"\n"), ("crlf", b"\r\n")])
def test_the_line_end_is_the_stated_one_and_the_last_line_may_lack_it(
    line_end: str, end: bytes
) -> None:
    data = (HEADER + GOOD).replace(b"\n", end)

    for cut in (data, data.removesuffix(end)):
        assert [v.status for v in judged(cut, line_end=line_end).verdicts] == ["accepted"] * 2


def test_chinese_text_reads_in_its_stated_encoding() -> None:
    data = file_of(line(Site="\u5408\u80a5")).decode().encode("gb18030")

    verdict = judged(data, encoding="gb18030").verdicts[-1]

    assert verdict.reasons == (Reason.PLACE_UNKNOWN,)
    assert "\u5408\u80a5" in verdict.raw_line


def test_the_same_bytes_have_the_same_id() -> None:
    assert file_id(b"") == "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"


cells = st.sampled_from(
    ["", "none", "1", "2", "See line 1", "See line 2", "N/A", "Air", "Truck", "Ocean", "Direct",
     "Depot", "Works", "South Africa", "Rwanda", "7-Nov-13", "1/2/13", "-1", "0", "1e9", "\x00",
     '"', "\xff", ","]
)  # fmt: skip
lines = st.dictionaries(st.sampled_from(COLUMNS), cells, max_size=4).map(lambda c: line(**c))


@settings(max_examples=150, deadline=None)
@given(st.lists(lines, max_size=8), st.data())
def test_for_each_target_the_statuses_add_up_to_the_lines(
    texts: list[str], data: st.DataObject
) -> None:
    body = bytearray("\n".join(texts).encode("latin-1"))
    for _ in range(data.draw(st.integers(0, 3))):
        if body:
            body[data.draw(st.integers(0, len(body) - 1))] = data.draw(st.integers(0, 255))
    total = len(bytes(body).removesuffix(b"\n").split(b"\n")) if body else 0

    found = judged(HEADER + bytes(body))

    report = found.report()
    assert report.lines == len(found.file.lines)
    assert abs(report.lines - total) <= 1  # an empty last line ends the one before it
    for name, counts in report.targets.items():
        mine = [v for v in found.verdicts if v.target == name]
        assert counts.lines == report.lines == len(mine)
        assert sum(counts.reasons.values()) == counts.rejected
        assert Counter(v.status is Status.REJECTED for v in mine)[True] == counts.rejected
        assert all(bool(v.reasons) == (v.status is Status.REJECTED) for v in mine)
        assert all((v.event is not None) == (v.status is Status.ACCEPTED) for v in mine)


@settings(max_examples=50, deadline=None)
@given(st.lists(lines, max_size=8))
def test_usable_legs_are_those_placed_and_those_not_placed(texts: list[str]) -> None:
    report = judged(HEADER + "\n".join(texts).encode("latin-1")).report()

    usable, placed, counts = report.usable, report.placed, report.targets["transport_leg"]
    assert usable is not None
    assert placed is not None
    assert usable.legs == placed.legs + placed.not_placed
    assert usable.lines == usable.legs + usable.attached
    assert usable.lines + usable.rejected + counts.duplicate == report.lines
    assert sum(placed.by_mode.values()) == placed.legs
    assert sum(n for by in placed.not_placed_by_reason.values() for n in by.values()) == (
        placed.not_placed
    )
