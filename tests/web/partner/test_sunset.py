"""What a route that will go says."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from web.partner.sunset import sunset_headers

DEPRECATED_AT = datetime(2023, 6, 30, 23, 59, 59, tzinfo=UTC)  # the example of RFC 9745


def test_a_deprecated_route_tells_since_when_until_when_and_what_follows() -> None:
    sunset_at = datetime(2019, 1, 1, 7, 59, 59, tzinfo=timezone(timedelta(hours=8)))

    headers = sunset_headers(
        deprecated_at=DEPRECATED_AT - timedelta(days=3_650), sunset_at=sunset_at,
        successor="/v2/units",
    )  # fmt: skip

    assert headers["Sunset"] == "Mon, 31 Dec 2018 23:59:59 GMT"  # the example of RFC 8594
    assert headers["Link"] == '</v2/units>; rel="successor-version"'
    assert sunset_headers(deprecated_at=DEPRECATED_AT) == {"Deprecation": "@1688169599"}


def test_nothing_goes_before_it_is_deprecated() -> None:
    with pytest.raises(ValueError, match="before"):
        sunset_headers(deprecated_at=DEPRECATED_AT, sunset_at=DEPRECATED_AT - timedelta(seconds=1))
