"""``GET /v1/explain/{id}``: the arithmetic behind a stored number, as JSON or as text."""

from fastapi import APIRouter, Query
from fastapi.responses import JSONResponse, Response

from schemas.refusal import shown
from web.explained import as_json, as_text
from web.problems import Problem
from web.services import Services

MAX_ID_LENGTH = 200


def routes(services: Services) -> APIRouter:
    """Return the route of explanations."""
    router = APIRouter(tags=["explain"])

    @router.get("/v1/explain/{identifier:path}")
    def explain(identifier: str, lang: str | None = Query(None, pattern="^(zh|en)$")) -> Response:
        """Explain a shipment, leg, unit, hub's month, forklift's interval, or an event by its id.

        With ``lang`` the same comes as numbered lines too.
        """
        found = services.explain(identifier) if len(identifier) <= MAX_ID_LENGTH else None
        if found is None:
            cut = identifier[:MAX_ID_LENGTH]
            raise Problem(404, "not_found", f"nothing stored is called {shown(cut)}")
        told = as_json(found)
        return JSONResponse(told if lang is None else told | {"text": as_text(found, lang)})

    return router
