"""What a search hands out: rounds with their times and figures, and what is not served and why."""

from dataclasses import dataclass
from decimal import Decimal

from routing.problem import ObjectiveWeights

Rounds = tuple[tuple[int, tuple[int, ...]], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Visit:
    """One stop of a round: when it is reached, begun and left, and the load after it."""

    stop_id: str
    arrival_s: int
    start_s: int
    leave_s: int
    distance_m: int
    great_circle_m: int
    break_s: int
    load_g: int
    load_cm3: int
    load_mm: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Figures:
    """Sums of a round or of a plan; None where no rate is known."""

    distance_m: int
    great_circle_m: int
    moment_gm: int
    duration_s: int
    driving_s: int
    waiting_s: int
    cost_cny_fen: Decimal
    ttw_kgco2e: Decimal | None
    wtt_kgco2e: Decimal | None
    energy_kwh: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """One vehicle's round."""

    vehicle_id: str
    vehicle_type_id: str
    depot_id: str
    start_s: int
    end_s: int
    last_distance_m: int
    last_great_circle_m: int
    last_break_s: int
    load_g: int
    load_cm3: int
    load_mm: int
    frozen_stop_count: int
    visits: tuple[Visit, ...]
    figures: Figures


@dataclass(frozen=True, slots=True, kw_only=True)
class Unserved:
    """A stop in no round: a closed reason and the sentence with numbers."""

    stop_id: str
    reason: str
    detail: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """What a search did, so that it can be done again: iterations and temperatures.

    A chunk of no iterations is a recombination; what it chose stands in ``recombined``, None where
    it chose nothing.
    """

    chunks: tuple[tuple[int, float, float], ...]
    recombined: tuple[Rounds | None, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class RoutePlan:
    """Rounds, what is left out, their sums, and how the plan came about."""

    problem_id: str
    problem_digest: str
    engine: str
    seed: int
    distance_method: str
    weights: ObjectiveWeights
    routes: tuple[Route, ...]
    unserved: tuple[Unserved, ...]
    totals: Figures
    objective: Decimal
    schedule: Schedule
    iterations: int
    versions: tuple[tuple[str, str], ...] = ()
