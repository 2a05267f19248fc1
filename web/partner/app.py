"""The partner API as one application; it connects to nothing by itself."""

import re
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
    webhook_routes,
)
from web.partner.answers import JSON
from web.partner.openapi import DOCUMENT, OPENAPI_VERSION, PROBLEM_SCHEMA
from web.partner.problems import ProblemName, problem, trace_id_of, traced
from web.partner.services import PartnerServices
from web.problems import Problem, respond

TITLE = "Loopline partner API"
FASTAPI_SUCCESS = "Successful Response"
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
        webhook_routes,
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
    _part_ids_from_commands(app)
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


def _part_ids_from_commands(app: FastAPI) -> None:
    """Let no id hold a colon: ``/units/7:store`` is the command of 7, never a thing of its own."""
    for route in app.routes:
        if isinstance(route, Route):
            route.path_regex = re.compile(route.path_regex.pattern.replace("[^/]+", "[^/:]+"))


def _allowed_at(app: FastAPI, path: str) -> str:
    """Return every method that is offered at ``path``, whichever of its routes offers it."""
    found: set[str] = set()
    for route in app.routes:
        if isinstance(route, Route) and route.path_regex.match(path):
            found |= route.methods or set()
    return ", ".join(sorted(found))


def _refuse(app: FastAPI) -> None:
    """Teach the application how each refusal is told."""

    @app.exception_handler(Problem)
    async def refused(request: Request, error: Problem) -> Response:
        return respond(_traced(request, error))

    @app.exception_handler(HTTPException)
    async def missing(request: Request, error: HTTPException) -> Response:
        name = _STATUS_NAMES.get(error.status_code, ProblemName.NOT_FOUND)
        detail = f"{request.method} {request.url.path[:200]}: {error.detail}"
        headers = error.headers
        if name is ProblemName.METHOD_NOT_ALLOWED:
            headers = {"Allow": _allowed_at(app, request.url.path)}
        return respond(_traced(request, problem(name, detail, headers=headers)))

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
    _forget_untold(document["paths"])
    document["components"] = {
        "schemas": {"Document": dict(DOCUMENT), "Problem": dict(PROBLEM_SCHEMA)},
        "securitySchemes": {
            "key": {"type": "http", "scheme": "bearer", "description": "pk_live_<id>_<secret>"},
            # No OAuth2 flow: its address would have to be absolute, and each house has its own.
            "token": {
                "type": "http",
                "scheme": "bearer",
                "bearerFormat": "JWT",
                "description": "RFC 6749 client credentials, from POST /oauth2/token",
            },
        },
    }
    document["security"] = [{"key": []}, {"token": []}]
    return document


def _forget_untold(paths: Mapping[str, Mapping[str, Any]]) -> None:
    """Take away what FastAPI adds to what a route tells: another 200, and JSON of any kind."""
    for operation in (one for path in paths.values() for one in path.values()):
        responses = operation["responses"]
        others = any(status.startswith("2") and status != "200" for status in responses)
        if others and responses.get("200", {}).get("description") == FASTAPI_SUCCESS:
            del responses["200"]
        for content in (one.get("content", {}) for one in responses.values()):
            if len(content) > 1 and content.get(JSON) == {"schema": {}}:
                del content[JSON]
