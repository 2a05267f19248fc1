"""``POST /v1/forklift-readings``: a forklift's counters, acknowledged by the broker."""

from fastapi import APIRouter, Request
from starlette.responses import Response

from schemas.topics import FORKLIFT_READINGS
from web.intake import Intake, documented


def routes(intake: Intake) -> APIRouter:
    """Return the route that takes readings."""
    router = APIRouter(tags=["intake"])

    @router.post(
        "/v1/forklift-readings", status_code=202, openapi_extra=documented(FORKLIFT_READINGS)
    )
    async def post_forklift_readings(request: Request) -> Response:
        """Take one reading as JSON, or many as NDJSON."""
        return await intake.answer(request)

    return router
