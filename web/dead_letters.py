"""``GET /v1/dead-letters``: what could not be answered, without its original bytes."""

from typing import Annotated

from fastapi import APIRouter, Query
from starlette.responses import JSONResponse

from warehouse.board import open_letters
from web.services import Services

MAX_PAGE = 200
MAX_SKIPPED = 1_000_000


def routes(services: Services) -> APIRouter:
    """Return the route of the open dead letters."""
    router = APIRouter(tags=["operation"])

    @router.get("/v1/dead-letters")
    def list_dead_letters(
        limit: Annotated[int, Query(ge=1, le=MAX_PAGE)] = 50,
        skipped: Annotated[int, Query(ge=0, le=MAX_SKIPPED)] = 0,
    ) -> JSONResponse:
        """List open dead letters, the newest first."""
        letters = open_letters(services.query, limit=limit, skipped=skipped)
        return JSONResponse(
            [{**letter, "recorded_at": letter["recorded_at"].isoformat()} for letter in letters]
        )

    return router
