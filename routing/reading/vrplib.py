"""VRPLIB and Solomon files: capacity, windows, backhauls, mixed fleets."""

import re
from collections import Counter

import numpy as np
from numpy.typing import NDArray

from routing.instance import NEVER, Fleet, Instance

WINDOW_SCALE = 10  # one decimal of distance and time is kept, the rest cut off
MIXED_SCALE = 1_000
MAX_POINTS = 5_200

Section = list[list[float]]


class BenchmarkFileError(ValueError):
    """A benchmark file that cannot be read; the message names section and value."""


def is_vrplib(text: str) -> bool:
    """Whether ``text`` looks like a VRPLIB file."""
    return "NODE_COORD_SECTION" in text


def read_vrplib(text: str) -> Instance:
    """Return the instance that the text of a VRPLIB file tells.

    Raises
    ------
    BenchmarkFileError
        If a section is missing or a value is no number; the message names it.
    """
    heads, sections = _parts(text)
    points = np.array(_section(sections, "NODE_COORD_SECTION"))[:, 1:]
    if len(points) > MAX_POINTS:
        raise BenchmarkFileError(f"DIMENSION {len(points)} is above the limit of {MAX_POINTS}")
    if "VEHICLES_FIXED_COST_SECTION" in sections:
        return _mixed(heads, sections, points)
    if "TIME_WINDOW_SECTION" in sections:
        return _timed(heads, sections, points)
    return _plain(heads, sections, points)


def _parts(text: str) -> tuple[dict[str, str], dict[str, Section]]:
    heads: dict[str, str] = {}
    sections: dict[str, Section] = {}
    rows: Section = []
    for line in text.splitlines():
        if head := re.match(r"\s*([A-Z_]+)\s*:\s*(.*)", line):
            heads[head[1]] = head[2].strip().strip('"')
        elif name := re.match(r"\s*([A-Z_]+)\s*$", line):
            rows = sections.setdefault(name[1], [])
        elif line.strip():
            rows.append(_numbers(line))
    return heads, sections


def _numbers(line: str) -> list[float]:
    try:
        return [float(word) for word in line.split()]
    except ValueError:
        raise BenchmarkFileError(f"a row is no list of numbers: {line[:80]!r}") from None


def _section(sections: dict[str, Section], name: str) -> Section:
    if not sections.get(name):
        raise BenchmarkFileError(f"section {name} is missing or empty")
    return sections[name]


def _column(sections: dict[str, Section], name: str) -> NDArray[np.int64]:
    return np.array([row[1] for row in _section(sections, name)], dtype=np.int64)


def _whole(heads: dict[str, str], name: str) -> int:
    try:
        return int(heads[name])
    except (KeyError, ValueError):
        raise BenchmarkFileError(f"{name} is {heads.get(name)!r}, not a whole number") from None


def _distances(points: NDArray[np.float64]) -> NDArray[np.float64]:
    apart = points[:, None, :] - points[None, :, :]
    distance: NDArray[np.float64] = np.hypot(apart[:, :, 0], apart[:, :, 1])
    return distance


def _plain(
    heads: dict[str, str], sections: dict[str, Section], points: NDArray[np.float64]
) -> Instance:
    """Capacity alone, or linehaul before backhaul: nearest integer distances."""
    distance = np.floor(_distances(points) + 0.5).astype(np.int32)
    delivery = _column(sections, "DEMAND_SECTION")[:, None]
    returns = "BACKHAUL_SECTION" in sections
    pickup = _column(sections, "BACKHAUL_SECTION")[:, None] if returns else np.zeros_like(delivery)
    fleet = Fleet(
        name="vehicle", capacity=(_whole(heads, "CAPACITY"),), count=_fleet_size(heads, delivery)
    )
    return Instance(
        name=heads.get("NAME", "?"), distance=distance, durations=(distance,), delivery=delivery,
        pickup=pickup, fleets=(fleet,), backhaul_last=returns,
    )  # fmt: skip


def _fleet_size(heads: dict[str, str], delivery: NDArray[np.int64]) -> int:
    return min(_whole(heads, "VEHICLES") if "VEHICLES" in heads else NEVER, len(delivery) - 1)


def _timed(
    heads: dict[str, str], sections: dict[str, Section], points: NDArray[np.float64]
) -> Instance:
    """Windows: one decimal of distance and time is kept."""
    distance = np.floor(WINDOW_SCALE * _distances(points)).astype(np.int32)
    delivery = _column(sections, "DEMAND_SECTION")[:, None]
    rows = _section(sections, "TIME_WINDOW_SECTION")
    windows = tuple(((round(WINDOW_SCALE * a), round(WINDOW_SCALE * b)),) for _, a, b in rows)
    service = np.full(len(points), WINDOW_SCALE * _whole(heads, "SERVICE_TIME"))
    service[0] = 0
    fleet = Fleet(
        name="vehicle", capacity=(_whole(heads, "CAPACITY"),),
        count=_fleet_size(heads, delivery), shift=windows[0][0],
    )  # fmt: skip
    return Instance(
        name=heads.get("NAME", "?"), distance=distance, durations=(distance,), delivery=delivery,
        pickup=np.zeros_like(delivery), fleets=(fleet,), windows=windows, service=service,
        scale=1.0 / WINDOW_SCALE,
    )  # fmt: skip


def _mixed(
    heads: dict[str, str], sections: dict[str, Section], points: NDArray[np.float64]
) -> Instance:
    """A mixed fleet: equal vehicles are one type; distances to a thousandth."""
    distance = np.floor(MIXED_SCALE * _distances(points) + 0.5).astype(np.int32)
    delivery = _column(sections, "DEMAND_SECTION")[:, None]
    kinds = Counter(_vehicles(sections))
    fleets = tuple(
        Fleet(
            name=f"type {k + 1}", capacity=(int(capacity),), count=min(count, len(points) - 1),
            fixed=fixed * MIXED_SCALE, per_m=per_m,
        )
        for k, ((capacity, fixed, per_m), count) in enumerate(kinds.items())
    )  # fmt: skip
    return Instance(
        name=heads.get("NAME", "?"), distance=distance, durations=(distance,), delivery=delivery,
        pickup=np.zeros_like(delivery), fleets=fleets, scale=1.0 / MIXED_SCALE,
    )  # fmt: skip


def vehicle_numbers(text: str) -> list[int]:
    """Return for each vehicle of the file the index of its type in the instance."""
    _, sections = _parts(text)
    listed = _vehicles(sections)
    kinds = list(Counter(listed))
    return [kinds.index(one) for one in listed]


def _vehicles(sections: dict[str, Section]) -> list[tuple[float, float, float]]:
    capacity = _section(sections, "CAPACITY_SECTION")
    fixed = _section(sections, "VEHICLES_FIXED_COST_SECTION")
    unit = sections.get("VEHICLES_UNIT_DISTANCE_COST_SECTION")
    return [
        (capacity[v][1], fixed[v][1], unit[v][1] if unit else 1.0) for v in range(len(capacity))
    ]
