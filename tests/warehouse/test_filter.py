from datetime import date
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.filter import (
    CLOSED_VALUES,
    MAX_ITEMS,
    WHY,
    Filter,
    FilterInvalid,
    Grain,
    Item,
    Scope,
    parse_filter,
)

FRIDAY = date(2026, 6, 12)
GOLDEN = "to=2026-06&cat=tv,fridge,tv&from=2026-01&base=qingdao&lang=zh"
CANONICAL = "base=qingdao&cat=fridge,tv&from=2026-01-01&to=2026-06-30"
SHA256 = "44745a19e8d403dca5f4efadc8e8a3ad77ccc73b46218a970c747d8abe5d3ad9"


def parsed(text: str) -> Filter:
    return parse_filter(text, watermark_on=FRIDAY)


def test_the_golden_filter_has_the_specified_canonical_form_and_fingerprint() -> None:
    found = parsed(GOLDEN)

    assert (found.canonical, found.sha256) == (CANONICAL, SHA256)


slugs = st.from_regex(r"[a-z0-9][a-z0-9_.-]{0,12}", fullmatch=True)
days = st.dates(date(2010, 1, 1), date(2026, 12, 31))


@st.composite
def filters(draw: st.DrawFn) -> Filter:
    keys = draw(st.lists(st.sampled_from(["cat", "base", "company", "mode", "leg", "dq"]),
                         unique=True))  # fmt: skip
    items = []
    for key in keys:
        words = st.sampled_from(CLOSED_VALUES[key]) if key in CLOSED_VALUES else slugs
        given_items = draw(st.sets(st.builds(Item, words, st.booleans()), min_size=1, max_size=4))
        items.append((key, tuple(sorted(given_items, key=str))))
    first, last = sorted(draw(st.tuples(days, days)))
    return Filter(
        tuple(sorted(items)),
        draw(st.sampled_from([None, first])),
        draw(st.sampled_from([None, last])),
        draw(st.sampled_from(Scope)),
        draw(st.sampled_from(Grain)),
    )


@given(filters())
def test_the_canonical_form_reads_back_as_the_same_filter(wanted: Filter) -> None:
    assert parsed(wanted.canonical) == wanted


@given(filters(), st.randoms(use_true_random=False))
def test_spelling_does_not_matter(wanted: Filter, chance: object) -> None:
    pairs = wanted.canonical.split("&") if wanted.canonical else []
    chance.shuffle(pairs)  # type: ignore[attr-defined]
    doubled = []
    for pair in pairs:
        key, _, value = pair.partition("=")
        items = value.split(",")
        chance.shuffle(items)  # type: ignore[attr-defined]
        once = key in {"from", "to", "scope", "grain"}
        doubled.append(f"{key}={','.join(items if once else [*items, items[0]])}")

    assert parsed("&".join([*doubled, "lang=en", "theme=dark"])).sha256 == wanted.sha256


@given(st.text(max_size=200))
def test_any_text_is_a_filter_or_a_refusal_that_names_its_key(text: str) -> None:
    for query in (text, f"cat={text}", f"from={quote(text)}"):
        found = attempted(query)
        if isinstance(found, Filter):
            assert parsed(found.canonical).canonical == found.canonical
        else:
            assert WHY[found.why] in str(found)


def attempted(text: str) -> Filter | FilterInvalid:
    try:
        return parsed(text)
    except FilterInvalid as no:
        return no


PERIODS: list[tuple[str, date | None, date | None]] = [
    ("from=2025&to=2025", date(2025, 1, 1), date(2025, 12, 31)),
    ("from=2024-02&to=2024-02", date(2024, 2, 1), date(2024, 2, 29)),  # a leap year
    ("from=2026-03-05", date(2026, 3, 5), None),
    ("from=-30d", date(2026, 5, 13), None),
    ("from=-12m&to=-1m", date(2025, 6, 1), date(2026, 5, 31)),
    ("from=-6m&to=-6m", date(2025, 12, 1), date(2025, 12, 31)),  # over the new year
    ("from=mtd&to=mtd", date(2026, 6, 1), FRIDAY),
    ("from=ytd", date(2026, 1, 1), None),
    ("", None, None),
]


@pytest.mark.parametrize(("text", "first", "last"), PERIODS)
def test_a_period_is_absolute_and_counts_from_the_watermark(
    text: str, first: date | None, last: date | None
) -> None:
    found = parsed(text)

    assert (found.from_on, found.to_on) == (first, last)


INVALID: list[tuple[str, str, str, str | None]] = [
    ("catt=tv", "catt", "unknown_key", "cat"),
    ("as_of=2026", "as_of", "unknown_key", None),  # a key of a later room
    ("mode=raod", "mode", "unknown_value", "road"),
    ("mode=Road", "mode", "unknown_value", "road"),  # tokens are exact
    ("direct=maybe", "direct", "unknown_value", "yes"),
    ("scope=wtw,ttw", "scope", "unknown_value", "wtw"),  # one scope at a time
    ("lang=de", "lang", "unknown_value", "en"),
    ("cat=tv&cat=fridge", "cat", "repeated_key", None),
    ("cat=", "cat", "no_id", None),
    ("cat=tv,,fridge", "cat", "no_id", None),
    ("cat=a%20b", "cat", "no_id", None),
    ("cat=%ff", "cat", "no_text", None),
    ("cat=" + "x" * 65, "cat", "no_id", None),
    ("from=2026-13", "from", "no_date", None),
    ("from=2026-02-30", "from", "no_date", None),
    ("to=0001", "to", "no_date", None),
    ("from=-99999d", "from", "no_date", None),
    ("from=tomorrow", "from", "no_date", None),
    ("from=2026-07&to=2026-06", "from", "reversed", None),
    ("from=1990&to=2026", "from", "too_wide", None),
    ("cat=" + ",".join(f"c{n}" for n in range(MAX_ITEMS + 1)), "filter", "too_many", None),
    ("cat=" + "x" * 4_096, "filter", "too_long", None),
]


@pytest.mark.parametrize(("text", "key", "why", "nearest"), INVALID)
def test_what_cannot_be_is_refused_with_key_and_nearest(
    text: str, key: str, why: str, nearest: str | None
) -> None:
    with pytest.raises(FilterInvalid) as caught:
        parsed(text)

    assert (caught.value.key, caught.value.why, caught.value.nearest) == (key, why, nearest)
    assert len(str(caught.value)) < 500


def test_an_open_vocabulary_is_checked_where_it_is_known() -> None:
    known = {"base": ["qingdao", "foshan"]}

    with pytest.raises(FilterInvalid, match="nearest known one is qingdao"):
        parse_filter("base=qindao", watermark_on=FRIDAY, known=known)
    assert parse_filter("base=!foshan&cat=any", watermark_on=FRIDAY, known=known)


def test_narrowing_and_widening_change_one_key() -> None:
    wanted = parsed("cat=tv,fridge&mode=rail")

    assert wanted.narrowed("cat", "tv").canonical == "cat=tv&mode=rail"
    assert wanted.widened("cat").canonical == "mode=rail"
    assert wanted.narrowed("base", "foshan").widened("base") == wanted
