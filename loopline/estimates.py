"""A leg's emission and its arithmetic, asked for without being stored."""

from datetime import UTC

from emissions.explain import explain_leg
from emissions.explanation import Explanation
from emissions.factor import FactorBook
from emissions.leg import emission_of_leg
from emissions.question import LegAnswer, LegQuestion, TripLoad
from schemas.shipment import LegCompleted
from web.explained import Estimate


def question_told(leg: LegCompleted) -> LegQuestion:
    """Return what a leg asks of the engine."""
    return LegQuestion(
        mode=leg.mode.value,
        mass_kg=leg.mass_kg,
        on=leg.occurred_at.astimezone(UTC).date(),
        energy=None if leg.energy is None else leg.energy.value,
        vehicle_class=leg.vehicle_class,
        distance_km=leg.distance_km,
        distance_method=None if leg.distance_method is None else leg.distance_method.value,
        origin_lat=leg.origin.lat,
        origin_lon=leg.origin.lon,
        destination_lat=leg.destination.lat,
        destination_lon=leg.destination.lon,
        energy_kwh=leg.energy_kwh,
        fuel_l=leg.fuel_l,
        grid_region=leg.grid_region,
        load=load_told(leg),
    )


def load_told(leg: LegCompleted) -> TripLoad | None:
    """Return how the vehicle ran; the contract has both shares or neither."""
    if leg.load_share is None or leg.empty_distance_share is None:
        return None
    return TripLoad(leg.load_share, leg.empty_distance_share)


class Estimates:
    """Answers legs on today's factor sets."""

    def __init__(self, book: FactorBook) -> None:
        """Know today's book."""
        self._book = book

    def of(self, leg: LegCompleted) -> Estimate:
        """Return the emission of ``leg`` and how it came about.

        Raises
        ------
        Refused
            If the leg has no defensible number; the message names field and value.
        """
        question = question_told(leg)
        answer: LegAnswer = emission_of_leg(question, self._book)
        explanation: Explanation = explain_leg(question, answer, self._book)
        return Estimate(
            emission={
                "wtt_kgco2e": answer.wtt_kgco2e,
                "ttw_kgco2e": answer.ttw_kgco2e,
                "wtw_kgco2e": answer.wtw_kgco2e,
            },
            transport_tkm=answer.transport_tkm,
            explanation=explanation,
        )
