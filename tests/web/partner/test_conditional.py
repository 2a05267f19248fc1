"""If-Match: the version in force, or 412, or 428 where one is needed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.web.partner.builders import expect_problem
from web.partner.conditional import check_if_match, etag
from web.partner.problems import ProblemName


@pytest.mark.parametrize("header", [None, '"7"', "*", ' "7" ', '"6", "7"', '"6","7"', 'W/"6", "7"'])
def test_who_knows_the_version_goes_on(header: str | None) -> None:
    check_if_match(header, 7)


@pytest.mark.parametrize(
    "header",
    ['"6"', '"77"', "7", "", '""', 'W/"7"', "'7'", '"7', '"7" "7"', "*, *", '"7",' * 1_000],
)
def test_who_does_not_is_told_the_version_in_force(header: str) -> None:
    problem = expect_problem(ProblemName.VERSION_STALE, lambda: check_if_match(header, 7))

    assert problem.headers["ETag"] == '"7"'


def test_a_version_can_be_required() -> None:
    expect_problem(ProblemName.IF_MATCH_REQUIRED, lambda: check_if_match(None, 7, required=True))
    check_if_match(etag(7), 7, required=True)


@given(known=st.integers(0, 2**63), version=st.integers(0, 2**63))
def test_one_version_matches_itself_alone(known: int, version: int) -> None:
    if known == version:
        check_if_match(etag(known), version)
    else:
        expect_problem(ProblemName.VERSION_STALE, lambda: check_if_match(etag(known), version))
