"""The arithmetic behind what was avoided: told in its own ledger, next to no inventory figure."""

from collections.abc import Iterable, Sequence
from decimal import Decimal

from emissions.avoided import AvoidedResult, avoided_by_recycling, saved_by_action
from emissions.explain_steps import (
    ROUNDED_KG,
    UNROUNDED,
    computed_step,
    factor_step,
    given_step,
    plain,
    product_step,
    tonnes_steps,
)
from emissions.explanation import (
    LEDGERS_APART,
    ExplainMismatch,
    Explanation,
    Step,
    explained,
    refuse_other_digits,
)
from emissions.factor import Factor, FactorBook
from emissions.number import CONTEXT

CLAUSE = "avoided"


def explain_avoided(result: AvoidedResult, *, book: FactorBook) -> Explanation:
    """Return the arithmetic from a recycled mass to the kg CO2e it avoided, computed anew.

    The explanation's ``ledger`` is that of the result: it is no part of an inventory.

    Raises
    ------
    ExplainMismatch
        If a digit, a factor or a flag differs, or the result is of another ledger.
    Refused
        As ``avoided_by_recycling`` does.

    Notes
    -----
    The difference of two published figures of one set, per tonne.

    Examples
    --------
    >>> from emissions.read import load_book
    >>> result = avoided_by_recycling(
    ...     subject_id="LOT-1", material="steel", mass_kg=Decimal("31.4"), book=load_book()
    ... )
    >>> told = explain_avoided(result, book=load_book())
    >>> told.ledger, told.step("avoided").substituted
    ('avoided_recycling', '0.0314 t x 1766.69594 = 55.474252516')
    """
    if result.material is None or result.mass_kg is None:
        raise ExplainMismatch(f"ledger is stored as {result.ledger}, there is no recycled mass")
    material, mass_kg = result.material, result.mass_kg
    anew = avoided_by_recycling(
        subject_id=result.subject_id, material=material, mass_kg=mass_kg, book=book
    )
    refuse_other_digits(anew, result)
    figures = [
        _figure_step(name, factor, anew)
        for name, factor in zip(("primary", "closed_loop"), anew.factors, strict=True)
    ]
    mass, tonnes = tonnes_steps(mass_kg, clause=CLAUSE)
    per_t = _difference_step("avoided_per_t", figures, "kgco2e/t")
    avoided = product_step(
        "avoided", [("mass_t", tonnes.value, "t"), ("avoided_per_t", per_t.value, "")], "kgco2e",
        clause=CLAUSE, rounding=ROUNDED_KG, stored=result.avoided_kgco2e,
    )  # fmt: skip
    return _explained((mass, tonnes, *figures, per_t, avoided), result)


def explain_saving(
    result: AvoidedResult, *, counterfactual_kgco2e: Decimal, run_kgco2e: Decimal
) -> Explanation:
    """Return the arithmetic from two re-runs to the kg CO2e a plan saved, computed anew.

    Raises
    ------
    ExplainMismatch
        If a digit differs, or the result is of another ledger.

    Examples
    --------
    >>> runs = {"counterfactual_kgco2e": Decimal("12.5"), "run_kgco2e": Decimal(8)}
    >>> result = saved_by_action(subject_id="S-1", **runs)
    >>> explain_saving(result, **runs).step("saved").substituted
    '12.5 - 8 = 4.5'
    """
    anew = saved_by_action(
        subject_id=result.subject_id,
        counterfactual_kgco2e=counterfactual_kgco2e,
        run_kgco2e=run_kgco2e,
    )
    refuse_other_digits(anew, result)
    runs = [
        given_step(title, value, "kgco2e", formula=f"{title}_kgco2e", clause=CLAUSE)
        for title, value in (("counterfactual", counterfactual_kgco2e), ("run", run_kgco2e))
    ]
    saved = _difference_step(
        "saved", runs, "kgco2e", rounding=ROUNDED_KG, stored=result.avoided_kgco2e
    )
    return _explained((*runs, saved), result)


def _explained(steps: Iterable[Step], result: AvoidedResult) -> Explanation:
    return explained(
        steps,
        method=CLAUSE,
        flags=result.flags,
        checks=(LEDGERS_APART,),
        ledger=result.ledger.value,
    )


def _figure_step(name: str, factor: Factor, anew: AvoidedResult) -> Step:
    figure = factor.wtw_kgco2e
    if figure is None:  # such a factor was refused before
        raise ValueError(f"factor_id {factor.factor_id} has no WTW")
    return factor_step("wtw", factor, figure, title=f"factor_{name}", flags=anew.flags)


def _difference_step(
    title: str,
    of_two: Sequence[Step],
    unit: str,
    *,
    rounding: str = UNROUNDED,
    stored: Decimal | None = None,
) -> Step:
    first, second = of_two
    return computed_step(
        title,
        CONTEXT.subtract(first.value, second.value),
        unit,
        formula=f"{first.title} - {second.title}",
        shown=f"{plain(first.value)} - {plain(second.value)}",
        clause=CLAUSE,
        rounding=rounding,
        stored=stored,
    )
