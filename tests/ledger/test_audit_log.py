"""An audit log is checked without its ledger: nothing in it can be changed, moved or left out."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.audit_log import LogChecked, NoAuditLog, audit_lines, check_lines, is_audit_line
from ledger.chain import EVENT_COLUMNS, HASHED, NO_HASH, hash_of
from ledger.store import LEDGER_FILE, open_for_reading
from tests.ledger.builders import ask, opened


def lines_of(folder: Path) -> list[bytes]:
    db = open_for_reading(folder / LEDGER_FILE)
    try:
        return [line.encode() for line in audit_lines(db)]
    finally:
        db.close()


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> list[bytes]:
    """Two boxes, three events each, one after the other."""
    folder = tmp_path_factory.mktemp("ledger")
    with opened(folder) as ledger:
        for box in ("B-1", "B-2"):
            ask(ledger, "open", box=box)
        for item in ("a", "\u7535\u51b0\u7bb1"):
            for box in ("B-1", "B-2"):
                ask(ledger, "put", target=box, item=item)
    return lines_of(folder)


def whats(lines: list[bytes]) -> list[str]:
    return [one.what for one in check_lines(lines).breaks]


def changed(line: bytes, **fields: Any) -> bytes:
    return json.dumps(json.loads(line) | fields).encode() + b"\n"


def test_a_log_as_it_was_written_is_whole(log: list[bytes]) -> None:
    found = check_lines(log)

    assert (found.aggregates, found.events, found.breaks) == (2, 6, ())
    assert all(is_audit_line(line) for line in log)
    assert tuple(json.loads(log[0])) == EVENT_COLUMNS


def test_no_event_is_a_whole_log_too() -> None:
    assert check_lines([]) == LogChecked(0, 0, "", ())


def test_other_spaces_and_another_sequence_of_fields_say_the_same(log: list[bytes]) -> None:
    turned = [json.dumps(json.loads(line), sort_keys=True, indent=None).encode() for line in log]

    assert check_lines(turned) == check_lines(log)


OTHER: dict[str, Callable[[Any], Any]] = {
    name: (lambda value: value + 1) if name in {"seq", "version", "major"} else (lambda v: f"{v}x")
    for name in EVENT_COLUMNS
}


@pytest.mark.parametrize("name", EVENT_COLUMNS)
@given(data=st.data())
def test_no_field_of_any_event_can_be_changed(
    log: list[bytes], name: str, data: st.DataObject
) -> None:
    place = data.draw(st.integers(0, len(log) - 1))
    value = OTHER[name](json.loads(log[place])[name])

    assert whats([*log[:place], changed(log[place], **{name: value}), *log[place + 1 :]])


@pytest.mark.parametrize("place", range(5))  # the last one is told by the head alone
def test_an_event_that_was_taken_out_is_missed(log: list[bytes], place: int) -> None:
    assert "an event is missing" in whats([*log[:place], *log[place + 1 :]])


def test_an_end_that_was_cut_off_changes_the_head(log: list[bytes]) -> None:
    cut = check_lines(log[:-1])

    assert cut.breaks == ()
    assert cut.head_sha256 != check_lines(log).head_sha256


def rewritten(log: list[bytes], box: str, *, only_first: bool = False) -> list[bytes]:
    """What somebody with the ledger could write: other states, and hashes that fit them."""
    prev_hash, lines = NO_HASH, []
    for line in log:
        told = json.loads(line)
        if told["aggregate_id"] == box and not (only_first and told["version"] > 1):
            told |= {"state": "SHUT", "prev_hash": prev_hash}
            prev_hash = told["hash"] = hash_of([told[name] for name in HASHED])
        lines.append(json.dumps(told).encode() + b"\n")
    return lines


def test_one_event_written_anew_does_not_fit_the_next(log: list[bytes]) -> None:
    assert whats(rewritten(log, "B-1", only_first=True)) == ["does not follow the event before it"]


def test_a_whole_chain_written_anew_is_told_by_the_head_alone(log: list[bytes]) -> None:
    anew = check_lines(rewritten(log, "B-1"))

    assert anew.breaks == ()
    assert anew.head_sha256 != check_lines(log).head_sha256


@pytest.mark.parametrize("places", [(0, 1), (1, 3), (2, 3), (4, 5)])
def test_events_that_changed_places_are_found(log: list[bytes], places: tuple[int, int]) -> None:
    one, other = places
    moved = list(log)
    moved[one], moved[other] = moved[other], moved[one]

    assert "an event is missing" in whats(moved)


def test_an_event_twice_is_found(log: list[bytes]) -> None:
    assert whats([*log, log[-1]]) == ["an event is missing", "version 4 is missing"]


def test_what_follows_a_break_says_no_more(log: list[bytes]) -> None:
    broken = [changed(log[0], payload='{"box":"B-9"}'), *log[1:]]

    (found,) = check_lines(broken).breaks

    assert (found.kind, found.id, found.version, found.what) == (
        "box", "B-1", 1, "is not what was recorded"
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"", "line 7 is no JSON"),
        (b"\xff", "line 7 is no JSON"),
        (b"[]", "line 7 is no event"),
        (b'{"hash": "", "prev_hash": ""}', "line 7 is no event"),
        (b"[" * 50_000, "line 7 is no JSON"),
    ],
)
def test_a_line_that_is_no_event_is_named(log: list[bytes], line: bytes, why: str) -> None:
    with pytest.raises(NoAuditLog, match=why):
        check_lines([*log, line])


@pytest.mark.parametrize(
    "fields",
    [{"version": "4"}, {"seq": True}, {"seq": 7.0}, {"payload": {}}, {"hash": None},
     {"type": "\ud800"}, {"more": 1}],
)  # fmt: skip
def test_a_field_of_another_kind_is_named(log: list[bytes], fields: dict[str, Any]) -> None:
    with pytest.raises(NoAuditLog, match="line 7"):
        check_lines([*log, changed(log[-1], **fields)])


@pytest.mark.parametrize("line", [b"", b"{", b"[]", b'{"payload": ""}', b"\xff", b"[" * 50_000])
def test_another_line_is_not_taken_for_an_event(line: bytes) -> None:
    assert not is_audit_line(line)
