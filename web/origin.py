"""Keeps strangers' web pages away: until accounts exist, only this machine's own pages may act.

A page on the internet can make a browser post to a loopback address, or point a name of its own at
it (DNS rebinding). So the Host must be an address of this machine, and what changes anything must
not come from a page of another origin.
"""

from urllib.parse import urlsplit

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from runtime.settings import is_loopback
from schemas.refusal import shown
from web.problems import Problem, respond

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
OWN_SITES = frozenset({"same-origin", "none"})


class OwnPagesOnly:
    """Refuses requests for another host name, and unsafe ones from another origin."""

    def __init__(self, app: ASGIApp) -> None:
        """Wrap ``app``."""
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request, or refuse it."""
        if scope["type"] == "http":
            detail = refusal_of(scope["method"], Headers(scope=scope))
            if detail is not None:
                await respond(Problem(403, "forbidden", detail))(scope, receive, send)
                return
        await self._app(scope, receive, send)


def refusal_of(method: str, headers: Headers) -> str | None:
    """Return the sentence that refuses a request with ``headers``, or None."""
    host = headers.get("host", "")
    if not is_loopback(_name_of(f"//{host}")):
        return f"Host {shown(host)} is not this machine; use the address that `loopline up` printed"
    if method in SAFE_METHODS:
        return None
    site = headers.get("sec-fetch-site")
    if site is not None and site not in OWN_SITES:
        return f"Sec-Fetch-Site {shown(site)}: a page of another origin may not change anything"
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return f"Origin {shown(origin)} is not {shown(host)}"
    return None


def _name_of(url: str) -> str:
    try:
        return urlsplit(url).hostname or ""
    except ValueError:
        return ""
