"""Measured or bought distances, pair by pair; another provider fills what is missing."""

import csv
import io
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from routing.distances.distances import (
    DistanceError,
    DistanceProvider,
    Distances,
    Point,
    refuse_too_many,
)
from routing.distances.great_circle import great_circles_m

METHODS = ("gcd", "sfd", "actual", "gcd_circuity")
LEAST_GREAT_CIRCLE_SHARE = 0.98
COORDINATE_SLACK_M = 200
COLUMNS = ("from_id", "to_id", "distance_km", "duration_s", "method", "source")


@dataclass(frozen=True, slots=True, kw_only=True)
class Pair:
    """One row of a table."""

    from_id: str
    to_id: str
    distance_m: int
    duration_s: int
    method: str
    source: str


def read_pairs(text: str) -> tuple[list[Pair], list[str]]:
    """Return the rows of a CSV text and one sentence for each that cannot be used."""
    rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")))
    missing = [name for name in COLUMNS if name not in (rows.fieldnames or ())]
    if missing:
        return [], [f"distances.csv: columns {', '.join(missing)} are missing"]
    pairs, defects = [], []
    for number, row in enumerate(rows, 2):
        try:
            pairs.append(_pair(row))
        except ValueError as error:
            defects.append(f"distances.csv: row {number}: {error}")
    return pairs, defects


def _pair(row: dict[str, str]) -> Pair:
    distance_km, duration_s = float(row["distance_km"]), float(row["duration_s"])
    if not 0 <= distance_km <= 40_100:
        raise DistanceError(f"distance_km {row['distance_km']} is not from 0 to 40100")
    if not 0 <= duration_s <= 10_000_000:
        raise DistanceError(f"duration_s {row['duration_s']} is not from 0 to 10000000")
    if row["method"] not in METHODS:
        raise DistanceError(f"method {row['method']!r} is none of {', '.join(METHODS)}")
    return Pair(
        from_id=row["from_id"], to_id=row["to_id"], distance_m=round(distance_km * 1_000),
        duration_s=round(duration_s), method=row["method"], source=row["source"],
    )  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Distances as given; a missing pair is an error unless there is a ``fallback``."""

    pairs: tuple[Pair, ...]
    fallback: DistanceProvider | None = None

    def matrix(self, points: Sequence[Point]) -> Distances:
        """Return the distances of all pairs of ``points``.

        Raises
        ------
        DistanceError
            If a pair is missing, or shorter than the great circle allows; the message names it.
        """
        refuse_too_many(points)
        at = {one.point_id: k for k, one in enumerate(points)}
        circles = great_circles_m(points)
        found, methods = self._start(points, circles)
        known = np.eye(len(points), dtype=bool)
        for pair in self.pairs:
            if pair.from_id not in at or pair.to_id not in at:
                continue
            a, b = at[pair.from_id], at[pair.to_id]
            _refuse_short(pair, float(circles[a, b]))
            found.distance_m[a, b], found.duration_s[a, b] = pair.distance_m, pair.duration_s
            found.method_index[a, b] = methods.index(pair.method)
            known[a, b] = True
        if self.fallback is None and not known.all():
            a, b = np.argwhere(~known)[0]
            raise DistanceError(
                f"distances.csv has no row from {points[a].point_id} to {points[b].point_id}; "
                "name a fallback provider to fill such pairs"
            )
        return found

    def _start(
        self, points: Sequence[Point], circles: "np.ndarray[tuple[int, int], np.dtype[np.float64]]"
    ) -> tuple[Distances, list[str]]:
        methods, n = list(METHODS), len(points)
        zero = np.zeros((n, n), dtype=np.int32)
        filled = self.fallback.matrix(points) if self.fallback else None
        index = np.zeros((n, n), dtype=np.uint8)
        if filled is not None:
            methods += [one for one in filled.methods if one not in methods]
            lookup = np.array([methods.index(one) for one in filled.methods], dtype=np.uint8)
            index = lookup[filled.method_index]
        return Distances(
            distance_m=filled.distance_m.copy() if filled else zero.copy(),
            duration_s=filled.duration_s.copy() if filled else zero.copy(),
            great_circle_m=np.floor(circles + 0.5).astype(np.int32),
            methods=tuple(methods),
            method_index=index,
            source="table" + (f"; missing pairs: {filled.source}" if filled else ""),
        ), methods


def _refuse_short(pair: Pair, circle_m: float) -> None:
    least_m = LEAST_GREAT_CIRCLE_SHARE * circle_m - COORDINATE_SLACK_M
    if pair.distance_m < least_m:
        raise DistanceError(
            f"distance_km {pair.distance_m / 1_000:g} from {pair.from_id} to {pair.to_id} is below "
            f"{least_m / 1_000:.3f}, {LEAST_GREAT_CIRCLE_SHARE} of the great circle less 0.2 km"
        )
