"""The parameters of a list: known, once each, and bounded."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.partner.builders import expect_problem
from web.partner.listing import (
    DEFAULT_LIMIT,
    ListAsked,
    instant_of,
    instant_text,
    parse_list,
)
from web.partner.problems import ProblemName

SECRET = b"s" * 32
OWNER = {"tenant": "hisense", "partner": "P-7", "list": "units"}


def parse(*pairs: tuple[str, str], partner: str = "P-7") -> ListAsked:
    return parse_list(
        pairs,
        filters={"status": str, "updated_after": instant_of},
        owner=OWNER | {"partner": partner},
        secrets=[SECRET],
    )


def test_a_list_without_parameters_begins_at_the_beginning() -> None:
    asked = parse()

    assert (asked.after_seq, asked.limit, dict(asked.filters)) == (0, DEFAULT_LIMIT, {})


def test_filters_are_read() -> None:
    asked = parse(("updated_after", "2026-03-01T08:00:00+08:00"), ("limit", "200"))

    assert asked.filters == {"updated_after": datetime(2026, 3, 1, tzinfo=UTC)}
    assert asked.limit == 200


def test_the_next_page_is_asked_for_with_the_same_filters() -> None:
    status = ("status", "COLLECTED")
    cursor = parse(status, ("limit", "10")).next_cursor(4_711, SECRET) or ""

    assert parse(status, ("cursor", cursor), ("limit", "20")).after_seq == 4_711
    expect_problem(ProblemName.CURSOR_INVALID, lambda: parse(("cursor", cursor)))
    expect_problem(
        ProblemName.CURSOR_INVALID, lambda: parse(("status", "LOST"), ("cursor", cursor))
    )
    expect_problem(
        ProblemName.CURSOR_INVALID, lambda: parse(status, ("cursor", cursor), partner="P-8")
    )


def test_the_last_page_has_no_next() -> None:
    assert parse().next_cursor(None, SECRET) is None


def test_an_unknown_parameter_is_refused_with_the_nearest() -> None:
    problem = expect_problem(ProblemName.PARAMETER_UNKNOWN, lambda: parse(("updatd_after", "x")))

    assert "updated_after" in problem.detail
    expect_problem(ProblemName.PARAMETER_UNKNOWN, lambda: parse(("\ud800" * 100_000, "")))


@pytest.mark.parametrize(
    "limit", ["0", "201", "-1", "", " 1", "1.0", "1e2", "\u0661", "0x1", "9" * 10_000, "None"]
)
def test_a_page_has_1_to_200_rows(limit: str) -> None:
    problem = expect_problem(ProblemName.VALIDATION_FAILED, lambda: parse(("limit", limit)))

    assert problem.members["errors"][0]["pointer"] == "/query/limit"


def test_a_parameter_appears_once() -> None:
    problem = expect_problem(
        ProblemName.VALIDATION_FAILED, lambda: parse(("status", "A"), ("status", "B"))
    )

    assert "status" in problem.detail


@pytest.mark.parametrize(
    "text",
    ["2026-03-01", "2026-03-01T08:00:00", "2026-03-01T08:00:00 08:00", "2026-02-30T08:00:00Z",
     "2026-03-01T24:00:01Z", "1772352000", "", "0001-01-01T00:00:00+14:00", "2026-W09-7T08:00:00Z"],
)  # fmt: skip
def test_what_is_no_instant_with_an_offset_is_refused(text: str) -> None:
    expect_problem(ProblemName.VALIDATION_FAILED, lambda: parse(("updated_after", text)))


@given(instant=st.datetimes(timezones=st.just(UTC)))
def test_an_instant_is_answered_as_it_is_read(instant: datetime) -> None:
    text = instant_text(instant)

    assert text.endswith("Z")
    assert instant_of(text) == instant
