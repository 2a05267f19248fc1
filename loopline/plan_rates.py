"""What a published vehicle class emits, for the planner: the emissions room's own figures.

They are linear in the load, so that empty and full give the rate of each kilogram between.
"""

from collections.abc import Callable
from datetime import date
from decimal import Decimal

from emissions.factor import FactorBook
from emissions.vehicle import vehicle_figures
from routing.problem import LinearRate
from routing.reading.rows import EmissionRates, RatesOf
from schemas.refusal import Refused

KG_PER_T = 1_000
PLACES = Decimal("1E-15")  # of a kg CO2e for a kg over a km: 40 t over 1,000 km are off by 1E-9


class ClassUnknown(ValueError):
    """A class that nobody publishes empty and full; the message says which."""


def rates_by(book_of: Callable[[], FactorBook]) -> RatesOf:
    """Return what knows the classes of a book; it is opened when one is asked for.

    What it returns raises ``ClassUnknown``.
    """

    def rates_of(vehicle_class: str, on: date) -> EmissionRates:
        try:
            figures = vehicle_figures(vehicle_class=vehicle_class, on=on, book=book_of())
        except Refused as error:
            raise ClassUnknown(str(error)) from None
        source_id = "; ".join(one.factor_id for one in figures.factors)
        capacity_kg = figures.capacity_t * KG_PER_T
        ttw, wtt = (
            LinearRate(
                per_km=empty,
                per_kg_km=((full - empty) / capacity_kg).quantize(PLACES),
                source_id=source_id,
            )
            for empty, full in zip(figures.empty, figures.full, strict=True)
        )
        return EmissionRates(ttw_kgco2e=ttw, wtt_kgco2e=wtt)

    return rates_of
