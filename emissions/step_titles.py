"""The words of an explanation in Chinese and English: a packaged table of symbolic ids."""

import tomllib
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

WORDS = Path(__file__).parent / "step_titles.toml"
LANGUAGES = ("zh", "en")


def word(kind: str, word_id: str, language: str) -> str:
    """Return what ``word_id`` of ``kind`` (title, label, check...) is called in ``language``.

    Raises
    ------
    KeyError
        If the table lacks it: a test finds that before a reader does.
    ValueError
        If there is no such language.

    Examples
    --------
    >>> word("title", "great_circle", "en")
    'Great circle'
    """
    if language not in LANGUAGES:
        raise ValueError(f"language must be one of {', '.join(LANGUAGES)}, got {language!r}")
    return words()[kind][word_id][language]


@cache
def words() -> Mapping[str, Mapping[str, Mapping[str, str]]]:
    """Return every word by kind, id and language; read once."""
    return MappingProxyType(tomllib.loads(WORDS.read_text("utf-8")))
