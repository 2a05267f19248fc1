"""``/metrics``: what the process counts, for Prometheus."""

from fastapi import APIRouter
from prometheus_client import CONTENT_TYPE_LATEST, Gauge, generate_latest
from starlette.responses import Response

from web.services import Services


def routes(services: Services) -> APIRouter:
    """Return the route; it also counts the open live streams."""
    router = APIRouter(tags=["operation"])
    gauge = Gauge("loopline_sse_clients", "Open live streams", registry=services.registry)
    gauge.set_function(lambda: services.live.clients)

    @router.get("/metrics")
    def metrics() -> Response:
        """Return the text exposition of the registry."""
        return Response(
            generate_latest(services.registry), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    return router
