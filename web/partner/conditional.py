"""Entity tags: the version of a thing, and whether a request knows the one in force."""

import re

from schemas.refusal import shown
from web.partner.problems import ProblemName, problem

MAX_HEADER_CHARACTERS = 1_000
_TAGS = re.compile(r'\s*(?:W/)?"[^"]*"\s*(?:,\s*(?:W/)?"[^"]*"\s*)*')
_VERSION = re.compile(r"[0-9]{1,17}", re.ASCII)
_TAG = re.compile(r'(W/)?"([^"]*)"')


def etag(version: int) -> str:
    """Return the entity tag of ``version``.

    Examples
    --------
    >>> etag(7)
    '"7"'
    """
    return f'"{version}"'


def check_if_match(if_match: str | None, version: int, *, required: bool = False) -> None:
    """Raise unless ``if_match`` names ``version`` or any; none is fine where none is required.

    A weak tag never matches (RFC 9110, 13.1.1).

    Raises
    ------
    Problem
        428 ``if-match-required``, or 412 ``version-stale``.
    """
    if if_match is None:
        if required:
            raise problem(
                ProblemName.IF_MATCH_REQUIRED,
                f"If-Match is missing; GET tells the version, now {etag(version)}",
            )
        return
    if if_match.strip() != "*" and etag(version) not in _strong_tags(if_match):
        raise problem(
            ProblemName.VERSION_STALE,
            f"If-Match {shown(if_match)} is not the version now in force, {etag(version)}",
            headers={"ETag": etag(version)},
        )


def versions_of(if_match: str | None) -> frozenset[int] | None:
    """Return the versions that ``if_match`` names: None where any will do, empty where it has none.

    Examples
    --------
    >>> sorted(versions_of('"7", W/"8", "9"')), versions_of("*"), versions_of("seven")
    ([7, 9], None, frozenset())
    """
    if if_match is None or if_match.strip() == "*":
        return None
    tags = (tag.strip('"') for tag in _strong_tags(if_match))
    return frozenset(int(tag) for tag in tags if _VERSION.fullmatch(tag))


def _strong_tags(if_match: str) -> set[str]:
    if len(if_match) > MAX_HEADER_CHARACTERS or _TAGS.fullmatch(if_match) is None:
        return set()
    return {f'"{tag}"' for weak, tag in _TAG.findall(if_match) if not weak}
