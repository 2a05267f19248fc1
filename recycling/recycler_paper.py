"""Whether a recycler's agreement and licence were valid on a day (integrity rule F09)."""

from collections.abc import Iterable
from datetime import date
from enum import StrEnum

from recycling.recycler import Paper, Recycler


class PaperFailure(StrEnum):
    """What is wrong with the papers on a day."""

    AGREEMENT_NOT_IN_FORCE = "agreement_not_in_force"
    LICENCE_EXPIRED = "licence_expired"
    CATEGORY_NOT_COVERED = "category_not_covered"


def paper_failures(
    recycler: Recycler, *, categories: Iterable[str], on: date
) -> frozenset[PaperFailure]:
    """Return what forbids ``recycler`` to take ``categories`` on the day ``on``; empty is valid.

    A category that some agreement or licence names on other days failed by its days; one that none
    of them ever named is not covered. A recycler without any paper failed by its days.

    Examples
    --------
    >>> lapsed = Paper(
    ...     paper_id="L-1",
    ...     categories=frozenset({"tv"}),
    ...     valid_from_on=date(2025, 1, 1),
    ...     valid_to_on=date(2025, 12, 31),
    ... )
    >>> [is_valid([lapsed], categories=["tv"], on=date(2025 + n, 12, 31)) for n in (0, 1)]
    [True, False]
    """
    asked = frozenset(categories)
    found = set()
    for papers, by_days in (
        (recycler.agreements, PaperFailure.AGREEMENT_NOT_IN_FORCE),
        (recycler.licences, PaperFailure.LICENCE_EXPIRED),
    ):
        for category in _missing(papers, asked, on):
            is_named = not papers or any(category in one.categories for one in papers)
            found.add(by_days if is_named else PaperFailure.CATEGORY_NOT_COVERED)
    return frozenset(found)


def is_valid(papers: Iterable[Paper], *, categories: Iterable[str], on: date) -> bool:
    """Return whether ``papers`` cover every category on the day ``on``: a consignee's licence."""
    return not _missing(papers, frozenset(categories), on)


def _missing(papers: Iterable[Paper], categories: frozenset[str], on: date) -> frozenset[str]:
    return categories.difference(*(one.categories for one in papers if one.is_in_force(on)))
