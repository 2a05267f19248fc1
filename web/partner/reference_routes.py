"""What a partner's program needs to know before it asks: who it is, regions, categories, prices."""

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from recycling.category import categories, default_mass
from recycling.facts import CHINA
from recycling.price_list import PriceList, PriceRow
from recycling.region import regions
from recycling.unit_moves import LOSS_REASONS, PARTS, REFUSAL_REASONS
from schemas.vocabulary import Channel, ServiceMode, VehicleEnergy
from web.partner.answers import told
from web.partner.credential import Credential
from web.partner.openapi import answer, reading_doc
from web.partner.order_of_checks import Rule
from web.partner.problems import ProblemName, problem
from web.partner.services import PartnerServices
from web.partner.writing import admit

ANY = Rule(scope=None)
LIST = answer(200, "all of them", {"type": "object"})


def routes(services: PartnerServices) -> APIRouter:
    """Return ``/v1/me`` and ``/v1/reference/...``; any credential may read them."""
    router = APIRouter()
    _add(router, services, "/v1/me", me)
    _add(router, services, "/v1/reference/regions", lambda _: {"items": region_list()})

    def category_page(_: Credential) -> Mapping[str, Any]:
        return {"items": category_list(year=services.now().astimezone(CHINA).year)}

    _add(router, services, "/v1/reference/categories", category_page)
    _add(router, services, "/v1/reference/reasons", lambda _: reasons())

    def prices(_: Credential) -> Mapping[str, Any]:
        on = services.now().astimezone(CHINA).date()
        return price_list(services.price_lists, on)

    _add(router, services, "/v1/reference/price-list", prices)
    return router


def _add(
    router: APIRouter,
    services: PartnerServices,
    path: str,
    tell: Callable[[Credential], Mapping[str, Any]],
) -> None:
    async def endpoint(request: Request) -> Response:
        admitted = admit(request, ANY, services)
        return told(tell(admitted.credential), admitted)

    name = path.removeprefix("/v1/").replace("/", "_").replace("-", "_")
    router.add_api_route(
        path,
        endpoint,
        methods=["GET"],
        operation_id=name,
        summary=f"Read {path.rpartition('/')[2]}",
        tags=["reference"],
        response_model=None,
        openapi_extra=reading_doc(LIST, scope=None, of_one=False),
    )


def me(credential: Credential) -> Mapping[str, Any]:
    """Return what a credential is."""
    return {
        "tenant": credential.tenant,
        "partner_id": credential.partner_id,
        "key_id": credential.key_id,
        "roles": sorted(map(str, credential.roles)),
        "scopes": sorted(map(str, credential.scopes)),
    }


def region_list() -> Sequence[Mapping[str, Any]]:
    """Return every region with its kind, and its point where it has one."""
    return [
        {
            "adcode": one.adcode,
            "name": one.name,
            "province": one.province,
            "kind": str(one.kind),
            "lat": None if one.point is None else f"{one.point.lat:f}",
            "lon": None if one.point is None else f"{one.point.lon:f}",
            "source": one.source,
        }
        for one in regions().values()
    ]


def category_list(*, year: int) -> Sequence[Mapping[str, Any]]:
    """Return every category with what it weighs until weighed, and what treatment it needs."""
    found = []
    for name, rules in categories().items():
        mass = default_mass(name, year=year)
        found.append(
            {
                "category": name,
                "core_parts": list(rules.core_parts),
                "needs_depollution": rules.needs_depollution,
                "hazardous": list(rules.hazardous),
                "default_mass_kg": f"{mass.mass_kg:f}",
                "default_mass_year": mass.year,
                "provenance": mass.provenance,
                "source": mass.source,
            }
        )
    return found


def reasons() -> Mapping[str, Any]:
    """Return the closed lists that evidence is told in."""
    return {
        "refusal": list(REFUSAL_REASONS),
        "loss": list(LOSS_REASONS),
        "parts": list(PARTS),
        "channel": list(map(str, Channel)),
        "service_mode": list(map(str, ServiceMode)),
        "vehicle_energy": list(map(str, VehicleEnergy)),
    }


def price_row(row: PriceRow) -> Mapping[str, Any]:
    """Return one price and what it is for."""
    return {
        "size_class": row.size_class,
        "categories": sorted(map(str, row.scope.categories)),
        "price_cny_fen": row.price_cny_fen,
        "provenance": str(row.provenance),
    }


def price_list(lists: Sequence[PriceList], on: date) -> Mapping[str, Any]:
    """Return the price list in force on a day.

    Raises
    ------
    Problem
        422 ``price-missing`` if none is.
    """
    for one in lists:
        if one.is_in_force(on):
            return {
                "price_list_id": one.price_list_id,
                "version": one.version,
                "title": one.title,
                "valid_from_on": one.valid_from_on.isoformat(),
                "valid_to_on": None if one.valid_to_on is None else one.valid_to_on.isoformat(),
                "source": one.source,
                "prices": [price_row(row) for row in one.prices],
            }
    raise problem(ProblemName.PRICE_MISSING, f"no price list is in force on {on}")
