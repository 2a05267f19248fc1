"""Builders of report rows: the engine's own answers, and a hub."""

from datetime import date
from decimal import Decimal
from typing import Any

from emissions.leg import emission_of_leg
from emissions.quality import scores_of
from emissions.question import METHOD_VERSION
from emissions.read import load_book
from emissions.report_iso14083 import Report, report_of
from emissions.tce_row import About, TceKind, TceRow
from tests.emissions.builders import leg

DAY = date(2025, 6, 1)


def tce(tce_id: str = "T-1", /, *, on: date = DAY, told: Any = None, **changed: Any) -> TceRow:
    """The refrigerators of the builders, answered by the engine; ``told`` changes the row."""
    question = leg(**{"vehicle_class": "artic_over_33t", "on": on} | changed)
    answer = emission_of_leg(question, load_book())
    plain: dict[str, Any] = {
        "tce_id": tce_id,
        "kind": TceKind.TRANSPORT,
        "shipment_id": "S-1",
        "consignment_id": "C-1",
        "occurred_on": on,
        "category_id": f"{question.mode}/{question.vehicle_class}",
        "mode": question.mode,
        "energy": answer.factor.energy or None,
        "mass_kg": question.mass_kg,
        "distance_km": answer.distance_km,
        "distance_kind": answer.distance_kind,
        "transport_tkm": answer.transport_tkm,
        "daf": answer.daf,
        "wtt_kgco2e": answer.wtt_kgco2e,
        "ttw_kgco2e": answer.ttw_kgco2e,
        "wtw_kgco2e": answer.wtw_kgco2e,
        "factor_id": answer.factor.factor_id,
        "factor_set": answer.factor.set_id,
        "factor_set_sha256": answer.factor.set_sha256,
        "gwp_set": answer.gwp_set,
        "method": answer.method,
        "method_version": METHOD_VERSION,
        "flags": answer.flags,
        "scores": scores_of(factor=answer.factor, method=answer.method, flags=answer.flags, on=on),
        "inputs_sha256": "a" * 64,
        "evidence": f"shipment.leg.v1/0/{tce_id}",
    }
    return TceRow(**plain | (told or {}))


def hub(tce_id: str = "H-1", /, **told: Any) -> TceRow:
    """14.2 t through a hub of 4.242931 kg/t: the worked example of a hub."""
    plain = {
        "kind": TceKind.HUB,
        "category_id": "qingdao/transhipment",
        "mode": None,
        "hub_operation": "transhipment",
        "energy": None,
        "mass_kg": Decimal(14_200),
        "distance_km": None,
        "distance_kind": None,
        "transport_tkm": None,
        "daf": None,
        "wtt_kgco2e": Decimal("55.434610"),
        "ttw_kgco2e": Decimal("4.815017"),
        "wtw_kgco2e": Decimal("60.249627"),
        "method": "primary_energy",
        "flags": (),
    }
    return tce(tce_id, told=plain | told)


def about(**changed: Any) -> About:
    """The year 2025 of a whole organisation, its defaults justified."""
    plain: dict[str, Any] = {
        "organisation": "Haitian Appliances",
        "from_on": date(2025, 1, 1),
        "to_on": date(2025, 12, 31),
        "seed": "drawn by the verifier",
        "sample_rows": 2,
        "justifications": {"road/artic_over_33t": "the carrier has no meters"},
    }
    return About(**plain | changed)


def report(*rows: TceRow, **changed: Any) -> Report:
    return report_of(rows or (tce(), hub()), about(**changed))
