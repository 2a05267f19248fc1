import re
from enum import StrEnum
from pathlib import Path

import pytest

import web
from schemas.refusal import Reason
from schemas.vocabulary import (
    CalculationMethod,
    DataClass,
    DistanceKind,
    DistanceMethod,
    LegKind,
    TransportMode,
    VehicleEnergy,
)
from warehouse.board import BREAKDOWNS
from warehouse.filter import NARROWING_KEYS, WHY, Scope
from web.board import FORM_KEYS, QUICK_PERIODS
from web.catalogue import LANGUAGES, catalogue_of, negotiated

ROOM = Path(web.__file__).parent
ENUMS: dict[str, type[StrEnum]] = {
    "mode": TransportMode, "energy": VehicleEnergy, "leg": LegKind, "dq": DataClass,
    "scope": Scope, "method": CalculationMethod, "distance_method": DistanceMethod,
    "distance_kind": DistanceKind, "reject": Reason,
}  # fmt: skip
PACKAGED_CATEGORIES = {"tv", "fridge", "home_ac", "commercial_ac", "kitchen", "washer"}


def used() -> set[str]:
    """Every id that templates and modules may ask for; the dynamic ones by their vocabularies."""
    literal = re.compile(r"""(?:\bt|[._]text|\btext)\(\s*["']([a-z0-9_.=-]+)["']\s*[,)]""")
    both = re.compile(r"""\bt\("([a-z_.]+)" if .*? else "([a-z_.]+)"\)|t\("([a-z_.]+)"\) if""")
    found = {"enum.unknown", "tile.no_data", "tile.not_shown"}
    for path in [*ROOM.rglob("*.html"), *ROOM.glob("*.py")]:
        text = path.read_text("utf-8")
        found |= {word for word in literal.findall(text) if not word.endswith(".")}
        found |= {word for words in both.findall(text) for word in words if word}
    found |= {f"enum.{kind}.{value}" for kind, values in ENUMS.items() for value in values}
    found |= {f"enum.direct.{word}" for word in ("yes", "no")}
    found |= {f"enum.category.{word}" for word in PACKAGED_CATEGORIES}
    reasons = ("correction", "void", "factor_update", "method_update")
    found |= {f"enum.correction.{word}" for word in reasons}
    found |= {f"filter.{key}" for key in (*NARROWING_KEYS, *FORM_KEYS)}
    found |= {f"quick.{period}" for period in QUICK_PERIODS}
    found |= {f"breakdown.{by}" for by in BREAKDOWNS} | {"source.stream", "source.import"}
    found |= {"reason.nothing_matched", "reason.denominator_zero"}
    found |= {f"reason.not_narrowed_by_{key}" for key in NARROWING_KEYS}
    return found | {f"invalid.{why}" for why in WHY}


@pytest.mark.parametrize("language", LANGUAGES)
def test_no_text_is_missing_and_none_is_left_over(language: str) -> None:
    there = {name for name, text in catalogue_of(language).texts.items() if text.strip()}

    assert there == used()


def test_both_languages_fill_in_the_same_values() -> None:
    zh, en = (catalogue_of(language).texts for language in LANGUAGES)

    fields = re.compile(r"{(\w+)}")
    assert {k: set(fields.findall(v)) for k, v in zh.items()} == {
        k: set(fields.findall(v)) for k, v in en.items()
    }


def test_a_chinese_text_is_chinese_and_an_english_one_is_not() -> None:
    han = re.compile(r"[\u4e00-\u9fff]")
    # The one link that is written in the other language, and figures that need no words.
    same = {"page.language", "page.version", "trend.axis_intensity", "step.mass_kg", "step.hash"}

    for name in used() - same:
        assert han.search(catalogue_of("zh").texts[name]), name
        assert not han.search(catalogue_of("en").texts[name]), name


def test_no_text_for_people_stands_in_a_module() -> None:
    for path in ROOM.glob("*.py"):
        assert not re.search(r"[\u4e00-\u9fff]", path.read_text("utf-8")), path.name


@pytest.mark.parametrize(("header", "language"), [
    ("zh-CN,zh;q=0.9,en;q=0.8", "zh"),
    ("en-GB,en;q=0.9", "en"),
    ("en;q=0.1, zh;q=0.2", "zh"),
    ("en;q=0", "zh"),  # explicitly not wanted
    ("fr", "zh"),  # the default
    ("", "zh"),
    ("en;q=hello", "zh"),  # no quality at all
])  # fmt: skip
def test_the_header_decides_by_quality(header: str, language: str) -> None:
    assert negotiated(header) == language
