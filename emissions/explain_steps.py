"""The steps that every kind of explanation shares; each value is computed here, never copied."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from decimal import Decimal
from types import MappingProxyType

from emissions.activity import KG_PER_T
from emissions.clauses import reference
from emissions.eligible import gap_days
from emissions.explanation import ExplainMismatch, Step
from emissions.factor import Factor
from emissions.number import CONTEXT, ONE, ZERO, quantise_kg

EXACT = "exact"
UNROUNDED = "unrounded, 34 digits"
ROUNDED_3 = "0.001, half even"
ROUNDED_KG = "0.000001, half even"
ROUNDED_DOWN = "down to the milligram"
AS_PUBLISHED = "as published"
PARTS = ("ttw", "wtt")
GUESSED_FACTOR = frozenset({"proxy_region", "class_assumed", "proxy_material"})

_ROUNDING: Mapping[str, Callable[[Decimal], Decimal]] = MappingProxyType(
    {ROUNDED_KG: quantise_kg, UNROUNDED: lambda value: value, EXACT: lambda value: value}
)


def plain(number: Decimal) -> str:
    """Return the digits without trailing zeros, never with an exponent.

    Examples
    --------
    >>> plain(Decimal("3104.832000")), plain(Decimal("1E+3"))
    ('3104.832', '1000')
    """
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def of(subject: str, steps: Iterable[Step]) -> tuple[Step, ...]:
    """Return ``steps`` as those of ``subject``: a consignment, a meter, a gas."""
    return tuple(replace(step, subject=subject) for step in steps)


def given_step(
    title: str,
    value: Decimal,
    unit: str,
    *,
    formula: str,
    clause: str,
    is_assumption: bool = False,
    note: str = "",
) -> Step:
    """Return a quantity as it was recorded, assumed or set by the method: nothing is computed."""
    return Step(
        title=title,
        formula=formula,
        substituted=f"{value:f}",
        value=value,
        unit=unit,
        rounding=EXACT,
        reference=reference(clause),
        is_assumption=is_assumption,
        note=note,
    )


def computed_step(
    title: str,
    exact: Decimal,
    unit: str,
    *,
    formula: str,
    shown: str,
    clause: str,
    rounding: str = UNROUNDED,
    stored: Decimal | None = None,
) -> Step:
    """Return the step of ``exact``, rounded as ``rounding`` says, compared with what is stored.

    Raises
    ------
    ExplainMismatch
        If ``stored`` is another number.
    """
    value = _ROUNDING[rounding](exact)
    if stored is not None and stored != value:
        raise ExplainMismatch(f"{title} is stored as {stored}, computed as {value}")
    return Step(
        title=title,
        formula=formula,
        substituted=f"{shown} = {plain(exact)}",
        value=value,
        unit=unit,
        rounding=rounding,
        reference=reference(clause),
    )


def product_step(
    title: str,
    terms: Sequence[tuple[str, Decimal, str]],
    unit: str,
    *,
    clause: str,
    rounding: str = UNROUNDED,
    stored: Decimal | None = None,
) -> Step:
    """Return the product of (name, value, unit) terms, in their order.

    Raises
    ------
    ExplainMismatch
        If ``stored`` is another number.
    """
    exact = terms[0][1]
    for _, value, _ in terms[1:]:
        exact = CONTEXT.multiply(exact, value)
    shown = " x ".join(f"{plain(value)} {of_unit}".strip() for _, value, of_unit in terms)
    formula = " x ".join(name for name, _, _ in terms)
    return computed_step(
        title, exact, unit, formula=formula, shown=shown, clause=clause, rounding=rounding,
        stored=stored,
    )  # fmt: skip


def sum_step(
    title: str,
    terms: Sequence[Decimal],
    unit: str,
    *,
    formula: str,
    clause: str,
    rounding: str = UNROUNDED,
    stored: Decimal | None = None,
) -> Step:
    """Return the sum of ``terms``, in their order; nothing at all adds up to 0.

    Raises
    ------
    ExplainMismatch
        If ``stored`` is another number.
    """
    exact = ZERO
    for term in terms:
        exact = CONTEXT.add(exact, term)
    shown = " + ".join(plain(term) for term in terms) or "0"
    return computed_step(
        title, exact, unit, formula=formula, shown=shown, clause=clause, rounding=rounding,
        stored=stored,
    )  # fmt: skip


def quotient_step(
    title: str, top: tuple[str, Decimal], bottom: tuple[str, Decimal], unit: str, *, clause: str
) -> Step:
    """Return (name, value) over (name, value), unrounded."""
    return computed_step(
        title,
        CONTEXT.divide(top[1], bottom[1]),
        unit,
        formula=f"{top[0]} / {bottom[0]}",
        shown=f"{plain(top[1])} / {plain(bottom[1])}",
        clause=clause,
    )


def tonnes_steps(mass_kg: Decimal, *, clause: str) -> tuple[Step, Step]:
    """Return a mass as it was weighed, and in tonnes."""
    mass = given_step("mass", mass_kg, "kg", formula="mass_kg", clause=clause)
    top, bottom = ("mass_kg", mass_kg), ("kg_per_t", KG_PER_T)
    return mass, quotient_step("mass_t", top, bottom, "t", clause=clause)


def factor_step(
    part: str,
    factor: Factor,
    value: Decimal,
    *,
    title: str = "",
    on: date | None = None,
    flags: Iterable[str] = (),
) -> Step:
    """Return the published figure of ``part`` with its cell, set, licence and validity.

    Parameters
    ----------
    on
        The day it answers for: outside the validity the note says by how many days.
    flags
        Of the answer; where it says that the figure stands in for another, it is an assumption.
    """
    gap = 0 if on is None else gap_days(factor, on)
    notes = (factor.note, f"{gap} days outside its validity" if gap else "")
    return Step(
        title=title or f"factor_{part}",
        formula=f"{factor.set_id}: {factor.cell_of(part)}",
        substituted=f"{value}",
        value=value,
        unit=f"kgco2e/{factor.per_unit}",
        rounding=AS_PUBLISHED,
        reference=factor.source,
        is_assumption=bool(GUESSED_FACTOR.intersection(flags)),
        note="; ".join(note for note in notes if note),
        factor_id=factor.factor_id,
        set_id=factor.set_id,
        set_version=factor.manifest.version,
        set_sha256=factor.set_sha256,
        cell=factor.cell_of(part),
        source=factor.source,
        licence=factor.licence,
        valid_from=factor.valid_from,
        valid_to=factor.valid_to,
    )


def factor_steps(
    factor: Factor, *, on: date | None = None, flags: Iterable[str] = (), name: str = "factor"
) -> tuple[Step, ...]:
    """Return the published TTW and WTT of ``factor``, each with its own cell."""
    return tuple(
        factor_step(part, factor, value, title=f"{name}_{part}", on=on, flags=flags)
        for part, value in zip(PARTS, factor.parts(), strict=True)
    )


def energy_steps(
    quantity: Decimal, unit: str, *, charging_loss_share: Decimal = ZERO
) -> tuple[Step, ...]:
    """Return the metered energy in kWh or litres, and what a charger lost where one did."""
    clause = "electricity" if unit == "kwh" else "fuel"
    formula = "energy_kwh" if unit == "kwh" else "fuel_l"
    energy = given_step("energy", quantity, unit, formula=formula, clause=clause)
    if not charging_loss_share:
        return (energy,)
    uplift = CONTEXT.add(ONE, charging_loss_share)
    loss = Step(
        title="charging_loss",
        formula="1 + charging_loss_share",
        substituted=f"1 + {charging_loss_share}",
        value=uplift,
        unit="1",
        rounding=EXACT,
        reference=reference(clause),
        is_assumption=True,
    )
    return energy, loss


def wtw_step(ttw: Decimal, wtt: Decimal, *, stored: Decimal, title: str = "wtw") -> Step:
    """Return WTW, the sum of the rounded WTT and TTW.

    Raises
    ------
    ExplainMismatch
        If it is not what is stored.
    """
    step = sum_step(
        title, (wtt, ttw), "kgco2e", formula="wtt + ttw", clause="wtw", rounding=EXACT,
        stored=stored,
    )  # fmt: skip
    return replace(step, substituted=f"{wtt} + {ttw} = {step.value}")
