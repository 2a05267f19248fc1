"""What a copy of the warehouse says of a period, as the room of sums wants it."""

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import fields
from decimal import Decimal
from typing import Any
from uuid import UUID

from emissions.factor import FactorBook
from emissions.number import ONE
from emissions.period import Period
from emissions.quality import Scores
from emissions.scoring import FACTOR_NOT_LOADED, Fit, category_id, fit_of
from emissions.tce_row import TceKind, TceRow
from schemas.vocabulary import CalculationMethod
from warehouse.hub_now import HubNow
from warehouse.period_rows import NOT_GIVEN, LegNow, companies
from warehouse.sums import Query

AND, EVERYTHING, MIXED = " + ", "*", "mixed"
METERED = CalculationMethod.PRIMARY_ENERGY.value
# What explains a leg's number: the stored words and measures, beside the inputs stored with them.
_HASHED = (
    "shipment_id", "leg_id", "occurred_at", "mode", "energy", "vehicle_class", "category",
    "mass_kg", "distance_km", "distance_kind", "factor", "method", "method_version",
)  # fmt: skip


def organisation_of(query: Query, period: Period) -> str:
    """Return the companies whose legs stand in ``period``, or that none is named."""
    return ", ".join(companies(query, period.from_on, period.to_on)) or NOT_GIVEN


def tce_row(leg: LegNow, book: FactorBook, covered_tkm_shares: Mapping[str, Decimal]) -> TceRow:
    """Return a stored leg as a report holds it, its evidence and the hash of its inputs named."""
    inputs, category = leg.inputs, category_id(leg.mode, leg.vehicle_class)
    factor_set, sha256 = str(inputs.get("factor_set", "")), str(inputs.get("factor_set_sha256", ""))
    factor_id, flags = leg.factor.removeprefix(f"{factor_set}/"), tuple(inputs.get("flags", ()))
    fit = fit_of(
        book,
        factor_id=factor_id,
        factor_set_sha256=sha256,
        method=leg.method,
        flags=flags,
        on=leg.occurred_on,
        covered_tkm_share=covered_tkm_shares.get(category),
    )
    return TceRow(
        tce_id=f"{leg.leg_id}@{leg.event_id}",
        kind=TceKind.TRANSPORT,
        shipment_id=leg.shipment_id,
        consignment_id=leg.consignment_id,
        occurred_on=leg.occurred_on,
        category_id=category,
        mode=leg.mode,
        energy=leg.energy or fit.energy,
        mass_kg=leg.mass_kg,
        distance_km=leg.distance_km,
        distance_kind=leg.distance_kind,
        transport_tkm=leg.transport_tkm,
        daf=Decimal(inputs["daf"]) if "daf" in inputs else None,
        wtt_kgco2e=leg.wtt_kgco2e,
        ttw_kgco2e=leg.ttw_kgco2e,
        wtw_kgco2e=leg.wtw_kgco2e,
        factor_id=factor_id,
        factor_set=factor_set,
        factor_set_sha256=sha256,
        gwp_set=str(inputs.get("gwp_set", "")),
        method=leg.method,
        method_version=leg.method_version,
        flags=flags if fit.is_loaded else (*flags, FACTOR_NOT_LOADED),
        scores=fit.scores,
        inputs_sha256=inputs_sha256(leg),
        evidence=_evidence(inputs, leg.event_id),
    )


def hub_row(hub: HubNow, book: FactorBook) -> TceRow:
    """Return a site's month as a report holds it; each of its factors and sets is named.

    What was metered covers the whole month. The scores are those of its weakest factor. A month
    that is shared by m3-days has no tonnes, and an operation of its own: the two never mix.
    """
    used, flags = hub.inputs["factors"], tuple(hub.inputs.get("flags", ()))
    fits = [_hub_fit(hub, one, flags, book) for one in used]
    is_loaded = all(fit.is_loaded for fit in fits)
    sets = {one["factor_set"]: one["factor_set_sha256"] for one in used}
    operation = f"{hub.hub_type}/{hub.site}"
    month = f"{hub.site}/{hub.period_on:%Y-%m}"
    return TceRow(
        tce_id=f"{month}@{hub.event_id}",
        kind=TceKind.HUB,
        shipment_id=EVERYTHING,
        consignment_id=EVERYTHING,
        occurred_on=hub.period_on,
        category_id=operation,
        hub_operation=operation if hub.outbound_mass_kg is not None else f"{operation}/m3_days",
        energy=AND.join(dict.fromkeys(fit.energy or MIXED for fit in fits)),
        mass_kg=hub.outbound_mass_kg,
        wtt_kgco2e=hub.wtt_kgco2e,
        ttw_kgco2e=hub.ttw_kgco2e,
        wtw_kgco2e=hub.wtw_kgco2e,
        factor_id=AND.join(one["factor_id"] for one in used),
        factor_set=AND.join(sets),
        factor_set_sha256=AND.join(sets.values()),
        gwp_set=str(hub.inputs["gwp_set"]),
        method=METERED,
        method_version=str(hub.inputs["method_version"]),
        flags=flags if is_loaded else (*flags, FACTOR_NOT_LOADED),
        scores=_weakest([fit.scores for fit in fits]),
        inputs_sha256=hashlib.sha256(_canonical(hub.inputs).encode()).hexdigest(),
        evidence=_evidence(hub.inputs, hub.event_id),
    )


def _hub_fit(hub: HubNow, used: Mapping[str, str], flags: tuple[str, ...], book: FactorBook) -> Fit:
    return fit_of(
        book,
        factor_id=used["factor_id"],
        factor_set_sha256=used["factor_set_sha256"],
        method=METERED,
        flags=flags,
        on=hub.period_on,
        covered_tkm_share=ONE,
    )


def _weakest(scores: Sequence[Scores]) -> Scores:
    return Scores(
        **{one.name: max(getattr(each, one.name) for each in scores) for one in fields(Scores)}
    )


def inputs_sha256(leg: LegNow) -> str:
    """Return the SHA-256 of what a leg's number was computed from, as canonical JSON."""
    told: dict[str, Any] = {name: getattr(leg, name) for name in _HASHED}
    told["occurred_at"] = leg.occurred_at.isoformat()
    return hashlib.sha256(_canonical(told | {"inputs": leg.inputs}).encode()).hexdigest()


def _canonical(told: Mapping[str, Any]) -> str:
    return json.dumps(told, default=str, ensure_ascii=True, sort_keys=True, separators=(",", ":"))


def _evidence(inputs: Mapping[str, Any], event_id: UUID) -> str:
    place = [inputs.get(f"source_{part}") for part in ("topic", "partition", "offset")]
    log = "/".join(str(part) for part in place if part is not None)
    return f"{log} event {event_id}".strip()
