from collections.abc import Iterable
from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.factor import FactorBook
from emissions.leg import LegQuestion
from emissions.read import load_book
from emissions.rerun import RERUN_MEASURES, Figure, Outcome, Parts, Recorded, Runs, leg_run
from emissions.restatement import (
    MAX_LISTED,
    DeltaReason,
    DeltaRow,
    Restatement,
    Summary,
    moves_base_year,
    restatement_of,
)
from tests.builders import ROOT
from tests.emissions.rerun_builders import OLD, heavier_method, new_edition, recorded, refuse
from warehouse.corrections import _differences
from warehouse.fact_leg import LEG


def new_sets_only(book: FactorBook) -> Runs[LegQuestion]:
    return Runs(old=OLD, new_sets=leg_run(book), new=leg_run(book))


def summed(
    records: Iterable[Recorded[LegQuestion]], deltas: Iterable[DeltaRow], name: str
) -> Decimal:
    """What a store comes to that appended the rows."""
    figures = [one.measures[name] for one in records] + [one.measures[name] for one in deltas]
    return sum((Decimal(one) for one in figures if one is not None), start=Decimal(0))


def test_a_new_edition_changes_operation_and_nothing_else() -> None:
    found = restatement_of([recorded()], new_sets_only(new_edition()))

    assert found.whole.old == Parts(
        Decimal("55.855928"), Decimal("239.165209"), Decimal("295.021137")
    )
    assert found.whole.factor == Parts(Decimal(0), Decimal("9.221351"), Decimal("9.221351"))
    assert found.whole.method == Parts(Decimal(0), Decimal(0), Decimal(0))
    assert found.whole.new.wtw_kgco2e == Decimal("304.242488")


def test_the_row_to_append_is_the_difference_under_the_new_factor() -> None:
    (row,) = restatement_of([recorded()], new_sets_only(new_edition())).deltas

    assert (row.correction_of, row.revision) == ("E-1", 1)
    assert row.reason is DeltaReason.FACTOR_UPDATE
    assert row.outcome.factor_set_sha256 == "1" * 64
    assert row.measures["emission_ttw_kgco2e"] == Decimal("9.221351")
    assert row.measures["mass_kg"] == row.measures["legs"] == row.measures["distance_km"] == 0
    assert row.measures["volume_m3"] is None


def test_sets_and_method_are_appended_apart_one_revision_after_the_other() -> None:
    by_new_sets = leg_run(new_edition())
    runs = Runs(old=OLD, new_sets=by_new_sets, new=heavier_method(by_new_sets))

    found = restatement_of([recorded()], runs)

    assert [(row.revision, str(row.reason)) for row in found.deltas] == [
        (1, "factor_update"),
        (2, "method_update"),
    ]
    assert found.deltas[1].measures["emission_wtt_kgco2e"] == 1
    assert found.deltas[1].outcome.method_version == "iso14083-2"
    assert found.whole.method == Parts(Decimal(1), Decimal(0), Decimal(1))


def test_a_changed_class_of_data_takes_the_old_row_back_and_states_the_new_one_whole() -> None:
    def by_carrier(question: LegQuestion) -> Outcome:
        return replace(OLD(question), method="carrier_toc", data_class="primary")

    old, new = restatement_of(
        [recorded()], Runs(old=OLD, new_sets=by_carrier, new=by_carrier)
    ).deltas

    assert (old.revision, new.revision) == (1, 1)
    assert (old.outcome.data_class, new.outcome.data_class) == ("default", "primary")
    assert old.measures["emission_wtw_kgco2e"] == Decimal("-295.021137")
    assert (old.measures["legs"], new.measures["legs"]) == (-1, 1)
    assert new.measures["mass_kg"] == Decimal(7_536)


def test_what_does_not_move_gets_no_row() -> None:
    found = restatement_of([recorded()], new_sets_only(load_book()))

    assert found.deltas == ()
    assert found.whole.new == found.whole.old


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("emission_ttw_kgco2e", Decimal("239.165210")),
        ("emission_wtw_kgco2e", Decimal("295.0211370")),  # the same value in other digits
        ("distance_km", Decimal("412.001")),
    ],
)
def test_a_record_that_is_not_reproduced_is_listed_and_keeps_its_number(
    name: str, value: Decimal
) -> None:
    record = recorded()
    tampered = replace(record, measures={**record.measures, name: value})

    found = restatement_of([tampered], new_sets_only(new_edition()))

    (finding,) = found.not_reproduced
    assert finding.detail.startswith(f"{name} was recorded as {value}, the run gives ")
    assert (finding.event_id, finding.reason) == ("E-1", "digits_differ")
    assert found.deltas == ()
    assert found.whole.new == found.whole.old


@pytest.mark.parametrize(
    ("runs", "run"),
    [
        (Runs(old=OLD, new_sets=refuse, new=OLD), "new_sets"),
        (Runs(old=OLD, new_sets=leg_run(new_edition()), new=refuse), "new"),
    ],
)
def test_a_record_a_new_run_refuses_is_a_gap_and_no_half_row(
    runs: Runs[LegQuestion], run: str
) -> None:
    found = restatement_of([recorded()], runs)

    (gap,) = found.refused
    assert (gap.run, gap.detail) == (run, "no factor for mode=road")
    assert found.deltas == ()
    assert found.whole.new == found.whole.old


def test_cells_stand_side_by_side_and_add_up() -> None:
    records = [recorded(), recorded("E-2", mode="rail", vehicle_class=None), recorded("E-3")]

    found = restatement_of(records, new_sets_only(new_edition()))

    assert list(found.cells) == ["rail", "road"]
    assert found.cells["rail"].factor.wtw_kgco2e == 0
    assert found.cells["road"].factor.wtw_kgco2e == Decimal("18.442702")
    assert found.whole == found.cells["rail"].plus(found.cells["road"])
    assert found.records == 3


masses_kg = st.decimals("0.001", "50000", places=3)


@given(masses=st.lists(masses_kg, min_size=1, max_size=6), data=st.data())
def test_what_was_reported_and_the_rows_appended_come_to_the_new_run(
    masses: list[Decimal], data: st.DataObject
) -> None:
    records = [recorded(f"E-{n}", mass_kg=one) for n, one in enumerate(masses)]
    by_new_sets = leg_run(new_edition())
    new = heavier_method(by_new_sets)
    runs = Runs(old=OLD, new_sets=by_new_sets, new=new)

    found: Restatement = restatement_of(data.draw(st.permutations(records)), runs)

    for column, name in RERUN_MEASURES.items():
        expected = sum(getattr(new(one.question), name) for one in records)
        assert summed(records, found.deltas, column) == expected
    assert found.whole.new.wtw_kgco2e == summed(records, found.deltas, "emission_wtw_kgco2e")
    assert found.not_reproduced == found.refused == ()


@pytest.mark.parametrize(
    ("old", "new", "moves"),
    [
        ("100", "105", False),
        ("100", "105.000001", True),
        ("100", "95", False),
        ("100", "94.999999", True),
        ("0", "0", False),
        ("0", "0.000001", True),
        ("-100", "-94", True),
    ],
)
def test_base_years_move_beyond_five_percent(old: str, new: str, moves: bool) -> None:
    assert moves_base_year(old_kgco2e=Decimal(old), new_kgco2e=Decimal(new)) is moves


def test_a_small_change_leaves_the_base_years() -> None:
    small = restatement_of([recorded()], new_sets_only(new_edition("0.08000")))
    large = restatement_of([recorded()], new_sets_only(new_edition("0.09000")))

    assert not small.restates_base_years
    assert large.restates_base_years


def test_the_rows_fit_the_columns_of_the_warehouse() -> None:
    (row,) = restatement_of([recorded()], new_sets_only(new_edition())).deltas
    kinds: dict[str, Figure] = dict(row.measures)
    migration = (ROOT / "warehouse" / "migrations" / "0001_start.sql").read_text("utf-8")
    reasons = migration.partition("create type correction_reason as enum (")[2].partition(")")[0]

    assert set(kinds) == set(LEG.measures)
    assert {f"'{reason}'" for reason in DeltaReason} <= set(reasons.split(", "))


def stands_on(outcome: Outcome) -> dict[str, Any]:
    return {
        "dq": outcome.data_class,
        "factor_key": outcome.factor_id,
        "method": outcome.method,
        "distance_kind": outcome.distance_kind,
    }


@pytest.mark.parametrize("data_class", ["default", "primary"])
def test_the_rows_are_those_the_warehouse_appends_for_a_correction(data_class: str) -> None:
    def again(question: LegQuestion) -> Outcome:
        return replace(leg_run(new_edition())(question), data_class=data_class)

    record, root = recorded(), UUID(int=1)
    rerun = {column: getattr(again(record.question), n) for column, n in RERUN_MEASURES.items()}
    stored = {**record.measures, **stands_on(record.outcome), "revision": 0}
    told = {**record.measures, **rerun, **stands_on(again(record.question))}

    rows = restatement_of([record], Runs(old=OLD, new_sets=again, new=again)).deltas
    theirs = _differences(LEG, [stored], told, root)

    ours = [{**row.measures, **stands_on(row.outcome), "revision": row.revision} for row in rows]
    assert ours == [{name: one[name] for name in ours[0]} for one in theirs]


def test_pages_add_up_to_what_one_page_of_all_would_say() -> None:
    records = [recorded("E-1"), recorded("E-2", mode="rail", vehicle_class=None), recorded("E-3")]
    runs = new_sets_only(new_edition())

    summary = Summary()
    for record in records:
        summary = summary.plus(restatement_of([record], runs))

    whole = restatement_of(records, runs)
    assert (summary.records, summary.rows) == (3, len(whole.deltas))
    assert (summary.whole, summary.cells) == (whole.whole, whole.cells)
    assert list(summary.cells) == ["rail", "road"]


def test_all_records_without_a_new_number_are_counted_and_some_are_named() -> None:
    page = restatement_of(
        [recorded(f"E-{n}") for n in range(60)], Runs(old=OLD, new_sets=refuse, new=refuse)
    )

    summary = Summary().plus(page).plus(page)

    assert summary.refused.in_all == 120
    assert summary.refused.listed == (page.refused * 2)[:MAX_LISTED]
    assert summary.not_reproduced.in_all == 0


def test_one_run_for_sets_and_method_is_run_once() -> None:
    asked: list[LegQuestion] = []

    def listen(question: LegQuestion) -> Outcome:
        asked.append(question)
        return OLD(question)

    restatement_of([recorded()], Runs(old=OLD, new_sets=listen, new=listen))

    assert len(asked) == 1
