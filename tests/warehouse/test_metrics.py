import json
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any
from uuid import UUID

import duckdb
import pytest

from tests.warehouse import takeback_rows
from tests.warehouse.board_rows import (
    add,
    add_legs,
    add_rejects,
    leg,
    named_warehouse,
    query_of,
)
from warehouse.filter import Filter, parse_filter
from warehouse.metrics import (
    GrainNotOffered,
    MetricsBroken,
    State,
    UnknownMetric,
    figure,
    figures_by,
    load_metrics,
    metric_of,
    ratio,
    read_metrics,
)

JUNE = date(2026, 6, 12)
Db = duckdb.DuckDBPyConnection


def worked_legs(db: Db) -> None:
    """The worked example of the board: road artic, road rigid, rail."""
    rows = [
        ("road", "20000.000", "20000.000000", "1900.400000", "primary"),
        ("road", "5000.000", "2000.000000", "417.640000", "default"),
        ("rail", "12500.000", "35250.500000", "1223.192350", "modelled"),
    ]
    add_legs(
        db,
        [
            leg(
                event_id=UUID(int=n),
                mode=mode,
                mass_kg=mass,
                transport_tkm=tkm,
                emission_wtt_kgco2e="0.000000",
                emission_ttw_kgco2e=kg,
                emission_wtw_kgco2e=kg,
                dq=dq,
            )
            for n, (mode, mass, tkm, kg, dq) in enumerate(rows, start=1)
        ],
    )


def last_legs(db: Db) -> None:
    """150 t km electric of 500 on the last leg, and an electric train that is none."""
    rows = [("last_leg", "electric", "150"), ("last_leg", "diesel", "350"),
            ("main_line", "electric", "9000")]  # fmt: skip
    add_legs(
        db,
        [
            leg(event_id=UUID(int=n), leg=kind, energy=energy, transport_tkm=f"{tkm}.000000")
            for n, (kind, energy, tkm) in enumerate(rows, start=1)
        ],
    )


def forklifts(db: Db) -> None:
    """Three electric trucks for 9 hours, one diesel truck for 3; one of them came twice."""
    rows = [(1, "battery_electric", 4), (2, "battery_electric", 3), (3, "battery_electric", 1),
            (3, "battery_electric", 1), (4, "diesel", 3)]  # fmt: skip
    add(
        db,
        "agg_site_day",
        [
            {
                "day": JUNE, "site_key": 1, "forklift_key": key, "energy": energy, "sessions": 1,
                "energy_kwh": "1", "fuel_l": "0", "running_s": hours * 3_600,
                "emission_wtt_kgco2e": "0", "emission_ttw_kgco2e": "0",
                "emission_wtw_kgco2e": "0",
            }
            for key, energy, hours in rows
        ],
    )  # fmt: skip


def takeback(db: Db) -> None:
    """42 units collected, 7 of them dismantled too, one of them taken back again."""
    rows = [("unit", "collected", 40), ("unit", "collected", 3), ("unit", "collected", -1),
            ("unit", "dismantled", 7), ("order", "picked_up", 12)]  # fmt: skip
    add(
        db,
        "agg_takeback_day",
        [
            {
                "day": JUNE, "aggregate": aggregate, "category_key": 1, "partner_key": 1,
                "region_key": 1, "channel": "other", "event_type": kind, "events": events,
                "mass_kg": "1",
            }
            for aggregate, kind, events in rows
        ],
    )  # fmt: skip


def routes(db: Db) -> None:
    """6 direct of 10 known, 5 unknown; 200 m3 at 1,000 km and 100 m3 at 400 km."""
    rows = [("true", 6, "200.000000", "200000.000000"), ("false", 4, "100.000000", "40000.000000"),
            (None, 5, "0.000000", "0.000000")]  # fmt: skip
    add(
        db,
        "agg_order_day",
        [
            {
                "day": JUNE, "category_key": 1, "base_key": 1, "region_key": 1,
                "is_direct": direct, "mode": "road", "orders": orders, "mass_kg": "1",
                "volume_m3": volume, "volume_main_line_m3km": volume_km,
            }
            for direct, orders, volume, volume_km in rows
        ],
    )  # fmt: skip


def refused(db: Db) -> None:
    """Three shipments with a number; two without, one of them with two bad records."""
    worked_legs(db)
    add_rejects(db, ["mass_missing", "mode_unknown"])
    db.execute("insert into dead_letter select * replace ('L-9' as dead_letter_id) "
               "from dead_letter where dead_letter_id = 'L-0'")  # fmt: skip


# Each metric with rows and the answer that was computed by hand.
FIXTURES: dict[str, tuple[Callable[[Db], None], str]] = {
    "emission": (worked_legs, "3541.232350"),
    "intensity": (worked_legs, "0.061855047"),  # the mean of three ratios would say 0.112847
    "shipments": (worked_legs, "3"),
    "primary_share": (worked_legs, "0.536649339"),  # 1,900.4 / 3,541.23235
    "ev_last_leg_share": (last_legs, "0.3"),
    "electric_forklift_share_hours": (forklifts, "0.75"),
    "electric_forklift_share_units": (forklifts, "0.75"),
    "units_collected": (takeback, "42"),
    "direct_share": (routes, "0.6"),
    "main_line_km_per_m3": (routes, "800"),
    "coverage_shipments": (refused, "0.6"),
    "dead_letters_open": (refused, "3"),
    **takeback_rows.FIXTURES,
}


def test_every_metric_has_a_fixture() -> None:
    assert set(FIXTURES) == set(load_metrics())


@pytest.mark.parametrize("name", FIXTURES)
def test_a_metric_gives_the_answer_computed_by_hand(name: str) -> None:
    db = named_warehouse()
    fill, answer = FIXTURES[name]
    fill(db)

    found = figure(metric_of(name), Filter(), query_of(db))

    assert (found.value, found.state) == (Decimal(answer), State.VALUE)


@pytest.mark.parametrize("name", [name for name in FIXTURES if name != "dead_letters_open"])
def test_a_metric_over_nothing_is_no_data_and_never_zero(name: str) -> None:
    found = figure(metric_of(name), Filter(), query_of(named_warehouse()))

    assert (found.value, found.state, found.reason) == (None, State.NO_DATA, "nothing_matched")


def test_no_open_letter_is_a_known_zero() -> None:
    found = figure(metric_of("dead_letters_open"), Filter(), query_of(named_warehouse()))

    assert found.value == 0


@pytest.mark.parametrize("name", takeback_rows.KNOWN_ZEROS)
def test_nothing_of_what_was_told_is_a_known_zero(name: str) -> None:
    db = named_warehouse()
    takeback_rows.KNOWN_ZEROS[name](db)

    assert figure(metric_of(name), Filter(), query_of(db)).value == 0


def test_a_denominator_of_zero_is_no_data() -> None:
    db = named_warehouse()
    add_legs(db, [leg(transport_tkm="0.000000")])

    found = figure(metric_of("intensity"), Filter(), query_of(db))

    assert (found.value, found.reason) == (None, "denominator_zero")


def test_a_scope_picks_its_part() -> None:
    db = named_warehouse()
    add_legs(db, [leg()])

    values = [
        figure(metric_of("emission"), parse_filter(f"scope={scope}", watermark_on=JUNE),
               query_of(db)).value
        for scope in ("wtt", "ttw", "wtw")
    ]  # fmt: skip

    assert values == [Decimal("73.242987"), Decimal("315.544076"), Decimal("388.787063")]


def test_a_figure_refuses_a_filter_its_source_cannot_hear() -> None:
    db = named_warehouse()
    forklifts(db)

    wanted = parse_filter("cat=tv", watermark_on=JUNE)
    found = figure(metric_of("electric_forklift_share_hours"), wanted, query_of(db))

    assert (found.value, found.state) == (None, State.NOT_NARROWED)
    assert found.reason == "not_narrowed_by_cat"


def test_a_grain_that_is_not_offered_is_named() -> None:
    with pytest.raises(GrainNotOffered, match="by=mode"):
        figures_by(metric_of("units_collected"), Filter(), ("mode",), query_of(named_warehouse()))


def test_an_unknown_metric_is_named() -> None:
    with pytest.raises(UnknownMetric, match="no metric is called nope"):
        metric_of("nope")


def test_a_ratio_keeps_nine_decimals_rounded_half_even() -> None:
    assert ratio(Decimal(1), Decimal(3)) == Decimal("0.333333333")
    assert ratio(Decimal("0.0000000025"), Decimal(1)) == Decimal("0.000000002")


GOOD: dict[str, Any] = {
    "name_zh": "x", "name_en": "x", "note_zh": "x", "note_en": "x", "unit": "share",
    "kind": "ratio", "source": "leg", "numerator": "sum(legs)", "denominator": "sum(shipments)",
    "direction": "lower", "target": "none", "owner": "data", "version": 1,
}  # fmt: skip

BROKEN: list[tuple[dict[str, Any], str]] = [
    ({"owner": ""}, "owner is missing"),
    ({"name_zh": None}, "name_zh is missing"),
    ({"source": "fact_leg"}, "source is unknown: fact_leg"),
    ({"numerator": "sum(legz)"}, "has no measure legz"),
    ({"numerator": "avg(legs)"}, "is no sum"),  # a mean cannot be added up
    ({"numerator": "distinct(legs)"}, "not additive that way"),
    ({"numerator": "sum(legs); drop table x"}, "is no sum"),
    ({"unit": "kg"}, "its columns give share"),
    ({"kind": "sum"}, "denominator belongs to a ratio"),
    ({"version": 0}, "version is missing"),
    ({"direction": "sideways"}, "direction is unknown"),
    ({"numerator_where": {"colour": "red"}}, "no column colour"),
    ({"nmae": "x"}, "is no field of a metric"),
]


def toml(row: dict[str, Any]) -> str:
    lines = ["[metric.m]"]
    for name, value in row.items():
        if isinstance(value, dict):
            inner = ", ".join(f"{key} = {json.dumps(word)}" for key, word in value.items())
            lines.append(f"{name} = {{ {inner} }}")
        elif value is not None:
            lines.append(f"{name} = {json.dumps(value)}")
    return "\n".join(lines)


def test_the_good_definition_is_read() -> None:
    assert read_metrics(toml(GOOD))["m"].unit == "share"


@pytest.mark.parametrize(("change", "sentence"), BROKEN)
def test_a_broken_definition_stops_the_process(change: dict[str, Any], sentence: str) -> None:
    with pytest.raises(MetricsBroken, match=sentence):
        read_metrics(toml(GOOD | change))
