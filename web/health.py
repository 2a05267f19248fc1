"""``/health/live`` and ``/health/ready``: does the process answer, and does all it needs."""

import json

from fastapi import APIRouter
from starlette.responses import JSONResponse, Response

from web.services import Services


def routes(services: Services) -> APIRouter:
    """Return the health routes."""
    router = APIRouter(tags=["operation"])

    @router.get("/health/live")
    async def live() -> JSONResponse:
        """Answer: the event loop does."""
        return JSONResponse({"status": "live"})

    @router.get("/health/ready")
    def ready() -> Response:
        """Return 200 or 503, and one JSON line per check."""
        checks = services.health()
        lines = [
            json.dumps({"check": check.name, "ok": check.ok, "detail": check.detail}) + "\n"
            for check in checks
        ]
        status = 200 if all(check.ok for check in checks) else 503
        return Response("".join(lines), status_code=status, media_type="application/x-ndjson")

    return router
