"""The texts of the pages in Chinese and English: gettext catalogues with symbolic ids."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from types import MappingProxyType

from babel.messages.pofile import read_po

LANGUAGES = ("zh", "en")
DEFAULT_LANGUAGE = "zh"


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All texts of one language."""

    language: str
    texts: Mapping[str, str]

    def text(self, message_id: str, **values: object) -> str:
        """Return the text of ``message_id`` with ``values`` filled in.

        Raises
        ------
        KeyError
            If the catalogue lacks it: a test finds that before a reader does.
        """
        return self.texts[message_id].format_map(values)

    def label(self, kind: str, word: str | None, named: str | None = None) -> str:
        """Return what people call ``word``: its given name, the catalogue's, or the id itself."""
        if word is None:
            return self.texts["enum.unknown"]
        return named or self.texts.get(f"enum.{kind}.{word}", word)


@cache
def catalogue_of(language: str, domain: str = "board") -> Catalogue:
    """Return the catalogue of ``language`` for the pages of ``domain``, read once."""
    path = resources.files("web").joinpath(f"locale/{language}/LC_MESSAGES/{domain}.po")
    with path.open("rb") as file:
        entries = read_po(file, locale=language, abort_invalid=True)
    texts = {str(entry.id): str(entry.string) for entry in entries if entry.id}
    return Catalogue(language, MappingProxyType(texts))


def negotiated(accept_language: str) -> str:
    """Return the language of the list that an ``Accept-Language`` header likes best.

    Examples
    --------
    >>> negotiated("fr;q=0.9, en-GB;q=0.8, zh;q=0.2"), negotiated("*")
    ('en', 'zh')
    """
    ranked: list[tuple[float, int, str]] = []
    for place, entry in enumerate(accept_language.split(",")[:20]):
        tag, _, quality = entry.strip().partition(";q=")
        language = tag.partition("-")[0].lower()
        if language in LANGUAGES:
            ranked.append((-_quality(quality), place, language))
    liked = [language for quality, _, language in sorted(ranked) if quality < 0]
    return liked[0] if liked else DEFAULT_LANGUAGE


def _quality(text: str) -> float:
    try:
        return float(text or 1)
    except ValueError:
        return 0.0
