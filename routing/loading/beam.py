"""Beam search over blocks and spaces; the best load seen is kept always."""

import math
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np

from routing.loading.blocks import Yard
from routing.loading.kernel.build import reachable
from routing.loading.kernel.layout import (
    AT_X,
    DROPPED,
    GID,
    MIRROR,
    PLACED,
    SPACES,
    Desk,
    Ints,
    States,
    new_desk,
    new_states,
)
from routing.loading.kernel.roll import expand, grow
from routing.loading.kinds import sides_along

GROWTH = math.sqrt(2)
MAX_WIDTH = 256
MAX_REACH_TABLES = 256
CHILD_COLUMNS = 4
VALUE = 3
WORST = -(1 << 62)
MIN_RUN_S = 1e-4
SURE_SHARE = 0.97  # of the width that would just end in time

Stop = Callable[[], bool]


@dataclass(slots=True)
class Beam:
    """One search: what it works with, the best seen, and how much was done."""

    yard: Yard
    stop: Stop
    scratch: States
    best: States
    desk: Desk
    best_value: Ints = field(default_factory=lambda: np.full(1, WORST, np.int64))
    nodes: int = 0
    roll_outs: int = 0
    _reaches: dict[bytes, Ints] = field(default_factory=dict)

    @property
    def value(self) -> int:
        """The worth of the best load seen, in cubes of the problem's unit."""
        return int(self.best_value[0])

    @property
    def spaces_dropped(self) -> int:
        """How many spaces the best state had no room for."""
        return int(self.best.head[0, DROPPED])

    def placed_blocks(self) -> Iterator[tuple[int, tuple[int, int, int], int]]:
        """Yield block, place and mirror bits of the best load seen."""
        for row in self.best.placed[0, : self.best.head[0, PLACED]]:
            x, y, z = (int(value) for value in row[AT_X : AT_X + 3])
            yield int(row[GID]), (x, y, z), int(row[MIRROR])

    def run(self, width: int) -> bool:
        """Search once with a width from the empty body; return whether it came to its end."""
        now, after = self._states(width), self._states(width)
        now.spaces[0, 0] = (0, 0, 0, self.yard.ground.body.length, self.yard.ground.body.width, 0)
        now.head[0, SPACES] = 1
        now.left[0] = self.yard.counts
        count = 1
        children = np.zeros((width * width, CHILD_COLUMNS), np.int64)
        hashes = np.zeros(width * width, np.uint64)
        while count:
            made = 0
            for node in range(count):
                if self.stop():
                    return False
                made = self._expand(now, node, width, children, hashes, made)
            chosen = _survivors(children[:made], hashes[:made], width)
            grow(now, after, children, chosen, self.yard.ground, self.desk, self.scratch)
            now, after, count = after, now, chosen.shape[0]
        return True

    def _expand(
        self, states: States, node: int, width: int, children: Ints, hashes: Ints, made: int
    ) -> int:
        desk = self.desk._replace(reach=self._reach(states.left[node]))
        after = expand(
            states, node, self.yard.ground, desk, self.scratch, self.best, self.best_value,
            children, hashes, made, np.zeros(width, np.int64),
        )  # fmt: skip
        self.nodes += 1
        self.roll_outs += after - made
        return after

    def _reach(self, left: Ints) -> Ints:
        """Return the reachable lengths along each axis; they change when a kind runs out."""
        key = (left > 0).tobytes()
        if key not in self._reaches:
            if len(self._reaches) == MAX_REACH_TABLES:
                self._reaches.clear()
            self._reaches[key] = reach_of(self.yard, left)
        return self._reaches[key]

    def _states(self, rows: int) -> States:
        return states_for(self.yard, rows)


def beam_of(yard: Yard, stop: Stop, *, better_than: int = WORST) -> Beam:
    """Return a search that has done nothing yet and keeps what beats ``better_than``."""
    desk = new_desk(yard.ground.blocks, reach=reach_of(yard, yard.counts), boxes=_box_room(yard))
    beam = Beam(yard, stop, states_for(yard, 1), states_for(yard, 1), desk)
    beam.best_value[0] = better_than
    return beam


def states_for(yard: Yard, rows: int) -> States:
    """Return empty states with room for everything that a load may hold."""
    units = int(yard.counts.sum())
    return new_states(
        rows,
        kinds=len(yard.kinds),
        placed=units + 1,
        boxes=_box_room(yard),
        ranks=yard.ground.body.phases + 1,
    )


def _box_room(yard: Yard) -> int:
    return int(yard.counts.sum()) + 1 if yard.ground.body.tests_boxes else 0


def reach_of(yard: Yard, left: Ints) -> Ints:
    """Return for each axis and length the largest sum of sides still there that is not longer."""
    body = yard.ground.body
    lengths = (body.length, body.width, body.height)
    reach = np.zeros((3, max(lengths) + 1), np.int32)
    for axis, length in enumerate(lengths):
        sides = np.array(sides_along(yard.stances, left, axis), np.int64)
        reachable(sides, length, reach[axis])
    return reach


def _survivors(children: Ints, hashes: Ints, width: int) -> Ints:
    """Return the rows of the best children, one of those that hold the same and end the same."""
    falling = np.argsort(-children[:, VALUE], kind="stable")
    seen: set[tuple[int, int]] = set()
    chosen: list[int] = []
    for row in falling:
        key = int(children[row, VALUE]), int(hashes[row])
        if key not in seen:
            seen.add(key)
            chosen.append(int(row))
        if len(chosen) == width:
            break
    return np.array(chosen, np.int64)


def next_width(width: float, *, took_s: float, left_s: float) -> float:
    """Return the width of the next run: the square root of two times the last, or what still ends.

    A run costs about the square of its width. The last one is as wide as what is left allows.
    """
    wider = min(float(MAX_WIDTH), max(width * GROWTH, int(width) + 1))
    if math.isinf(left_s):
        return wider
    took_s, left_s = max(took_s, MIN_RUN_S), max(left_s, MIN_RUN_S)
    after = int(wider * GROWTH)
    both_s = took_s * (int(wider) ** 2 + after**2) / int(width) ** 2
    if both_s <= left_s and wider < MAX_WIDTH:
        return wider
    return min(float(MAX_WIDTH), max(1.0, SURE_SHARE * int(width) * math.sqrt(left_s / took_s)))
