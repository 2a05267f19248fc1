"""Security headers and a measure on every response; plain ASGI, so that streams stay streams."""

import time
from collections.abc import Mapping
from types import MappingProxyType

from prometheus_client import CollectorRegistry, Histogram
from starlette.types import ASGIApp, Message, Receive, Scope, Send

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; "
    "img-src 'self' data:; form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
_OFF = ("accelerometer", "camera", "display-capture", "geolocation", "gyroscope", "magnetometer",
        "microphone", "midi", "payment", "usb")  # fmt: skip
SECURITY_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "Content-Security-Policy": CONTENT_SECURITY_POLICY,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "same-origin",
        "Permissions-Policy": ", ".join(f"{feature}=()" for feature in _OFF),
        "Cross-Origin-Opener-Policy": "same-origin",
    }
)
_RAW = [(name.lower().encode(), value.encode()) for name, value in SECURITY_HEADERS.items()]


class SecurityHeaders:
    """Adds the headers to whatever the application answers."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                told = {name for name, _ in message["headers"]}
                # A route may be stricter: one that gives out a stranger's file is.
                more = [header for header in _RAW if header[0] not in told]
                message = {**message, "headers": [*message["headers"], *more]}
            await send(message)

        await self._app(scope, receive, with_headers)


class Measured:
    """Counts responses and their seconds by route and status, never by address."""

    def __init__(self, app: ASGIApp, registry: CollectorRegistry) -> None:
        """Wrap ``app``."""
        self._app = app
        self._seconds = Histogram(
            "loopline_http_seconds", "Time to the first byte", ("route", "status"),
            registry=registry,
        )  # fmt: skip
        self._observed: dict[tuple[str, int], Histogram] = {}

    def _of(self, route: str, status: int) -> Histogram:
        """Return the measure of a route and status: there are as many as the routes have."""
        found = self._observed.get((route, status))
        if found is None:
            found = self._observed[route, status] = self._seconds.labels(route, str(status))
        return found

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started_s = time.perf_counter()

        async def measured(message: Message) -> None:
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "other")
                passed_s = time.perf_counter() - started_s
                self._of(route, message["status"]).observe(passed_s)
            await send(message)

        await self._app(scope, receive, measured)
