"""The arithmetic behind a modelled trip: its vehicle's figures, each section, the empty way."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal

from emissions.chain import exact_sum
from emissions.explain_steps import (
    EXACT,
    PARTS,
    ROUNDED_KG,
    computed_step,
    factor_step,
    factor_steps,
    given_step,
    of,
    plain,
    product_step,
    quotient_step,
    sum_step,
    wtw_step,
)
from emissions.explanation import (
    FIGURES_OF_FACTORS,
    WTT_AND_TTW_ARE_WTW,
    Explanation,
    Step,
    explained,
    refuse_other_digits,
)
from emissions.number import CONTEXT, ZERO
from emissions.split import Load
from emissions.trip import ModelledTrip, Section, emission_by_preset, emission_of_sections
from emissions.vehicle import LoadPreset, VehicleFigures

CLAUSE = "modelled"


def explain_modelled(
    figures: VehicleFigures,
    sections: Sequence[Section],
    *,
    empty_km: Decimal,
    trip: ModelledTrip,
) -> Explanation:
    """Return the arithmetic from a class's figures and a trip's loads to its kg CO2e, anew.

    Raises
    ------
    ExplainMismatch
        If a digit or a flag differs from ``trip``, or a figure from the factor it is said to be.
    Refused
        As ``emission_of_sections`` does.

    Notes
    -----
    GLEC Framework v3.0, page 92.
    """
    refuse_other_digits(emission_of_sections(figures, sections, empty_km=empty_km), trip)
    ridden = [
        of(f"section {n}", _section_steps(figures, section))
        for n, section in enumerate(sections, start=1)
    ]
    driven = [step for steps in (*ridden, _empty_steps(figures, empty_km)) for step in steps]
    steps = (
        *figure_steps(figures),
        *driven,
        *_total_steps(driven, trip),
        *_share_steps(driven, empty_km, trip),
    )
    return _explained(steps, trip)


def explain_preset(
    figures: VehicleFigures,
    preset: LoadPreset,
    *,
    transport_tkm: Decimal,
    trip: ModelledTrip,
) -> Explanation:
    """Return the arithmetic of an activity whose load and empty way are a preset, computed anew.

    Raises
    ------
    ExplainMismatch
        If a digit or a flag differs from ``trip``, or a figure from the factor it is said to be.
    Refused
        As ``emission_by_preset`` does.

    Notes
    -----
    GLEC Framework v3.0, page 92; the preset is an assumption.
    """
    refuse_other_digits(emission_by_preset(figures, preset, transport_tkm=transport_tkm), trip)
    shares = [
        replace(_given(name, value, "1"), is_assumption=True, note=f"preset {preset.name}")
        for name, value in zip(("load_share", "empty_distance_share"), preset[1:], strict=True)
    ]
    activity = _given("activity", transport_tkm, "tkm")
    steps = (
        *figure_steps(figures),
        *shares,
        activity,
        *_preset_steps(figures, preset, activity, trip),
        wtw_step(trip.ttw_kgco2e, trip.wtt_kgco2e, stored=trip.wtw_kgco2e),
    )
    return _explained(steps, trip)


def _explained(steps: Sequence[Step], trip: ModelledTrip) -> Explanation:
    return explained(
        steps,
        method=CLAUSE,
        flags=trip.flags,
        checks=(WTT_AND_TTW_ARE_WTW, FIGURES_OF_FACTORS),
    )


def _given(title: str, value: Decimal, unit: str) -> Step:
    return given_step(title, value, unit, formula=title, clause=CLAUSE)


def figure_steps(figures: VehicleFigures, *, on: date | None = None) -> tuple[Step, ...]:
    """Return the published figures with their cells, and the capacity that follows from two."""
    empty, full, per_tkm = figures.factors
    for name, load, factor in (("empty", figures.empty, empty), ("full", figures.full, full)):
        refuse_other_digits(Load(*factor.parts()), load, f"figures.{name}")
    full_ttw, full_tkm_ttw = full.parts()[0], per_tkm.parts()[0]
    flags = figures.flags
    capacity = computed_step(
        "capacity", CONTEXT.divide(full_ttw, full_tkm_ttw), "t",
        formula="factor_full_ttw / factor_full_tkm_ttw",
        shown=f"{plain(full_ttw)} / {plain(full_tkm_ttw)}", clause=CLAUSE,
        stored=figures.capacity_t,
    )  # fmt: skip
    return (
        *factor_steps(empty, on=on, flags=flags, name="factor_empty"),
        *factor_steps(full, on=on, flags=flags, name="factor_full"),
        factor_step("ttw", per_tkm, full_tkm_ttw, title="factor_full_tkm_ttw", on=on, flags=flags),
        capacity,
    )


def _section_steps(figures: VehicleFigures, section: Section) -> Iterator[Step]:
    km, load = ("distance_km", section.distance_km, "km"), ("load_t", section.load_t, "t")
    capacity = ("capacity", figures.capacity_t)
    share = quotient_step("load_share", load[:2], capacity, "1", clause=CLAUSE)
    yield _given("load_t", section.load_t, "t")
    yield _given("distance", section.distance_km, "km")
    yield share
    per_km = list(_per_km_steps(figures, share.value))
    yield from per_km
    for part, step in zip(PARTS, per_km, strict=True):
        terms = [(step.title, step.value, ""), km]
        yield product_step(f"section_{part}", terms, "kgco2e", clause=CLAUSE)
    yield product_step("section_tkm", [km, load], "tkm", clause="activity")


def _per_km_steps(figures: VehicleFigures, load_share: Decimal) -> Iterator[Step]:
    per_km = figures.per_km(load_share)
    for n, part in enumerate(PARTS):
        low, high = plain(figures.empty[n]), plain(figures.full[n])
        span = f"(factor_full_{part} - factor_empty_{part})"
        yield computed_step(
            f"per_km_{part}", per_km[n], "kgco2e/km",
            formula=f"factor_empty_{part} + load_share x {span}",
            shown=f"{low} + {plain(load_share)} x ({high} - {low})", clause=CLAUSE,
        )  # fmt: skip


def _empty_steps(figures: VehicleFigures, empty_km: Decimal) -> Iterator[Step]:
    yield _given("empty_km", empty_km, "km")
    for part, kgco2e in zip(PARTS, figures.empty, strict=True):
        terms = [(f"factor_empty_{part}", kgco2e, ""), ("empty_km", empty_km, "km")]
        yield product_step(f"empty_{part}", terms, "kgco2e", clause=CLAUSE)


def _values(steps: Sequence[Step], *titles: str) -> list[Decimal]:
    return [step.value for step in steps if step.title in titles]


def _total_steps(driven: Sequence[Step], trip: ModelledTrip) -> Iterator[Step]:
    for part, stored in zip(PARTS, (trip.ttw_kgco2e, trip.wtt_kgco2e), strict=True):
        yield sum_step(
            part, _values(driven, f"section_{part}", f"empty_{part}"), "kgco2e",
            formula=f"sum(section_{part}) + empty_{part}", clause=CLAUSE, rounding=ROUNDED_KG,
            stored=stored,
        )  # fmt: skip
    yield wtw_step(trip.ttw_kgco2e, trip.wtt_kgco2e, stored=trip.wtw_kgco2e)
    yield sum_step(
        "activity", _values(driven, "section_tkm"), "tkm", formula="sum(section_tkm)",
        clause="activity", rounding=EXACT, stored=trip.transport_tkm,
    )  # fmt: skip


def _share_steps(driven: Sequence[Step], empty_km: Decimal, trip: ModelledTrip) -> Iterator[Step]:
    """The mean load by kilometre and the empty part of the way: for a page, not for a sum."""
    distances, shares = _values(driven, "distance"), _values(driven, "load_share")
    loaded_km = exact_sum(distances)
    weighted = exact_sum(
        CONTEXT.multiply(km, share) for km, share in zip(distances, shares, strict=True)
    )
    yield _ratio_step(
        "mean_load_share", weighted, loaded_km, "sum(distance_km x load_share) / loaded_km",
        trip.load_share,
    )  # fmt: skip
    yield _ratio_step(
        "empty_distance_share", empty_km, CONTEXT.add(loaded_km, empty_km), "empty_km / all_km",
        trip.empty_distance_share,
    )  # fmt: skip


def _ratio_step(title: str, part: Decimal, whole: Decimal, formula: str, stored: Decimal) -> Step:
    """A share of nothing is told as 0: nothing was driven."""
    return computed_step(
        title, CONTEXT.divide(part, whole) if whole else ZERO, "1", formula=formula,
        shown=f"{plain(part)} / {plain(whole)}", clause=CLAUSE, stored=stored,
    )  # fmt: skip


def per_tkm_steps(
    figures: VehicleFigures, *, load_share: Decimal, empty_distance_share: Decimal
) -> tuple[Step, ...]:
    """Return kg CO2e per km at a load, then per tkm with the empty way, TTW and WTT apart."""
    per_tkm = figures.per_tkm(load_share=load_share, empty_distance_share=empty_distance_share)
    laden = list(_per_km_steps(figures, load_share))
    empty_share = plain(empty_distance_share)
    load = f"({plain(load_share)} x {plain(figures.capacity_t)})"
    return (
        *laden,
        *(
            computed_step(
                f"per_tkm_{part}", per_tkm[n], "kgco2e/tkm",
                formula=f"(per_km_{part} + empty_distance_share / (1 - empty_distance_share)"
                f" x factor_empty_{part}) / (load_share x capacity)",
                shown=f"({plain(laden[n].value)} + {empty_share} / (1 - {empty_share}) x "
                f"{plain(figures.empty[n])}) / {load}", clause=CLAUSE,
            )
            for n, part in enumerate(PARTS)
        ),
    )  # fmt: skip


def _preset_steps(
    figures: VehicleFigures, preset: LoadPreset, activity: Step, trip: ModelledTrip
) -> Iterator[Step]:
    steps = per_tkm_steps(
        figures, load_share=preset.load_share, empty_distance_share=preset.empty_distance_share
    )
    yield from steps
    stored = (trip.ttw_kgco2e, trip.wtt_kgco2e)
    for part, per_tkm, kept in zip(PARTS, steps[len(PARTS) :], stored, strict=True):
        terms = [(per_tkm.title, per_tkm.value, ""), ("activity", activity.value, "tkm")]
        yield product_step(part, terms, "kgco2e", clause=CLAUSE, rounding=ROUNDED_KG, stored=kept)
