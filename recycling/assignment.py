"""Who gets a pickup: the best of the eligible, with every candidate's reasons in the answer."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import pairwise

from recycling.assignment_policy import AssignmentPolicy, packaged_policy
from recycling.eligibility import FailureCode, WantedPickup, failures
from recycling.recycler import Standing
from recycling.scoring import Components, components

MAX_RECYCLERS = 2_000


class Alert(StrEnum):
    """What a person has to look at; the order itself is never dropped."""

    NO_ELIGIBLE_RECYCLER = "no-eligible-recycler"
    ASSIGNMENT_EXHAUSTED = "assignment-exhausted"


class Outcome(StrEnum):
    """What became of a pickup."""

    ASSIGNED = "assigned"
    CAPACITY_TAKEN = "capacity_taken"  # by other orders of the same batch: it waits for the next
    NO_ELIGIBLE_RECYCLER = "no_eligible_recycler"
    ASSIGNMENT_EXHAUSTED = "assignment_exhausted"

    @property
    def alert(self) -> Alert | None:
        """The alert this outcome raises, if any."""
        return ALERTS.get(self)


ALERTS = {
    Outcome.NO_ELIGIBLE_RECYCLER: Alert.NO_ELIGIBLE_RECYCLER,
    Outcome.ASSIGNMENT_EXHAUSTED: Alert.ASSIGNMENT_EXHAUSTED,
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Candidate:
    """A recycler that was asked about a pickup: failed for these reasons, or scored."""

    recycler_id: str
    open_units: int
    failed: tuple[FailureCode, ...]
    components: Components | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Assignment:
    """The answer for one pickup; ``candidates`` stand best first, the failed last, by id.

    ``policy_version`` names the weights it was computed with.
    """

    takeback_order_id: str
    outcome: Outcome
    recycler_id: str | None
    candidates: tuple[Candidate, ...]
    policy_version: str


def assign(
    pickup: WantedPickup,
    standings: Sequence[Standing],
    policy: AssignmentPolicy | None = None,
) -> Assignment:
    """Return the best recycler for ``pickup``, or why there is none.

    Ties go to the recycler with fewer open units, then to the smaller id. Once an order has had
    ``max_rounds`` assignments no recycler is named, but the candidates still are.

    Parameters
    ----------
    standings
        One of each recycler, in any sequence.
    policy
        Weights, clocks and limits; the packaged ones where none is given.

    Raises
    ------
    ValueError
        If a recycler is there twice, or there are more than ``MAX_RECYCLERS``.
    """
    policy = policy or packaged_policy()
    candidates = ranked(pickup, in_sequence(standings), policy)
    outcome = first_outcome(pickup, candidates, policy)
    return Assignment(
        takeback_order_id=pickup.takeback_order_id,
        outcome=outcome,
        recycler_id=candidates[0].recycler_id if outcome is Outcome.ASSIGNED else None,
        candidates=candidates,
        policy_version=policy.version,
    )


def first_outcome(
    pickup: WantedPickup, candidates: Sequence[Candidate], policy: AssignmentPolicy
) -> Outcome:
    """Return what becomes of ``pickup`` if no other order takes a recycler's capacity."""
    if pickup.rounds_done >= policy.max_rounds:
        return Outcome.ASSIGNMENT_EXHAUSTED
    if not candidates or candidates[0].components is None:
        return Outcome.NO_ELIGIBLE_RECYCLER
    return Outcome.ASSIGNED


def ranked(
    pickup: WantedPickup, standings: Sequence[Standing], policy: AssignmentPolicy
) -> tuple[Candidate, ...]:
    """Return every recycler as a candidate, the best first."""
    failed = [failures(pickup, standing) for standing in standings]
    eligible = [one for one, codes in zip(standings, failed, strict=True) if not codes]
    scored = iter(components(pickup, eligible, policy))
    found = [
        Candidate(
            recycler_id=standing.recycler.recycler_id,
            open_units=standing.open_units.get(pickup.wished_on, 0),
            failed=codes,
            components=None if codes else next(scored),
        )
        for standing, codes in zip(standings, failed, strict=True)
    ]
    return tuple(sorted(found, key=_rank))


def _rank(candidate: Candidate) -> tuple[int, int, str]:
    if candidate.components is None:
        return 1, 0, candidate.recycler_id
    return -candidate.components.score_bp, candidate.open_units, candidate.recycler_id


def in_sequence(standings: Sequence[Standing]) -> list[Standing]:
    """Return ``standings`` by recycler id.

    Raises
    ------
    ValueError
        If a recycler is there twice, or there are more than ``MAX_RECYCLERS``.
    """
    if len(standings) > MAX_RECYCLERS:
        raise ValueError(f"at most {MAX_RECYCLERS} recyclers at once, got {len(standings)}")
    sequence = sorted(standings, key=lambda one: one.recycler.recycler_id)
    for one, other in pairwise(sequence):
        if one.recycler.recycler_id == other.recycler.recycler_id:
            raise ValueError(f"recycler_id {one.recycler.recycler_id!r} is there twice")
    return sequence
