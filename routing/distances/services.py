"""Distances of a road-routing service (OSRM, Valhalla); who calls does the fetching."""

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from routing.distances.distances import (
    DistanceError,
    Distances,
    Point,
    UnreachablePairError,
    refuse_too_many,
)
from routing.distances.great_circle import great_circles_m

MAX_BATCH_POINTS = 100
MAX_TRIES = 3
TIMEOUT_S = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One call to a service; without a body it is a GET."""

    path: str
    body: bytes | None = None
    timeout_s: int = TIMEOUT_S


class ServiceAwayError(Exception):
    """A fetch that may be tried again: no answer, 429, 5xx."""


Fetch = Callable[[Request], bytes]
Cells = list[list[Any]]


def osrm_request(points: Sequence[Point], rows: range, columns: range, profile: str) -> Request:
    """Return the table request of a block of pairs."""
    both = [*rows, *columns]
    at = ";".join(f"{points[k].lon:.6f},{points[k].lat:.6f}" for k in both)
    sources = ";".join(str(k) for k in range(len(rows)))
    targets = ";".join(str(k + len(rows)) for k in range(len(columns)))
    return Request(
        path=f"/table/v1/{profile}/{at}?annotations=distance,duration"
        f"&sources={sources}&destinations={targets}"
    )


def osrm_answer(answer: bytes) -> tuple[Cells, Cells]:
    """Return metres and seconds of a block as the service tells them."""
    told = _json(answer)
    if told.get("code") != "Ok":
        raise DistanceError(f"the service answers code {told.get('code')!r}, not 'Ok'")
    return _field(told, "distances"), _field(told, "durations")


def valhalla_request(points: Sequence[Point], rows: range, columns: range, profile: str) -> Request:
    """Return the matrix request of a block of pairs."""
    body = {
        "sources": [{"lat": points[k].lat, "lon": points[k].lon} for k in rows],
        "targets": [{"lat": points[k].lat, "lon": points[k].lon} for k in columns],
        "costing": profile,
        "units": "kilometers",
    }
    return Request(path="/sources_to_targets", body=json.dumps(body).encode())


def valhalla_answer(answer: bytes) -> tuple[Cells, Cells]:
    """Return metres and seconds of a block as the service tells them."""
    rows = _field(_json(answer), "sources_to_targets")
    metres = [[_metres(cell.get("distance")) for cell in row] for row in rows]
    return metres, [[cell.get("time") for cell in row] for row in rows]


def _metres(km: Any) -> Any:
    return None if km is None else km * 1_000


def _json(answer: bytes) -> dict[str, Any]:
    try:
        told = json.loads(answer)
    except ValueError as error:
        raise ServiceAwayError(f"the service's answer is no JSON: {error}") from None
    if not isinstance(told, dict):
        raise DistanceError(f"the service's answer is no object: {answer[:60]!r}")
    return told


def _field(told: dict[str, Any], name: str) -> Cells:
    if not isinstance(told.get(name), list):
        raise DistanceError(f"the service's answer has no {name}")
    cells: Cells = told[name]
    return cells


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """Distances by road; ``shortest`` says that the profile is the shortest feasible one."""

    request: Callable[[Sequence[Point], range, range, str], Request]
    answer: Callable[[bytes], tuple[Cells, Cells]]
    fetch: Fetch
    profile: str = "driving"
    shortest: bool = False
    name: str = "osrm"

    def matrix(self, points: Sequence[Point]) -> Distances:
        """Return the distances of all pairs of ``points``, asked for in blocks.

        Raises
        ------
        UnreachablePairError
            If the service knows no way between two points; the message names both.
        ServiceAwayError
            If the service does not answer in the tries it is given.
        """
        refuse_too_many(points)
        n = len(points)
        metres = np.zeros((n, n), dtype=np.int32)
        seconds = np.zeros((n, n), dtype=np.int32)
        for rows in _blocks(n):
            for columns in _blocks(n):
                far, long = self._block(points, rows, columns)
                _fill(metres, far, points, rows, columns)
                _fill(seconds, long, points, rows, columns)
        np.fill_diagonal(metres, 0)
        np.fill_diagonal(seconds, 0)
        return Distances(
            distance_m=metres,
            duration_s=seconds,
            great_circle_m=np.floor(great_circles_m(points) + 0.5).astype(np.int32),
            methods=("sfd" if self.shortest else "actual",),
            method_index=np.zeros((n, n), dtype=np.uint8),
            source=f"{self.name} {self.profile}",
        )

    def _block(self, points: Sequence[Point], rows: range, columns: range) -> tuple[Cells, Cells]:
        request = self.request(points, rows, columns, self.profile)
        for attempt in range(1, MAX_TRIES + 1):
            try:
                return self.answer(self.fetch(request))
            except ServiceAwayError:
                if attempt == MAX_TRIES:
                    raise
        raise AssertionError("the last try returns or raises")


def _blocks(n: int) -> list[range]:
    return [range(k, min(k + MAX_BATCH_POINTS, n)) for k in range(0, n, MAX_BATCH_POINTS)]


def _fill(
    matrix: "np.ndarray[tuple[int, int], np.dtype[np.int32]]",
    cells: Cells, points: Sequence[Point], rows: range, columns: range,
) -> None:  # fmt: skip
    if len(cells) != len(rows) or any(len(row) != len(columns) for row in cells):
        raise DistanceError(f"the service answers {len(cells)} rows, not {len(rows)}")
    for a, row in zip(rows, cells, strict=True):
        for b, cell in zip(columns, row, strict=True):
            if cell is None:
                raise UnreachablePairError(
                    f"no way from {points[a].point_id} to {points[b].point_id}"
                )
            if not 0 <= cell < 2**31:
                raise DistanceError(
                    f"{cell} from {points[a].point_id} to {points[b].point_id} cannot be"
                )
            matrix[a, b] = round(cell)


def osrm(fetch: Fetch, *, profile: str = "driving", shortest: bool = False) -> Service:
    """Return the provider of an OSRM server."""
    return Service(
        request=osrm_request, answer=osrm_answer, fetch=fetch, profile=profile, shortest=shortest
    )


def valhalla(fetch: Fetch, *, profile: str = "truck", shortest: bool = False) -> Service:
    """Return the provider of a Valhalla server."""
    return Service(
        request=valhalla_request, answer=valhalla_answer, fetch=fetch, profile=profile,
        shortest=shortest, name="valhalla",
    )  # fmt: skip
