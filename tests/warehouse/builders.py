"""Events, batches and a store in memory: a test names only what it is about."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

import duckdb
import msgspec

from runtime.settings import WarehouseSettings
from schemas.refusal import Reason
from schemas.topics import (
    EMISSIONS,
    FORKLIFT_READINGS,
    LEGS,
    ORDERS,
    TAKEBACK_ORDERS,
    TAKEBACK_UNITS,
)
from schemas.twin import twin
from schemas.wire import (
    WireEmission,
    WireEvent,
    WireOrderRoute,
    WireReading,
    WireTakebackOrder,
    WireTakebackUnit,
)
from warehouse.migrate import migrate
from warehouse.owner import Pauses, Warehouse
from warehouse.records import (
    Committed,
    DeadRecord,
    ForkliftInterval,
    ForkliftState,
    OutboxMessage,
    Record,
    SinkBatch,
)
from warehouse.sink import Sink
from warehouse.store import open_store

NOON = datetime(2026, 6, 3, 12, tzinfo=UTC)
SHANGHAI = ZoneInfo("Asia/Shanghai")
CLUSTER = "cluster-1"
FACTS = ("fact_leg_emission", "fact_order_route", "fact_forklift_energy", "takeback_event")
TOPIC_OF: dict[type[WireEvent], str] = {
    WireEmission: EMISSIONS.name,
    WireOrderRoute: ORDERS.name,
    WireReading: FORKLIFT_READINGS.name,
    WireTakebackOrder: TAKEBACK_ORDERS.name,
    WireTakebackUnit: TAKEBACK_UNITS.name,
}
encode = msgspec.json.Encoder(decimal_format="string").encode
NO_PAUSES = Pauses(commit_s=0.001, disk_s=0.01, disk_within_s=0.05, join_within_s=10)


def uid(number: int) -> str:
    return str(UUID(int=number))


def told(kind: type[WireEvent], plain: dict[str, Any], changed: dict[str, Any]) -> Any:
    values = {name: value for name, value in (plain | changed).items() if value is not None}
    return msgspec.json.decode(encode(values), type=kind)


def as_read(event: WireEvent) -> Any:
    """Return ``event`` as the agent hands it to the sink."""
    return twin(event) if isinstance(event, WireEmission) else event


def emission(number: int = 1, **changed: Any) -> WireEmission:
    """412.500 kg over 1,287.300 km by an articulated lorry over 33 t (DEFRA 2025): 50.456689 kg."""
    plain: dict[str, Any] = {
        "event_id": uid(1_000_000 + number),
        "source_event_id": uid(number),
        "occurred_at": "2026-06-03T04:00:00Z",
        "shipment_id": f"S-{number}",
        "consignment_id": f"C-{number}",
        "leg_seq": 1,
        "leg": "main_line",
        "mode": "road",
        "energy": "diesel",
        "vehicle_class": "artic_over_33t",
        "category": "fridge",
        "company": "demo",
        "production_base": "qingdao",
        "origin": {"site_id": "QDO", "lat": "36.067131", "lon": "120.382621"},
        "destination": {"site_id": "RDC-1"},
        "mass_kg": "412.500",
        "volume_m3": "3.200",
        "is_direct": True,
        "distance_km": "1287.300",
        "distance_kind": "sfd",
        "distance_method": "sfd",
        "transport_tkm": "531.011250",
        "daf": "1",
        "emission_wtt_kgco2e": "9.552892",
        "emission_ttw_kgco2e": "40.903797",
        "emission_wtw_kgco2e": "50.456689",
        "factor_id": "defra_2025.road.artic_over_33t.average.tkm",
        "factor_set": "defra_2025",
        "factor_set_sha256": "a" * 64,
        "method": "class_default",
        "data_class": "default",
        "gwp_set": "ar5",
        "method_version": "loopline-1",
        "source_topic": LEGS.name,
        "source_partition": 3,
        "source_offset": 17,
    }
    event: WireEmission = told(WireEmission, plain, changed)
    return event


def corrected(number: int, target: int, **changed: Any) -> WireEmission:
    """The depot's scale says 402.500 kg: what leg ``number`` says of leg ``target``."""
    plain = {
        "correction_of": uid(target),
        "shipment_id": f"S-{target}",
        "consignment_id": f"C-{target}",
        "mass_kg": "402.500",
        "transport_tkm": "518.138250",
        "emission_wtt_kgco2e": "9.321307",
        "emission_ttw_kgco2e": "39.912189",
        "emission_wtw_kgco2e": "49.233496",
    }
    return emission(number, **plain | changed)


def route(number: int = 1, **changed: Any) -> WireOrderRoute:
    """A refrigerator that went straight to the customer, 800 km by road."""
    plain: dict[str, Any] = {
        "event_id": uid(2_000_000 + number),
        "occurred_at": "2026-06-03T04:00:00Z",
        "order_line_id": f"O-{number}",
        "category": "fridge",
        "production_base": "qingdao",
        "region": "370100",
        "is_direct": True,
        "mode": "road",
        "ordered_on": "2026-06-01",
        "mass_kg": "78.5",
        "volume_m3": "0.9",
        "main_line_km": "800",
    }
    event: WireOrderRoute = told(WireOrderRoute, plain, changed)
    return event


def order_fact(seq: int, event_type: str, to_state: str, **changed: Any) -> WireTakebackOrder:
    """What happened to take-back order T-1, in its order."""
    plain: dict[str, Any] = {
        "event_id": uid(3_000_000 + seq),
        "occurred_at": f"2026-06-03T{seq:02d}:00:00Z",
        "aggregate_seq": seq,
        "takeback_order_id": "T-1",
        "category": "fridge",
        "event_type": event_type,
        "to_state": to_state,
        "channel": "call_centre",
        "region": "370100",
    }
    event: WireTakebackOrder = told(WireTakebackOrder, plain, changed)
    return event


def unit_fact(seq: int, event_type: str, to_state: str, **changed: Any) -> WireTakebackUnit:
    """What happened to old appliance U-1, in its order."""
    plain: dict[str, Any] = {
        "event_id": uid(4_000_000 + seq),
        "occurred_at": f"2026-06-03T{seq:02d}:30:00Z",
        "aggregate_seq": seq,
        "takeback_order_id": "T-1",
        "unit_id": "U-1",
        "category": "fridge",
        "event_type": event_type,
        "to_state": to_state,
        "channel": "call_centre",
        "region": "370100",
        "mass_kg": "61.5",
    }
    event: WireTakebackUnit = told(WireTakebackUnit, plain, changed)
    return event


def reading(number: int = 1, **changed: Any) -> WireReading:
    """A battery forklift's counters."""
    plain: dict[str, Any] = {
        "event_id": uid(5_000_000 + number),
        "occurred_at": f"2026-06-03T04:{number % 60:02d}:00Z",
        "forklift_id": "F-1",
        "site_id": "RDC-1",
        "energy": "battery_electric",
        "energy_total_kwh": "100",
    }
    event: WireReading = told(WireReading, plain, changed)
    return event


def interval(read: WireReading, **changed: Any) -> ForkliftInterval:
    """19.500 kWh until ``read``."""
    plain: dict[str, Any] = {
        "source_event_id": read.event_id,
        "event_id": uid(UUID(read.event_id).int + 1_000_000),
        "forklift_id": read.forklift_id,
        "site_id": read.site_id,
        "energy": read.energy.value,
        "started_at": "2026-06-03T03:00:00Z",
        "occurred_at": read.occurred_at,
        "energy_kwh": Decimal("19.500"),
        "fuel_l": None,
        "running_s": 3_000,
        "basis": "generation_co2",
        "wtt_kgco2e": Decimal("0"),
        "ttw_kgco2e": Decimal("10.400000"),
        "wtw_kgco2e": Decimal("10.400000"),
        "factor_id": "cn_grid_2023/national",
        "factor_set_sha256": "0" * 64,
        "method_version": "forklift-1",
        "data_class": "primary",
        "sessions": 1,
    }
    return ForkliftInterval(**plain | changed)


def poison(topic: str, partition: int, offset: int, **changed: Any) -> DeadRecord:
    """A record that is no JSON."""
    plain: dict[str, Any] = {
        "topic": topic,
        "partition": partition,
        "offset": offset,
        "reason": Reason.BAD_JSON,
        "detail": "is no JSON",
        "key": b"key-of-nobody",
        "raw": b"raw-bytes-of-nobody{",
        "headers": {"from": "header-of-nobody"},
        "came_at": offset,
    }
    return DeadRecord(**plain | changed)


def batch(*events: WireEvent, at: int = 0, partition: int = 0, **changed: Any) -> SinkBatch:
    """``events`` of one topic as they stand in its log from offset ``at`` on; None is poison."""
    topic = changed.pop("topic", TOPIC_OF[type(events[0])] if events else EMISSIONS.name)
    records = [Record(at + n, as_read(e), b"key", encode(e)) for n, e in enumerate(events)]
    intervals = {
        r.offset: interval(e)
        for r, e in zip(records, events, strict=True)
        if isinstance(e, WireReading)
    }
    plain: dict[str, Any] = {
        "topic": topic,
        "partition": partition,
        "first_offset": at,
        "next_offset": at + len(events),
        "recorded_at": NOON,
        "records": records,
        "intervals": intervals,
    }
    return SinkBatch(**plain | changed)


def dead_batch(at: int, *, partition: int = 0, topic: str = EMISSIONS.name) -> SinkBatch:
    """One poison record."""
    return SinkBatch(topic, partition, at, at + 1, NOON, dead=[poison(topic, partition, at)])


def state(read: WireReading) -> ForkliftState:
    return ForkliftState(read.event_id, read.occurred_at, encode(read))


def message(number: int) -> OutboxMessage:
    return OutboxMessage("forklift.energy.v1", b"F-1", f"outbox-bytes-{number}".encode())


@dataclass
class Logs:
    """Partitions that events are appended to, as a broker would."""

    ends: dict[tuple[str, int], int] = field(default_factory=dict)

    def append(self, events: Sequence[WireEvent | None], partition: int, topic: str) -> SinkBatch:
        """Return ``events`` as the next records of a partition; None is a poison record."""
        at = self.ends.get((topic, partition), 0)
        self.ends[topic, partition] = at + len(events)
        good = [
            Record(at + n, as_read(e), b"key", encode(e))
            for n, e in enumerate(events)
            if e is not None
        ]
        return SinkBatch(
            topic,
            partition,
            at,
            at + len(events),
            NOON,
            records=good,
            dead=[poison(topic, partition, at + n) for n, e in enumerate(events) if e is None],
            intervals={
                r.offset: interval(r.event) for r in good if isinstance(r.event, WireReading)
            },
        )


def empty() -> duckdb.DuckDBPyConnection:
    """A warehouse in memory at the newest schema."""
    db = duckdb.connect(config={"threads": 1, "arrow_lossless_conversion": True})
    db.execute("set TimeZone = 'UTC'")
    migrate(db, product_version="test", now=NOON)
    return db


def forget_all(db: duckdb.DuckDBPyConnection) -> None:
    """Bring a warehouse back to its first minute: quicker than another one."""
    rows = db.execute("select table_name from duckdb_tables() where not temporary").fetchall()
    db.execute(";".join(f"truncate {name}" for (name,) in rows if name != "schema_migration"))


def sink_of(db: Any, **changed: Any) -> Sink:
    plain: dict[str, Any] = {
        "cluster_id": CLUSTER,
        "broker_epoch": 1,
        "zone": SHANGHAI,
        "dedupe_days": 7,
    }
    return Sink(db, **plain | changed)


class Store:
    """A warehouse in memory and the sink that writes it."""

    def __init__(self, **changed: Any) -> None:
        self.db = empty()
        self.sink = sink_of(self.db, **changed)
        self.logs = Logs()

    def write(self, *batches: SinkBatch) -> Committed:
        return self.sink.write(batches)

    def tell(
        self, *events: WireEvent, partition: int = 0, recorded_at: datetime = NOON
    ) -> Committed:
        """Append ``events`` to their log and store them in one transaction."""
        return self.sink.write(
            [
                replace(
                    self.logs.append([event], partition, TOPIC_OF[type(event)]),
                    recorded_at=recorded_at,
                )
                for event in events
            ]
        )

    def rows(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        return self.db.execute(sql, list(values)).fetchall()

    def one(self, sql: str, *values: object) -> Any:
        return self.rows(sql, *values)[0][0]

    def reasons(self) -> list[str]:
        return [r for (r,) in self.rows("select reason from dead_letter order by log_offset")]


def digest(db: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[Any, ...]]]:
    """Rows, sums and the sum of content hashes per fact and day: equal for equal events."""
    sums = {
        "fact_leg_emission": (
            "sum(legs), sum(shipments), sum(mass_kg), sum(volume_m3), sum(transport_tkm), "
            "sum(emission_wtt_kgco2e), sum(emission_ttw_kgco2e), sum(emission_wtw_kgco2e)"
        ),
        "fact_order_route": "sum(orders), sum(mass_kg), sum(volume_m3), sum(volume_main_line_m3km)",
        "fact_forklift_energy": "sum(sessions), sum(energy_kwh), sum(emission_wtw_kgco2e)",
        "takeback_event": "sum(events), sum(mass_kg), sum(price_cny_fen)",
    }
    return {
        fact: db.execute(
            f"select occurred_on, count(*), sum(content_hash::hugeint), {columns} from {fact} "
            "group by occurred_on order by occurred_on"
        ).fetchall()
        for fact, columns in sums.items()
    }


_LEG_SUMS = (
    "sum(legs), sum(shipments), sum(mass_kg), coalesce(sum(volume_m3), 0), sum(transport_tkm), "
    "sum(emission_wtt_kgco2e), sum(emission_ttw_kgco2e), sum(emission_wtw_kgco2e), {primary}, "
    "sum(shipment_mass_kg), sum(shipment_volume_m3)"
)
_PRIMARY = "coalesce(sum(emission_wtw_kgco2e) filter (dq = 'primary'), 0)"
_ROLL_UPS = (
    (
        "agg_leg_day", "fact_leg_emission",
        "day, category_key, company_key, base_key, mode, energy, leg, is_direct, dq",
        _LEG_SUMS.format(primary="sum(emission_primary_kgco2e)"),
        _LEG_SUMS.format(primary=_PRIMARY),
    ),
    (
        "agg_leg_month", "fact_leg_emission", "month, category_key, base_key, mode, leg",
        _LEG_SUMS.format(primary="sum(emission_primary_kgco2e)"),
        _LEG_SUMS.format(primary=_PRIMARY),
    ),
    (
        "agg_order_day", "fact_order_route",
        "day, category_key, base_key, region_key, is_direct, mode",
        "sum(orders), sum(mass_kg), sum(volume_m3), sum(volume_main_line_m3km)",
        "sum(orders), coalesce(sum(mass_kg), 0), "
        "coalesce(sum(volume_m3) filter (volume_main_line_m3km is not null), 0), "
        "coalesce(sum(volume_main_line_m3km), 0)",
    ),
    (
        "agg_site_day", "fact_forklift_energy", "day, site_key, forklift_key, energy",
        "sum(sessions), sum(energy_kwh), sum(fuel_l), sum(running_s), sum(emission_wtw_kgco2e)",
        "sum(sessions), coalesce(sum(energy_kwh), 0), coalesce(sum(fuel_l), 0), "
        "coalesce(sum(running_s), 0), sum(emission_wtw_kgco2e)",
    ),
    (
        "agg_takeback_day", "takeback_event",
        "day, aggregate, category_key, partner_key, region_key, channel, event_type",
        "sum(events), sum(mass_kg)",
        "sum(events), coalesce(sum(mass_kg), 0)",
    ),
)  # fmt: skip


def differing_rollups(db: duckdb.DuckDBPyConnection) -> list[str]:
    """The roll-ups that do not say what their fact says."""
    wrong = []
    for table, fact, keys, kept, raw in _ROLL_UPS:
        stamp = keys.replace("day", "occurred_on as day", 1).replace(
            "month", "date_trunc('month', occurred_on)::date as month", 1
        )
        stored = db.execute(f"select {keys}, {kept} from {table} group by all order by all")
        rows = stored.fetchall()
        summed = db.execute(f"select {stamp}, {raw} from {fact} group by all order by all")
        if rows != summed.fetchall():
            wrong.append(table)
    return wrong


def read_in_all(db: duckdb.DuckDBPyConnection) -> int:
    """How many records the offsets say were read."""
    found: int = db.execute(
        "select coalesce(sum(next_offset), 0)::bigint from sink_offset"
    ).fetchall()[0][0]
    return found


def counted_in_all(db: duckdb.DuckDBPyConnection) -> int:
    """How many records the sink says it counted, whatever became of them."""
    found: int = db.execute(
        "select coalesce(sum(rows + duplicates + dead + without_row), 0)::bigint from sink_stat"
    ).fetchall()[0][0]
    return found


def takeback_replayed(db: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, int]]:
    """State and last place of every aggregate, told by its facts one after another."""
    now: dict[str, tuple[str, int]] = {}
    for aggregate_id, seq, to_state in db.execute(
        "select aggregate || ':' || aggregate_id, aggregate_seq, to_state from takeback_event "
        "order by aggregate, aggregate_id, aggregate_seq"
    ).fetchall():
        if seq == now.get(aggregate_id, ("", 0))[1] + 1:
            now[aggregate_id] = to_state, seq
    return now


def takeback_kept(db: duckdb.DuckDBPyConnection) -> dict[str, tuple[str, int]]:
    """State and last place of every aggregate, as the two snapshot tables have it."""
    rows = db.execute(
        "select 'order:' || takeback_order_id, status, last_seq from takeback_order "
        "union all select 'unit:' || unit_id, state, last_seq from takeback_unit"
    ).fetchall()
    return {aggregate_id: (status, seq) for aggregate_id, status, seq in rows}


def assert_consistent(db: duckdb.DuckDBPyConnection) -> None:
    """Rows, letters, roll-ups, snapshots and offsets tell one story."""
    assert differing_rollups(db) == []
    assert counted_in_all(db) == read_in_all(db)
    assert takeback_kept(db) == takeback_replayed(db)
    nameless = "select count(*) from mart.leg where category is null or factor is null"
    assert db.execute(nameless).fetchall() == [(0,)]
    letters = db.execute("select count(*) from dead_letter").fetchall()
    assert letters == db.execute("select coalesce(sum(dead), 0)::bigint from sink_stat").fetchall()


def settings_in(folder: Path, **changed: Any) -> WarehouseSettings:
    plain: dict[str, Any] = {
        "dir": folder,
        "flush_ms": 5,
        "min_free_bytes": 0,
        "lock_wait_s": 0,
        "memory_limit": "512MiB",
    }
    return WarehouseSettings(**plain | changed)


def opened(settings: WarehouseSettings, *, timezone: str = "Asia/Shanghai") -> Any:
    return open_store(settings, product_version="test", timezone=timezone, now=NOON)


def owner_of(settings: WarehouseSettings, **changed: Any) -> Warehouse:
    """A running owner of the file in ``settings.dir``."""
    db = opened(settings)
    return Warehouse(db, changed.pop("sink", sink_of)(db), settings, pauses=NO_PAUSES, **changed)


def days_ago(number: int) -> str:
    return (NOON - timedelta(days=number)).isoformat()
