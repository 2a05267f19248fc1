from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any
from uuid import UUID

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse.board_rows import add_legs, add_rejects, leg, named_warehouse, query_of
from warehouse.board import (
    BREAKDOWNS,
    TILES,
    breakdown,
    choices,
    coverage,
    emission_split,
    latest,
    open_letters,
    series,
    shipment,
    tiles,
    trend,
    watermark,
)
from warehouse.filter import Filter, parse_filter
from warehouse.metrics import figure, figures_by, metric_of
from warehouse.sums import SOURCES, Measure, sums

WATERMARK = date(2026, 6, 12)
FILTERS = (
    "", "cat=tv", "base=!foshan", "mode=road,rail", "leg=last_leg&cat=!tv", "direct=yes",
    "energy=electric", "dq=primary,default", "company=demo", "scope=ttw&mode=!road",
)  # fmt: skip
quantities = st.integers(1, 10**12).map(lambda n: Decimal(n) / 10**6)


@st.composite
def legs(draw: st.DrawFn) -> list[dict[str, Any]]:
    rows = []
    for n in range(draw(st.integers(1, 12))):
        day = date(2025, 11, 20) + timedelta(days=draw(st.integers(0, 110)))
        wtt, ttw = draw(quantities), draw(quantities)
        rows.append(
            leg(
                event_id=UUID(int=n + 1),
                occurred_on=day,
                category_key=draw(st.integers(1, 5)),
                base_key=draw(st.sampled_from([None, 1, 2, 3])),
                company_key=draw(st.sampled_from([None, 1])),
                mode=draw(st.sampled_from(["road", "rail", "sea"])),
                energy=draw(st.sampled_from([None, "diesel", "electric"])),
                leg=draw(st.sampled_from(["main_line", "last_leg"])),
                is_direct=draw(st.sampled_from([None, True, False])),
                dq=draw(st.sampled_from(["primary", "modelled", "default"])),
                transport_tkm=str(draw(quantities)),
                emission_wtt_kgco2e=str(wtt),
                emission_ttw_kgco2e=str(ttw),
                emission_wtw_kgco2e=str(wtt + ttw),
            )
        )
    return rows


periods = st.sampled_from(
    ["", "from=2026-01", "to=2025-12-09", "from=2025-11-25&to=2026-02-10",
     "from=2026-01-10&to=2026-01-20", "from=2025-12&to=2026-01", "from=2026-01-31"]
)  # fmt: skip


def under(text: str, period: str) -> Filter:
    joined = "&".join(part for part in (text, period) if part)
    return parse_filter(joined, watermark_on=WATERMARK)


@settings(deadline=None, max_examples=30)
@given(rows=legs(), text=st.sampled_from(FILTERS), period=periods)
def test_the_parts_of_every_breakdown_and_the_trend_add_up_to_the_tile(
    rows: list[dict[str, Any]], text: str, period: str
) -> None:
    db = named_warehouse()
    add_legs(db, rows)
    wanted, query = under(text, period), query_of(db)

    tile = figure(metric_of("emission"), wanted, query).value or Decimal(0)

    for by in BREAKDOWNS:
        parts = breakdown(wanted, by, query).parts
        assert sum((part.emission.value or 0 for part in parts), Decimal(0)) == tile
        assert sum((part.shipments.value or 0 for part in parts), Decimal(0)) == (
            figure(metric_of("shipments"), wanted, query).value or 0
        )
    points = trend(wanted, query)
    assert sum((point.emission.value or 0 for point in points), Decimal(0)) == tile


@settings(deadline=None, max_examples=40)
@given(rows=legs(), text=st.sampled_from(FILTERS), period=periods)
def test_month_cube_and_edge_days_give_the_sum_of_the_raw_rows(
    rows: list[dict[str, Any]], text: str, period: str
) -> None:
    db = named_warehouse()
    add_legs(db, rows)
    wanted, query = under(text, period), query_of(db)

    expected = raw(db, wanted)

    measures = [Measure("sum", "emission_wtw_kgco2e"), Measure("sum", "transport_tkm")]
    assert sums(measures, SOURCES["leg"], wanted, (), query)[()] == expected


def raw(db: duckdb.DuckDBPyConnection, wanted: Filter) -> tuple[Decimal | None, ...]:
    """The same sums the slow way: row by row in Python."""
    rows = db.execute(
        "select occurred_on, category, production_base, company, mode, energy, leg, is_direct, dq, "
        "emission_wtw_kgco2e, transport_tkm from mart.leg"
    ).fetchall()
    kept = [row for row in rows if _matches(row, wanted)]
    if not kept:
        return (None, None)
    return (sum((row[9] for row in kept), Decimal(0)), sum((row[10] for row in kept), Decimal(0)))


def _matches(row: tuple[Any, ...], wanted: Filter) -> bool:
    if (wanted.from_on and row[0] < wanted.from_on) or (wanted.to_on and row[0] > wanted.to_on):
        return False
    direct = {True: "yes", False: "no"}.get(row[7])
    values = dict(zip(("cat", "base", "company", "mode", "energy", "leg", "direct", "dq"),
                      (*row[1:7], direct, row[8]), strict=True))  # fmt: skip
    for key, items in wanted.items:
        included = {item.token for item in items if not item.excluded}
        excluded = {item.token for item in items if item.excluded}
        if values[key] in excluded or (included and values[key] not in included):
            return False
    return True


@pytest.mark.parametrize(("text", "known"), [
    ("base=qingdao", 1),
    ("base=!qingdao", 1),  # the leg without a base is not the excluded one
    ("base=!foshan", 2),
    ("base=qingdao,!qingdao", None),
    ("direct=yes", 1),
    ("direct=!yes", 1),
    ("energy=!diesel", 1),
])  # fmt: skip
def test_what_nobody_stated_is_neither_included_nor_excluded(text: str, known: int | None) -> None:
    db = named_warehouse()
    add_legs(db, [leg(event_id=UUID(int=1), is_direct=True),
                  leg(event_id=UUID(int=2), base_key=None, energy=None)])  # fmt: skip

    found = figure(metric_of("shipments"), parse_filter(text, watermark_on=WATERMARK), query_of(db))

    assert found.value == known


@settings(deadline=None, max_examples=20)
@given(rows=legs(), cut=st.dates(date(2025, 11, 21), date(2026, 3, 9)))
def test_splitting_a_period_adds_up(rows: list[dict[str, Any]], cut: date) -> None:
    db = named_warehouse()
    add_legs(db, rows)
    query, metric = query_of(db), metric_of("emission")

    before = figure(metric, Filter(to_on=cut - timedelta(days=1)), query).value or Decimal(0)
    after = figure(metric, Filter(from_on=cut), query).value or Decimal(0)

    assert before + after == figure(metric, Filter(), query).value


def test_a_batch_in_two_parts_shows_the_same_because_readers_sum_again() -> None:
    one, two = named_warehouse(), named_warehouse()
    rows = [leg(event_id=UUID(int=n)) for n in (1, 2)]
    add_legs(one, rows)
    for row in rows:
        add_legs(two, [row])

    assert tiles(Filter(), query_of(one)) == tiles(Filter(), query_of(two))
    assert breakdown(Filter(), "mode", query_of(one)) == breakdown(Filter(), "mode", query_of(two))


def test_the_tiles_come_in_their_order_and_the_split_adds_up() -> None:
    db = named_warehouse()
    add_legs(db, [leg()])
    query = query_of(db)

    split = emission_split(Filter(), query)

    assert tuple(f.metric.id for f in tiles(Filter(), query)) == TILES
    assert split is not None
    assert split.wtt_kgco2e + split.ttw_kgco2e == split.wtw_kgco2e == Decimal("388.787063")
    assert emission_split(parse_filter("mode=air", watermark_on=WATERMARK), query) is None


def test_the_largest_part_comes_first_and_a_row_without_base_is_a_part_too() -> None:
    db = named_warehouse()
    add_legs(db, [
        leg(event_id=UUID(int=1)),
        leg(event_id=UUID(int=2), base_key=None, emission_wtw_kgco2e="1000.000000"),
    ])  # fmt: skip

    parts = breakdown(Filter(), "base", query_of(db)).parts

    assert [(part.name.id, part.name.zh) for part in parts] == [(None, None), ("qingdao", "青岛")]
    assert sum(part.share or 0 for part in parts) == pytest.approx(Decimal(1))


def test_a_month_without_rows_is_not_in_the_trend_and_the_current_one_is_open() -> None:
    db = named_warehouse()
    add_legs(db, [leg(event_id=UUID(int=1), occurred_on=date(2026, 3, 31)),
                  leg(event_id=UUID(int=2), occurred_on=WATERMARK)])  # fmt: skip

    points = trend(Filter(), query_of(db), watermark_on=WATERMARK)

    assert [(point.month_on, point.is_open) for point in points] == [
        (date(2026, 3, 1), False), (date(2026, 6, 1), True)
    ]  # fmt: skip
    months = series(TILES, Filter(), query_of(db))
    assert [day for day, _ in months["emission"]] == [date(2026, 3, 1), date(2026, 6, 1)]
    assert "coverage_shipments" not in months


def test_the_watermark_is_the_newest_event_of_any_fact() -> None:
    db = named_warehouse()
    query = query_of(db)
    assert watermark(query) is None
    add_legs(db, [leg()])

    reached = watermark(query)

    assert reached is not None
    assert reached.data_to.astimezone(UTC) == datetime(2026, 6, 12, 6, tzinfo=UTC)
    assert reached.day == WATERMARK


def test_coverage_lists_the_refused_by_reason_of_streams_and_imports() -> None:
    db = named_warehouse()
    add_legs(db, [leg()])
    add_rejects(db, ["mass_missing", "mass_missing", "factor_not_found"])
    db.execute("insert into import_line values "
               "('f', 1, 'x', 'K-1', 'transport_leg', 'rejected', ['mode_missing'], [], null),"
               "('f', 2, 'x', 'K-2', 'transport_leg', 'accepted', [], [], null)")  # fmt: skip

    kept = coverage(query_of(db))

    assert [(r.came_from, r.reason, r.records) for r in kept.rejects] == [
        ("stream", "mass_missing", 2), ("import", "mode_missing", 1),
        ("stream", "factor_not_found", 1),
    ]  # fmt: skip
    assert kept.shipments.value == Decimal("0.2")
    assert kept.dead_letters.value == 3
    assert len(open_letters(query_of(db), limit=2)) == 2
    assert [row["dead_letter_id"] for row in open_letters(query_of(db), limit=9, skipped=2)] == [
        "L-2"
    ]


def test_the_latest_legs_are_those_of_the_filter() -> None:
    db = named_warehouse()
    hours = [datetime(2026, 6, 12, hour, tzinfo=UTC) for hour in (1, 3, 2)]
    add_legs(db, [
        leg(event_id=UUID(int=n), shipment_id=f"S-{n}", occurred_at=hour,
            mode="rail" if n == 2 else "road")
        for n, hour in enumerate(hours)
    ])  # fmt: skip

    query = query_of(db)
    road = parse_filter("mode=road", watermark_on=WATERMARK)

    assert [one.shipment_id for one in latest(Filter(), query, until=WATERMARK)] == [
        "S-1", "S-2", "S-0"
    ]  # fmt: skip
    assert [one.mode for one in latest(road, query, until=WATERMARK, limit=1)] == ["road"]
    assert latest(Filter(to_on=date(2026, 1, 1)), query, until=WATERMARK) == ()


def test_choices_are_the_ids_that_the_warehouse_knows() -> None:
    found = choices(query_of(named_warehouse()))

    assert [name.id for name in found["base"]] == ["chengdu", "foshan", "qingdao"]
    assert set(found) == {"cat", "base", "company"}


def test_the_legs_of_a_shipment_add_up_to_it_and_its_shipments_to_the_tile() -> None:
    db = named_warehouse()
    add_legs(db, [
        leg(event_id=UUID(int=1), leg_id="S-1/1"),
        leg(event_id=UUID(int=2), leg_id="S-1/2", leg_seq=2, leg="last_leg", shipments=0,
            emission_wtt_kgco2e="1.000001", emission_ttw_kgco2e="2.000002",
            emission_wtw_kgco2e="3.000003"),
        leg(event_id=UUID(int=3), leg_id="S-2/1", shipment_id="S-2"),
    ])  # fmt: skip
    query = query_of(db)

    found = [shipment(name, query) for name in ("S-1", "S-2")]

    assert shipment("S-3", query) is None
    whole = Decimal(0)
    for one in found:
        assert one is not None
        parts = sum((leg.emission.wtw_kgco2e for leg in one.legs), Decimal(0))
        assert parts == one.emission.wtw_kgco2e
        whole += parts
    assert whole == figure(metric_of("emission"), Filter(), query).value


def test_a_leg_keeps_the_inputs_that_were_stored_with_it() -> None:
    db = named_warehouse()
    add_legs(db, [leg()])

    found = shipment("S-1", query_of(db))

    assert found is not None
    (one,) = found.legs
    assert one.inputs["source_offset"] == 17
    assert one.inputs["destination"] == {"site_id": "JNA"}
    assert (one.factor_id, one.data_class) == ("defra_2025.road.all_hgv.average.tkm", "default")
    assert (one.revisions[0].topic, one.revisions[0].partition, one.revisions[0].offset) == (
        "shipment.emission.v1", 2, 41
    )  # fmt: skip


def negated(row: dict[str, Any], **changed: Any) -> dict[str, Any]:
    measures = ("mass_kg", "volume_m3", "distance_km", "transport_tkm", "emission_wtt_kgco2e",
                "emission_ttw_kgco2e", "emission_wtw_kgco2e", "shipment_mass_kg",
                "shipment_volume_m3")  # fmt: skip
    opposite = {name: str(-Decimal(row[name])) for name in measures}
    return row | opposite | {"legs": -1, "shipments": -1, "revision": 1} | changed


def test_a_changed_mode_shows_the_new_words_and_the_sum_of_all_rows() -> None:
    db = named_warehouse()
    first = leg(event_id=UUID(int=1))
    add_legs(db, [first])
    add_legs(db, [negated(first, event_id=UUID(int=2), reason="correction"),
                  first | {"event_id": UUID(int=3), "mode": "rail", "revision": 1,
                           "reason": "correction"}])  # fmt: skip

    found = shipment("S-1", query_of(db))

    assert found is not None
    (one,) = found.legs
    assert (one.mode, one.mass_kg, len(one.revisions)) == ("rail", Decimal("7536.000"), 3)
    assert not one.is_void
    by_mode = figures_by(metric_of("shipments"), Filter(), ("mode",), query_of(db))
    assert by_mode["road",].value == 0


def test_a_void_leaves_a_leg_of_nothing() -> None:
    db = named_warehouse()
    first = leg(event_id=UUID(int=1))
    add_legs(db, [first, negated(first, event_id=UUID(int=2), reason="void")])

    found = shipment("S-1", query_of(db))

    assert found is not None
    assert found.legs[0].is_void
    assert found.emission.wtw_kgco2e == 0
