"""The arithmetic behind a treatment: a mass in its publisher's unit, times a figure not split."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from emissions.explain_steps import (
    ROUNDED_KG,
    factor_step,
    given_step,
    product_step,
    tonnes_steps,
)
from emissions.explanation import Explanation, Step, explained, refuse_other_digits
from emissions.factor import Factor, FactorBook
from emissions.number import decimal_of
from emissions.treatment import SHORT_TON, TreatmentAnswer, emission_of_treatment

CLAUSE = "treatment"


def explain_treatment(answer: TreatmentAnswer, *, on: date, book: FactorBook) -> Explanation:
    """Return the arithmetic from a treated mass to its kg CO2e (WTW, not split), computed anew.

    What recycling avoids is not in it: that is another ledger, explained on its own.

    Raises
    ------
    ExplainMismatch
        If the emission, the factor or a flag differs from ``answer``.
    Refused
        As ``emission_of_treatment`` does.

    Notes
    -----
    GHG Protocol scope 3 guidance, example 5.1.

    Examples
    --------
    >>> from emissions.read import load_book
    >>> from emissions.treatment import TreatmentRoute
    >>> answer = emission_of_treatment(
    ...     material="weee_large",
    ...     route=TreatmentRoute.LANDFILL,
    ...     mass_kg=Decimal(78_500),
    ...     on=date(2025, 6, 1),
    ...     book=load_book(),
    ... )
    >>> explain_treatment(answer, on=date(2025, 6, 1), book=load_book()).step("wtw").substituted
    '78.5 t x 8.98311 = 705.174135'
    """
    anew = emission_of_treatment(
        material=answer.material, route=answer.route, mass_kg=answer.mass_kg, on=on, book=book
    )
    refuse_other_digits(anew, answer)
    factor, figure = anew.factor, anew.factor.wtw_kgco2e
    if figure is None:  # an answer without a figure was refused above
        raise ValueError(f"factor_id {factor.factor_id} has no WTW")
    quantities = list(_quantity_steps(answer.mass_kg, factor))
    quantity = quantities[-1]
    product = product_step(
        "wtw", [("quantity", quantity.value, quantity.unit), ("factor_wtw", figure, "")], "kgco2e",
        clause=CLAUSE, rounding=ROUNDED_KG, stored=answer.wtw_kgco2e,
    )  # fmt: skip
    steps = (
        *quantities,
        factor_step("wtw", factor, figure, on=on, flags=answer.flags),
        replace(product, factor_id=factor.factor_id, note="published without TTW and WTT"),
    )
    return explained(steps, method=CLAUSE, flags=answer.flags)


def _quantity_steps(mass_kg: Decimal, factor: Factor) -> Iterator[Step]:
    """The mass in the unit of the factor; the constant is the one its publisher rounds to."""
    mass, tonnes = tonnes_steps(mass_kg, clause=CLAUSE)
    yield from (mass, tonnes)
    if factor.per_unit == SHORT_TON:
        ratio = decimal_of(factor.manifest.conversions["short_ton_per_t"])
        constant = given_step(
            "unit_constant", ratio, "short_ton/t", formula="short_ton_per_t", clause=CLAUSE,
            note=f"as the publisher of {factor.set_id} rounds it",
        )  # fmt: skip
        yield replace(constant, set_id=factor.set_id, set_sha256=factor.set_sha256)
        terms = [("mass_t", tonnes.value, "t"), ("short_ton_per_t", ratio, "")]
        yield product_step("mass_short_ton", terms, SHORT_TON, clause=CLAUSE)
