"""The steps of a modelled leg: from its load and empty kilometres to kg CO2e per tkm."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal

from emissions.clauses import reference
from emissions.explanation import Step
from emissions.factor import Factor, FactorBook
from emissions.leg import per_tkm_of
from emissions.modelled import full_row
from emissions.number import PRECISION_DIGITS
from emissions.question import LegQuestion, TripLoad
from emissions.vehicle import VehicleFigures, vehicle_figures

EXACT = "exact"
AS_A_QUOTIENT = f"{PRECISION_DIGITS} digits, half even"
# Empty and full per km, and full per tkm: the order of the rows that a vehicle stands on.
ROWS = ("per_km_empty", "per_km_full", "per_tkm_full")
FactorStep = Callable[[str, Factor], Step]


def modelled_steps(
    question: LegQuestion, book: FactorBook, factor_step: FactorStep
) -> tuple[Step, ...]:
    """Return the steps between a modelled leg's activity and its emission.

    Parameters
    ----------
    factor_step
        Returns the step of one part, ``ttw`` or ``wtt``, of a published factor.

    Raises
    ------
    ValueError
        If the question tells no load or no vehicle class.
    """
    load, vehicle_class = question.load, question.vehicle_class
    if load is None or vehicle_class is None:
        raise ValueError(f"a modelled leg needs load and class, got {load} and {vehicle_class}")
    figures = vehicle_figures(vehicle_class=vehicle_class, on=question.on, book=book)
    return (
        _share_step("load_share", load.load_share),
        _share_step("empty_distance_share", load.empty_distance_share),
        *(
            replace(factor_step(part, row), title=f"{name}_{part}")
            for name, row in zip(ROWS, figures.factors, strict=True)
            for part in ("ttw", "wtt")
            if (name, part) != ("per_tkm_full", "wtt")  # the capacity is made of TTW alone
        ),
        _capacity_step(figures),
        _per_tkm_step("ttw", question, load, figures),
        _per_tkm_step("wtt", question, load, figures),
    )


def _share_step(title: str, share: Decimal) -> Step:
    formulas = {
        "load_share": "load / capacity, as told",
        "empty_distance_share": "empty km / all km of the round, as told",
    }
    return Step(
        title=title,
        formula=formulas[title],
        substituted=f"{share:f}",
        value=share,
        unit="1",
        rounding=EXACT,
        reference=reference("modelled"),
    )


def _capacity_step(figures: VehicleFigures) -> Step:
    per_km, per_tkm = (row.parts()[0] for row in figures.factors[1:])
    return Step(
        title="capacity",
        formula="per_km_full_ttw / per_tkm_full_ttw",
        substituted=f"{per_km} / {per_tkm} = {figures.capacity_t}",
        value=figures.capacity_t,
        unit="t",
        rounding=AS_A_QUOTIENT,
        reference=reference("modelled"),
    )


def _per_tkm_step(
    part: str, question: LegQuestion, load: TripLoad, figures: VehicleFigures
) -> Step:
    at = ("ttw", "wtt").index(part)
    empty, full = figures.empty[at], figures.full[at]
    value = per_tkm_of(question, figures)[at]
    share, away = f"{load.load_share:f}", f"{load.empty_distance_share:f}"
    return Step(
        title=f"per_tkm_{part}",
        formula="(empty + load_share x (full - empty) "
        "+ empty_distance_share / (1 - empty_distance_share) x empty) / (load_share x capacity)",
        substituted=f"({empty} + {share} x ({full} - {empty}) + {away} / (1 - {away}) x {empty}) "
        f"/ ({share} x {figures.capacity_t}) = {value}",
        value=value,
        unit="kgco2e/tkm",
        rounding=AS_A_QUOTIENT,
        reference=reference("modelled"),
        factor_id=full_row(figures).factor_id,
    )
