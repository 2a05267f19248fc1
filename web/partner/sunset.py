"""What a route that will go says at each answer: Deprecation (RFC 9745) and Sunset (RFC 8594)."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import format_datetime


def sunset_headers(
    *, deprecated_at: datetime, sunset_at: datetime | None = None, successor: str | None = None
) -> Mapping[str, str]:
    """Return the headers of a route that is deprecated.

    Raises
    ------
    ValueError
        If it would go before it is deprecated.

    Examples
    --------
    >>> sunset_headers(deprecated_at=datetime(2026, 1, 1, tzinfo=UTC))
    {'Deprecation': '@1767225600'}
    """
    headers = {"Deprecation": f"@{int(deprecated_at.timestamp())}"}
    if sunset_at is not None:
        if sunset_at < deprecated_at:
            raise ValueError(f"sunset at {sunset_at} lies before deprecation at {deprecated_at}")
        headers["Sunset"] = format_datetime(sunset_at.astimezone(UTC), usegmt=True)
    if successor is not None:
        headers["Link"] = f'<{successor}>; rel="successor-version"'
    return headers
