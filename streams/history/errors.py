"""The two ways a whole import stops before its first line: a wrong mapping or a wrong file."""

from collections.abc import Iterable
from difflib import get_close_matches


class MappingError(ValueError):
    """A mapping that cannot be used; the sentence names file, key and value."""


class FileRefused(ValueError):
    """A file that cannot be read as the mapping says; the sentence names what is wrong."""


def nearest(name: str, known: Iterable[str]) -> str:
    """Return a half sentence with the known name most like ``name``, or an empty one.

    Examples
    --------
    >>> nearest("Weigth", ["Weight", "Mode"])
    "; the nearest is 'Weight'"
    """
    by_folded = {text.casefold(): text for text in known}
    found = get_close_matches(name.casefold(), by_folded, n=1, cutoff=0.0)
    return f"; the nearest is {by_folded[found[0]]!r}" if found else ""
