"""``GET /v1/explain/{id}`` and ``POST /v1/estimates``: the arithmetic behind a number."""

import asyncio

from fastapi import APIRouter, Query, Request
from fastapi.responses import JSONResponse, Response

from schemas.refusal import shown
from schemas.shipment import LegCompleted
from schemas.topics import LEGS
from schemas.wall import accept, read_json, refuse_future
from web.explained import KINDS, as_json, as_text, estimate_json
from web.intake import MAX_BODY_BYTES, documented, read_body
from web.problems import Problem
from web.services import Services

MAX_ID_LENGTH = 200


def routes(services: Services) -> APIRouter:
    """Return the route of explanations."""
    router = APIRouter(tags=["explain"])

    @router.get("/v1/explain/{identifier:path}")
    def explain(
        identifier: str,
        lang: str | None = Query(None, pattern="^(zh|en)$"),
        kind: str | None = Query(None, pattern=f"^({'|'.join(KINDS)})$"),
    ) -> Response:
        """Explain a shipment, leg, unit, hub's month, forklift's interval, or an event by its id.

        With ``lang`` the same comes as numbered lines too; ``kind`` chooses where several things
        have one name.
        """
        found = services.explain(identifier, kind) if len(identifier) <= MAX_ID_LENGTH else None
        if found is None:
            cut = identifier[:MAX_ID_LENGTH]
            raise Problem(404, "not_found", f"nothing stored is called {shown(cut)}")
        told = as_json(found)
        return JSONResponse(told if lang is None else told | {"text": as_text(found, lang)})

    @router.post("/v1/estimates", openapi_extra=documented(LEGS))
    async def estimate(request: Request) -> Response:
        """Answer one leg with its emission and the arithmetic; nothing is stored."""
        leg = accept(LegCompleted, read_json(await read_body(request, max_bytes=MAX_BODY_BYTES)))
        refuse_future(leg.occurred_at, services.now())
        return JSONResponse(estimate_json(await asyncio.to_thread(services.estimate, leg)))

    return router
