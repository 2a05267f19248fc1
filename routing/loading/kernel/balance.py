"""Centre of gravity and axles of a state: how far a shifted load would still miss the limits."""

import numpy as np

from routing.loading.kernel.layout import (
    AT_X,
    AT_Y,
    BLOCK_MASS,
    CENTRE_X_MAX,
    CENTRE_X_MIN,
    FRONT_EMPTY,
    FRONT_MAX,
    FRONT_MIN_SHARE,
    FRONT_X,
    GID,
    MIRROR,
    MIRROR_X,
    MIRROR_Y,
    MOMENT_X,
    MOMENT_Y,
    OFF_CENTRE_MAX,
    PLACED,
    RANK,
    REAR_EMPTY,
    REAR_MAX,
    VOLUME,
    WHEELBASE,
    Blocks,
    Floats,
    Ground,
    Ints,
    States,
    compiled,
)


@compiled
def _add_moments(placed: Ints, blocks: Blocks, total: Floats) -> None:
    """Add a block's mass and twice its moments."""
    gid = placed[GID]
    numbers, shape = blocks.numbers[gid], blocks.shape
    mass_g, in_x, in_y = numbers[BLOCK_MASS], numbers[MOMENT_X], numbers[MOMENT_Y]
    if placed[MIRROR] & MIRROR_X:
        in_x = 2 * mass_g * np.int64(shape[0, gid]) - in_x
    if placed[MIRROR] & MIRROR_Y:
        in_y = 2 * mass_g * np.int64(shape[1, gid]) - in_y
    total[0] += mass_g
    total[1] += in_x + 2.0 * mass_g * placed[AT_X]
    total[2] += in_y + 2.0 * mass_g * placed[AT_Y]


@compiled
def _axle_limits(balance: Floats, mass_g: float) -> tuple[float, float]:
    """Return between which x the centre of a mass may lie so that both axles keep their limits."""
    over_front_g = balance[FRONT_EMPTY] + mass_g - balance[FRONT_MAX]
    all_g = balance[FRONT_EMPTY] + balance[REAR_EMPTY] + mass_g
    spare_g = balance[FRONT_EMPTY] + mass_g - balance[FRONT_MIN_SHARE] * all_g
    on_rear_g = min(balance[REAR_MAX] - balance[REAR_EMPTY], spare_g)
    front_x, wheelbase = balance[FRONT_X], balance[WHEELBASE]
    return front_x + wheelbase * over_front_g / mass_g, front_x + wheelbase * on_rear_g / mass_g


@compiled
def _gap(low: float, high: float, slack: float) -> float:
    """Return how far the interval from ``low`` to ``high`` is from a shift of 0 to ``slack``."""
    return max(0.0, low - slack) + max(0.0, -high) + max(0.0, low - high)


@compiled
def _extent(placed: Ints, n: int, shape: Ints) -> tuple[int, int, int]:
    """Return where a load ends along x, and where it begins and ends along y."""
    end_x, from_y, end_y = 0, 1 << 30, 0
    for p in range(n):
        end_x = max(end_x, placed[p, AT_X] + shape[0, placed[p, GID]])
        from_y = min(from_y, placed[p, AT_Y])
        end_y = max(end_y, placed[p, AT_Y] + shape[1, placed[p, GID]])
    return end_x, from_y, end_y


@compiled
def _shifts(placed: Ints, n: int, ground: Ground, total: Floats) -> tuple[float, float]:
    """Return between which shifts along x every limit holds, after each stop; sum the moments."""
    blocks, balance, low, high = ground.blocks, ground.balance, -1e18, 1e18
    for rank in range(ground.body.phases):
        for p in range(n):
            if blocks.numbers[placed[p, GID], RANK] == rank:
                _add_moments(placed[p], blocks, total)
        if total[0] > 0:
            centre = total[1] / 2 / total[0]
            axle_low, axle_high = _axle_limits(balance, total[0])
            low, high = max(low, axle_low - centre), min(high, axle_high - centre)
    centre = total[1] / 2 / max(1.0, total[0])
    return max(low, balance[CENTRE_X_MIN] - centre), min(high, balance[CENTRE_X_MAX] - centre)


@compiled
def gaps(states: States, i: int, ground: Ground) -> tuple[float, float]:
    """Return by what the best shifted load misses its limits along x, and along y."""
    body, placed, n = ground.body, states.placed[i], states.head[i, PLACED]
    total = np.zeros(3, np.float64)
    low, high = _shifts(placed, n, ground, total)
    if total[0] == 0:
        return 0.0, 0.0
    end_x, from_y, end_y = _extent(placed, n, ground.blocks.shape)
    off = body.width / 2 - total[2] / 2 / total[0] + from_y
    most, slack = ground.balance[OFF_CENTRE_MAX], body.width - end_y + from_y
    return _gap(low, high, body.length - end_x), _gap(off - most, off + most, slack)


@compiled
def worth_of(states: States, i: int, ground: Ground) -> int:
    """Return the volume of a state, less what its want of balance is taken to cost."""
    volume = states.head[i, VOLUME]
    if ground.body.is_balanced == 0:
        return volume
    gap_x, gap_y = gaps(states, i, ground)
    body = ground.body
    slice_x, slice_y = body.width * body.height, body.length * body.height
    return volume - np.int64(gap_x * slice_x + gap_y * slice_y)
