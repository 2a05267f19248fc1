"""What a copy of the warehouse says of a period, as the room of sums wants it."""

import hashlib
import json
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from emissions.factor import FactorBook
from emissions.period import Period
from emissions.scoring import FACTOR_NOT_LOADED, category_id, fit_of
from emissions.tce_row import TceKind, TceRow
from warehouse.period_rows import NOT_GIVEN, LegNow, companies
from warehouse.sums import Query

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
        evidence=_evidence(inputs, leg),
    )


def inputs_sha256(leg: LegNow) -> str:
    """Return the SHA-256 of what a leg's number was computed from, as canonical JSON."""
    told: dict[str, Any] = {name: getattr(leg, name) for name in _HASHED}
    told["occurred_at"] = leg.occurred_at.isoformat()
    text = json.dumps(
        told | {"inputs": leg.inputs}, default=str, ensure_ascii=True, sort_keys=True,
        separators=(",", ":"),
    )  # fmt: skip
    return hashlib.sha256(text.encode()).hexdigest()


def _evidence(inputs: Mapping[str, Any], leg: LegNow) -> str:
    place = [inputs.get(f"source_{part}") for part in ("topic", "partition", "offset")]
    log = "/".join(str(part) for part in place if part is not None)
    return f"{log} event {leg.event_id}".strip()
