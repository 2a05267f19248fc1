"""The partners' headers are data: names, aliases, and what may stand below them."""

import re

import pytest

from recycling.feed import FeedRefused
from recycling.feed_version import columns, version_of, versions
from schemas.refusal import Reason, Refused
from tests.recycling.feed_rows import HEADERS


def test_every_name_of_every_version_is_a_column_of_the_house() -> None:
    for version in versions():
        assert set(version.names.values()) <= columns().keys()
        assert {"id", "event_date", "problem"} <= set(version.names.values())
        assert len(set(version.names.values())) == len(version.names)


def test_every_column_is_in_some_version() -> None:
    named = {name for version in versions() for name in version.names.values()}

    assert named == columns().keys()


@pytest.mark.parametrize("known", HEADERS)
def test_a_header_is_known_in_whatever_order(known: str) -> None:
    assert version_of(HEADERS[known]).id == known
    assert version_of(tuple(reversed(HEADERS[known]))).id == known


def test_the_date_of_the_oldest_version_is_the_event_date() -> None:
    assert version_of(HEADERS["0.1"]).names["date"] == "event_date"


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ((*HEADERS["0.3"], "colour"), "nearest is 0.3, which has no 'colour'"),
        (HEADERS["0.3"][:-1], "nearest is 0.3, which has 'problem' too"),
        (("fixitclinic_1", "USA"), "line 1 is no header, it begins with 'fixitclinic_1'"),
        (("",), "line 1 is no header, it begins with ''"),
    ],
)
def test_an_unknown_header_is_refused_with_what_differs(header: tuple[str, ...], said: str) -> None:
    with pytest.raises(FeedRefused, match=re.escape(said)):
        version_of(header)


@pytest.mark.parametrize("text", ["", "????"])
def test_an_unknown_year_is_none(text: str) -> None:
    assert columns()["year_of_manufacture"].read(text) is None


@pytest.mark.parametrize("text", ["2012", "earlier than 2011"])
def test_a_year_is_kept_as_it_is_told(text: str) -> None:
    assert columns()["year_of_manufacture"].read(text) == text


@pytest.mark.parametrize(
    ("name", "text", "reason"),
    [
        ("year_of_manufacture", " no model number", Reason.SCHEMA),  # a shifted row
        ("year_of_manufacture", "٢٠١٢", Reason.SCHEMA),  # digits of another script
        ("event_date", "2019-02-30", Reason.DATE_INVALID),  # has the form of a day
        ("event_date", "0000-01-01", Reason.DATE_INVALID),
        ("event_date", "", Reason.DATE_INVALID),  # half of the identity
        ("id", "", Reason.SCHEMA),
        ("id", "r 1", Reason.SCHEMA),
        ("id", "r" * 65, Reason.SCHEMA),
        ("repair_status", "2019", Reason.VOCABULARY),
        ("repair_status", "Fixed|Repairable", Reason.VOCABULARY),
        ("product_age", "-1", Reason.SCHEMA),
    ],
)
def test_a_cell_that_says_something_else_is_refused_with_field_and_value(
    name: str, text: str, reason: Reason
) -> None:
    with pytest.raises(Refused) as refused:
        columns()[name].read(text)

    assert refused.value.reason is reason
    assert refused.value.detail.startswith(f"{name} is {text!r}, not ")
