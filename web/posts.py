"""Events that others post: each path takes the events of one topic, acknowledged by the broker."""

from collections.abc import Mapping
from types import MappingProxyType

from fastapi import APIRouter, Request
from starlette.responses import Response

from schemas.topics import FORKLIFT_READINGS, HUB_PERIODS, LEGS, REFRIGERANTS, Topic
from web.intake import Intake, documented

#: Where the events of a topic are posted, and what one of them is called.
POSTED: Mapping[str, tuple[Topic, str]] = MappingProxyType(
    {
        "/v1/legs": (LEGS, "finished leg"),
        "/v1/forklift-readings": (FORKLIFT_READINGS, "forklift reading"),
        "/v1/hub-periods": (HUB_PERIODS, "month of a site"),
        "/v1/refrigerants": (REFRIGERANTS, "treated unit's refrigerant"),
    }
)


def routes(intake: Intake, path: str, noun: str) -> APIRouter:
    """Return the route that takes the events of one topic."""
    router = APIRouter(tags=["intake"])

    @router.post(
        path,
        status_code=202,
        openapi_extra=documented(intake.topic),
        name=intake.topic.name,
        summary=f"Take one {noun} as JSON, or many as NDJSON",
    )
    async def post(request: Request) -> Response:
        return await intake.answer(request)

    return router
