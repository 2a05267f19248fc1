"""What every event has: an id, an instant, and ids that follow from their causes."""

from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from schemas.event import caused_id, instant

parts = st.lists(st.text(max_size=20), min_size=1, max_size=4)


@given(causes=parts)
def test_the_same_causes_have_the_same_id_at_every_replay(causes: list[str]) -> None:
    assert caused_id(*causes) == caused_id(*causes)
    assert caused_id(*causes).version == 5


@given(first=parts, second=parts)
def test_other_causes_have_another_id(first: list[str], second: list[str]) -> None:
    if "\x1f".join(first) != "\x1f".join(second):
        assert caused_id(*first) != caused_id(*second)


def test_an_id_of_today_is_the_id_of_every_later_day() -> None:
    assert caused_id("leg", "set", "method") == UUID("fdf31c2c-4528-5df1-bd54-75973287b304")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("2025-06-01T12:00:00Z", datetime(2025, 6, 1, 12, tzinfo=UTC)),
        ("2025-06-01T20:00:00+08:00", datetime(2025, 6, 1, 12, tzinfo=UTC)),
        ("2025-06-01T12:00:00.5Z", datetime(2025, 6, 1, 12, 0, 0, 500_000, tzinfo=UTC)),
        ("2025-06-01T12:00:00.000001-00:00", datetime(2025, 6, 1, 12, 0, 0, 1, tzinfo=UTC)),
        ("2024-02-29T00:00:00Z", datetime(2024, 2, 29, tzinfo=UTC)),
    ],
)
def test_an_rfc_3339_time_is_an_instant(text: str, told: datetime) -> None:
    assert instant(text) == told


@pytest.mark.parametrize(
    "text",
    [
        "2025-06-01",
        "2025-06-01 12:00:00Z",
        "2025-06-01T12:00Z",
        "2025-06-01T12:00:00",  # no offset: nobody knows when that was
        "2025-06-01t12:00:00z",
        "2025-06-01T12:00:00.1234567Z",  # finer than anybody keeps
        "2025-06-01T12:00:00.Z",
        "2025-06-01T12:00:00,5Z",
        "2025-W23-7T12:00:00Z",
        "20250601T120000Z",
        "2025-06-01T12:00:00Z\n",
        "\u0662025-06-01T12:00:00Z",  # digits of another script
        "2025-02-29T12:00:00Z",
        "2025-13-01T12:00:00Z",
        "2025-06-01T24:00:01Z",
        "2025-06-01T23:59:60Z",
        "2025-06-01T12:00:00+24:00",
        "0000-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "9999-12-31T23:59:59-14:00",
    ],
)
def test_any_other_time_is_refused_by_its_text(text: str) -> None:
    with pytest.raises(ValueError, match=r"is no RFC|of the calendar|must lie in"):
        instant(text)
