"""A warehouse in memory with rows that a test names: facts, and the roll-ups that follow."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID

import duckdb
import pyarrow as pa

import warehouse
from warehouse.sums import Query

MIGRATIONS = Path(warehouse.__file__).with_name("migrations")
CATEGORIES = ("tv", "fridge", "home_ac", "commercial_ac", "kitchen")
BASES = (
    ("qingdao", "青岛", "Qingdao"),
    ("foshan", "佛山", "Foshan"),
    ("chengdu", "成都", "Chengdu"),
)
SHA = "a" * 64
SUMMED = (
    "legs", "shipments", "mass_kg", "volume_m3", "transport_tkm", "emission_wtt_kgco2e",
    "emission_ttw_kgco2e", "emission_wtw_kgco2e", "emission_primary_kgco2e", "shipment_mass_kg",
    "shipment_volume_m3",
)  # fmt: skip


def empty_warehouse() -> duckdb.DuckDBPyConnection:
    """A file in memory at the newest schema, without a row."""
    db = duckdb.connect(config={"threads": 1})
    db.execute("set TimeZone = 'UTC'")
    for path in sorted(MIGRATIONS.glob("*.sql")):
        db.execute(path.read_text("utf-8"))
    return db


def named_warehouse() -> duckdb.DuckDBPyConnection:
    """An empty warehouse that knows categories, bases and what the rows below refer to."""
    db = empty_warehouse()
    for key, name in enumerate(CATEGORIES, start=1):
        _name(db, "category", key, name)
    for key, (name, zh, en) in enumerate(BASES, start=1):
        _name(db, "base", key, name, zh, en)
    _name(db, "company", 1, "demo")
    _name(db, "factor", 1, "defra_2025.road.all_hgv.average.tkm")
    _name(db, "method_version", 1, "loopline-1")
    _name(db, "topic", 1, "shipment.emission.v1")
    return db


def _name(
    db: duckdb.DuckDBPyConnection, table: str, key: int, name: str, *names: str | None
) -> None:
    zh, en = names or (None, None)
    db.execute(
        f"insert into dim_{table} ({table}_key, id, name_zh, name_en, is_inferred) "
        "values (?, ?, ?, ?, false)",
        [key, name, zh, en],
    )


def query_of(db: duckdb.DuckDBPyConnection) -> Query:
    """A read on a cursor of its own, as the owner gives it."""

    def query(text: str, values: Sequence[object]) -> list[tuple[Any, ...]]:
        return db.cursor().execute(text, list(values)).fetchall()

    return query


def leg(**changed: Any) -> dict[str, Any]:
    """7,536 kg of refrigerators, 412 km by road: 388.787063 kg CO2e."""
    row: dict[str, Any] = {
        # a row is an event of its own unless a test says that it answers another's
        "source_event_id": changed.get("event_id", UUID(int=1)),
        "event_id": UUID(int=2),
        "content_hash": 1,
        "broker_epoch": 1,
        "topic_key": 1,
        "log_partition": 2,
        "log_offset": 41,
        "occurred_at": datetime(2026, 6, 12, 6, 0, tzinfo=UTC),
        "occurred_on": date(2026, 6, 12),
        "recorded_at": datetime(2026, 6, 12, 6, 0, 1, tzinfo=UTC),
        "recorded_on": date(2026, 6, 12),
        "revision": 0,
        "leg_id": "S-1/1",
        "shipment_id": "S-1",
        "consignment_id": "S-1-1",
        "shipment_ref": 1,
        "leg_seq": 1,
        "leg": "main_line",
        "category_key": 2,
        "company_key": 1,
        "base_key": 1,
        "mode": "road",
        "energy": "diesel",
        "is_direct": None,
        "mass_kg": "7536.000",
        "volume_m3": "30.000000",
        "distance_km": "412.000",
        "distance_kind": "sfd",
        "transport_tkm": "3104.832000",
        "emission_wtt_kgco2e": "73.242987",
        "emission_ttw_kgco2e": "315.544076",
        "emission_wtw_kgco2e": "388.787063",
        "factor_key": 1,
        "dq": "default",
        "method": "mode_default",
        "method_version_key": 1,
        "extra_inputs": (
            '{"origin":{"lat":"36.067131","lon":"120.382621"},"destination":{"site_id":"JNA"},'
            '"distance_method":"declared","daf":"1","flags":["distance_declared"],'
            '"gwp_set":"ar5","factor_set":"defra_2025","factor_set_sha256":"' + SHA + '",'
            '"source_topic":"shipment.leg.v1","source_partition":3,"source_offset":17}'
        ),
        "legs": 1,
        "shipments": 1,
        "shipment_mass_kg": "7536.000",
        "shipment_volume_m3": "30.000000",
    }
    return row | changed


def add(db: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert ``rows``, every value as text that the table's types read."""
    columns = {name: [_text(row.get(name)) for row in rows] for name in rows[0]}
    db.register("given", pa.table({k: pa.array(v, pa.string()) for k, v in columns.items()}))
    db.execute(f"insert into {table} by name select * from given")
    db.unregister("given")


def _text(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return value.isoformat() if isinstance(value, date) else str(value).lower()


def add_legs(db: duckdb.DuckDBPyConnection, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert legs and what their batch adds to the roll-ups."""
    if not rows:
        return
    add(db, "fact_leg_emission", rows)
    primary = "sum(case when dq = 'primary' then emission_wtw_kgco2e else 0 end)"
    sums = ", ".join(
        f"{primary if name == 'emission_primary_kgco2e' else f'sum(coalesce({name}, 0))'} as {name}"
        for name in SUMMED
    )
    ids = ", ".join(f"'{row['event_id']}'" for row in rows)
    batch = f"(select * from fact_leg_emission where event_id in ({ids}))"
    db.execute(
        f"insert into agg_leg_day by name select occurred_on as day, category_key, company_key, "
        f"base_key, mode, energy, leg, is_direct, dq, {sums} from {batch} group by all"
    )
    db.execute(
        "insert into agg_leg_month by name select cast(date_trunc('month', occurred_on) as date) "
        f"as month, category_key, base_key, mode, leg, {sums} from {batch} group by all"
    )


def add_rejects(db: duckdb.DuckDBPyConnection, reasons: Sequence[str]) -> None:
    """Insert one open dead letter per reason, each of a shipment of its own."""
    for n, reason in enumerate(reasons):
        db.execute(
            "insert into dead_letter values (?, 1, 'shipment.leg.v1', 0, ?, null, ?, 'why', ?, "
            "?, '{}', ?, null, 'open', null)",
            [f"L-{n}", n, reason, f"R-{n}".encode(), b"{}", datetime(2026, 6, 1, tzinfo=UTC)],
        )


def six_decimals(number: Decimal) -> str:
    """A quantity as the facts store it."""
    return str(number.quantize(Decimal("0.000001")))
