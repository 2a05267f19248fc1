"""A day's problem from one JSON object or a folder of CSV: usable rows, and every defect named."""

import csv
import hashlib
import io
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time
from decimal import Decimal
from typing import Any

from routing.problem import (
    MAX_STOPS,
    MAX_VEHICLE_TYPES,
    CollectionMode,
    Depot,
    FrozenRoute,
    Location,
    ObjectiveWeights,
    RoutingProblem,
    Stop,
    VehicleType,
    Window,
)
from routing.reading.row import Defect, Row
from routing.reading.rows import RatesOf, depot_of, line_of, stop_of, vehicle_of
from routing.reading.swapped import is_swapped

TABLES = ("stops", "lines", "goods", "vehicles", "depots", "frozen")
SCHEMA_VERSION = 1
MAX_TABLE_ROWS = 100_000


class DayFileError(ValueError):
    """A file of which nothing can be planned; the message says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The problem of the rows that can be used, and why the others cannot."""

    problem: RoutingProblem
    defects: tuple[Defect, ...]
    read: int
    rejected: tuple[tuple[str, int, str], ...]  # file, row, original text


def tables_of_csv(files: Mapping[str, str]) -> dict[str, Any]:
    """Return the tables of CSV texts by file name; a byte-order mark is accepted."""
    told: dict[str, Any] = {}
    for name, text in files.items():
        rows = csv.DictReader(io.StringIO(text.removeprefix("\ufeff")), restkey="surplus")
        told[name.removesuffix(".csv")] = [dict(row) for row in rows]
    return told


def read_day(
    told: Mapping[str, Any],
    *,
    problem_id: str,
    weights: ObjectiveWeights,
    planned_on: date,
    rates_of: RatesOf | None = None,
) -> Day:
    """Return the problem that tables tell; ``rates_of`` knows what vehicle classes emit.

    Raises
    ------
    DayFileError
        If a table is missing or too long, or no depot, vehicle or stop can be used.
    """
    reader = _Reader(told, _planned_on(told, planned_on), rates_of)
    reader.read()
    problem = reader.problem(problem_id, weights, _digest(told))
    return Day(
        problem=problem, defects=tuple(reader.defects), read=reader.count,
        rejected=tuple(reader.rejected),
    )  # fmt: skip


def _digest(told: Mapping[str, Any]) -> str:
    canonical = json.dumps(told, sort_keys=True, separators=(",", ":"), default=str)
    return hashlib.sha256(canonical.encode()).hexdigest()


def _planned_on(told: Mapping[str, Any], default: date) -> date:
    version = told.get("schema_version", SCHEMA_VERSION)
    if version != SCHEMA_VERSION:
        raise DayFileError(f"schema_version {version!r} is not {SCHEMA_VERSION}")
    try:
        return date.fromisoformat(str(told.get("planned_on", default.isoformat())))
    except ValueError:
        raise DayFileError(f"planned_on {told['planned_on']!r} is no day") from None


class _Reader:
    """The tables under reading: what each row became, and what is wrong."""

    def __init__(self, told: Mapping[str, Any], planned_on: date, rates_of: RatesOf | None) -> None:
        self.told, self.planned_on, self.rates_of = told, planned_on, rates_of
        self.midnight = datetime.combine(planned_on, time(), tzinfo=UTC)
        self.defects: list[Defect] = []
        self.rejected: list[tuple[str, int, str]] = []
        self.count = 0
        self.locations: dict[str, Location] = {}
        self.depots: dict[str, Depot] = {}
        self.stops: dict[str, Stop] = {}
        self.kinds: dict[str, VehicleType] = {}
        self.frozen: list[FrozenRoute] = []

    def rows(self, table: str) -> list[Row]:
        told = self.told.get(table, [])
        if not isinstance(told, list) or len(told) > MAX_TABLE_ROWS:
            raise DayFileError(f"{table} is no list of at most {MAX_TABLE_ROWS} rows")
        self.count += len(told)
        return [
            Row(file=table, number=k, told=one if isinstance(one, dict) else {"": one})
            for k, one in enumerate(told, 1)
        ]

    def keep(self, row: Row) -> bool:
        """Whether a row has no defect; otherwise it is rejected with its original text."""
        if not row.defects:
            return True
        self.defects += row.defects
        text = json.dumps(row.told, ensure_ascii=False, default=str)
        self.rejected.append((row.file, row.number, text))
        return False

    def read(self) -> None:
        for row in self.rows("depots"):
            depot, location = depot_of(row, self.midnight)
            self._unique(row, "depot_id", depot.depot_id, self.depots)
            if self.keep(row):
                self.depots[depot.depot_id] = depot
                self.locations[location.location_id] = location
        for row in self.rows("vehicles"):
            kind = vehicle_of(row, self.midnight, self.rates_of)
            self._unique(row, "vehicle_type_id", kind.vehicle_type_id, self.kinds)
            if kind.depot_id not in self.depots:
                row.refuse("depot_id", kind.depot_id, "is no depot that can be used")
            if self.keep(row):
                self.kinds[kind.vehicle_type_id] = kind
        self._read_stops()
        for row in self.rows("frozen"):
            running = self._frozen_of(row)
            if self.keep(row):
                self.frozen.append(running)

    def _unique(self, row: Row, name: str, value: str, known: Mapping[str, object]) -> None:
        if value in known:
            row.refuse(name, value, "is there twice")

    def _read_stops(self) -> None:
        goods = {str(one.told.get("goods_type_id")): one.told for one in self.rows("goods")}
        lines: dict[str, list[Row]] = {}
        for row in self.rows("lines"):
            lines.setdefault(str(row.told.get("stop_id")), []).append(row)
        for row in self.rows("stops"):
            stop, location = stop_of(row, self.midnight)
            self._unique(row, "stop_id", stop.stop_id, self.stops)
            mine = lines.pop(stop.stop_id, [])
            parts = [line_of(one, goods, frozenset(self.depots)) for one in mine]
            if any(one.defects for one in mine):
                row.refuse("lines", stop.stop_id, "a line of the stop cannot be used")
            if is_swapped(
                location, [self.locations[one.location_id] for one in self.depots.values()]
            ):
                row.refuse("lat", location.lat, "lat and lon look exchanged")
            for one in mine:
                self.keep(one)
            if self.keep(row):
                self.locations[location.location_id] = location
                self.stops[stop.stop_id] = _with_lines(stop, tuple(parts))
        for rows in lines.values():
            for row in rows:
                row.refuse("stop_id", row.told.get("stop_id"), "is no stop of stops")
                self.keep(row)

    def _frozen_of(self, row: Row) -> FrozenRoute:
        kind = row.text("vehicle_type_id")
        if kind not in self.kinds:
            row.refuse("vehicle_type_id", kind, "is no vehicle that can be used")
        stop_ids = row.told.get("stop_ids") or []
        if isinstance(stop_ids, str):
            stop_ids = stop_ids.split("|")
        for one in stop_ids:
            if one not in self.stops:
                row.refuse("stop_ids", one, "is no stop that can be used")
        free_at = row.instant("free_at")
        return FrozenRoute(
            vehicle_type_id=kind, stop_ids=tuple(stop_ids),
            frozen_stop_count=row.whole("frozen_stop_count", least=0, most=len(stop_ids)),
            free_at_s=_seconds(free_at, self.midnight),
            driven_since_break_s=row.whole("driven_since_break_s", least=0, most=86_400, default=0),
            loaded_stop_ids=row.words("loaded_stop_ids"),
        )  # fmt: skip

    def problem(self, problem_id: str, weights: ObjectiveWeights, digest: str) -> RoutingProblem:
        for name, found in (("depots", self.depots), ("vehicles", self.kinds)):
            if not found:
                first = next((str(one) for one in self.defects if one.file == name), "is empty")
                raise DayFileError(f"no row of {name} can be used: {first}")
        if len(self.stops) > MAX_STOPS:
            raise DayFileError(f"{len(self.stops)} stops are above the limit of {MAX_STOPS}")
        if len(self.kinds) > MAX_VEHICLE_TYPES:
            raise DayFileError(f"{len(self.kinds)} vehicle types are above {MAX_VEHICLE_TYPES}")
        return RoutingProblem(
            problem_id=str(self.told.get("problem_id", problem_id)),
            planned_on=self.planned_on,
            locations=tuple(self.locations.values()),
            depots=tuple(self.depots.values()),
            stops=tuple(self.stops.values()),
            vehicle_types=tuple(self.kinds.values()),
            weights=weights,
            collection=CollectionMode(self.told.get("collection", "mixed")),
            circuity=Decimal(str(self.told.get("circuity", "1.3"))),
            speed_km_per_h=Decimal(str(self.told.get("speed_km_per_h", "45"))),
            frozen=tuple(self.frozen),
            digest=digest,
        )


def _seconds(at: datetime | None, midnight: datetime) -> int:
    return 0 if at is None else int((at - midnight).total_seconds())


def _with_lines(stop: Stop, lines: tuple[Any, ...]) -> Stop:
    return Stop(
        stop_id=stop.stop_id, location_id=stop.location_id, lines=lines, windows=stop.windows,
        service_duration_s=stop.service_duration_s, required_skills=stop.required_skills,
        forbidden_vehicle_classes=stop.forbidden_vehicle_classes, priority=stop.priority,
        mandatory=stop.mandatory, unserved_penalty_cny_fen=stop.unserved_penalty_cny_fen,
    )  # fmt: skip


__all__ = ["Day", "DayFileError", "Window", "read_day", "tables_of_csv"]
