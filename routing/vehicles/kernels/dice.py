"""Randomness of the search: xoshiro256**, its state passed in, the same on every platform."""

import numpy as np
from numpy.typing import NDArray

from routing.vehicles.kernels.layout import inlined

Words = NDArray[np.uint64]
TO_UNIT = 1.0 / 9007199254740992.0  # 2 ** -53


def seeded(seed: int) -> Words:
    """Return the four words of state that splitmix64 makes of ``seed``."""
    mask, word, words = 2**64 - 1, seed % 2**64, []
    for _ in range(4):
        word = (word + 0x9E3779B97F4A7C15) & mask
        mixed = ((word ^ (word >> 30)) * 0xBF58476D1CE4E5B9) & mask
        mixed = ((mixed ^ (mixed >> 27)) * 0x94D049BB133111EB) & mask
        words.append(mixed ^ (mixed >> 31))
    return np.array(words, dtype=np.uint64)


@inlined
def _rotated(word: np.uint64, by: np.uint64) -> np.uint64:
    return (word << by) | (word >> (np.uint64(64) - by))


@inlined
def word(dice: Words) -> np.uint64:
    """Return the next 64 random bits."""
    drawn = _rotated(dice[1] * np.uint64(5), np.uint64(7)) * np.uint64(9)
    shifted = dice[1] << np.uint64(17)
    dice[2] ^= dice[0]
    dice[3] ^= dice[1]
    dice[1] ^= dice[2]
    dice[0] ^= dice[3]
    dice[2] ^= shifted
    dice[3] = _rotated(dice[3], np.uint64(45))
    return drawn


@inlined
def unit(dice: Words) -> float:
    """Return a number from 0 up to, not including, 1."""
    return float(np.int64(word(dice) >> np.uint64(11))) * TO_UNIT


@inlined
def below(dice: Words, limit: int) -> int:
    """Return a whole number from 0 up to, not including, ``limit``."""
    return min(int(unit(dice) * limit), limit - 1)
