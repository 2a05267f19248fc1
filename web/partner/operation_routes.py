"""``/health/live``, ``/health/ready`` and ``/metrics`` of the partner API."""

import json

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from web.partner.services import PartnerServices


def routes(services: PartnerServices) -> APIRouter:
    """Return the routes; none of them asks who calls."""
    router = APIRouter(tags=["operation"])

    @router.get("/health/live", openapi_extra={"security": []})
    async def live() -> JSONResponse:
        """Answer: the event loop does."""
        return JSONResponse({"status": "live"})

    @router.get("/health/ready", openapi_extra={"security": []})
    def ready() -> Response:
        """Return 200 or 503, and one JSON line per check."""
        checks = services.health()
        lines = [
            json.dumps({"check": check.name, "ok": check.ok, "detail": check.detail}) + "\n"
            for check in checks
        ]
        status = 200 if all(check.ok for check in checks) else 503
        return Response("".join(lines), status_code=status, media_type="application/x-ndjson")

    @router.get("/metrics", openapi_extra={"security": []})
    def metrics() -> Response:
        """Return the text exposition of the registry."""
        return Response(
            generate_latest(services.registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    return router
