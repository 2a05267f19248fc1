"""Strangers' web pages cannot act on a loopback address."""

import pytest
from starlette.datastructures import Headers

from web.origin import refusal_of

HOST = "127.0.0.1:8000"


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("GET", {"host": HOST}),
        ("GET", {"host": "localhost:8000", "sec-fetch-site": "cross-site"}),  # a link leads here
        ("POST", {"host": HOST}),  # no browser
        ("POST", {"host": HOST, "sec-fetch-site": "same-origin", "origin": f"http://{HOST}"}),
        ("POST", {"host": "[::1]:8000"}),
    ],
)
def test_our_own_pages_and_programs_are_answered(method: str, headers: dict[str, str]) -> None:
    assert refusal_of(method, Headers(headers)) is None


@pytest.mark.parametrize(
    ("method", "headers", "said"),
    [
        ("GET", {"host": "evil.example"}, "Host evil.example"),  # DNS rebinding
        ("GET", {"host": "127.0.0.1.evil.example:8000"}, "Host"),
        ("GET", {"host": "["}, "Host"),
        ("GET", {}, "Host"),
        ("POST", {"host": HOST, "sec-fetch-site": "cross-site"}, "Sec-Fetch-Site cross-site"),
        ("POST", {"host": HOST, "origin": "https://evil.example"}, "Origin https://evil.example"),
        ("POST", {"host": HOST, "origin": "null"}, "Origin null"),
        ("DELETE", {"host": HOST, "origin": "http://127.0.0.1:9999"}, "Origin"),
    ],
)
def test_a_strangers_page_is_refused(method: str, headers: dict[str, str], said: str) -> None:
    refusal = refusal_of(method, Headers(headers))

    assert refusal is not None
    assert said in refusal
