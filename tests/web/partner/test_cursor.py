"""Cursors lead back to the list that gave them out, and nobody makes one up."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.partner.builders import expect_problem
from web.partner.cursor import MAX_SEQ, read_cursor, sign_cursor
from web.partner.problems import ProblemName

SECRET, NEW_SECRET = b"s" * 32, b"n" * 32
LIST = {"tenant": "hisense", "partner": "P-7", "list": "units", "?status": "COLLECTED"}
CURSOR = sign_cursor(4_711, of=LIST, secret=SECRET)

seqs = st.integers(0, MAX_SEQ)


@given(seq=seqs)
def test_a_cursor_leads_to_where_it_was_given(seq: int) -> None:
    assert read_cursor(sign_cursor(seq, of=LIST, secret=SECRET), of=LIST, secrets=[SECRET]) == seq


def test_the_order_of_filters_does_not_count() -> None:
    turned = dict(reversed(LIST.items()))

    assert read_cursor(CURSOR, of=turned, secrets=[SECRET]) == 4_711


@given(at=st.integers(0, len(CURSOR) - 1), other=st.characters())
def test_no_character_can_be_changed(at: int, other: str) -> None:
    changed = CURSOR[:at] + other + CURSOR[at + 1 :]

    if changed != CURSOR:
        expect_problem(
            ProblemName.CURSOR_INVALID, lambda: read_cursor(changed, of=LIST, secrets=[SECRET])
        )


@given(text=st.text(max_size=50) | st.binary(max_size=40).map(bytes.hex))
def test_whatever_is_made_up_is_invalid(text: str) -> None:
    expect_problem(ProblemName.CURSOR_INVALID, lambda: read_cursor(text, of=LIST, secrets=[SECRET]))


@pytest.mark.parametrize(
    "text",
    ["", CURSOR + "=", CURSOR + "==", CURSOR + "\n", " " + CURSOR, CURSOR[:-1], CURSOR * 2,
     "A" * 1_000_000, "AQ" + CURSOR],
)  # fmt: skip
def test_a_cursor_has_one_way_to_be_written(text: str) -> None:
    expect_problem(ProblemName.CURSOR_INVALID, lambda: read_cursor(text, of=LIST, secrets=[SECRET]))


@pytest.mark.parametrize(
    "other",
    [
        {"tenant": "other"},
        {"partner": "P-8"},
        {"partner": None},
        {"list": "takeback-orders"},
        {"?status": "AT_DEPOT"},
        {"?updated_after": "2026-01-01T00:00:00Z"},
    ],
)
def test_a_cursor_of_another_list_is_invalid(other: dict[str, str | None]) -> None:
    expect_problem(
        ProblemName.CURSOR_INVALID,
        lambda: read_cursor(CURSOR, of=LIST | other, secrets=[SECRET]),
    )


def test_secrets_can_change_while_cursors_are_out() -> None:
    assert read_cursor(CURSOR, of=LIST, secrets=[NEW_SECRET, SECRET]) == 4_711
    expect_problem(
        ProblemName.CURSOR_INVALID, lambda: read_cursor(CURSOR, of=LIST, secrets=[NEW_SECRET])
    )
    expect_problem(ProblemName.CURSOR_INVALID, lambda: read_cursor(CURSOR, of=LIST, secrets=[]))


def test_a_cursor_of_another_version_is_invalid() -> None:
    expect_problem(
        ProblemName.CURSOR_INVALID,
        lambda: read_cursor("Ag" + CURSOR[2:], of=LIST, secrets=[SECRET]),
    )


@pytest.mark.parametrize("seq", [-1, MAX_SEQ + 1])
def test_a_seq_that_no_ledger_gives_is_not_signed(seq: int) -> None:
    with pytest.raises(ValueError, match=str(seq)):
        sign_cursor(seq, of=LIST, secret=SECRET)
