"""Builders of recorded legs and of runs that answer them."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

from emissions.factor import FactorBook
from emissions.leg import LegQuestion
from emissions.read import load_book
from emissions.rerun import RERUN_MEASURES, Outcome, Recorded, Run, leg_run
from schemas.refusal import Reason, Refused
from tests.emissions.builders import book_with, factor, leg

ARTIC = "defra_2025.road.artic_over_33t.average.tkm"
OLD = leg_run(load_book())


def recorded(event_id: str = "E-1", **changed: Any) -> Recorded[LegQuestion]:
    """The refrigerators in a heavy artic, as the store holds them."""
    question = leg(**{"vehicle_class": "artic_over_33t"} | changed)
    outcome = OLD(question)
    return Recorded(
        event_id=event_id,
        revision=0,
        cell=question.mode,
        question=question,
        outcome=outcome,
        measures={
            "mass_kg": question.mass_kg,
            "volume_m3": None,
            "legs": 1,
            "shipments": 1,
            "shipment_mass_kg": question.mass_kg,
            "shipment_volume_m3": Decimal(0),
        }
        | {column: getattr(outcome, name) for column, name in RERUN_MEASURES.items()},
    )


def new_edition(ttw_kgco2e: str = "0.08000") -> FactorBook:
    return book_with(factor(ARTIC, ttw_kgco2e=Decimal(ttw_kgco2e), set_sha256="1" * 64))


def heavier_method(run: Run[LegQuestion]) -> Run[LegQuestion]:
    """A method that would add a kilogram of energy provision to every leg."""

    def answer(question: LegQuestion) -> Outcome:
        found = run(question)
        return replace(
            found,
            wtt_kgco2e=found.wtt_kgco2e + 1,
            wtw_kgco2e=found.wtw_kgco2e + 1,
            method_version="iso14083-2",
        )

    return answer


def refuse(question: LegQuestion) -> Outcome:
    raise Refused(Reason.FACTOR_NOT_FOUND, f"no factor for mode={question.mode}")
