"""The arithmetic behind metered energy: of one meter, and of a forklift between two readings."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import date
from decimal import Decimal

from emissions.derivation import cells_by_part
from emissions.energy import CHARGING_LOSS_SHARE
from emissions.energy_use import ELECTRIC, EnergyUse, UsedEnergy
from emissions.explain_steps import (
    PARTS,
    ROUNDED_KG,
    UNROUNDED,
    energy_steps,
    factor_step,
    factor_steps,
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
from emissions.factor import Factor, FactorBook
from emissions.forklift import ForkliftAnswer, emission_of_forklift
from emissions.leg import PRIMARY_ENERGY
from emissions.number import ZERO
from schemas.vocabulary import ForkliftEnergy


def explain_forklift(
    answer: ForkliftAnswer,
    *,
    energy: str,
    energy_kwh: Decimal | None,
    fuel_l: Decimal | None,
    on: date,
    grid_region: str | None,
    book: FactorBook,
) -> Explanation:
    """Return the arithmetic from one interval's energy to ``answer``, in kg CO2e, computed anew.

    Raises
    ------
    ExplainMismatch
        If a digit, the factor or a flag differs from ``answer``.
    Refused
        If the interval has no answer at all.

    Notes
    -----
    Fuel: GLEC Framework v3.0, page 106. Electricity: ISO 14083:2023, energy provision.

    Examples
    --------
    >>> from emissions.read import load_book
    >>> interval = {
    ...     "energy": "battery_electric", "energy_kwh": Decimal("19.50"), "fuel_l": None,
    ...     "on": date(2024, 5, 6), "grid_region": None, "book": load_book(),
    ... }
    >>> answer = emission_of_forklift(**interval)
    >>> explain_forklift(answer, **interval).step("wtt").substituted
    '19.5 kwh x 0.5777 = 11.26515'
    """
    anew = emission_of_forklift(
        energy=energy, energy_kwh=energy_kwh, fuel_l=fuel_l, on=on, grid_region=grid_region,
        book=book,
    )  # fmt: skip
    refuse_other_digits(anew, answer)
    is_electric = energy == ForkliftEnergy.BATTERY_ELECTRIC
    quantity, unit = _quantity(energy_kwh if is_electric else fuel_l, is_electric)
    metered = energy_steps(quantity, unit)
    steps = (
        *metered,
        *factor_steps(anew.factor, on=on, flags=answer.flags),
        *origin_steps(anew.factor, book),
        *_products(metered, anew.factor, (answer.ttw_kgco2e, answer.wtt_kgco2e)),
        wtw_step(answer.ttw_kgco2e, answer.wtt_kgco2e, stored=answer.wtw_kgco2e),
    )
    return explained(
        steps,
        method=PRIMARY_ENERGY,
        flags=answer.flags,
        checks=(WTT_AND_TTW_ARE_WTW,),
    )


def use_steps(use: EnergyUse, used: UsedEnergy, *, on: date, book: FactorBook) -> tuple[Step, ...]:
    """Return the steps from one meter to its unrounded TTW and WTT, in kg CO2e.

    Raises
    ------
    ExplainMismatch
        If they are not those of ``used``.
    """
    is_electric = use.energy == ELECTRIC
    quantity, unit = _quantity(use.energy_kwh if is_electric else use.fuel_l, is_electric)
    lost = CHARGING_LOSS_SHARE if is_electric and use.is_metered_in_vehicle else ZERO
    metered = energy_steps(quantity, unit, charging_loss_share=lost)
    products = _products(metered, used.factor, used.load, prefix="use_", rounding=UNROUNDED)
    return (
        *metered,
        *factor_steps(used.factor, on=on, flags=used.flags),
        *origin_steps(used.factor, book),
        *products,
    )


def _quantity(quantity: Decimal | None, is_electric: bool) -> tuple[Decimal, str]:
    unit = "kwh" if is_electric else "l"
    if quantity is None:
        raise ExplainMismatch(f"energy is stored as metered, there is no quantity in {unit}")
    return quantity, unit


def origin_steps(factor: Factor, book: FactorBook) -> Iterator[Step]:
    """The published figures that a declared combination joins, each with its publisher's cell."""
    for part in PARTS:
        for term in re.split(r"[*/+]", factor.cell_of(part)):
            origin = book.by_id.get(term)
            figure = None if origin is None else getattr(origin, f"{part}_kgco2e")
            if origin is not None and figure is not None:
                step = factor_step(part, origin, figure, title=f"factor_origin_{part}")
                yield replace(step, cell=_derived_cell(origin, part))


def _derived_cell(factor: Factor, part: str) -> str:
    """The cell of ``part``; where it names another part of the row, that one's arithmetic too."""
    cell = factor.cell_of(part)
    derived = cells_by_part(factor).get(cell)
    return cell if derived is None else f"{cell}={derived}"


def _products(
    metered: tuple[Step, ...],
    factor: Factor,
    stored: tuple[Decimal, Decimal],
    *,
    prefix: str = "",
    rounding: str = ROUNDED_KG,
) -> tuple[Step, ...]:
    """Energy x charging loss x factor, in the order in which the engine multiplies."""
    drawn = [(one.title, one.value, one.unit.removesuffix("1")) for one in metered]
    clause = "electricity" if metered[0].unit == "kwh" else "fuel"
    products = (
        product_step(
            f"{prefix}{part}",
            [*drawn, (f"factor_{part}", figure, "")],
            "kgco2e",
            clause=clause,
            rounding=rounding,
            stored=kept,
        )
        for part, figure, kept in zip(PARTS, factor.parts(), stored, strict=True)
    )
    return tuple(replace(step, factor_id=factor.factor_id) for step in products)
