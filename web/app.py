"""The HTTP application: routes, refusals and headers, over the services it is given."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from prometheus_client import Counter
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from schemas.refusal import Refused
from warehouse.filter import FilterInvalid
from web import (
    board,
    dead_letters,
    explain,
    health,
    live,
    metrics,
    metrics_endpoint,
    posts,
    problems,
    shipments,
)
from web.asked import filter_asked, tidy
from web.headers import SECURITY_HEADERS, Measured, SecurityHeaders
from web.intake import Intake
from web.pages import page
from web.problems import Problem, respond
from web.services import BrokerAway, Services

STATIC = Path(__file__).with_name("static")

log = structlog.get_logger()


def create_app(services: Services) -> FastAPI:
    """Return the application; it connects to nothing by itself."""

    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        services.live.attach(asyncio.get_running_loop())
        yield
        services.live.close()

    app = FastAPI(
        title="Loopline",
        version=services.product_version,
        summary="Every shipment, forklift and take-back event as an auditable number of kg CO2e.",
        docs_url=None,  # its page loads scripts from elsewhere, which the policy forbids
        redoc_url=None,
        lifespan=lifespan,
    )
    _mount(app, services)
    _refuse(app, services)
    app.add_middleware(Measured, registry=services.registry)
    app.add_middleware(SecurityHeaders)
    return app


def _mount(app: FastAPI, services: Services) -> None:
    rejected = Counter(
        "loopline_rejected", "Events refused at the door", ("reason",), registry=services.registry
    )
    for path, (topic, noun) in posts.POSTED.items():
        app.include_router(posts.routes(Intake(topic, services, rejected), path, noun))
    for room in (board, shipments, metrics, explain, dead_letters, health, metrics_endpoint):
        app.include_router(room.routes(services))

    def check_filter(request: Request) -> None:
        with services.one_read() as query:
            filter_asked(tidy(request.url.query), services, query)

    app.include_router(live.routes(services, check_filter))
    app.mount("/static", StaticFiles(directory=STATIC), name="static")


def _refuse(app: FastAPI, services: Services) -> None:
    """Teach the application how each refusal is told."""

    @app.exception_handler(Problem)
    async def problem(_request: Request, error: Problem) -> Response:
        return respond(error)

    @app.exception_handler(Refused)
    async def refused(_request: Request, error: Refused) -> Response:
        return respond(problems.of_refusal(error))

    @app.exception_handler(FilterInvalid)
    async def filter_invalid(_request: Request, error: FilterInvalid) -> Response:
        return respond(problems.of_filter(error))

    @app.exception_handler(BrokerAway)
    async def broker_away(_request: Request, _error: BrokerAway) -> Response:
        return respond(problems.of_broker_away())

    @app.exception_handler(RequestValidationError)
    async def parameters(_request: Request, error: RequestValidationError) -> Response:
        return respond(problems.of_parameters(error))

    @app.exception_handler(HTTPException)
    async def missing(request: Request, error: HTTPException) -> Response:
        if error.status_code == 404 and not problems.wants_problem(request):
            return page(request, services, "missing.html", status=404, shipment_id="")
        code = {404: "not_found", 405: "method_not_allowed"}.get(error.status_code, "refused")
        detail = f"{request.method} {request.url.path[:200]}: {error.detail}"
        return respond(Problem(error.status_code, code, detail, headers=error.headers))

    @app.exception_handler(500)
    async def broken(request: Request, error: Exception) -> Response:
        log.error("request_failed", path=request.url.path[:200], error=repr(error))
        detail = "the request could not be answered; the log of this process says why"
        return respond(Problem(500, "bug", detail, headers=SECURITY_HEADERS))
