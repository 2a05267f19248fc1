"""What one row of each table means."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from routing.problem import (
    DRIVER_RULES,
    ConsignmentLine,
    Depot,
    Direction,
    LinearRate,
    Location,
    Stop,
    VehicleType,
    Window,
)
from routing.reading.row import Row

MAX_DAY_S = 14 * 86_400
G_PER_KG, CM3_PER_M3, MM_PER_M = 1_000, 1_000_000, 1_000
STOP_FIELDS = frozenset({
    "stop_id", "lat", "lon", "location_id", "coordinate_system", "region", "earliest_at",
    "latest_at", "windows", "service_duration_s", "skills", "priority", "mandatory",
    "unserved_penalty_cny_fen", "forbidden_vehicle_classes", "access_vehicle_classes",
})  # fmt: skip
LINE_FIELDS = frozenset({
    "stop_id", "consignment_id", "direction", "mass_kg", "volume_m3", "floor_m", "unit_count",
    "goods_type_id", "depot_id",
})  # fmt: skip
RATES = ("energy_cost_cny_fen", "ttw_kgco2e", "wtt_kgco2e", "energy_kwh")
VEHICLE_FIELDS = frozenset({
    "vehicle_type_id", "count", "depot_id", "payload_kg", "volume_m3", "floor_m", "skills",
    "vehicle_class", "shift_start_at", "shift_end_at", "max_duration_s", "max_distance_km",
    "driver_rule_id", "fixed_cost_cny_fen", "cost_cny_fen_per_km", "cost_cny_fen_per_h",
    "battery_kwh", "reserve_share", "speed_factor", "vehicle_energy", "emission_vehicle_class",
    *(f"{rate}_{part}" for rate in RATES for part in ("per_km", "per_kg_km", "source_id")),
})  # fmt: skip
DEPOT_FIELDS = frozenset({
    "depot_id", "lat", "lon", "location_id", "earliest_at", "latest_at", "loading_duration_s",
    "coordinate_system",
})  # fmt: skip


def _place(row: Row, name: str) -> Location:
    lat = row.number_of("lat", least="-90", most="90")
    lon = row.number_of("lon", least="-180", most="180")
    return Location(
        location_id=row.text("location_id", row.text(name)), lat=lat, lon=lon,
        coordinate_system=row.one_of("coordinate_system", ("wgs84", "gcj02"), "wgs84"),
        region=row.text("region", "") or None,
        access_vehicle_classes=row.words("access_vehicle_classes"),
    )  # fmt: skip


def _window(
    row: Row, midnight: datetime, names: tuple[str, str], told: Mapping[str, Any]
) -> Window:
    bounds = []
    for name, default in zip(names, (0, MAX_DAY_S), strict=True):
        value = told.get(name)
        at = None if value in (None, "") else row.as_instant(name, value)
        bounds.append(default if at is None else int((at - midnight).total_seconds()))
    if bounds[1] < bounds[0]:
        row.refuse(names[1], told.get(names[1]), f"before {names[0]} {told.get(names[0])}")
    if bounds[0] < 0 or bounds[1] > MAX_DAY_S:
        row.refuse(names[0], told.get(names[0]), "is not within 14 days of planned_on")
    return Window(earliest_s=bounds[0], latest_s=bounds[1])


def stop_of(row: Row, midnight: datetime) -> tuple[Stop, Location]:
    """Return the stop of a row, without its lines, and its place."""
    row.known(STOP_FIELDS)
    stop_id = row.text("stop_id")
    location = _place(row, "stop_id")
    several = row.told.get("windows") or []
    if isinstance(several, list) and several:
        windows = tuple(
            _window(row, midnight, ("earliest_at", "latest_at"), one)
            for one in several if isinstance(one, dict)
        )  # fmt: skip
    elif row.is_told("earliest_at") or row.is_told("latest_at"):
        windows = (_window(row, midnight, ("earliest_at", "latest_at"), row.told),)
    else:
        windows = ()
    penalty = row.whole("unserved_penalty_cny_fen", least=0, most=10**12, default=0)
    return Stop(
        stop_id=stop_id, location_id=location.location_id, windows=windows,
        service_duration_s=row.whole("service_duration_s", least=0, most=86_400, default=0),
        required_skills=row.words("skills"),
        forbidden_vehicle_classes=row.words("forbidden_vehicle_classes"),
        priority=row.whole("priority", least=1, most=5, default=3),
        mandatory=row.flag("mandatory"),
        unserved_penalty_cny_fen=penalty if row.is_told("unserved_penalty_cny_fen") else None,
    ), location  # fmt: skip


def line_of(
    row: Row, goods: Mapping[str, Mapping[str, Any]], depots: frozenset[str]
) -> ConsignmentLine:
    """Return the line of a row; the goods type gives mass and volume of a unit."""
    row.known(LINE_FIELDS)
    count = row.whole("unit_count", least=1, most=100_000, default=1)
    goods_id = row.text("goods_type_id", "")
    unit: Mapping[str, Any] = {}
    if goods_id:
        unit = goods.get(goods_id, {})
        if not unit:
            row.refuse("goods_type_id", goods_id, "is no row of goods")
    depot_id = row.text("depot_id", "") or None
    if depot_id is not None and depot_id not in depots:
        row.refuse("depot_id", depot_id, "is no depot that can be used")
    mass_g = _amount(row, "mass_kg", G_PER_KG, unit, count)
    if mass_g <= 0:
        row.refuse("mass_kg", row.told.get("mass_kg"), "must be above 0")
    return ConsignmentLine(
        consignment_id=row.text("consignment_id", ""),
        direction=Direction(row.one_of("direction", ("delivery", "pickup"), "delivery")),
        mass_g=mass_g,
        volume_cm3=_amount(row, "volume_m3", CM3_PER_M3, unit, count),
        floor_mm=_amount(row, "floor_m", MM_PER_M, unit, count),
        unit_count=count, goods_type_id=goods_id or None, depot_id=depot_id,
    )  # fmt: skip


def _amount(row: Row, name: str, by: int, unit: Mapping[str, Any], count: int) -> int:
    if row.is_told(name):
        return row.scaled(name, by, most="100000")
    if unit.get(name) in (None, ""):
        if name == "mass_kg":
            row.refuse(name, "", "is missing")
        return 0
    of_unit = Row(file=row.file, number=row.number, told=unit)
    amount = of_unit.scaled(name, by, most="100000")
    row.defects += of_unit.defects
    return amount * count


def _rate(row: Row, name: str) -> LinearRate | None:
    per_km, per_kg_km = f"{name}_per_km", f"{name}_per_kg_km"
    if not row.is_told(per_km) and not row.is_told(per_kg_km):
        return None
    source = row.text(f"{name}_source_id")
    return LinearRate(
        per_km=row.number_of(per_km, least="0", most="1000000"),
        per_kg_km=row.number_of(per_kg_km, least="0", most="1000", default="0"),
        source_id=source,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class EmissionRates:
    """What a published vehicle class emits, empty and for each kilogram on board."""

    ttw_kgco2e: LinearRate
    wtt_kgco2e: LinearRate


# Gives the rates of a class on the day of the plan; a ValueError's sentence says why not.
RatesOf = Callable[[str, date], EmissionRates]


def _emission_rates(
    row: Row, told: Mapping[str, LinearRate | None], on: date, rates_of: RatesOf | None
) -> dict[str, LinearRate | None]:
    """Return the rates of the row with those of the class that it names."""
    name = row.text("emission_vehicle_class", "")
    if not name:
        return dict(told)
    if told["ttw_kgco2e"] is not None or told["wtt_kgco2e"] is not None:
        row.refuse("emission_vehicle_class", name, "stands beside rates of its own: tell one")
    elif rates_of is None:
        row.refuse("emission_vehicle_class", name, "cannot be looked up here: tell the rates")
    else:
        try:
            found = rates_of(name, on)
        except ValueError as error:
            row.refuse("emission_vehicle_class", name, str(error))
        else:
            return {**told, "ttw_kgco2e": found.ttw_kgco2e, "wtt_kgco2e": found.wtt_kgco2e}
    return dict(told)


def vehicle_of(row: Row, midnight: datetime, rates_of: RatesOf | None = None) -> VehicleType:
    """Return the vehicle type of a row; ``rates_of`` knows the classes that rows may name."""
    row.known(VEHICLE_FIELDS)
    told = {name: _rate(row, name) for name in RATES}
    rates = _emission_rates(row, told, midnight.date(), rates_of)
    if row.text("vehicle_energy", "") == "electric" and rates["energy_kwh"] is None:
        row.refuse("energy_kwh_per_km", "", "is missing for an electric vehicle")
    if row.is_told("battery_kwh") and rates["energy_kwh"] is None:
        row.refuse("energy_kwh_per_km", "", "is missing for a vehicle with battery_kwh")
    rule = row.text("driver_rule_id", "") or None
    if rule is not None and rule not in DRIVER_RULES:
        row.refuse("driver_rule_id", rule, f"is none of {', '.join(DRIVER_RULES)}")
    payload_g = row.scaled("payload_kg", G_PER_KG, most="100000")
    if payload_g <= 0:
        row.refuse("payload_kg", row.told.get("payload_kg"), "must be above 0")
    return VehicleType(
        vehicle_type_id=row.text("vehicle_type_id"),
        count=row.whole("count", least=0, most=100_000),
        depot_id=row.text("depot_id"),
        payload_g=payload_g,
        volume_cm3=row.scaled("volume_m3", CM3_PER_M3, most="1000", default="0"),
        floor_mm=row.scaled("floor_m", MM_PER_M, most="100", default="0"),
        skills=row.words("skills"), vehicle_class=row.text("vehicle_class", ""),
        shift=_window(row, midnight, ("shift_start_at", "shift_end_at"), row.told),
        max_duration_s=_maybe(row, "max_duration_s", 1),
        max_distance_m=_maybe(row, "max_distance_km", 1_000),
        driver_rule_id=rule,
        fixed_cost_cny_fen=row.whole("fixed_cost_cny_fen", least=0, most=10**9, default=0),
        cost_cny_fen_per_km=row.number_of(
            "cost_cny_fen_per_km", least="0", most="1000000", default="0"
        ),
        cost_cny_fen_per_h=row.number_of(
            "cost_cny_fen_per_h", least="0", most="10000000", default="0"
        ),
        energy_cost_cny_fen=rates["energy_cost_cny_fen"], ttw_kgco2e=rates["ttw_kgco2e"],
        wtt_kgco2e=rates["wtt_kgco2e"], energy_kwh=rates["energy_kwh"],
        battery_kwh=row.number_of("battery_kwh", least="0", most="100000")
        if row.is_told("battery_kwh") else None,
        reserve_share=row.number_of("reserve_share", least="0", most="0.99", default="0.15"),
        speed_factor=row.number_of("speed_factor", least="0.1", most="10", default="1"),
    )  # fmt: skip


def _maybe(row: Row, name: str, by: int) -> int | None:
    if not row.is_told(name):
        return None
    return int(row.number_of(name, least="0", most="1000000") * Decimal(by))


def depot_of(row: Row, midnight: datetime) -> tuple[Depot, Location]:
    """Return the depot of a row and its place."""
    row.known(DEPOT_FIELDS)
    location = _place(row, "depot_id")
    is_timed = row.is_told("earliest_at") or row.is_told("latest_at")
    return Depot(
        depot_id=row.text("depot_id"), location_id=location.location_id,
        window=_window(row, midnight, ("earliest_at", "latest_at"), row.told) if is_timed else None,
        loading_duration_s=row.whole("loading_duration_s", least=0, most=86_400, default=0),
    ), location  # fmt: skip
