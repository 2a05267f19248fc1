"""Stored results by the id that somebody asks for: what stands now, and where it came from."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Any
from uuid import UUID

from warehouse.sums import Query
from warehouse.trace import uuid_of

MAX_ROWS = 1_000
MAX_CONSIGNMENTS = 50
#: A consignment of more units is not shared out unit by unit while somebody waits for the answer.
MAX_FELLOWS = 500
Row = Mapping[str, Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Stored:
    """One stored result: what its rows come to, and the newest row's words.

    ``emission`` holds the parts that its table has, in kg CO2e; ``events`` the rows of its chain,
    the original first.
    """

    result_id: str
    emission: Mapping[str, Decimal]
    newest: Row
    events: Sequence[Row]


@dataclass(frozen=True, slots=True)
class Fellow:
    """A unit that travelled in a consignment, by its newest mass."""

    unit_id: str
    mass_kg: Decimal | None


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """A view of results: the words and measures read of it, and what its results are called by."""

    view: str
    words: tuple[str, ...]
    measures: tuple[str, ...]
    counted: str
    own_id: str
    name_of: Callable[[Row], str]
    id_of: Callable[[Row], str]


PLACE = (
    "event_id", "source_event_id", "occurred_at", "recorded_at", "revision", "reason", "topic",
    "log_partition", "log_offset",
)  # fmt: skip
_WTW = ("emission_wtt_kgco2e", "emission_ttw_kgco2e", "emission_wtw_kgco2e")
_FORKLIFT = _Kind(
    view="forklift_energy",
    words=("session_id", "energy", "energy_kwh", "fuel_l", "factor", "extra_inputs"),
    measures=_WTW,
    counted="sessions",
    own_id="session_id",
    name_of=lambda row: str(row["session_id"]),
    id_of=lambda row: str(row["session_id"]),
)
_HUB = _Kind(
    view="hub_emission",
    words=("site", "period_on", "extra_inputs", "method_version"),
    measures=_WTW,
    counted="periods",
    own_id="site || '/' || strftime(period_on, '%Y-%m')",
    name_of=lambda row: f"{row['site']}/{row['period_on']:%Y-%m}",
    id_of=lambda row: f"{row['site']}/{row['period_on']:%Y-%m}",
)
_REFRIGERANT = _Kind(
    view="refrigerant",
    words=("unit_id", "site", "extra_inputs", "method_version"),
    measures=("emission_ttw_kgco2e",),
    counted="units",
    own_id="unit_id",
    name_of=lambda row: str(row["unit_id"]),
    id_of=lambda row: f"{row['unit_id']}/refrigerant",
)


def forklift_intervals(identifier: str, query: Query) -> list[Stored]:
    """Return the interval that has the id, or whose reading has it."""
    return _found(_FORKLIFT, identifier, query)


def hub_months(identifier: str, query: Query) -> list[Stored]:
    """Return the month that has the id: one of its events, or ``site/2026-05``."""
    return _found(_HUB, identifier, query)


def refrigerants(identifier: str, query: Query) -> list[Stored]:
    """Return the refrigerant of the unit, or of the event, that has the id."""
    return _found(_REFRIGERANT, identifier, query)


def consignments_of(unit_id: str, query: Query) -> list[str]:
    """Return the consignments that a unit travelled in, the first one first."""
    rows = query(
        "select payload->>'consignment_id' as consignment, min(aggregate_seq) as seq "
        "from mart.takeback_event where unit_id = ? and payload->>'consignment_id' is not null "
        "group by consignment order by seq limit ?",
        [unit_id, MAX_CONSIGNMENTS],
    )
    return [consignment_id for consignment_id, _ in rows]


def fellows_of(consignment_id: str, query: Query) -> list[Fellow]:
    """Return the units that travelled in a consignment, one more than ``MAX_FELLOWS`` at most."""
    rows = query(
        "select unit_id, mass_kg from mart.takeback_unit where unit_id in (select unit_id from "
        "mart.takeback_event where payload->>'consignment_id' = ?) order by unit_id limit ?",
        [consignment_id, MAX_FELLOWS + 1],
    )
    return [Fellow(*row) for row in rows]


def _found(kind: _Kind, identifier: str, query: Query) -> list[Stored]:
    """Return what stands of each chain that the id names, as its newest row is called.

    A chain that was moved to another name, or taken back, is no answer to its former name.
    """
    event_id = uuid_of(identifier)
    named = f"{kind.own_id} = ?"
    if event_id is not None:
        named = f"{named} or ?::uuid in (event_id, source_event_id)"
    names = (*PLACE, *kind.words, *kind.measures, kind.counted)
    root = "coalesce(correction_of, source_event_id)"
    rows = query(
        f"select {root} as root, {', '.join(names)} from mart.{kind.view} "
        f"where {root} in (select {root} from mart.{kind.view} where {named}) "
        f"order by root, revision, {kind.counted} limit ?",
        [identifier, *([] if event_id is None else [event_id]), MAX_ROWS],
    )
    chains: dict[UUID, list[Row]] = {}
    for chain_of, *told in rows:
        chains.setdefault(chain_of, []).append(dict(zip(names, told, strict=True)))
    found = [_stored(kind, chain) for chain in chains.values()]
    return [one for one in found if event_id is not None or kind.name_of(one.newest) == identifier]


def _stored(kind: _Kind, chain: Sequence[Row]) -> Stored:
    newest = chain[-1]
    return Stored(
        result_id=kind.id_of(newest),
        emission={
            name.removeprefix("emission_"): sum((row[name] for row in chain), Decimal(0))
            for name in kind.measures
        },
        newest=newest,
        events=[{name: row[name] for name in PLACE} for row in chain],
    )
