"""A proof for few units by CP-SAT: walls, overlap, upright sides, payload, unloading sequence.

What it leaves out (support, stacking, balance) only makes loads harder, so "impossible" holds, and
the volume it proves is an upper bound. Those rules can be cured by one more unit; these cannot.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

from ortools.sat.python import cp_model

from routing.loading.entities import Door, LoadLine, LoadProblem
from routing.loading.kinds import kinds_of, stances_of, unit_mm

MAX_UNITS = 20
MAX_WORK_S = 5.0  # deterministic seconds: counted in work, the same on every machine
AXES = (0, 1, 2)


class Proven(StrEnum):
    """What CP-SAT says of loading everything."""

    IMPOSSIBLE = "impossible"
    NOT_REFUTED = "not_refuted"
    UNDECIDED = "undecided"


@dataclass(frozen=True, slots=True)
class Proof:
    """Whether all goods can be refuted, and the most volume that any load may have."""

    proven: Proven
    most_volume_mm3: int


@dataclass(slots=True)
class _Unit:
    """The variables of one unit: whether it is loaded, where, and how it stands."""

    line: LoadLine
    is_loaded: cp_model.IntVar
    at: list[cp_model.IntVar]
    size: list[cp_model.IntVar]
    volume_mm3: int


def prove(problem: LoadProblem, *, work_s: float = MAX_WORK_S, seed: int = 1) -> Proof:
    """Return whether the goods can be refuted, and an upper bound of the loaded volume.

    Raises
    ------
    ValueError
        If there are more units than a proof is tried for.
    """
    if problem.unit_count > MAX_UNITS:
        raise ValueError(f"unit_count {problem.unit_count}: a proof is for {MAX_UNITS} units")
    given_mm3 = sum(
        problem.goods[line.goods_type_id].volume_mm3 * line.unit_count for line in problem.lines
    )
    model = cp_model.CpModel()
    units = list(_variables(model, problem))
    for one, other in combinations(units, 2):
        _keep_apart(model, problem, one, other)
    _limit_mass(model, problem, units)
    model.maximize(sum(one.is_loaded * one.volume_mm3 for one in units))
    solver = cp_model.CpSolver()
    solver.parameters.num_workers = 1
    solver.parameters.random_seed = seed
    solver.parameters.max_deterministic_time = work_s
    status = solver.solve(model)
    most_mm3 = min(given_mm3, int(solver.best_objective_bound + 0.5))
    if most_mm3 < given_mm3:
        return Proof(Proven.IMPOSSIBLE, most_mm3)
    is_done = status == cp_model.OPTIMAL
    return Proof(Proven.NOT_REFUTED if is_done else Proven.UNDECIDED, most_mm3)


def _variables(model: cp_model.CpModel, problem: LoadProblem) -> Iterator[_Unit]:
    unit, body = unit_mm(problem), problem.vehicle
    room = [side // unit for side in (body.length_mm, body.width_mm, body.height_mm)]
    kinds = kinds_of(problem)
    ways: dict[str, set[tuple[int, int, int]]] = {}
    for stance in stances_of(problem, kinds):
        ways.setdefault(kinds[stance.kind].goods.goods_type_id, set()).add(stance.sides)
    for line in problem.lines:
        volume_mm3 = problem.goods[line.goods_type_id].volume_mm3
        for _ in range(line.unit_count):
            is_loaded = model.new_bool_var("")
            at = [model.new_int_var(0, room[axis], "") for axis in AXES]
            size = [model.new_int_var(0, room[axis], "") for axis in AXES]
            sides = sorted(ways.get(line.goods_type_id, ()))
            model.add_allowed_assignments([is_loaded, *size], _rows(sides))
            for axis in AXES:
                model.add(at[axis] + size[axis] <= room[axis])
            yield _Unit(line, is_loaded, at, size, volume_mm3)


def _rows(sides: list[tuple[int, int, int]]) -> list[tuple[int, int, int, int]]:
    """Return the sizes a unit may have: none when it stays behind."""
    return [(0, 0, 0, 0), *((1, *one) for one in sides)]


def _limit_mass(model: cp_model.CpModel, problem: LoadProblem, units: list[_Unit]) -> None:
    payload_g = problem.vehicle.payload_g
    if payload_g is not None and problem.knows_mass:
        masses = (one.is_loaded * problem.mass_g(one.line.goods_type_id) for one in units)
        model.add(sum(masses) <= payload_g)


def _keep_apart(model: cp_model.CpModel, problem: LoadProblem, one: _Unit, other: _Unit) -> None:
    """Demand a direction in which two loaded units are apart, so that the first may leave first."""
    first, later = sorted((one, other), key=lambda unit: unit.line.stop)
    beyond, before = [], []
    for axis in AXES:
        beyond.append(model.new_bool_var(""))
        before.append(model.new_bool_var(""))
        model.add(first.at[axis] + first.size[axis] <= later.at[axis]).only_enforce_if(beyond[axis])
        model.add(later.at[axis] + later.size[axis] <= first.at[axis]).only_enforce_if(before[axis])
    absent = [one.is_loaded.negated(), other.is_loaded.negated()]
    if not problem.keeps_unloading_sequence or first.line.stop == later.line.stop:
        model.add_bool_or([*beyond, *before, *absent])
        return
    way, across = (0, 1) if problem.vehicle.door is Door.REAR else (1, 0)
    both = model.new_bool_var("")
    model.add_implication(both, beyond[way])
    model.add_implication(both, beyond[2])
    free = [before[way], beyond[across], before[across], before[2], both]
    model.add_bool_or([*free, *absent])
