"""The facts of demands, consignments, treatment batches, lots and findings."""

from collections.abc import Callable, Mapping, Sequence
from operator import attrgetter
from typing import Any

import msgspec

from schemas.topics import (
    FINDINGS,
    TAKEBACK_BATCHES,
    TAKEBACK_CONSIGNMENTS,
    TAKEBACK_DEMANDS,
    TAKEBACK_LOTS,
    Topic,
)
from warehouse.columns import (
    Column,
    constant,
    days,
    decimals,
    digest64,
    flags,
    integers,
    texts,
)
from warehouse.dimensions import Dimensions
from warehouse.fact import Arrival, Fact, InSequence, Told
from warehouse.told import (
    StoredBatch,
    StoredConsignment,
    StoredDemand,
    StoredFact,
    StoredFinding,
    StoredLot,
)

_encode = msgspec.json.encode
Columns = Mapping[str, Column]


def _nothing_shared(_es: Sequence[Any]) -> Told:
    return {}


def _content(es: Sequence[Any], _at: Sequence[Any], _told: Told) -> list[int]:
    return [digest64(e.content()) for e in es]


def _of(rows: Sequence[Arrival]) -> list[Any]:
    return [row.event.told for row in rows]


def _as_text(told: Sequence[Any], *names: str) -> dict[str, Column]:
    return {name: texts([getattr(one, name) for one in told]) for name in names}


def _numbers(told: Sequence[Any], places: int, *names: str) -> dict[str, Column]:
    return {name: decimals([getattr(one, name) for one in told], places) for name in names}


def _counts(told: Sequence[Any], *names: str) -> dict[str, Column]:
    return {name: integers([getattr(one, name) for one in told]) for name in names}


def _keys(dims: Dimensions, told: Sequence[Any], **names: str) -> dict[str, Column]:
    """Return a column of keys for each name: the dimension, and the field of the event."""
    return {
        f"{column}_key": integers(dims.keys(_DIMENSION[column], [getattr(e, f) for e in told]))
        for column, f in names.items()
    }


_DIMENSION = {
    "category": "category", "partner": "partner", "region": "region", "site": "site",
    "from_site": "site", "to_site": "site", "from_region": "region", "to_region": "region",
    "dismantler": "partner",
}  # fmt: skip


def _shared(rows: Sequence[Arrival], told: Sequence[Any], dims: Dimensions) -> dict[str, Column]:
    """Return what every fact of an aggregate with states has."""
    return {
        **_counts(told, "aggregate_seq"),
        **_as_text(told, "event_type", "from_state", "to_state", "reason_code"),
        **_keys(dims, told, partner="partner_id"),
        "is_late": flags([one.late for one in told]),
        "payload": texts([row.event.payload() for row in rows]),
        "events": constant(1, "int64", len(rows)),
    }


def _demand_columns(rows: Sequence[Arrival], _told: Told, dims: Dimensions) -> Columns:
    told = _of(rows)
    return {
        **_counts(told, "aggregate_seq"),
        **_as_text(told, "takeback_order_id", "channel", "channel_ref", "service_mode"),
        **_keys(dims, told, region="region"),
        "wished_on": days([one.wished_on for one in told]),
        "units": integers([sum(line.units for line in one.lines) for one in told]),
        "lines": texts([_encode([line.model_dump() for line in one.lines]) for one in told]),
        "is_late": flags([one.late for one in told]),
        "events": constant(1, "int64", len(rows)),
    }


def _consignment_columns(rows: Sequence[Arrival], _told: Told, dims: Dimensions) -> Columns:
    told = _of(rows)
    return {
        **_shared(rows, told, dims),
        **_as_text(told, "consignment_id", "vehicle_energy", "vehicle_token"),
        **_counts(told, "unit_count", "received_count"),
        **_numbers(told, 3, "great_circle_km", "mass_kg"),
        **_keys(
            dims, told, category="category", from_site="from_site_id", to_site="to_site_id",
            from_region="from_region", to_region="to_region",
        ),
    }  # fmt: skip


def _batch_columns(rows: Sequence[Arrival], _told: Told, dims: Dimensions) -> Columns:
    told = _of(rows)
    return {
        **_shared(rows, told, dims),
        **_as_text(told, "batch_id", "unit_id", "certificate_id", "finding_id"),
        **_counts(told, "unit_count"),
        **_numbers(
            told, 3, "mass_in_kg", "mass_out_kg", "losses_kg", "gap_kg", "hazardous_kg",
            "refrigerant_destroyed_g", "refrigerant_reclaimed_g", "refrigerant_vented_g",
        ),
        **_numbers(told, 6, "gap_share", "class_average_share"),
        **_keys(dims, told, site="site_id", dismantler="dismantler_id"),
        "is_held": flags([one.is_held for one in told]),
    }  # fmt: skip


def _lot_columns(rows: Sequence[Arrival], _told: Told, dims: Dimensions) -> Columns:
    told = _of(rows)
    return {
        **_shared(rows, told, dims),
        **_as_text(
            told, "lot_id", "batch_id", "parent_lot_id", "material", "holder_id", "hazardous_code",
            "operation_code", "consignee_id", "mode", "manifest_id", "product_id",
        ),
        **_numbers(told, 3, "mass_kg", "received_mass_kg", "residue_mass_kg"),
        **_numbers(told, 6, "yield_share"),
    }  # fmt: skip


def _finding_columns(rows: Sequence[Arrival], _told: Told, dims: Dimensions) -> Columns:
    told = _of(rows)
    return {
        **_counts(told, "aggregate_seq", "rule_version"),
        **_as_text(told, "finding_id", "rule", "severity", "kind", "aggregate_id", "sentence"),
        "value_told": texts([one.value for one in told]),
        "limit_told": texts([one.limit for one in told]),
        **_keys(dims, told, partner="partner_id", category="category"),
        "is_open": flags([one.is_open for one in told]),
        "is_upheld": flags([one.is_upheld for one in told]),
        "events": constant(1, "int64", len(rows)),
    }


def _fact(
    topic: Topic,
    kind: type[StoredFact[Any]],
    table: str,
    aggregate: str,
    id_field: str,
    columns: Callable[[Sequence[Arrival], Told, Dimensions], Columns],
) -> Fact:
    """Return a fact of one kind of aggregate, whose facts are numbered."""
    own_id = attrgetter(id_field)
    return Fact(
        table=table,
        events=(kind,),
        read=kind.read,
        tell=_nothing_shared,
        content=_content,
        columns=columns,
        source_of=attrgetter("event_id"),
        counted="events",
        topic=topic.name,
        sequence=InSequence(
            f"'{aggregate}'",
            id_field,
            "aggregate_seq",
            lambda e: (aggregate, own_id(e.told), e.told.aggregate_seq),
        ),
    )


DEMAND = _fact(
    TAKEBACK_DEMANDS, StoredDemand, "fact_takeback_demand", "demand", "takeback_order_id",
    _demand_columns,
)  # fmt: skip
CONSIGNMENT = _fact(
    TAKEBACK_CONSIGNMENTS, StoredConsignment, "fact_takeback_consignment", "consignment",
    "consignment_id", _consignment_columns,
)  # fmt: skip
BATCH = _fact(
    TAKEBACK_BATCHES, StoredBatch, "fact_takeback_batch", "batch", "batch_id", _batch_columns
)
LOT = _fact(TAKEBACK_LOTS, StoredLot, "fact_takeback_lot", "lot", "lot_id", _lot_columns)
FINDING = _fact(FINDINGS, StoredFinding, "fact_finding", "finding", "finding_id", _finding_columns)
