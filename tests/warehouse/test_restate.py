import json
import random
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pyarrow as pa
import pytest

from emissions.factor import FactorBook, FactorSet
from emissions.leg import LegQuestion
from emissions.period import Period, period_of
from emissions.read import book_of_only, load_book
from emissions.rerun import Outcome, RecordedVersions, Run, leg_run
from emissions.restatement import Summary
from schemas.refusal import Refused
from schemas.topics import LEGS
from schemas.wire import WireEmission, WireLeg
from streams.codecs import decode
from tests.builders import emission as emission_of
from tests.builders import emitted, event_id
from tests.emissions.builders import factor
from tests.emissions.factor_files import a_set, row
from tests.emissions.rerun_builders import ARTIC, refuse
from tests.simulator.builders import bodies
from tests.warehouse.builders import Store, assert_consistent, batch
from warehouse.restate import KeptAside, legs_in, restate
from warehouse.trace import shipment

RECORDED = datetime(2026, 6, 3, 12, tzinfo=UTC)
RESTATED = RECORDED + timedelta(days=30)
YEAR = period_of("2025")
JUNE = period_of("2025-06")
NEW_SHA = "1" * 64
QINGDAO = {"lat": "36.067131", "lon": "120.382621"}
JINAN = {"lat": "36.6512", "lon": "117.120098"}
# Every way a leg's inputs are kept: each must give its recorded digits again.
KINDS: tuple[dict[str, Any], ...] = (
    {},
    {"mass_kg": "12000.0005", "distance_km": "350.12345", "volume_m3": "61.250"},
    {"distance_method": "declared", "distance_km": "412", "origin": QINGDAO, "destination": JINAN},
    {"distance_km": None, "distance_method": None, "origin": QINGDAO, "destination": JINAN},
    {"distance_method": "gcd", "distance_km": "299.265"},
    {"distance_method": "actual", "distance_km": "420.5"},
    {"mode": "sea", "vehicle_class": None, "energy": None, "distance_method": "actual",
     "distance_km": "1150.023"},
    {"mode": "air", "vehicle_class": None, "energy": None, "distance_method": "actual",
     "distance_km": "1500"},
    {"mode": "rail", "vehicle_class": None, "energy": None},
    {"vehicle_class": None, "energy": None, "category": "tv", "production_base": "foshan"},
    {"vehicle_class": "nobody_knows", "flags": ["manual_entry"]},
    {"fuel_l": "98.7654"},
    {"energy": "electric", "vehicle_class": None, "energy_kwh": "38.4", "grid_region": "beijing"},
)  # fmt: skip


def leg(number: int = 1, **changed: Any) -> WireEmission:
    told = {"event_id": event_id(number), "shipment_id": f"S-{number}", "company": "demo"}
    return emission_of(**told | {"consignment_id": f"C-{number}"} | changed)


def edition(ttw_kgco2e: str = "0.08000", sha: str = NEW_SHA) -> FactorSet:
    """Another edition of the publisher of the heavy artic: one row."""
    one = factor(ARTIC, ttw_kgco2e=Decimal(ttw_kgco2e), set_sha256=sha)
    return FactorSet(one.manifest, sha, (one,))


def book(one: FactorSet) -> FactorBook:
    """The packaged sets, with the row of ``one`` in the place of the packaged one."""
    ids = {each.factor_id for each in one.factors}
    return book_of_only([
        *(replace(s, factors=tuple(f for f in s.factors if f.factor_id not in ids))
          for s in load_book().sets),
        one,
    ])  # fmt: skip


def versions(*more: FactorSet) -> RecordedVersions:
    return RecordedVersions([*load_book().sets, edition(), *more])


class House(Store):
    """A store, and everything that is kept aside beside it until its end."""

    def __init__(self) -> None:
        super().__init__()
        self.ends = ExitStack()


def run_again(store: House, new: Run[LegQuestion], **given: Any) -> tuple[Summary, KeptAside]:
    keep = store.ends.enter_context(KeptAside())
    plain: dict[str, Any] = {"period": YEAR, "versions": versions(), "page_legs": 4}
    told = plain | given
    return restate(store.db, told.pop("period"), new=new, keep=keep, **told), keep


def append(store: House, keep: KeptAside, at: datetime = RESTATED) -> int:
    return store.sink.append(keep.tables(), recorded_at=at).rows


def restated(store: House, new: Run[LegQuestion], at: datetime = RESTATED, **given: Any) -> int:
    return append(store, run_again(store, new, **given)[1], at)


def total(store: House, *, known_at: datetime | None = None) -> Decimal:
    found: Decimal = store.one(
        "select sum(emission_wtw_kgco2e) from fact_leg_emission where recorded_at <= ?",
        known_at or RESTATED,
    )
    return found


@pytest.fixture
def store() -> Iterator[House]:
    house = House()
    house.tell(*(leg(n, **changed) for n, changed in enumerate(KINDS, start=1)),
               recorded_at=RECORDED)  # fmt: skip
    yield house
    house.ends.close()
    house.db.close()


PACKAGED = leg_run(load_book())
NEW = leg_run(book(edition()))
# A carrier's own figure: what it answers is primary and leaves the group of defaults.
CARRIER = a_set(row("toc", vehicle_class="maker_toc"), verification="user", valid_from="2025-01-01")
BY_CARRIER = leg_run(book(CARRIER))


def test_what_was_recorded_is_reproduced_digit_by_digit_and_nothing_moves(store: House) -> None:
    summary, keep = run_again(store, PACKAGED)

    assert summary.records == legs_in(store.db, YEAR) == len(KINDS)
    assert summary.not_reproduced.listed == summary.refused.listed == ()
    assert summary.whole.old.wtw_kgco2e == total(store)
    assert (summary.rows, keep.rows, append(store, keep)) == (0, 0, 0)


def test_new_sets_move_sums_by_what_was_shown_and_old_rows_stay(store: House) -> None:
    before = total(store)

    summary, keep = run_again(store, NEW)
    stored = append(store, keep)

    assert stored == summary.rows == keep.rows > 0
    assert summary.whole.old.wtw_kgco2e == before
    assert total(store) == summary.whole.new.wtw_kgco2e == before + summary.whole.factor.wtw_kgco2e
    assert summary.whole.method.wtw_kgco2e == 0
    assert total(store, known_at=RESTATED - timedelta(seconds=1)) == before
    assert_consistent(store.db)


def test_the_row_is_a_difference_that_stands_on_the_new_factor(store: House) -> None:
    restated(store, NEW)

    found = store.rows(
        "select revision, reason, correction_of::varchar, mass_kg, distance_km, legs, shipments, "
        "emission_ttw_kgco2e, emission_wtt_kgco2e, emission_wtw_kgco2e, factor, leg_id, "
        "extra_inputs->>'factor_set_sha256', recorded_on::varchar, occurred_on::varchar "
        "from mart.leg where shipment_id = 'S-1' and revision > 0"
    )
    assert found == [
        (
            1, "factor_update", event_id(1), 0, 0, 0, 0, Decimal("12.474000"), 0,
            Decimal("12.474000"), f"defra_2025/{ARTIC}", "C-1/1", NEW_SHA, "2026-07-03",
            "2025-06-01",
        )
    ]  # fmt: skip
    assert store.rows("select month::varchar, change_number from month_change") == [
        ("2025-06-01", 2)
    ]


def test_everything_else_a_leg_says_stands_on_the_row_too(store: House) -> None:
    store.tell(
        leg(60, is_direct=True, trip_id="T-1", carrier_id="CA-1", production_base="qingdao",
            volume_m3="61.25", leg_seq=2, leg="last_leg"),
        leg(61, is_direct=False),
        recorded_at=RECORDED,
    )  # fmt: skip

    restated(store, NEW)

    moved = {"source_event_id", "event_id", "revision", "correction_of", "reason", "factor",
             "recorded_at", "recorded_on", "extra_inputs", "mass_kg", "volume_m3", "distance_km",
             "transport_tkm", "emission_ttw_kgco2e", "emission_wtt_kgco2e", "emission_wtw_kgco2e",
             "legs", "shipments", "shipment_mass_kg", "shipment_volume_m3"}  # fmt: skip
    columns = [name for (name, *_) in store.rows("describe mart.leg") if name not in moved]
    assert {"is_direct", "trip_id", "carrier", "company", "lane", "topic", "leg"} <= set(columns)
    for shipment_id in ("S-60", "S-61"):
        first, second = store.rows(
            f"select {', '.join(columns)} from mart.leg where shipment_id = ? order by revision",
            shipment_id,
        )
        assert first == second


def test_a_shipments_page_explains_the_restated_number(store: House) -> None:
    restated(store, NEW)

    found = shipment("S-1", lambda sql, given: store.db.execute(sql, list(given)).fetchall())

    assert found is not None
    (leg_now,) = found.legs
    assert leg_now.emission.ttw_kgco2e == Decimal("336.000000")  # 4,200 tkm x 0.08000
    assert [row.reason for row in leg_now.revisions] == [None, "factor_update"]
    assert leg_now.inputs["factor_set_sha256"] == NEW_SHA
    assert leg_now.inputs["origin"] == {"site_id": "QDO"}


def test_a_second_run_appends_nothing(store: House) -> None:
    restated(store, NEW)

    again, keep = run_again(store, NEW)

    assert (again.rows, append(store, keep)) == (0, 0)
    assert again.not_reproduced.in_all == 0
    assert again.whole.new.wtw_kgco2e == total(store)


def test_the_same_rows_given_twice_are_appended_once(store: House) -> None:
    (_, one), (_, other) = run_again(store, NEW), run_again(store, NEW)

    first, second = append(store, one), append(store, other)

    assert first > 0
    assert second == 0
    assert_consistent(store.db)


def test_there_and_back_again_is_the_first_number_to_the_last_digit(store: House) -> None:
    before = total(store)
    restated(store, NEW)

    rows = restated(store, PACKAGED, RESTATED + timedelta(days=1))

    assert rows > 0
    assert total(store, known_at=RESTATED + timedelta(days=2)) == before
    assert store.one("select max(revision) from fact_leg_emission") == 2
    assert store.one("select count(*) - count(distinct event_id) from fact_leg_emission") == 0
    assert_consistent(store.db)


def test_a_correction_after_a_restatement_ends_in_its_own_values(store: House) -> None:
    restated(store, NEW)
    told = leg(50, mass_kg="11000", shipment_id="S-1", consignment_id="C-1",
               correction_of=event_id(1))  # fmt: skip

    store.tell(told, recorded_at=RESTATED + timedelta(days=1))

    rows = store.rows(
        "select sum(mass_kg), sum(emission_wtw_kgco2e), sum(legs), max(revision) "
        "from fact_leg_emission where shipment_id = 'S-1'"
    )
    assert rows == [(Decimal("11000.000"), told.emission_wtw_kgco2e, 1, 2)]
    assert_consistent(store.db)


def test_a_corrected_leg_is_restated_from_what_it_says_now(store: House) -> None:
    store.tell(
        leg(50, mass_kg="11000", shipment_id="S-1", consignment_id="C-1",
            correction_of=event_id(1)),
        recorded_at=RECORDED + timedelta(days=1),
    )  # fmt: skip

    restated(store, NEW)

    rows = store.rows(
        "select sum(emission_ttw_kgco2e), max(revision), max(correction_of)::varchar "
        "from fact_leg_emission where shipment_id = 'S-1'"
    )
    assert rows == [(Decimal("308.000000"), 2, event_id(1))]  # 3,850 tkm x 0.08000
    assert_consistent(store.db)


@pytest.mark.parametrize(("period", "records"), [(JUNE, 12), (YEAR, 13)])
def test_a_leg_counts_in_the_period_in_which_it_stands_now(
    store: House, period: Period, records: int
) -> None:
    store.tell(
        leg(50, occurred_at="2025-07-01T12:00:00Z", shipment_id="S-1", consignment_id="C-1",
            correction_of=event_id(1)),
        recorded_at=RECORDED + timedelta(days=1),
    )  # fmt: skip

    assert run_again(store, NEW, period=period)[0].records == records


@pytest.mark.parametrize("seed", range(3))
def test_corrections_and_restatements_in_any_order_end_in_the_newest_word(seed: int) -> None:
    draw, store = random.Random(seed), House()
    told, at = leg(1, vehicle_class="maker_toc"), RECORDED
    store.tell(told, recorded_at=at)
    for number in range(2, 9):
        at += timedelta(days=1)
        run = draw.choice((PACKAGED, BY_CARRIER, None))
        if run is None:
            told = leg(
                number,
                shipment_id="S-1",
                consignment_id="C-1",
                vehicle_class="maker_toc",
                mass_kg=f"{draw.randrange(1, 9_000_000) / 1000:.3f}",
                mode=draw.choice(("road", "parcel")),
                volume_m3=draw.choice((None, "2.5")),
                correction_of=event_id(1),
            )
            store.tell(told, recorded_at=at)
            expected = told.emission_wtw_kgco2e
        else:
            restated(store, run, at, versions=versions(CARRIER))
            expected = run(question_of(told)).wtw_kgco2e

        assert store.rows("select sum(emission_wtw_kgco2e), sum(legs) from fact_leg_emission") == [
            (expected, 1)
        ]
        assert_consistent(store.db)
    store.ends.close()
    store.db.close()


def question_of(told: WireEmission) -> LegQuestion:
    return LegQuestion(
        mode=told.mode, mass_kg=told.mass_kg, on=date(2025, 6, 1), energy=told.energy,
        vehicle_class=told.vehicle_class, distance_km=told.distance_km,
        distance_method=told.distance_method,
    )  # fmt: skip


def as_carrier(run: Run[LegQuestion]) -> Run[LegQuestion]:
    return lambda question: replace(run(question), method="carrier_toc", data_class="primary")


@pytest.mark.slow
def test_a_companys_legs_are_all_reproduced() -> None:
    store = House()
    legs = []
    for body in bodies(LEGS.name):
        with suppress(Refused):
            legs.append(emitted(decode(WireLeg, json.dumps(body).encode())))
    store.write(batch(*legs))

    period = period_of("2025..2027")
    summary, _ = run_again(store, PACKAGED, period=period, page_legs=500)

    assert summary.records == len({one.source_event_id for one in legs}) > 1_000
    assert {one.distance_method.value for one in legs} >= {"actual", "declared", "gcd", "sfd"}
    assert summary.not_reproduced.listed == ()
    assert summary.rows == 0
    store.ends.close()
    store.db.close()


def test_what_was_corrected_between_reading_and_appending_is_left_out(store: House) -> None:
    summary, keep = run_again(store, NEW)
    told = leg(50, mass_kg="11000", shipment_id="S-1", consignment_id="C-1",
               correction_of=event_id(1))  # fmt: skip
    store.tell(told, recorded_at=RECORDED + timedelta(days=1))

    assert append(store, keep) == summary.rows - 1
    now = "select sum(emission_wtw_kgco2e) from fact_leg_emission where shipment_id = 'S-1'"
    assert store.one(now) == told.emission_wtw_kgco2e
    assert restated(store, NEW, RESTATED + timedelta(days=1)) == 1
    assert_consistent(store.db)


def test_an_error_in_the_middle_leaves_nothing(store: House) -> None:
    _, keep = run_again(store, NEW, page_legs=1)
    pages = list(keep.tables())
    before = store.rows("from fact_leg_emission"), store.rows("from month_change")

    def torn() -> Iterator[pa.Table]:
        yield pages[0]
        raise OSError("the disk is gone")

    with pytest.raises(OSError, match="the disk is gone"):
        store.sink.append(torn(), recorded_at=RESTATED)

    assert len(pages) > 1
    assert (store.rows("from fact_leg_emission"), store.rows("from month_change")) == before
    assert_consistent(store.db)
    assert store.sink.append(pages, recorded_at=RESTATED).rows == keep.rows


def test_a_changed_class_of_data_leaves_its_group_and_enters_the_other(store: House) -> None:
    restated(store, as_carrier(PACKAGED))

    by_class = dict(store.rows("select dq, sum(legs) from agg_leg_day group by 1"))
    assert by_class == {"default": 0, "primary": len(KINDS)}
    assert store.one("select sum(shipments) from agg_leg_day") == len(KINDS)
    assert_consistent(store.db)
    ids = store.one("select count(distinct event_id) from fact_leg_emission where revision = 1")
    assert ids == store.one("select count(*) from fact_leg_emission where legs < 0")


def test_a_set_nobody_knows_any_more_is_listed_and_its_numbers_stay(store: House) -> None:
    known = [one for one in load_book().sets if one.manifest.set_id != "defra_2025"]

    summary, keep = run_again(store, NEW, versions=RecordedVersions(known))

    assert summary.not_reproduced.in_all == 11
    one = summary.not_reproduced.listed[0]
    assert (one.run, one.reason) == ("old", "factor_not_found")
    assert "is of no set known here" in one.detail
    assert keep.rows == 0
    assert summary.whole.new.wtw_kgco2e == total(store)


def test_a_method_nobody_holds_any_more_is_listed(store: House) -> None:
    store.tell(leg(60), recorded_at=RECORDED)
    store.db.execute("insert into dim_method_version (method_version_key, id, is_inferred) "
                     "values (99, 'iso14083-0', true)")  # fmt: skip
    store.db.execute("update fact_leg_emission set method_version_key = 99 "
                     "where shipment_id = 'S-60'")  # fmt: skip

    (one,) = run_again(store, NEW)[0].not_reproduced.listed

    assert one.event_id == event_id(60)
    assert "iso14083-0 is not iso14083-1" in one.detail


def test_a_driven_distance_that_was_never_kept_is_listed_and_not_guessed(store: House) -> None:
    store.db.execute("update fact_leg_emission set extra_inputs = "
                     "json_merge_patch(extra_inputs, '{\"driven_km\": null}')")  # fmt: skip

    listed = run_again(store, NEW)[0].not_reproduced.listed

    assert len(listed) == 3
    assert {one.reason for one in listed} == {"distance_missing"}


def test_a_number_changed_by_hand_is_found(store: House) -> None:
    store.db.execute("update fact_leg_emission set emission_ttw_kgco2e = "
                     "emission_ttw_kgco2e + 0.000001 where shipment_id = 'S-1'")  # fmt: skip

    (one,) = run_again(store, NEW)[0].not_reproduced.listed

    assert one.reason == "digits_differ"
    assert "emission_ttw_kgco2e was recorded as 323.526001" in one.detail


def test_what_the_new_sets_refuse_keeps_its_number_and_is_counted(store: House) -> None:
    summary, keep = run_again(store, refuse)

    assert summary.refused.in_all == len(KINDS)
    assert keep.rows == 0
    assert summary.whole.new == summary.whole.old


def test_inputs_are_asked_as_they_were_told_and_what_was_computed_is_computed_again() -> None:
    store, seen = House(), list[LegQuestion]()
    night = leg(1, occurred_at="2025-06-02T06:30:00+08:00", distance_km="412.5")
    store.tell(night, leg(2, **KINDS[3]), leg(3, **KINDS[5]), recorded_at=RECORDED)

    def listen(question: LegQuestion) -> Outcome:
        seen.append(question)
        return NEW(question)

    run_again(store, listen)

    told = {one.distance_method: (one.distance_km, one.on) for one in seen}
    assert told == {
        "sfd": (Decimal("412.500"), date(2025, 6, 1)),  # the day in UTC, not in the company's zone
        None: (None, date(2025, 6, 1)),
        "actual": (Decimal("420.5"), date(2025, 6, 1)),
    }
    store.ends.close()
    store.db.close()


def test_a_word_of_the_source_is_not_taken_for_the_engines(store: House) -> None:
    store.tell(leg(60, flags=["distance_computed"]), recorded_at=RECORDED)

    assert run_again(store, NEW)[0].not_reproduced.listed == ()


def test_a_leg_that_was_taken_back_is_not_run_again(store: House) -> None:
    store.db.execute(
        "insert into fact_leg_emission by name select * replace (1 as revision, "
        "source_event_id as correction_of, -legs as legs, -transport_tkm as transport_tkm, "
        "-emission_ttw_kgco2e as emission_ttw_kgco2e, -emission_wtt_kgco2e as emission_wtt_kgco2e, "
        "-emission_wtw_kgco2e as emission_wtw_kgco2e, 'void' as reason) "
        "from fact_leg_emission where shipment_id = 'S-1'"
    )

    summary, _ = run_again(store, NEW)

    assert summary.records == len(KINDS) - 1
    assert summary.not_reproduced.in_all == 0


def test_cells_are_base_category_and_mode_and_add_up(store: House) -> None:
    summary, _ = run_again(store, NEW)

    assert set(summary.cells) == {"-/fridge/road", "-/fridge/sea", "-/fridge/air", "-/fridge/rail",
                                  "foshan/tv/road"}  # fmt: skip
    parts = [one.new.wtw_kgco2e for one in summary.cells.values()]
    assert sum(parts) == summary.whole.new.wtw_kgco2e


@pytest.mark.parametrize("page_legs", [1, 5, 1_000])
def test_the_size_of_a_page_changes_nothing(store: House, page_legs: int) -> None:
    seen: list[int] = []

    summary, keep = run_again(store, NEW, page_legs=page_legs, tell=seen.append)

    assert (summary.records, seen[-1]) == (13, 13)
    assert summary == run_again(store, NEW)[0]
    assert append(store, keep) == summary.rows


def test_flags_of_the_source_stay_and_those_of_the_old_run_go(store: House) -> None:
    def flagged(question: LegQuestion) -> Outcome:
        found = NEW(question)
        return replace(found, wtt_kgco2e=found.wtt_kgco2e + 1, wtw_kgco2e=found.wtw_kgco2e + 1,
                       flags=("outside_validity",))  # fmt: skip

    restated(store, flagged)

    rows = store.rows("select extra_inputs->'flags' from mart.leg "
                      "where shipment_id = 'S-11' and revision = 1")  # fmt: skip
    assert rows == [('["manual_entry","outside_validity"]',)]
