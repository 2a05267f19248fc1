import re
import tomllib
from decimal import Decimal
from html.parser import HTMLParser
from typing import Any

import pytest

from emissions import report_html, report_page
from emissions.coverage import KnownRecord, coverage_of
from emissions.quality import SCORE_NAMES
from emissions.report_html import words_in
from emissions.report_iso14083 import Deviation, report_of
from emissions.report_page import page_in_both_languages, page_of
from emissions.report_rows import csv_body_sha256
from emissions.tce_row import TceKind
from schemas.refusal import Reason, Refused
from schemas.vocabulary import DataClass, DistanceKind, TransportMode
from tests.emissions.report_builders import about, hub, report, tce

LANGUAGES = ["en", "zh"]
VOID = {"meta"}


class Balanced(HTMLParser):
    """Notes tags that open and do not close, and what a page would load."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.loaded: list[str] = []
        self.texts: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.loaded += [name for name, _ in attrs if name in {"src", "href", "onclick"}]
        self.loaded += [tag] if tag in {"script", "link", "img", "iframe"} else []
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def parsed(page: str) -> Balanced:
    found = Balanced()
    found.feed(page)
    found.close()
    return found


def catalogue() -> dict[str, Any]:
    return tomllib.loads(report_html.WORDS.read_text("utf-8"))


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_is_whole_and_loads_nothing(lang: str) -> None:
    found = parsed(page_of(report(), lang=lang))

    assert found.open == []
    assert found.loaded == []


@pytest.mark.parametrize("lang", LANGUAGES)
def test_a_page_shows_sums_intensities_and_the_hash_of_the_rows(lang: str) -> None:
    page = page_of(report(), lang=lang)

    for shown in ("355.270764", "0.095020", "4.242931", "3,104.832000", csv_body_sha256(report())):
        assert f">{shown}</td>" in page
    assert words_in(lang)["sfd"] in page
    assert words_in(lang)["coverage_not_stated"] in page


def test_the_page_of_a_language_is_in_that_language() -> None:
    english, chinese = (page_of(report(), lang=lang) for lang in LANGUAGES)

    assert not re.search("[\u4e00-\u9fff]", english)
    assert '<html lang="zh">' in chinese
    assert "最短可行距离" in chinese


def test_both_languages_hold_the_same_words() -> None:
    english, chinese = (catalogue()[lang] for lang in LANGUAGES)

    assert english.keys() == chinese.keys()
    assert all(word.strip() for word in (*english.values(), *chinese.values()))


@pytest.mark.parametrize(
    "name",
    [*TransportMode, *DistanceKind, *TceKind, *DataClass, *Deviation, *SCORE_NAMES],
)
def test_every_word_a_report_can_need_is_there(name: str) -> None:
    assert all(name in catalogue()[lang] for lang in LANGUAGES)


def test_another_language_is_refused() -> None:
    with pytest.raises(Refused, match="lang fr is none of en, zh"):
        page_of(report(), lang="fr")


@pytest.mark.parametrize("lang", LANGUAGES)
def test_what_others_wrote_stays_a_text(lang: str) -> None:
    hostile = "<script>alert(1)</script>"
    page = page_of(
        report(tce(hostile, told={"evidence": hostile}), organisation=hostile, seed=hostile),
        lang=lang,
    )

    assert "<script>" not in page
    assert hostile in parsed(page).texts


def test_a_page_shows_the_first_rows_only_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(report_page, "MAX_ROWS_ON_A_PAGE", 1)

    page = page_of(report(tce("T-1"), tce("T-2"), sample_rows=0), lang="en")

    assert ">T-1</td>" in page
    assert ">T-2</td>" not in page
    assert words_in("en")["rows_note"] in page


def test_a_stated_gap_has_its_row() -> None:
    refused = KnownRecord(
        shipment_id="S-2",
        consignment_id="C-2",
        mass_kg=None,
        category="tv",
        refused=Reason.MASS_MISSING,
    )

    page = page_of(report_of([tce()], about(), coverage_of([refused])), lang="en")

    assert "<td>mass_missing</td>" in page
    assert words_in("en")["coverage_incomplete"] in page


def test_unknown_is_said_and_never_zero() -> None:
    page = page_of(report(hub(mass_kg=Decimal(0))), lang="en")

    (row,) = re.findall("<tr><td>transhipment</td>.*?</tr>", page)
    assert row.count(words_in("en")["not_known"]) == 3


def test_categories_without_a_reason_are_named() -> None:
    page = page_of(report(justifications={}), lang="en")

    assert "Default data are used without a written reason in: road/artic_over_33t" in page


def test_one_page_says_everything_in_both_languages_and_loads_nothing() -> None:
    page = page_in_both_languages(report())

    found = parsed(page)
    assert found.open == []
    assert found.loaded == ["href", "href"]  # to its own two halves
    assert re.findall(r'<article id="(\w+)" lang="(\w+)">', page) == [("zh", "zh"), ("en", "en")]
    for lang in LANGUAGES:
        assert page.count(f"<h1>{words_in(lang)['title']}</h1>") == 1
    assert page.count(csv_body_sha256(report())) == 2
