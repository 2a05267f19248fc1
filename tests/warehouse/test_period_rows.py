"""Legs as they stand, and their sums, after the real sink stored events and corrections."""

from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import date
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from emissions.sums import ratio
from tests.warehouse.board_rows import query_of
from tests.warehouse.builders import batch as batch_of
from tests.warehouse.builders import corrected, emission, empty, sink_of, uid
from warehouse.leg_now import legs_now
from warehouse.period_rows import (
    SPLITS,
    LegNow,
    cells,
    companies,
    lanes,
    legs_of,
    primary_shares,
    shipments,
)

YEAR = date(2026, 1, 1), date(2026, 12, 31)
RAIL = {"mode": "rail", "vehicle_class": None, "energy": None}


@pytest.fixture
def db() -> Iterator[duckdb.DuckDBPyConnection]:
    connection = empty()
    yield connection
    connection.close()


def hold(db: duckdb.DuckDBPyConnection, *events: Any) -> None:
    sink_of(db).write([batch_of(*events)])


def legs_in(db: duckdb.DuckDBPyConnection, *days: date, **narrowed: Any) -> list[LegNow]:
    def pages(text: str, values: Sequence[object]) -> Iterator[list[tuple[Any, ...]]]:
        found = db.cursor().execute(text, list(values))
        while rows := found.fetchmany(2):
            yield rows

    return list(legs_of(pages, *(days or YEAR), **narrowed))


def test_legs_come_by_day_and_name_whatever_their_sequence(
    db: duckdb.DuckDBPyConnection,
) -> None:
    hold(db, *(emission(n, occurred_at=f"2026-06-0{9 - n}T04:00:00Z") for n in range(1, 6)))

    assert [leg.leg_id for leg in legs_in(db)] == [f"C-{n}/1" for n in (5, 4, 3, 2, 1)]


def test_a_corrected_leg_is_one_row_with_the_newest_words_and_the_sum_of_its_rows(
    db: duckdb.DuckDBPyConnection,
) -> None:
    hold(db, emission(1), emission(2), corrected(7, 1, factor_id="defra_2025.other"))

    first, second = legs_in(db)

    assert (first.event_id.int, first.mass_kg) == (1, Decimal("402.500"))
    assert first.wtw_kgco2e == Decimal("49.233496")
    assert first.factor == "defra_2025/defra_2025.other"
    assert second.wtw_kgco2e == Decimal("50.456689")


def test_a_leg_whose_day_was_corrected_stands_in_one_period_only(
    db: duckdb.DuckDBPyConnection,
) -> None:
    hold(db, emission(1), corrected(7, 1, occurred_at="2025-12-30T04:00:00Z"))

    assert legs_in(db) == []
    (leg,) = legs_in(db, date(2025, 1, 1), date(2025, 12, 31))
    assert leg.mass_kg == Decimal("402.500")


def test_a_leg_whose_mode_was_corrected_stands_under_the_new_one(
    db: duckdb.DuckDBPyConnection,
) -> None:
    hold(db, emission(1), corrected(7, 1, **RAIL), corrected(8, 7, **RAIL, mass_kg="300"))

    (cell,) = cells(query_of(db), *YEAR, by="mode")

    assert (cell.mode, cell.legs, cell.mass_kg) == ("rail", 1, Decimal("300.000"))


def test_a_leg_that_was_taken_back_stands_in_no_period(db: duckdb.DuckDBPyConnection) -> None:
    hold(db, emission(1), emission(2))
    measures = (
        "mass_kg", "volume_m3", "distance_km", "transport_tkm", "emission_wtt_kgco2e",
        "emission_ttw_kgco2e", "emission_wtw_kgco2e", "legs", "shipments",
    )  # fmt: skip
    negated = ", ".join(f"-{name} as {name}" for name in measures)
    db.execute(
        f"insert into fact_leg_emission select * replace ({negated}, 1 as revision, "
        "source_event_id as correction_of, ?::uuid as source_event_id, 'void' as reason) "
        "from fact_leg_emission where leg_id = 'C-1/1'", [uid(99)],
    )  # fmt: skip

    assert [leg.leg_id for leg in legs_in(db)] == ["C-2/1"]
    assert shipments(query_of(db), *YEAR) == 1


def test_one_shipment_is_read_alone(db: duckdb.DuckDBPyConnection) -> None:
    hold(db, emission(1), emission(2), corrected(7, 2))

    assert [leg.leg_id for leg in legs_in(db, *YEAR, shipment_id="S-2")] == ["C-2/1"]
    assert shipments(query_of(db), *YEAR) == 2
    assert shipments(query_of(db), *YEAR, shipment_id="S-2") == 1
    assert shipments(query_of(db), *YEAR, shipment_id="S-3") == 0


@pytest.mark.parametrize("by", SPLITS)
def test_cells_add_up_to_the_facts_however_they_are_split(
    db: duckdb.DuckDBPyConnection, by: str
) -> None:
    hold(
        db,
        *(emission(n, category="fridge" if n % 2 else "tv", mass_kg=str(n)) for n in range(1, 9)),
        emission(9, **RAIL, production_base=None, origin={"lat": "36.1", "lon": "120.4"}),
        corrected(10, 3),
        emission(11, occurred_at="2025-06-03T04:00:00Z"),
    )

    found = cells(query_of(db), *YEAR, by=by)

    stored = db.execute(
        "select sum(legs)::bigint, sum(mass_kg), sum(transport_tkm), sum(emission_wtt_kgco2e), "
        "sum(emission_ttw_kgco2e), sum(emission_wtw_kgco2e) from fact_leg_emission "
        "where occurred_on >= date '2026-01-01'"
    ).fetchall()[0]
    names = ("legs", "mass_kg", "transport_tkm", "wtt_kgco2e", "ttw_kgco2e", "wtw_kgco2e")
    assert tuple(sum(getattr(cell, name) for cell in found) for name in names) == stored
    assert (
        Counter(dict.fromkeys((c.split for c in found), 1)).keys()
        == {
            "mode": {"road", "rail"},
            "category": {"fridge", "tv"},
            "base": {"qingdao", None},
            "lane": {"QDO~RDC-1", None},
        }[by]
    )


def test_a_cell_says_what_its_numbers_stand_on(db: duckdb.DuckDBPyConnection) -> None:
    hold(db, emission(1, flags=["proxy_region"]), emission(2, gwp_set="ar6"))

    first, second = cells(query_of(db), *YEAR, by="mode")

    assert {first.gwp_set, second.gwp_set} == {"ar5", "ar6"}
    assert {first.flags, second.flags} == {("proxy_region",), ()}
    assert (first.factor_set, first.factor_set_sha256) == ("defra_2025", "a" * 64)
    assert (first.method, first.method_version, first.year) == (
        "class_default",
        "loopline-1",
        2026,
    )


def test_an_end_without_a_site_makes_a_lane_that_is_not_given(
    db: duckdb.DuckDBPyConnection,
) -> None:
    hold(
        db,
        emission(1, origin={"lat": "36.1", "lon": "120.4"}),
        emission(2),
        emission(3),
    )

    first, second = lanes(query_of(db), *YEAR)

    assert (first.key.lane, first.kgco2e) == ("QDO~RDC-1", Decimal("100.913378"))
    assert (second.key.lane, second.mass_kg) == ("not_given", Decimal("412.500"))


def test_companies_and_primary_activity_are_told(db: duckdb.DuckDBPyConnection) -> None:
    hold(
        db,
        emission(1, data_class="primary", method="primary_energy"),
        emission(2),
        emission(3, company=None),
    )

    assert companies(query_of(db), *YEAR) == ("demo",)
    assert primary_shares(query_of(db), *YEAR) == {
        "road/artic_over_33t": ratio(Decimal(1), Decimal(3))
    }


def test_the_inputs_of_a_leg_keep_the_digits_that_were_stored(
    db: duckdb.DuckDBPyConnection,
) -> None:
    hold(db, emission(1, energy_kwh="12.50"))

    (leg,) = legs_in(db)

    assert leg.inputs["energy_kwh"] == "12.50"
    assert leg.inputs["origin"]["lat"] == "36.067131"
    assert str(leg.event_id) == uid(1)


def test_a_select_binds_every_value_it_asks_for() -> None:
    text, values = legs_now(*YEAR, shipment_id="S-1")

    assert text.count("?") == len(values)
