"""Pages: templates with escaping always on, in the reader's language and theme."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse

from web.asked import presentation_of
from web.catalogue import LANGUAGES, Catalogue, catalogue_of, negotiated
from web.services import Services

VARY = "HX-Request, Accept-Encoding, Accept-Language, Cookie"
COOKIE_AGE_S = 365 * 24 * 3_600
THEMES = ("light", "dark")


@dataclass(frozen=True, slots=True)
class Reader:
    """Who reads: their language and theme, and what they chose just now."""

    catalogue: Catalogue
    theme: str
    chosen: Mapping[str, str]

    @property
    def language(self) -> str:
        """The language of the page."""
        return self.catalogue.language


def reader_of(request: Request) -> Reader:
    """Return the reader: parameter, then cookie, then ``Accept-Language``, then Chinese."""
    chosen = presentation_of(request.url.query)
    language = chosen.get("lang") or request.cookies.get("lang", "")
    if language not in LANGUAGES:
        language = negotiated(request.headers.get("accept-language", ""))
    theme = chosen.get("theme") or request.cookies.get("theme", "")
    return Reader(catalogue_of(language), theme if theme in THEMES else "", chosen)


@cache
def environment() -> Environment:
    """Return the template environment; a name that is missing is an error, not an empty text."""
    return Environment(
        loader=PackageLoader("web"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def page(
    request: Request,
    services: Services,
    template: str,
    *,
    status: int = 200,
    headers: Mapping[str, str] | None = None,
    **values: Any,
) -> HTMLResponse:
    """Return ``template`` as a response, and remember a chosen language or theme."""
    reader = reader_of(request)
    html = environment().get_template(template).render(
        t=reader.catalogue.text,
        label=reader.catalogue.label,
        language=reader.language,
        html_language="zh-CN" if reader.language == "zh" else "en",
        theme=reader.theme,
        version=services.product_version,
        timezone=services.timezone,
        **values,
    )  # fmt: skip
    response = HTMLResponse(html, status_code=status, headers=dict(headers or {}))
    response.headers["Vary"] = VARY
    response.headers["Cache-Control"] = "no-store"
    for name, value in reader.chosen.items():
        response.set_cookie(name, value, max_age=COOKIE_AGE_S, samesite="lax", httponly=True)
    return response


def is_fragment(request: Request) -> bool:
    """Return whether only the figures are wanted."""
    return request.headers.get("hx-request") == "true" or "fragment" in request.query_params
