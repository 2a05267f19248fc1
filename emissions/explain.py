"""The arithmetic behind one answer, step by step, down to the source cell of each factor."""

from dataclasses import replace
from decimal import Decimal

from emissions.activity import transport_tkm
from emissions.clauses import clause_of, reference
from emissions.daf import AIR_DETOUR_KM, CIRCUITY, daf_row, daf_value
from emissions.distance import circle_of, distance_of
from emissions.energy import charging_loss_share
from emissions.explain_energy import origin_steps
from emissions.explain_modelled_leg import modelled_steps
from emissions.explain_steps import (
    EXACT,
    ROUNDED_3,
    ROUNDED_KG,
    energy_steps,
    factor_steps,
    plain,
    product_step,
    wtw_step,
)
from emissions.explanation import (
    WTT_AND_TTW_ARE_WTW,
    ExplainMismatch,
    Explanation,
    Step,
    explained,
    refuse_other_digits,
)
from emissions.factor import FactorBook
from emissions.leg import MODELLED, PRIMARY_ENERGY, asked_of, emission_of_leg
from emissions.number import CONTEXT, ONE, ZERO, quantise_3
from emissions.question import LegAnswer, LegQuestion
from emissions.selection import refused_ranks

__all__ = ["ExplainMismatch", "Explanation", "Step", "explain_leg"]


def explain_leg(question: LegQuestion, answer: LegAnswer, book: FactorBook) -> Explanation:
    """Return the arithmetic from ``question`` to ``answer``, computed anew.

    Raises
    ------
    ExplainMismatch
        If the digits differ from ``answer``: other sets, another method, or a changed record.

    Examples
    --------
    >>> from datetime import date
    >>> from emissions.read import load_book
    >>> question = LegQuestion(
    ...     mode="road",
    ...     vehicle_class="artic_over_33t",
    ...     mass_kg=Decimal(7_536),
    ...     distance_km=Decimal(412),
    ...     distance_method="sfd",
    ...     on=date(2025, 6, 1),
    ... )
    >>> answer = emission_of_leg(question, load_book())
    >>> explain_leg(question, answer, load_book()).step("ttw").substituted
    '3104.832 tkm x 0.07703 x 1 = 239.16520896'
    """
    refuse_other_digits(emission_of_leg(question, book), answer)
    factors = _factor_steps(question, answer, book)
    steps = (
        _mass_step(question),
        *_circle_steps(question),
        _distance_step(question, answer),
        _activity_step(question, answer),
        *_daf_steps(question, answer),
        *_quantity_steps(question, answer),
        *factors,
        _part_step("ttw", question, answer, factors),
        _part_step("wtt", question, answer, factors),
        wtw_step(answer.ttw_kgco2e, answer.wtt_kgco2e, stored=answer.wtw_kgco2e),
    )
    asked = asked_of(question, distance_of(question), book)
    return explained(
        steps,
        refused=refused_ranks(asked, book),
        method=answer.method,
        flags=answer.flags,
        checks=(WTT_AND_TTW_ARE_WTW,),
    )


def _mass_step(question: LegQuestion) -> Step:
    mass_kg = quantise_3(question.mass_kg)
    return Step(
        title="mass",
        formula="mass_kg",
        substituted=f"{question.mass_kg:f} = {mass_kg:f}",
        value=mass_kg,
        unit="kg",
        rounding=ROUNDED_3,
        reference=reference("activity"),
    )


def _circle_steps(question: LegQuestion) -> tuple[Step, ...]:
    circle_km = circle_of(question)
    if circle_km is None:
        return ()
    ends = (
        f"({question.origin_lat:f}, {question.origin_lon:f})",
        f"({question.destination_lat:f}, {question.destination_lon:f})",
    )
    step = Step(
        title="great_circle",
        formula="haversine(origin, destination), earth radius 6371.0088 km",
        substituted=f"haversine({', '.join(ends)}) = {circle_km:f}",
        value=circle_km,
        unit="km",
        rounding=ROUNDED_3,
        reference=reference("distance"),
    )
    return (step,)


def _distance_step(question: LegQuestion, answer: LegAnswer) -> Step:
    if question.distance_km is None:
        formula, given = "great_circle", f"{answer.distance_km:f}"
    elif answer.distance_method == "actual":
        formula, given = _driven(question, question.distance_km)
    else:
        formula, given = "distance_km", f"{question.distance_km:f}"
    return Step(
        title="distance",
        formula=formula,
        substituted=f"{given} = {answer.distance_km:f}",
        value=answer.distance_km,
        unit="km",
        rounding=ROUNDED_3,
        reference=reference("distance"),
        is_assumption=answer.distance_method == "declared",
        note=f"{answer.distance_method}, counts as {answer.distance_kind}",
    )


def _driven(question: LegQuestion, driven_km: Decimal) -> tuple[str, str]:
    if question.mode == "air":
        return "actual_km - 95", f"{driven_km:f} - {AIR_DETOUR_KM}"
    row = daf_row(mode=question.mode, kind="sfd", distance_basis="actual")
    return "actual_km / daf", f"{driven_km:f} / {daf_value(row, driven_km)}"


def _activity_of(question: LegQuestion, answer: LegAnswer) -> Decimal:
    return transport_tkm(mass_kg=quantise_3(question.mass_kg), distance_km=answer.distance_km)


def _activity_step(question: LegQuestion, answer: LegAnswer) -> Step:
    mass_kg, exact = quantise_3(question.mass_kg), _activity_of(question, answer)
    return Step(
        title="activity",
        formula="mass_kg / 1000 x distance_km",
        substituted=f"{mass_kg:f} / 1000 x {answer.distance_km:f} = {plain(exact)}",
        value=answer.transport_tkm,
        unit="tkm",
        rounding=f"{ROUNDED_KG}; emissions use the exact product",
        reference=reference("activity"),
    )


def _daf_steps(question: LegQuestion, answer: LegAnswer) -> tuple[Step, ...]:
    if answer.method == PRIMARY_ENERGY:
        return ()
    basis = answer.factor.distance_basis
    row = daf_row(mode=question.mode, kind=answer.distance_kind, distance_basis=basis)
    step = Step(
        title="daf",
        formula="(gcd + 95) / gcd" if row.value is None else "daf_table",
        substituted=f"{question.mode}: {answer.distance_kind} to {basis} = {answer.daf}",
        value=answer.daf,
        unit="1",
        rounding=EXACT if row.value is not None else ROUNDED_KG,
        reference=reference("daf"),
        is_assumption=row.is_assumption,
        note=f"{row.status}, {CIRCUITY}" if row.value == CIRCUITY else row.status,
    )
    return (step,)


def _quantity_of(question: LegQuestion, answer: LegAnswer) -> tuple[Decimal | None, str]:
    """What the factor multiplies, and its unit: metered energy or the exact activity."""
    if answer.method != PRIMARY_ENERGY:
        return _activity_of(question, answer), "tkm"
    if question.energy == "electric":
        return question.energy_kwh, "kwh"
    return question.fuel_l, "l"


def _quantity_steps(question: LegQuestion, answer: LegAnswer) -> tuple[Step, ...]:
    quantity, unit = _quantity_of(question, answer)
    if answer.method != PRIMARY_ENERGY or quantity is None:
        return ()
    lost = charging_loss_share(question.mode) if unit == "kwh" else ZERO
    return energy_steps(quantity, unit, charging_loss_share=lost)


def _uplift(question: LegQuestion, answer: LegAnswer) -> Decimal:
    """What the product of quantity and factor is multiplied with once more."""
    if answer.method != PRIMARY_ENERGY:
        return answer.daf
    if question.energy == "electric":
        return CONTEXT.add(ONE, charging_loss_share(question.mode))
    return ONE


def _factor_steps(question: LegQuestion, answer: LegAnswer, book: FactorBook) -> tuple[Step, ...]:
    """The published factor with what it is made of, or all that a load makes an intensity of."""
    if question.load is not None and answer.method == MODELLED:
        return modelled_steps(question, book)
    return (
        *factor_steps(answer.factor, on=question.on, flags=answer.flags),
        *origin_steps(answer.factor, book),
    )


def _part_step(
    part: str, question: LegQuestion, answer: LegAnswer, factors: tuple[Step, ...]
) -> Step:
    """The product in the formula's own order: multiplication of published digits is exact."""
    quantity, unit = _quantity_of(question, answer)
    title = f"per_tkm_{part}" if answer.method == MODELLED else f"factor_{part}"
    intensity = next(step.value for step in factors if step.title == title)
    uplift = _uplift(question, answer)
    if quantity is None:
        raise ExplainMismatch(f"{part} was metered, the question has no quantity in {unit}")
    name, last = ("activity", "daf") if unit == "tkm" else ("energy", "charging_loss")
    terms = [(name, quantity, unit), (title, intensity, ""), (last, uplift, "")]
    step = product_step(
        part,
        terms if unit == "tkm" or uplift != ONE else terms[:2],
        "kgco2e",
        clause=clause_of(question.mode, unit),
        rounding=ROUNDED_KG,
        stored={"ttw": answer.ttw_kgco2e, "wtt": answer.wtt_kgco2e}[part],
    )
    return replace(step, factor_id=answer.factor.factor_id)
