"""``POST /v1/legs``: a finished leg from a WMS or TMS, acknowledged by the broker."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from schemas.topics import LEGS
from web.intake import Intake, documented


def routes(intake: Intake) -> APIRouter:
    """Return the route that takes legs."""
    router = APIRouter(tags=["intake"])

    @router.post("/v1/legs", status_code=202, openapi_extra=documented(LEGS))
    async def post_legs(request: Request) -> Response:
        """Take one leg as JSON, or many as NDJSON."""
        return await intake.answer(request)

    return router
