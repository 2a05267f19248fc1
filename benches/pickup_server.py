"""The partner API as the bench serves it: the bare route, or the same work behind FastAPI."""

import sys
from typing import Any

from fastapi import FastAPI, Request
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from loopline.partner_api import run, serve_app
from loopline.partner_house import opened_house
from runtime import logs
from runtime.settings import read_settings
from web.partner import pickup_route
from web.partner.app import create_partner_app


class Pickup(BaseModel):
    """A pickup as FastAPI would read it; its proof is read by the rules all the same."""

    model_config = ConfigDict(extra="allow")

    takeback_order_id: str
    picked_at: str
    lat: str
    lon: str
    units: list[dict[str, Any]]


def with_fastapi(app: FastAPI, services: Any) -> FastAPI:
    """Return ``app`` with its bare route replaced by one that FastAPI reads and documents."""
    bare = app.router.routes.pop(0)
    endpoint = bare.endpoint  # type: ignore[attr-defined]

    @app.post(pickup_route.PATH, response_model=None)
    async def post(request: Request, pickup: Pickup) -> Response:
        response: Response = await endpoint(request)
        return response

    app.router.routes.insert(0, app.router.routes.pop())
    return app


def main() -> None:
    """Serve until SIGTERM."""
    settings = read_settings()
    logs.set_up(process="partner-api")
    with opened_house(settings) as house:
        app = create_partner_app(house.services)
        if sys.argv[1] == "fastapi":
            app = with_fastapi(app, house.services)
        run(serve_app(settings, house, app))


if __name__ == "__main__":
    main()
