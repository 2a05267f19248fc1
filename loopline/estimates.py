"""A leg's emission and its arithmetic, asked for without being stored."""

from emissions.explain import explain_leg
from emissions.factor import FactorBook
from emissions.leg import emission_of_leg
from schemas.shipment import LegCompleted
from schemas.twin import twin
from schemas.wire import WireLeg
from streams.codecs import decode
from streams.translate import question_of_leg
from web.explained import Estimate


class Estimates:
    """Answers legs on today's factor sets, by the question that a stored leg asks."""

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
        told = decode(WireLeg, leg.model_dump_json(exclude_none=True).encode())
        question = question_of_leg(twin(told))
        answer = emission_of_leg(question, self._book)
        return Estimate(
            emission={
                "wtt_kgco2e": answer.wtt_kgco2e,
                "ttw_kgco2e": answer.ttw_kgco2e,
                "wtw_kgco2e": answer.wtw_kgco2e,
            },
            transport_tkm=answer.transport_tkm,
            explanation=explain_leg(question, answer, self._book),
        )
