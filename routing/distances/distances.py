"""Distances and durations of all pairs of points."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

Matrix = NDArray[np.int32]
MAX_MATRIX_POINTS = 5_200


class UnreachablePairError(ValueError):
    """No way between two points; the message names both."""


class DistanceError(ValueError):
    """A distance that cannot be; the message names the pair and the value."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A named point, WGS84 degrees."""

    point_id: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Distances:
    """Metres, seconds and great circles of all pairs, the method of each pair and the source."""

    distance_m: Matrix
    duration_s: Matrix
    great_circle_m: Matrix
    methods: tuple[str, ...]
    method_index: NDArray[np.uint8]
    source: str

    def method_of(self, origin: int, destination: int) -> str:
        """Return by which method a pair's distance came about."""
        return self.methods[int(self.method_index[origin, destination])]


class DistanceProvider(Protocol):
    """Whoever can tell the distances of all pairs of points."""

    def matrix(self, points: Sequence[Point]) -> Distances:
        """Return the distances of all pairs of ``points``."""


def refuse_too_many(points: Sequence[Point]) -> None:
    """Raise where a matrix would be too large."""
    if len(points) > MAX_MATRIX_POINTS:
        raise DistanceError(
            f"{len(points)} points are above the limit of {MAX_MATRIX_POINTS} of a matrix"
        )
