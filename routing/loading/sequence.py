"""The sequence of loading: every unit has something to stand on and a free way in when it comes."""

import heapq
from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt

from routing.loading.entities import Door, Placement

Matrix = npt.NDArray[np.bool_]


def sequenced(
    placements: Sequence[Placement], door: Door
) -> tuple[tuple[Placement, ...], tuple[Placement, ...]]:
    """Return the placements numbered in an order that can be loaded, and those that stand in it.

    Last unloaded first, then from the front wall to the door and from the floor upwards. Boxes that
    wait for each other in a ring are rare; then one with nothing on it is given up.
    """
    if not placements:
        return (), ()
    before, over = _before(placements, door)
    waits = before.sum(axis=0)
    ready = [_rank(placements, int(one)) for one in np.flatnonzero(waits == 0)]
    heapq.heapify(ready)
    done: list[Placement] = []
    given_up: list[Placement] = []
    is_left = np.ones(len(placements), np.bool_)
    while is_left.any():
        if not ready:
            free = np.flatnonzero(is_left & ~over[:, is_left].any(axis=1))
            one = int(free[-1])
            given_up.append(placements[one])
        else:
            one = heapq.heappop(ready)[-1]
            done.append(replace(placements[one], step=len(done) + 1))
        is_left[one] = False
        waits[before[one]] -= 1
        for freed in np.flatnonzero(before[one] & (waits == 0) & is_left):
            heapq.heappush(ready, _rank(placements, int(freed)))
    return tuple(done), tuple(given_up)


def _rank(placements: Sequence[Placement], one: int) -> tuple[int, int, int, int, int]:
    at = placements[one]
    return -at.stop, at.x_mm, at.z_mm, at.y_mm, one


def _before(placements: Sequence[Placement], door: Door) -> tuple[Matrix, Matrix]:
    """Return [a, b] whether a comes before b, and whether b hangs above a."""
    low = np.array([(one.x_mm, one.y_mm, one.z_mm) for one in placements])
    high = low + np.array([(one.dx_mm, one.dy_mm, one.dz_mm) for one in placements])
    meets = [
        (low[:, None, axis] < high[None, :, axis]) & (low[None, :, axis] < high[:, None, axis])
        for axis in range(3)
    ]
    over = meets[0] & meets[1] & (low[None, :, 2] >= high[:, None, 2])
    way, across = (0, 1) if door is Door.REAR else (1, 0)
    doorward = meets[across] & meets[2] & (low[None, :, way] >= high[:, None, way])
    return over | doorward, over
