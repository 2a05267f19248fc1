"""The partner API as one application; it connects to nothing by itself."""

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from typing import Any

import structlog
from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route
from starlette.types import ASGIApp, Receive, Scope, Send

from web.headers import SECURITY_HEADERS, Measured, SecurityHeaders
from web.partner import (
    assignment_routes,
    bulk_routes,
    certificate_routes,
    command_routes,
    contact_routes,
    creation_routes,
    forward_routes,
    late_routes,
    operation_routes,
    partner_routes,
    pickup_route,
    policy_routes,
    reading_routes,
    reference_routes,
    token_route,
    upload_routes,
)
from web.partner.openapi import DOCUMENT, OPENAPI_VERSION, PROBLEM_SCHEMA
from web.partner.problems import ProblemName, problem, trace_id_of, traced
from web.partner.services import PartnerServices
from web.problems import Problem, respond

TITLE = "Loopline partner API"
SUMMARY = "From a consumer's wish to a certified treatment, through partner recyclers."
_STATUS_NAMES: Mapping[int, ProblemName] = {
    404: ProblemName.NOT_FOUND,
    405: ProblemName.METHOD_NOT_ALLOWED,
    406: ProblemName.NOT_ACCEPTABLE,
    413: ProblemName.BODY_TOO_LARGE,
    415: ProblemName.MEDIA_TYPE_UNSUPPORTED,
}
Background = Callable[[], AbstractAsyncContextManager[None]]

log = structlog.get_logger()


@asynccontextmanager
async def nothing_beside() -> AsyncIterator[None]:
    """Run nothing beside the routes."""
    yield


def create_partner_app(
    services: PartnerServices, background: Background = nothing_beside
) -> FastAPI:
    """Return the application; ``background`` runs beside it as long as it serves."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with background():
            yield

    app = FastAPI(
        title=TITLE,
        summary=SUMMARY,
        version=services.product_version,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        lifespan=lifespan,
        redirect_slashes=False,
    )
    pickups = pickup_route.route(services)
    app.router.routes.append(pickups)
    for room in (
        command_routes,
        creation_routes,
        reading_routes,
        contact_routes,
        reference_routes,
        token_route,
        upload_routes,
        bulk_routes,
        partner_routes,
        policy_routes,
        assignment_routes,
        forward_routes,
        late_routes,
        certificate_routes,
        operation_routes,
    ):
        # One flat list: the matrix of tests and the document see every route by itself.
        app.router.routes.extend(room.routes(services).routes)
    _refuse(app)
    document = openapi_of(app)
    app.add_api_route(
        "/openapi.json", lambda: JSONResponse(document), methods=["GET"], include_in_schema=False
    )
    app.add_middleware(FastLane, route=pickups)
    app.add_middleware(Measured, registry=services.registry)
    app.add_middleware(SecurityHeaders)
    return app


class FastLane:
    """Takes the requests of one route past everything that looks for routes."""

    def __init__(self, app: ASGIApp, route: Route) -> None:
        """Wrap ``app``."""
        self._app, self._route = app, route

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        is_ours = scope["type"] == "http" and scope["path"] == self._route.path
        if not is_ours or scope["method"] not in (self._route.methods or ()):
            await self._app(scope, receive, send)
            return
        scope["route"] = self._route
        request = Request(scope, receive)
        try:
            response = await self._route.endpoint(request)
        except Problem as error:
            response = respond(_traced(request, error))
        await response(scope, receive, send)


def _refuse(app: FastAPI) -> None:
    """Teach the application how each refusal is told."""

    @app.exception_handler(Problem)
    async def refused(request: Request, error: Problem) -> Response:
        return respond(_traced(request, error))

    @app.exception_handler(HTTPException)
    async def missing(request: Request, error: HTTPException) -> Response:
        name = _STATUS_NAMES.get(error.status_code, ProblemName.NOT_FOUND)
        detail = f"{request.method} {request.url.path[:200]}: {error.detail}"
        return respond(_traced(request, problem(name, detail, headers=error.headers)))

    @app.exception_handler(500)
    async def broken(request: Request, error: Exception) -> Response:
        log.error("partner_request_failed", path=request.url.path[:200], error=repr(error))
        detail = "the request could not be answered; the log of this process says why"
        told = Problem(500, "internal", detail, headers=SECURITY_HEADERS)
        return respond(_traced(request, told))


def _traced(request: Request, refusal: Problem) -> Problem:
    if "trace_id" in refusal.members:
        return refusal
    return traced(refusal, trace_id_of(request.headers.get("traceparent")))


def openapi_of(app: FastAPI) -> dict[str, Any]:
    """Return the OpenAPI document of every route, the bare one too, in one sequence."""
    document = get_openapi(
        title=app.title,
        version=app.version,
        summary=app.summary,
        openapi_version=OPENAPI_VERSION,
        routes=app.routes,
    )
    document["paths"][pickup_route.PATH] = {"post": pickup_route.doc()}
    document["paths"] = dict(sorted(document["paths"].items()))
    document["components"] = {
        "schemas": {"Document": dict(DOCUMENT), "Problem": dict(PROBLEM_SCHEMA)},
        "securitySchemes": {
            "key": {"type": "http", "scheme": "bearer", "description": "pk_live_<id>_<secret>"},
            "token": {
                "type": "oauth2",
                "flows": {"clientCredentials": {"tokenUrl": "/oauth2/token", "scopes": {}}},
            },
        },
    }
    document["security"] = [{"key": []}, {"token": []}]
    return document
