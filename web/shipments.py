"""``/shipments/{id}``: every leg's arithmetic, from its mass to the last digit of its emission."""

from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from urllib.parse import quote

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from emissions.explanation_form import explanation_text
from warehouse.board import Leg, shipment
from web.display import exactly, instant, mass_of_co2e, trimmed
from web.explained import ExplainedResult
from web.pages import page, reader_of
from web.services import FactorCard, Services

MAX_ID_LENGTH = 64
KG_PER_T = 1_000
ACTIVITY_UNIT = "t·km"
STORED_STEP = Decimal("0.000001")


@dataclass(frozen=True, slots=True)
class Trace:
    """What the template prints of one leg beside the leg itself."""

    leg: Leg
    card: FactorCard | None
    mass_t: Decimal
    amount: Decimal
    amount_unit: str
    daf: Decimal
    wtt_per_unit: Decimal | None
    ttw_per_unit: Decimal | None
    is_derived: bool

    @property
    def adds_up(self) -> bool:
        """Whether WTT and TTW as stored add up to WTW as stored."""
        parts = self.leg.emission
        return parts.wtt_kgco2e + parts.ttw_kgco2e == parts.wtw_kgco2e


def _amount(leg: Leg, card: FactorCard | None) -> tuple[Decimal, str]:
    """Return what the factor is multiplied with: energy where it was metered, else activity."""
    metered = {"kwh": "energy_kwh", "l": "fuel_l"}.get(card.per_unit if card else "")
    if metered and leg.inputs.get(metered) is not None:
        return Decimal(str(leg.inputs[metered])), "kWh" if metered == "energy_kwh" else "L"
    return leg.transport_tkm, ACTIVITY_UNIT


def _published(leg: Leg, card: FactorCard, amount: Decimal, daf: Decimal) -> bool:
    """Return whether the published figures times the amount give what is stored."""
    slack = STORED_STEP * len(leg.revisions)
    pairs = (
        (card.wtt_kgco2e, leg.emission.wtt_kgco2e),
        (card.ttw_kgco2e, leg.emission.ttw_kgco2e),
    )
    return all(
        factor is not None and abs(amount * factor * daf - stored) <= slack
        for factor, stored in pairs
    )


def _derived(emission_kgco2e: Decimal, amount: Decimal) -> Decimal | None:
    return emission_kgco2e / amount if amount > 0 else None


def trace_of(leg: Leg, card: FactorCard | None) -> Trace:
    """Return the steps of ``leg``.

    Where the published figures alone do not give the stored result (no card, a charger's loss),
    the formula stands on what follows from the stored values, and says so.
    """
    amount, unit = _amount(leg, card)
    daf = Decimal(str(leg.inputs.get("daf") or 1)) if unit == ACTIVITY_UNIT else Decimal(1)
    holds = card is not None and _published(leg, card, amount, daf)
    parts = leg.emission
    return Trace(
        leg=leg,
        card=card,
        mass_t=leg.mass_kg / KG_PER_T,
        amount=amount,
        amount_unit=unit,
        daf=daf if holds else Decimal(1),
        wtt_per_unit=card.wtt_kgco2e if card and holds else _derived(parts.wtt_kgco2e, amount),
        ttw_per_unit=card.ttw_kgco2e if card and holds else _derived(parts.ttw_kgco2e, amount),
        is_derived=not holds,
    )


def place(inputs: Any) -> str:
    """Return an end of a leg as text: its site, or its coordinates."""
    if not isinstance(inputs, dict):
        return ""
    if site := inputs.get("site_id"):
        return str(site)
    return f"{inputs['lat']}, {inputs['lon']}" if "lat" in inputs else ""


def _source(result: ExplainedResult) -> str:
    return str(result.events[0]["source_event_id"])


def routes(services: Services) -> APIRouter:
    """Return the route of a shipment."""
    router = APIRouter(include_in_schema=False)

    @router.get("/shipments")
    async def find(request: Request) -> RedirectResponse:
        wanted = request.query_params.get("id", "").strip()
        return RedirectResponse(f"/shipments/{quote(wanted, safe='')}" if wanted else "/board", 303)

    @router.get("/shipments/{shipment_id:path}")
    def show(shipment_id: str, request: Request) -> Response:
        language = reader_of(request).language
        with services.one_read() as query:
            found = shipment(shipment_id, query)
        again = None if found is None else services.explain(shipment_id, "shipment")
        if found is None:
            cut = shipment_id[:MAX_ID_LENGTH]
            return page(request, services, "missing.html", status=404, shipment_id=cut)

        return page(
            request,
            services,
            "shipment.html",
            shipment=found,
            traces=[trace_of(leg, services.factor_of(leg.factor_id)) for leg in found.legs],
            again={} if again is None else {_source(one): one for one in again.results},
            steps=lambda explanation: explanation_text(explanation, language),
            total=mass_of_co2e(found.emission.wtw_kgco2e, language),
            kg=lambda value: exactly(value, language),
            plain=lambda value: trimmed(value, language),
            when=lambda value: instant(value, language, services.timezone),
            place=place,
        )

    return router
