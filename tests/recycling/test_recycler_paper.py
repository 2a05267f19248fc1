"""Papers on a day: the first and the last count, the days around them do not (rule F09)."""

from datetime import date, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recycling.recycler_paper import PaperFailure, is_valid, paper_failures
from tests.recycling.assignment_builders import FRIDGE, TV, paper, recycler

AGREEMENT = PaperFailure.AGREEMENT_NOT_IN_FORCE
LICENCE = PaperFailure.LICENCE_EXPIRED
CATEGORY = PaperFailure.CATEGORY_NOT_COVERED
ON = date(2026, 6, 15)
days = st.dates(date(2024, 1, 1), date(2028, 12, 31))

UNTIL_EVE = {"valid_to_on": ON - timedelta(days=1)}
UNTIL_DAY = {"valid_to_on": ON}
FROM_DAY = {"valid_from_on": ON}
FROM_MORROW = {"valid_from_on": ON + timedelta(days=1)}


@pytest.mark.parametrize(
    ("days_of_it", "is_missing"),
    [(UNTIL_EVE, True), (UNTIL_DAY, False), (FROM_DAY, False), (FROM_MORROW, True)],
    ids=["ended the day before", "ends that day", "begins that day", "begins the day after"],
)
def test_a_paper_holds_from_its_first_to_its_last_day(
    days_of_it: dict[str, Any], is_missing: bool
) -> None:
    for kind, failure in (("agreements", AGREEMENT), ("licences", LICENCE)):
        changed: dict[str, Any] = {kind: (paper("P-1", **days_of_it),)}
        one = recycler(**changed)

        assert paper_failures(one, categories=[FRIDGE], on=ON) == (
            {failure} if is_missing else frozenset()
        )


@pytest.mark.parametrize(
    ("changed", "categories", "expected"),
    [
        ({"agreements": ()}, [FRIDGE], {AGREEMENT}),
        ({"licences": ()}, [FRIDGE], {LICENCE}),
        ({"agreements": (), "licences": ()}, [FRIDGE], {AGREEMENT, LICENCE}),
        ({}, [FRIDGE, TV], set()),
        ({}, ["spaceship"], {CATEGORY}),
        ({}, [FRIDGE, "spaceship"], {CATEGORY}),
        # no licence of today names televisions, but one of yesterday did: it ran out
        (
            {
                "licences": (
                    paper("L-1", categories=frozenset({FRIDGE})),
                    paper("L-2", categories=frozenset({TV}), **UNTIL_EVE),
                )
            },
            [FRIDGE, TV],
            {LICENCE},
        ),
        # two papers together cover what neither does alone
        (
            {
                "licences": (
                    paper("L-1", categories=frozenset({FRIDGE})),
                    paper("L-2", categories=frozenset({TV})),
                )
            },
            [FRIDGE, TV],
            set(),
        ),
    ],
)
def test_papers_fail_by_their_days_or_by_what_they_cover(
    changed: dict[str, Any], categories: list[str], expected: set[PaperFailure]
) -> None:
    assert paper_failures(recycler(**changed), categories=categories, on=ON) == expected


@given(first_on=days, last_on=days, on=days)
def test_a_licence_is_valid_exactly_on_its_days(first_on: date, last_on: date, on: date) -> None:
    first_on, last_on = sorted((first_on, last_on))
    licence = paper("L-1", valid_from_on=first_on, valid_to_on=last_on)

    assert is_valid([licence], categories=[FRIDGE], on=on) == (first_on <= on <= last_on)


def test_a_consignee_needs_a_licence_for_every_category() -> None:
    assert is_valid([paper()], categories=[FRIDGE, TV], on=ON)
    assert not is_valid([paper()], categories=[FRIDGE, "900-045-49"], on=ON)
    assert not is_valid([], categories=[FRIDGE], on=ON)
