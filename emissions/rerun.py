"""Running a record again: what the versions it was recorded under gave, and what others give.

Old numbers are not kept as a copy but reproduced: the same inputs, sets and method must give the
same digits on any machine.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from types import MappingProxyType
from typing import Generic, NamedTuple, TypeVar

from emissions.factor import REGION_FALLBACK, FactorBook, FactorSet
from emissions.leg import emission_of_leg
from emissions.number import CONTEXT, ZERO
from emissions.question import METHOD_VERSION, LegAnswer, LegQuestion
from emissions.read import book_of_only
from schemas.refusal import Reason, Refused, shown

Q = TypeVar("Q")
Figure = Decimal | int | None

# Measures of a stored leg that a re-run can change, and where an outcome holds them.
RERUN_MEASURES: Mapping[str, str] = MappingProxyType(
    {
        "distance_km": "distance_km",
        "transport_tkm": "transport_tkm",
        "emission_wtt_kgco2e": "wtt_kgco2e",
        "emission_ttw_kgco2e": "ttw_kgco2e",
        "emission_wtw_kgco2e": "wtw_kgco2e",
    }
)
# What besides its numbers makes a run the same one.
STANDS_ON = ("factor_id", "factor_set_sha256", "method", "method_version", "data_class")


class Parts(NamedTuple):
    """Emissions of energy provision, of operation, and of both, in kg CO2e."""

    wtt_kgco2e: Decimal = ZERO
    ttw_kgco2e: Decimal = ZERO
    wtw_kgco2e: Decimal = ZERO

    def plus(self, other: "Parts") -> "Parts":
        """Return the sum, part by part."""
        return Parts(*map(CONTEXT.add, self, other))

    def minus(self, other: "Parts") -> "Parts":
        """Return the difference, part by part."""
        return Parts(*map(CONTEXT.subtract, self, other))


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What one run says of one record: the numbers a store keeps, and what they stand on."""

    distance_km: Decimal
    distance_kind: str
    distance_method: str
    transport_tkm: Decimal
    daf: Decimal
    wtt_kgco2e: Decimal
    ttw_kgco2e: Decimal
    wtw_kgco2e: Decimal
    factor_id: str
    factor_set: str
    factor_set_sha256: str
    method: str
    method_version: str
    data_class: str
    basis: str | None
    gwp_set: str
    flags: tuple[str, ...]

    @property
    def parts(self) -> Parts:
        """The emission's parts."""
        return Parts(self.wtt_kgco2e, self.ttw_kgco2e, self.wtw_kgco2e)


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded(Generic[Q]):
    """An input as it was recorded, and what the store holds of its result now.

    ``event_id`` names the first row of its chain and ``revision`` the newest; ``measures`` are
    what the rows of the chain come to, by the name of their column.
    """

    event_id: str
    revision: int
    cell: str
    question: Q
    outcome: Outcome
    measures: Mapping[str, Figure]


Run = Callable[[Q], Outcome]


@dataclass(frozen=True, slots=True, kw_only=True)
class Runs(Generic[Q]):
    """The three runs: recorded versions, new sets with the old method, new sets and method."""

    old: Run[Q]
    new_sets: Run[Q]
    new: Run[Q]


class Unanswered(NamedTuple):
    """A record that got no row, the run that failed, and why; its old number stays."""

    event_id: str
    run: str
    reason: str
    detail: str


def difference_to_recorded(record: Recorded[Q], old: Run[Q]) -> Unanswered | None:
    """Return where a run of the recorded versions differs from the record, digit by digit.

    ``None`` says that the record is reproduced: the same numbers, factor, set and method.
    """
    try:
        again = old(record.question)
    except Refused as no:
        return Unanswered(record.event_id, "old", no.reason, no.detail)
    figures = [
        (column, record.measures[column], getattr(again, name))
        for column, name in RERUN_MEASURES.items()
    ]
    stands_on = [(name, getattr(record.outcome, name), getattr(again, name)) for name in STANDS_ON]
    for name, recorded, found in (*figures, *stands_on):
        if str(recorded) != str(found):
            detail = f"{name} was recorded as {shown(recorded)}, the run gives {shown(found)}"
            return Unanswered(record.event_id, "old", "digits_differ", detail)
    return None


def leg_run(book: FactorBook, *, method_version: str = METHOD_VERSION) -> Run[LegQuestion]:
    """Return the run of legs that stands on the sets of ``book``.

    Raises
    ------
    Refused
        If the engine does not hold ``method_version``: another method would give other digits.
    """
    if method_version != METHOD_VERSION:
        raise Refused(
            Reason.VOCABULARY,
            f"method_version {shown(method_version)} is not {METHOD_VERSION}, the one held here",
        )
    return lambda question: outcome_of(emission_of_leg(question, book))


class RecordedVersions:
    """The runs of what was recorded: each on the one set that its answer stood on, by its hash."""

    def __init__(
        self,
        sets: Iterable[FactorSet],
        *,
        region_fallback: tuple[str, ...] = REGION_FALLBACK,
    ) -> None:
        """Know every set that a recorded number may stand on."""
        self._sets = {one.sha256: one for one in sets}
        self._regions = region_fallback
        self._runs: dict[tuple[str, str], Run[LegQuestion]] = {}

    def run(self, *, factor_set_sha256: str, method_version: str) -> Run[LegQuestion]:
        """Return the run of these versions; one that refuses where they are not known any more."""
        key = factor_set_sha256, method_version
        known = self._runs.get(key)
        if known is None:
            known = self._runs[key] = self._made(*key)
        return known

    def _made(self, factor_set_sha256: str, method_version: str) -> Run[LegQuestion]:
        one = self._sets.get(factor_set_sha256)
        if one is None:
            return refusing(
                Refused(
                    Reason.FACTOR_NOT_FOUND,
                    f"factor_set_sha256 {shown(factor_set_sha256)} is of no set known here",
                )
            )
        try:
            return leg_run(
                book_of_only([one], region_fallback=self._regions), method_version=method_version
            )
        except Refused as no:
            return refusing(no)


def refusing(no: Refused) -> Run[LegQuestion]:
    """Return the run that answers nobody, and says why."""

    def refuse(_: LegQuestion) -> Outcome:
        raise Refused(no.reason, no.detail)

    return refuse


def outcome_of(answer: LegAnswer) -> Outcome:
    """Return ``answer`` as the outcome of a run of this method."""
    return Outcome(
        distance_km=answer.distance_km,
        distance_kind=answer.distance_kind,
        distance_method=answer.distance_method,
        transport_tkm=answer.transport_tkm,
        daf=answer.daf,
        wtt_kgco2e=answer.wtt_kgco2e,
        ttw_kgco2e=answer.ttw_kgco2e,
        wtw_kgco2e=answer.wtw_kgco2e,
        factor_id=answer.factor.factor_id,
        factor_set=answer.factor.set_id,
        factor_set_sha256=answer.factor.set_sha256,
        method=answer.method,
        method_version=METHOD_VERSION,
        data_class=answer.data_class,
        basis=answer.basis,
        gwp_set=answer.gwp_set,
        flags=answer.flags,
    )
