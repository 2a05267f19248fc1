"""Legs as they stand now: one row per leg of a period, its corrections folded in."""

from collections.abc import Sequence
from datetime import date

WORDS = (
    "leg_id", "shipment_id", "consignment_id", "leg_seq", "occurred_on", "occurred_at", "mode",
    "energy", "vehicle_class", "category", "company", "production_base", "lane", "distance_kind",
    "factor", "dq", "method", "method_version", "extra_inputs",
)  # fmt: skip
MEASURES = (
    "mass_kg", "distance_km", "transport_tkm", "emission_wtt_kgco2e", "emission_ttw_kgco2e",
    "emission_wtw_kgco2e",
)  # fmt: skip


def legs_now(
    first: date, last: date, *, shipment_id: str | None = None
) -> tuple[str, list[object]]:
    """Return a SELECT of the legs of the days ``first`` to ``last``, and the values it binds.

    A leg that was never corrected is its own row; one that was is the sum of its rows under the
    words of the newest, and nothing at all where they come to no leg.
    """
    narrowed = "occurred_on between ? and ?"
    values: list[object] = [first, last]
    if shipment_id is not None:
        narrowed += " and shipment_id = ?"
        values.append(shipment_id)
    names, summed = ", ".join(WORDS), ", ".join(_now(MEASURES))
    text = f"""
        select source_event_id as root, {names}, {", ".join(MEASURES)} from mart.leg
        where correction_of is null and {narrowed} and source_event_id not in (
            select correction_of from main.fact_leg_emission where correction_of is not null)
        union all
        select root, {names}, {", ".join(MEASURES)} from (
            select coalesce(correction_of, source_event_id) as root, {names}, {summed},
                sum(legs) over chain as legs_now,
                row_number() over (partition by coalesce(correction_of, source_event_id)
                    order by revision desc, legs desc, recorded_at desc) as place
            from mart.leg
            where correction_of is not null or source_event_id in (
                select correction_of from main.fact_leg_emission where correction_of is not null)
            window chain as (partition by coalesce(correction_of, source_event_id)))
        where place = 1 and legs_now > 0 and {narrowed}
    """
    return text, [*values, *values]


def _now(measures: Sequence[str]) -> list[str]:
    return [f"sum({name}) over chain as {name}" for name in measures]
