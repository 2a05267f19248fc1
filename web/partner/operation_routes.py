"""``/health/live``, ``/health/ready`` and ``/metrics`` of the partner API."""

import json
from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from starlette.responses import JSONResponse, Response

from web.partner.openapi import answer
from web.partner.services import PartnerServices

OPEN: Mapping[str, Any] = {"security": []}
LIVE = {**OPEN, "responses": answer(200, "the event loop answers", {"type": "object"})}
READY_LINES = {"application/x-ndjson": {"schema": {"type": "string"}}}
READY = {
    **OPEN,
    "responses": {
        "200": {"description": "every check holds", "content": READY_LINES},
        "503": {"description": "one does not; the lines say which", "content": READY_LINES},
    },
}
METRICS = {
    **OPEN,
    "responses": {
        "200": {
            "description": "Prometheus text exposition",
            "content": {"text/plain": {"schema": {"type": "string"}}},
        }
    },
}


def routes(services: PartnerServices) -> APIRouter:
    """Return the routes; none of them asks who calls."""
    router = APIRouter(tags=["operation"])

    @router.get("/health/live", operation_id="live", openapi_extra=dict(LIVE))
    async def live() -> JSONResponse:
        """Answer: the event loop does."""
        return JSONResponse({"status": "live"})

    @router.get("/health/ready", operation_id="ready", openapi_extra=dict(READY))
    def ready() -> Response:
        """Return 200 or 503, and one JSON line per check."""
        checks = services.health()
        lines = [
            json.dumps({"check": check.name, "ok": check.ok, "detail": check.detail}) + "\n"
            for check in checks
        ]
        status = 200 if all(check.ok for check in checks) else 503
        return Response("".join(lines), status_code=status, media_type="application/x-ndjson")

    @router.get("/metrics", operation_id="metrics", openapi_extra=dict(METRICS))
    def metrics() -> Response:
        """Return the text exposition of the registry."""
        return Response(
            generate_latest(services.registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    return router
