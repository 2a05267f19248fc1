"""Reading a manifest: every key of the right type, and every defect of it at once."""

import re
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from types import MappingProxyType
from typing import Any, NamedTuple

from emissions.defect import Defect
from emissions.factor import Manifest
from emissions.finding import Word
from emissions.table import NUMBER

SET_ID = re.compile(r"[a-z][a-z0-9_]{0,39}", re.ASCII)
SHA256 = re.compile(r"[0-9a-f]{64}", re.ASCII)
VERIFICATIONS = frozenset({"primary", "secondary", "user"})
GWP_SETS = frozenset({"sar", "ar4", "ar5", "ar6", "co2_only", "unstated"})
OPEN_KEYS = frozenset({"valid_to"})
NO_NAME = "set"
# A GWP100 that the set's own figures rest on, such as gwp100_ch4.
GWP_CONSTANT = "gwp100_"
EARLIEST_YEAR, LATEST_YEAR = 1990, 2100


class Rule(NamedTuple):
    """What a key must hold, as a test and as words."""

    key: str
    holds: Callable[[Any], bool]
    message: str
    word: Word = Word.SCHEMA


def manifest_of(file: str, raw: bytes, set_id: str) -> tuple[Manifest | None, list[Defect]]:
    """Return the manifest in ``raw``, or ``None``, and all that is wrong with it."""
    try:
        read: dict[str, Any] = tomllib.loads(raw.decode("utf-8"))
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        return None, [Defect(file, 0, "manifest", "", f"is no TOML in UTF-8: {error}")]
    defects = [*_foreign_keys(file, read), *_broken_rules(file, read, set_id)]
    if defects:
        return None, defects
    read["valid_to"] = read.get("valid_to")
    read["conversions"] = MappingProxyType(read["conversions"])
    tuples = {key: tuple(read[key]) for key in ("source_file", "source_sha256")}
    return Manifest(**read | tuples), []


def _foreign_keys(file: str, read: Mapping[str, Any]) -> list[Defect]:
    names = frozenset(field.name for field in fields(Manifest))
    return [
        Defect(
            file,
            0,
            key,
            str(read.get(key, "")),
            "is missing" if key in names else "is unknown",
            (Word.LICENCE_MISSING if key.startswith("licence") else Word.SCHEMA).value,
        )
        for key in sorted((names ^ read.keys()) - OPEN_KEYS)
    ]


def _broken_rules(file: str, read: Mapping[str, Any], set_id: str) -> list[Defect]:
    rules = (
        *RULES,
        Rule("set_id", lambda value: value == set_id, f"must be the folder's name {set_id}"),
        Rule(
            "valid_to", lambda value: _is_not_before(value, read), "must not be before valid_from"
        ),
        Rule(
            "source_sha256",
            lambda value: _is_as_long(value, read.get("source_file")),
            "must name as many hashes as there are source files",
        ),
    )
    return [
        Defect(file, 0, rule.key, str(read.get(rule.key)), rule.message, rule.word.value)
        for rule in rules
        if rule.key in read and not rule.holds(read[rule.key])
    ]


def _is_text(value: Any) -> bool:
    return isinstance(value, str) and len(value) <= 2_000


def _is_said(value: Any) -> bool:
    return _is_text(value) and bool(value.strip())


def _is_day(value: Any) -> bool:
    return type(value) is date  # a TOML date-time is a date for isinstance


def _is_year(value: Any) -> bool:
    return type(value) is int and EARLIEST_YEAR <= value <= LATEST_YEAR


def _are_texts(value: Any) -> bool:
    return isinstance(value, list) and all(_is_text(one) for one in value)


def _are_hashes(value: Any) -> bool:
    return _are_texts(value) and all(SHA256.fullmatch(one) for one in value)


def _is_table_of_texts(value: Any) -> bool:
    return isinstance(value, dict) and all(_is_text(one) for one in value.values())


def _are_numbers_where_needed(value: Any) -> bool:
    return not _is_table_of_texts(value) or all(
        NUMBER.fullmatch(text) for name, text in value.items() if name.startswith(GWP_CONSTANT)
    )


def _is_as_long(value: Any, other: Any) -> bool:
    return not isinstance(value, list) or not isinstance(other, list) or len(value) == len(other)


def _is_not_before(value: Any, read: Mapping[str, Any]) -> bool:
    start = read.get("valid_from")
    return not (_is_day(value) and _is_day(start)) or value >= start


RULES = (
    Rule("set_id", lambda v: _is_text(v) and SET_ID.fullmatch(v) is not None,
         "must be lower-case letters, digits and underscores, at most 40"),
    Rule("publisher", _is_said, "must not be blank", Word.BLANK),
    Rule("title", _is_said, "must not be blank", Word.BLANK),
    Rule("version", _is_said, "must not be blank", Word.BLANK),
    Rule("year", _is_year, f"must be a year from {EARLIEST_YEAR} to {LATEST_YEAR}"),
    Rule("licence_spdx", _is_said, "must not be blank", Word.LICENCE_MISSING),
    Rule("licence_url", _is_text, "must be a text"),
    Rule("attribution", _is_said, "must not be blank", Word.BLANK),
    Rule("retrieved_on", _is_day, "must be a day"),
    Rule("source_file", _are_texts, "must be a list of texts"),
    Rule("source_sha256", _are_hashes, "must be a list of SHA-256 in lower-case hexadecimal"),
    Rule("gwp_set", lambda v: v in GWP_SETS if _is_text(v) else False,
         f"is none of {', '.join(sorted(GWP_SETS))}"),
    Rule("supersedes", _is_text, "must be a text"),
    Rule("valid_from", _is_day, "must be a day"),
    Rule("valid_to", _is_day, "must be a day"),
    Rule("redistributable", lambda v: isinstance(v, bool), "must be true or false"),
    Rule("verification", lambda v: v in VERIFICATIONS if _is_text(v) else False, "is unknown"),
    Rule("conversions", _is_table_of_texts, "must be a table of texts"),
    Rule("conversions", _are_numbers_where_needed, f"a {GWP_CONSTANT}... must be a number"),
)  # fmt: skip


def set_id_in(raw: bytes) -> str:
    """Return the name a manifest gives its set, or ``set`` where it gives none that could be one.

    Examples
    --------
    >>> set_id_in(b'set_id = "carrier_2026"')
    'carrier_2026'
    """
    try:
        named = tomllib.loads(raw.decode("utf-8")).get("set_id")
    except (UnicodeDecodeError, tomllib.TOMLDecodeError):
        return NO_NAME
    return named if isinstance(named, str) and SET_ID.fullmatch(named) else NO_NAME
