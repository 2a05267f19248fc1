"""Builders of a KPI's cells."""

from decimal import Decimal
from typing import Any

from emissions.period_kpi import KpiCell
from emissions.read import load_book

ARTIC = "defra_2025.road.artic_over_33t.average.tkm"
SHA256 = load_book().by_id[ARTIC].set_sha256


def cell(*, tkm: str = "1000", per_tkm: str = "0.1", **changed: Any) -> KpiCell:
    """Some tonne-kilometres by lorry, a quarter of their emission before the tank."""
    wtw = Decimal(tkm) * Decimal(per_tkm)
    wtt = wtw / 4
    plain: dict[str, Any] = {
        "split": "road",
        "distance_kind": "sfd",
        "mode": "road",
        "vehicle_class": "artic_over_33t",
        "energy": "diesel",
        "factor_id": ARTIC,
        "factor_set": "defra_2025",
        "factor_set_sha256": SHA256,
        "gwp_set": "ar5",
        "method": "class_default",
        "method_version": "iso14083-1",
        "flags": (),
        "year": 2025,
        "legs": 1,
        "mass_kg": Decimal(1_000),
        "transport_tkm": Decimal(tkm),
        "wtt_kgco2e": wtt,
        "ttw_kgco2e": wtw - wtt,
        "wtw_kgco2e": wtw,
    }
    return KpiCell(**plain | changed)


def rail(**changed: Any) -> KpiCell:
    return cell(
        **{"split": "rail", "mode": "rail", "vehicle_class": None, "energy": None} | changed
    )
