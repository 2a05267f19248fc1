"""The arithmetic behind a hub's month: every meter, every leak, and the intensity by what left."""

from collections.abc import Iterator
from dataclasses import replace
from decimal import Decimal

from emissions.activity import KG_PER_T
from emissions.energy_use import emission_of_use
from emissions.explain_energy import use_steps
from emissions.explain_refrigerant import gwp_steps, leak_step
from emissions.explain_steps import (
    PARTS,
    ROUNDED_KG,
    given_step,
    of,
    quotient_step,
    sum_step,
    wtw_step,
)
from emissions.explanation import (
    WTT_AND_TTW_ARE_WTW,
    Explanation,
    Step,
    explained,
    refuse_other_digits,
)
from emissions.factor import FactorBook
from emissions.gwp import gwp_of
from emissions.hub import HubOperation, HubPeriod, hub_operation
from emissions.leg import PRIMARY_ENERGY
from emissions.number import CONTEXT
from emissions.refrigerant import refrigerant_emission

GROUPS = ("handling", "cooling")


def explain_hub(
    period: HubPeriod, operation: HubOperation, *, gwp_set: str, book: FactorBook
) -> Explanation:
    """Return the arithmetic from a month's meters and leaks to its kg CO2e, computed anew.

    Handling and cooling stay apart; the intensities are per tonne that left, or per m3-day.

    Raises
    ------
    ExplainMismatch
        If a sum, a factor or a flag differs from ``operation``.
    Refused
        As ``hub_operation`` does.

    Notes
    -----
    ISO 14083:2023, hub operation categories; GLEC Framework v3.0, pages 122-123.
    """
    anew = hub_operation(period, gwp_set=gwp_set, book=book)
    refuse_other_digits(anew, operation)
    told = {"handling": list[Step](), "cooling": list[Step]()}
    for is_cooling, steps in (*_uses(period, book), *_leaks(period, gwp_set)):
        told[GROUPS[is_cooling]] += steps
    steps = (
        *(step for group in GROUPS for step in (*told[group], *_group_steps(group, told, anew))),
        *_total_steps(anew),
        *_basis_steps(anew),
    )
    checks = (WTT_AND_TTW_ARE_WTW,)
    return explained(steps, method=PRIMARY_ENERGY, flags=anew.flags, checks=checks)


def _uses(period: HubPeriod, book: FactorBook) -> Iterator[tuple[bool, tuple[Step, ...]]]:
    for n, use in enumerate(period.energy, start=1):
        used = emission_of_use(use, on=period.month_on, grid_region=period.grid_region, book=book)
        steps = use_steps(use, used, on=period.month_on, book=book)
        yield use.is_cooling, of(f"{use.energy} {n}", steps)


def _leaks(period: HubPeriod, gwp_set: str) -> Iterator[tuple[bool, tuple[Step, ...]]]:
    for n, loss in enumerate(period.refrigerants, start=1):
        gwp = gwp_of(substance=loss.substance, gwp_set=gwp_set)
        stored = refrigerant_emission(
            substance=loss.substance, lost_kg=loss.lost_kg, gwp_set=gwp_set
        )
        lost = given_step("emitted", loss.lost_kg, "kg", formula="lost_kg", clause="refrigerant")
        leak = leak_step("leak_ttw", loss.lost_kg, gwp, stored=stored)
        named = of(f"{loss.substance} {n}", (lost, leak))
        yield loss.is_cooling, (named[0], *gwp_steps(gwp), named[1])


def _group_steps(group: str, told: dict[str, list[Step]], anew: HubOperation) -> Iterator[Step]:
    """What the meters and leaks of ``group`` add up to, unrounded; a leak has no WTT."""
    for part, stored in zip(PARTS, getattr(anew, group), strict=True):
        titles = (f"use_{part}", f"leak_{part}")
        yield sum_step(
            f"{group}_{part}",
            [step.value for step in told[group] if step.title in titles],
            "kgco2e",
            formula=f"sum(use_{part})" + (f" + sum(leak_{part})" if part == "ttw" else ""),
            clause="hub",
            stored=stored,
        )


def _total_steps(operation: HubOperation) -> Iterator[Step]:
    ttw, wtt, wtw = operation.total()
    for n, (part, stored) in enumerate(zip(PARTS, (ttw, wtt), strict=True)):
        yield sum_step(
            part, (operation.handling[n], operation.cooling[n]), "kgco2e",
            formula=f"handling_{part} + cooling_{part}", clause="hub", rounding=ROUNDED_KG,
            stored=stored,
        )  # fmt: skip
    yield wtw_step(ttw, wtt, stored=wtw)


def _basis_steps(operation: HubOperation) -> Iterator[Step]:
    """The intensities of the month, each over its own basis."""
    ttw, wtt, wtw = operation.total()
    total = (("ttw", ttw), ("wtt", wtt), ("wtw", wtw))
    if operation.outbound_mass_kg is None:
        days = operation.storage_m3_days
        if days is not None:
            yield from _intensities("intensity", total, ("storage_m3_days", days, "m3_day"))
        return
    yield from _intensities("intensity", total, _tonnes("outbound", operation.outbound_mass_kg))
    if operation.cooled_outbound_mass_kg > 0:
        cooled = _tonnes("cooled_outbound", operation.cooled_outbound_mass_kg)
        cooling = tuple(zip(PARTS, operation.cooling, strict=True))
        yield from _intensities("cooling_intensity", cooling, cooled, of_what="cooling_")


def _tonnes(title: str, mass_kg: Decimal) -> tuple[str, Decimal, str]:
    return title, CONTEXT.divide(mass_kg, KG_PER_T), "t"


def _intensities(
    title: str,
    amounts: tuple[tuple[str, Decimal], ...],
    basis: tuple[str, Decimal, str],
    *,
    of_what: str = "",
) -> Iterator[Step]:
    name, value, unit = basis
    clause = "hub" if unit == "t" else "storage"
    yield given_step(name, value, unit, formula=name, clause=clause)
    for part, kgco2e in amounts:
        top = (f"{of_what}{part}", kgco2e)
        step = quotient_step(f"{title}_{part}", top, (name, value), f"kgco2e/{unit}", clause=clause)
        yield replace(step, note="for a page, not for a sum")
