"""The steps of a modelled leg: from its load and empty kilometres to kg CO2e per tkm."""

from emissions.explain_modelled import CLAUSE, figure_steps, per_tkm_steps
from emissions.explain_steps import given_step
from emissions.explanation import Step
from emissions.factor import FactorBook
from emissions.question import LegQuestion
from emissions.vehicle import vehicle_figures

TOLD = (
    ("load_share", "load / capacity, as told"),
    ("empty_distance_share", "empty km / all km of the round, as told"),
)


def modelled_steps(question: LegQuestion, book: FactorBook) -> tuple[Step, ...]:
    """Return the steps between a modelled leg's activity and its emission.

    Raises
    ------
    ValueError
        If the question tells no load or no vehicle class.

    Notes
    -----
    GLEC Framework v3.0, page 92.
    """
    load, vehicle_class = question.load, question.vehicle_class
    if load is None or vehicle_class is None:
        raise ValueError(f"a modelled leg needs load and class, got {load} and {vehicle_class}")
    figures = vehicle_figures(vehicle_class=vehicle_class, on=question.on, book=book)
    return (
        *(
            given_step(title, share, "1", formula=formula, clause=CLAUSE)
            for (title, formula), share in zip(TOLD, load, strict=True)
        ),
        *figure_steps(figures, on=question.on),
        *per_tkm_steps(figures, **load._asdict()),
    )
