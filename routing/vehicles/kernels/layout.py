"""What lies where in the arrays that the compiled search works on.

Integers are metres, seconds, grams, cm3 and mm (or a benchmark file's own unit): sums are exact.
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple, TypeVar, cast

import numpy as np
from numba import njit
from numpy.typing import NDArray

from routing.instance import NEVER as NEVER
from routing.machine_code import INNER, kept, sources_digest

Ints = NDArray[np.int64]
SmallInts = NDArray[np.int32]
Floats = NDArray[np.float64]

F = TypeVar("F", bound=Callable[..., Any])

# No kernel makes an array, so none counts references: counting takes nine tenths of the time.
OPTIONS: dict[str, Any] = {"nogil": True, "error_model": "numpy", "_nrt": False}


SOURCES: Final = sources_digest(Path(__file__).parent)


def entry(function: F) -> F:
    """Return ``function`` compiled for Python to call, its machine code kept beside its source."""
    return kept(function, sources=SOURCES, options=OPTIONS)


def kernel(function: F) -> F:
    """Return ``function`` compiled for other kernels to call."""
    return cast(F, njit(**OPTIONS, **INNER)(function))


def inlined(function: F) -> F:
    """Return ``function`` compiled into whoever calls it: passing all the arrays is what costs."""
    return cast(F, njit(**OPTIONS, **INNER, forceinline=True)(function))


DIMENSIONS: Final = 3  # mass_g, volume_cm3, floor_mm

# Columns of Tables.node, one row per point; depots come first.
Q, P = 0, 3  # delivered and collected amount, per dimension
OPEN, CLOSE, SERVICE = 6, 7, 8
KIND = 9
BOUND = 10  # the one slot that may serve it, or -1
FIRST_WINDOW, WINDOW_COUNT = 11, 12
NODE_COLUMNS = 13
ANY_KIND, LINEHAUL, BACKHAUL = 0, 1, 2

# Columns of Tables.kind, one row per vehicle type.
CAPACITY = 0
DEPOT, SHIFT_OPEN, SHIFT_CLOSE, MAX_DURATION, MAX_DISTANCE = 3, 4, 5, 6, 7
COUNT, GROUP, PROFILE, BREAK_AFTER, BREAK_LENGTH = 8, 9, 10, 11, 12
END = 13  # the depot it comes back to
KIND_COLUMNS = 14

# Columns of Tables.rate, one row per vehicle type.
FIXED, PER_M, PER_GM, PER_S, ENERGY_PER_M, ENERGY_PER_GM, ENERGY_MAX = 0, 1, 2, 3, 4, 5, 6
RATE_COLUMNS = 7

# Tables.flag
DIMS, TIMED, PEAKS, MOMENTS, EXACT, FLEXIBLE, TRIANGLE, BACKHAUL_LAST, TURNS, STOPS_FROM = range(10)
FLAG_COUNT = 10

# State.field[slot, field, position]; position 0 is the start, length + 1 the end.
STOP, LEG, SINCE, READY, LATEST, LOAD = 0, 1, 2, 3, 4, 5
PEAK_BEFORE, PEAK_AFTER = 6, 9  # per dimension
FIELD_COUNT = 12

# State.slot, one row per vehicle in use or free
LENGTH, TYPE, DISTANCE, MOMENT, DURATION = 0, 1, 2, 3, 4
DELIVERED, COLLECTED = 5, 8  # per dimension
LINEHAULS, FROZEN, RELEASE, DRIVEN = 11, 12, 13, 14
TOUCHED, SCANNED = 15, 16
RESERVED = 17  # a vehicle that is already on its way
SLOT_COLUMNS = 18

# State.where, one row per point
ROUTE, POSITION = 0, 1
ABSENT: Final = -1

# State.tally
ITERATION, SCAN, BLINK, TOUCHED_COUNT, OUT_COUNT, ABSENT_COUNT, SLOTS_USED, NEXT_FREE = range(8)
LAST_BEST, BESTS, WAS_ABSENT_COUNT = 8, 9, 10
COUNT_COLUMNS = 11

# State.value
COST, BEST, TEMPERATURE = 0, 1, 2
VALUE_COLUMNS = 4

# Tables.knob
MEAN_REMOVED, MAX_STRING, SPLIT_SHARE, SPLIT_GROWTH, BLINK_SHARE, NEAR_ROUTES = range(6)
WEIGHT_RANDOM, WEIGHT_DEMAND, WEIGHT_FAR, WEIGHT_NEAR, WEIGHT_NARROW, WEIGHT_EARLY = range(6, 12)
WHOLE_SHARE, EXCHANGE_SHARE, OPEN_SHARE = 12, 13, 14
KNOB_COUNT = 15


class Tables(NamedTuple):
    """The problem: nothing in it changes during a search."""

    d: SmallInts  # [n, n] metres
    d_to: SmallInts  # its transpose; the same array where it is symmetric
    t: NDArray[np.int32]  # [profile, n, n] seconds
    t_to: NDArray[np.int32]
    near: SmallInts  # [n, k] the nearest stops, nearest first
    node: Ints
    window: Ints  # [w, 2] all windows, those of a point in a row
    kind: Ints
    rate: Floats
    allowed: NDArray[np.uint8]  # [n, types]
    penalty: Floats  # [n] what leaving a stop out costs
    flag: Ints
    knob: Floats


class State(NamedTuple):
    """One solution under change, with all that makes a change cheap to try."""

    field: SmallInts
    slot: Ints
    cost: Floats  # per slot
    where: Ints  # route and position of each stop; as wide as loops count, or kernels compile twice
    out: SmallInts  # stops taken out in this iteration
    missing: SmallInts  # those of them that found no place
    listed: Ints  # routes to try, as wide for the same reason
    key: Floats  # what they are sorted by
    absent: SmallInts  # stops in no route, as the last accepted solution has them
    backup: SmallInts  # [touched, width] rows as they were
    backup_of: Ints  # [touched, 3] slot, length and type as they were
    backup_cost: Floats
    used: Ints  # vehicles in use per type
    dice: NDArray[np.uint64]
    tally: Ints
    value: Floats
    best: SmallInts  # [slot, width]
    best_of: Ints  # [slot, 2] length and type
