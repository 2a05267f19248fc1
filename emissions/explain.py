"""The arithmetic behind one answer, step by step, down to the source cell of each factor."""

from dataclasses import replace
from decimal import Decimal

from msgspec import structs

from emissions.activity import transport_tkm
from emissions.clauses import clause_of, reference
from emissions.daf import CIRCUITY, daf_row
from emissions.distance import circle_of, distance_of
from emissions.eligible import gap_days
from emissions.energy import charging_loss_share
from emissions.explain_modelled_leg import modelled_steps
from emissions.explanation import Explanation, Step
from emissions.factor import Factor, FactorBook
from emissions.leg import MODELLED, PRIMARY_ENERGY, asked_of, emission_of_leg
from emissions.number import CONTEXT, ONE, quantise_3
from emissions.question import METHOD_VERSION, LegAnswer, LegQuestion
from emissions.selection import refused_ranks

__all__ = ["ExplainMismatch", "Explanation", "Step", "explain_leg"]

EXACT = "exact"
ROUNDED_3 = "0.001, half even"
ROUNDED_KG = "0.000001, half even"
AS_PUBLISHED = "as published"


class ExplainMismatch(Exception):
    """A stored answer is not what its question gives: the message names field and both values."""


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
    _refuse_other_digits(emission_of_leg(question, book), answer)
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
        _wtw_step(answer),
    )
    asked = asked_of(question, distance_of(question), book)
    return Explanation(
        steps=tuple(replace(step, n=n) for n, step in enumerate(steps, start=1)),
        refused_ranks=refused_ranks(asked, book),
        method=answer.method,
        method_version=METHOD_VERSION,
        flags=answer.flags,
    )


def _refuse_other_digits(anew: LegAnswer, stored: LegAnswer) -> None:
    for name in LegAnswer.__struct_fields__:
        got, kept = getattr(anew, name), getattr(stored, name)
        if got != kept:
            shown = (one.factor_id if isinstance(one, Factor) else one for one in (kept, got))
            raise ExplainMismatch("{} is stored as {}, computed as {}".format(name, *shown))


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
        formula = "actual_km - 95" if question.mode == "air" else "actual_km / daf"
        given = f"{question.distance_km:f} driven"
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


def _activity_of(question: LegQuestion, answer: LegAnswer) -> Decimal:
    return transport_tkm(mass_kg=quantise_3(question.mass_kg), distance_km=answer.distance_km)


def _activity_step(question: LegQuestion, answer: LegAnswer) -> Step:
    mass_kg, exact = quantise_3(question.mass_kg), _activity_of(question, answer)
    return Step(
        title="activity",
        formula="mass_kg / 1000 x distance_km",
        substituted=f"{mass_kg:f} / 1000 x {answer.distance_km:f} = {_plain(exact)}",
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
    clause = reference("electricity" if unit == "kwh" else "fuel")
    steps = [
        Step(
            title="energy",
            formula="energy_kwh" if unit == "kwh" else "fuel_l",
            substituted=f"{quantity:f}",
            value=quantity,
            unit=unit,
            rounding=EXACT,
            reference=clause,
        )
    ]
    if unit == "kwh" and _uplift(question, answer) != ONE:
        steps.append(
            Step(
                title="charging_loss",
                formula="1 + charging_loss_share",
                substituted=f"1 + {charging_loss_share(question.mode)}",
                value=_uplift(question, answer),
                unit="1",
                rounding=EXACT,
                reference=clause,
                is_assumption=True,
            )
        )
    return tuple(steps)


def _uplift(question: LegQuestion, answer: LegAnswer) -> Decimal:
    """What the product of quantity and factor is multiplied with once more."""
    if answer.method != PRIMARY_ENERGY:
        return answer.daf
    if question.energy == "electric":
        return CONTEXT.add(ONE, charging_loss_share(question.mode))
    return ONE


def _factor_steps(question: LegQuestion, answer: LegAnswer, book: FactorBook) -> tuple[Step, ...]:
    """The published factor, or all of those that a load makes an intensity of."""
    if question.load is None or answer.method != MODELLED:
        return _factor_step("ttw", question, answer), _factor_step("wtt", question, answer)
    return modelled_steps(
        question,
        book,
        lambda part, row: _factor_step(part, question, structs.replace(answer, factor=row)),
    )


def _factor_step(part: str, question: LegQuestion, answer: LegAnswer) -> Step:
    factor = answer.factor
    value = dict(zip(("ttw", "wtt"), factor.parts(), strict=True))[part]
    gap = gap_days(factor, question.on)
    notes = (factor.note, f"{gap} days outside its validity" if gap else "")
    return Step(
        title=f"factor_{part}",
        formula=f"{factor.set_id}: {factor.cell_of(part)}",
        substituted=f"{value}",
        value=value,
        unit=f"kgco2e/{factor.per_unit}",
        rounding=AS_PUBLISHED,
        reference=factor.source,
        is_assumption=bool({"proxy_region", "class_assumed"} & set(answer.flags)),
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
    exact = CONTEXT.multiply(CONTEXT.multiply(quantity, intensity), uplift)
    last = "daf" if unit == "tkm" else "charging_loss"
    has_last = unit == "tkm" or uplift != ONE
    return Step(
        title=part,
        formula=f"{'activity' if unit == 'tkm' else 'energy'} x {title}"
        + (f" x {last}" if has_last else ""),
        substituted=f"{_plain(quantity)} {unit} x {intensity}"
        + (f" x {uplift}" if has_last else "")
        + f" = {_plain(exact)}",
        value={"ttw": answer.ttw_kgco2e, "wtt": answer.wtt_kgco2e}[part],
        unit="kgco2e",
        rounding=ROUNDED_KG,
        reference=reference(clause_of(question.mode, unit)),
        factor_id=answer.factor.factor_id,
    )


def _wtw_step(answer: LegAnswer) -> Step:
    return Step(
        title="wtw",
        formula="wtt + ttw",
        substituted=f"{answer.wtt_kgco2e} + {answer.ttw_kgco2e} = {answer.wtw_kgco2e}",
        value=answer.wtw_kgco2e,
        unit="kgco2e",
        rounding=EXACT,
        reference=reference("wtw"),
    )


def _plain(number: Decimal) -> str:
    """The digits without trailing zeros, never with an exponent."""
    text = f"{number:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
