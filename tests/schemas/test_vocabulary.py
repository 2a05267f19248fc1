"""The closed vocabularies, and their copies in the warehouse's first migration."""

import re
from enum import StrEnum

import pytest

from schemas import vocabulary
from schemas.export import vocabularies
from schemas.refusal import Reason
from tests.builders import ROOT

CREATED = re.compile(r"create type (\w+) as enum \(([^)]*)\)")
# Lists of the warehouse's own; no event carries their words.
WAREHOUSE_ONLY = {
    "correction_reason", "takeback_aggregate", "dead_letter_state", "import_status",
    "feed_line_status", "feed_class",
}  # fmt: skip


def duckdb_enums() -> dict[str, list[str]]:
    folder = ROOT / "warehouse" / "migrations"
    sql = "".join(file.read_text(encoding="utf-8") for file in sorted(folder.glob("*.sql")))
    return {name: re.findall(r"'([^']+)'", words) for name, words in CREATED.findall(sql)}


def camel(name: str) -> str:
    return "".join(part.capitalize() for part in name.split("_"))


def test_the_warehouse_knows_the_same_words_in_the_same_order() -> None:
    stored = duckdb_enums()
    shared = {name: words for name, words in stored.items() if name not in WAREHOUSE_ONLY}

    assert len(shared) >= 9
    for name, words in shared.items():
        assert words == [member.value for member in getattr(vocabulary, camel(name))], name


@pytest.mark.parametrize("enum", [*vocabularies(), Reason], ids=lambda enum: enum.__name__)
def test_a_word_is_lower_case_and_said_once(enum: type[StrEnum]) -> None:
    words = [member.value for member in enum]

    assert len(set(words)) == len(enum.__members__)
    assert all(re.fullmatch(r"[a-z][a-z0-9_]*", word) for word in words)
    assert all(member.name == member.value.upper() for member in enum)
