"""From an address to a filter: the watermark's day, the known ids, and what a form left blank."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from urllib.parse import unquote
from zoneinfo import ZoneInfo

from warehouse.board import Name, Watermark, choices, watermark
from warehouse.filter import Filter, FilterInvalid, parse_filter
from warehouse.sums import Query
from web.problems import Problem
from web.services import Services

NEVER_FILTERS = ("fragment",)
DEFAULT_PAIRS = ("scope=wtw", "grain=auto")


@dataclass(frozen=True, slots=True)
class Asked:
    """A filter, and what it was read against."""

    wanted: Filter
    watermark: Watermark | None
    watermark_on: date
    choices: Mapping[str, tuple[Name, ...]]


def filter_asked(text: str, services: Services, query: Query) -> Asked:
    """Return the filter that ``text`` tells against what the warehouse knows.

    Raises
    ------
    FilterInvalid
        If it cannot be.
    """
    reached = watermark(query)
    today = services.now().astimezone(ZoneInfo(services.timezone)).date()
    day = reached.day if reached else today
    offered = choices(query)
    known = {key: [name.id or "" for name in names] for key, names in offered.items() if names}
    return Asked(parse_filter(text, watermark_on=day, known=known), reached, day, offered)


def tidy(text: str) -> str:
    """Return a form's query string without blank fields and with its commas as the grammar has.

    Examples
    --------
    >>> tidy("cat=tv%2Cfridge&base=&mode=rail&fragment=figures")
    'cat=tv,fridge&mode=rail'
    """
    kept = []
    for pair in text.split("&"):
        key, _, value = pair.partition("=")
        if value and key not in NEVER_FILTERS and pair not in DEFAULT_PAIRS:
            kept.append(f"{key}={value.replace('%2C', ',').replace('%21', '!')}")
    return "&".join(kept)


def split_by(text: str, max_groupings: int) -> tuple[str, tuple[str, ...]]:
    """Return the filter part of a query string, and what ``by`` asks to group by.

    Raises
    ------
    Problem
        If there is more than one ``by``, or too many groupings in it.
    """
    pairs = text.split("&") if text else []
    wanted = [pair for pair in pairs if pair.startswith("by=")]
    if len(wanted) > 1:
        raise Problem(422, "grain_not_offered", "by appears once; its values are joined by commas")
    by = tuple(unquote(wanted[0].removeprefix("by=")).split(",")) if wanted else ()
    if len(by) > max_groupings or len(set(by)) != len(by):
        raise Problem(422, "grain_not_offered", f"by takes at most {max_groupings} different words")
    return "&".join(pair for pair in pairs if not pair.startswith("by=")), by


def presentation_of(text: str) -> Mapping[str, str]:
    """Return language and theme of a query string, whatever else it says."""
    pairs = [pair for pair in text.split("&") if pair.partition("=")[0] in ("lang", "theme")]
    try:
        wanted = parse_filter("&".join(pairs), watermark_on=date(1970, 1, 1))
    except FilterInvalid:
        return {}
    told = {"lang": wanted.lang, "theme": wanted.theme}
    return {key: value for key, value in told.items() if value is not None}
