"""The page of a plan: all of it in one file, names as text, zero as zero."""

import re
from functools import cache

from routing.writing.page import plan_html
from tests.routing.writing.plans import DAY_OF_THREE, told


@cache
def page() -> str:
    return plan_html(told(), DAY_OF_THREE)


def test_a_name_is_text_and_never_markup() -> None:
    assert "=&lt;b&gt;&amp;1" in page()
    assert "<b>" not in page()


def test_the_page_needs_no_network() -> None:
    assert not re.search(r"(src|href)=|url\(|<script|https?:", page())


def test_what_is_not_served_stands_there_with_its_reason() -> None:
    assert "<h2>Not served</h2>" in page()
    assert "skill crane missing" in page()


def test_an_emission_of_zero_is_not_shown_as_unknown() -> None:
    assert told().totals.wtt_kgco2e == 0
    assert f"<td>{told().totals.wtt_kgco2e}</td>" in page()


def test_each_round_is_drawn_and_the_picture_says_what_it_is() -> None:
    assert page().count("<polyline") == len(told().routes) == 1
    assert 'aria-label="1 rounds as straight lines between stops"' in page()
