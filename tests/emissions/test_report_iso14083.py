from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.coverage import KnownRecord, coverage_of
from emissions.report_iso14083 import Deviation, Tally, report_of, sample_of
from emissions.tce_row import TceRow
from schemas.refusal import Reason
from schemas.vocabulary import DataClass
from tests.emissions.report_builders import about, hub, report, tce

FLIGHT: dict[str, Any] = {"mode": "air", "vehicle_class": None, "distance_method": "gcd"}
WHOLE = coverage_of(
    [
        KnownRecord(
            shipment_id="S-1", consignment_id="C-1", mass_kg=Decimal(1), category=None, refused=None
        )
    ]
)
ROAD, HUB = tce(), hub()
days = st.dates(date(2025, 1, 1), date(2025, 12, 31))
kilograms = st.decimals("0", "1e6", places=6)


@st.composite
def elements(draw: st.DrawFn) -> list[TceRow]:
    """Some elements of some days, transport and hub, with parts that add up."""
    found = []
    for n in range(draw(st.integers(1, 6))):
        wtt, ttw = draw(kilograms), draw(kilograms)
        plain = draw(st.sampled_from([ROAD, HUB]))
        row = replace(plain, tce_id=f"T-{n}", occurred_on=draw(days), wtt_kgco2e=wtt)
        found.append(replace(row, ttw_kgco2e=ttw, wtw_kgco2e=wtt + ttw))
    return found


def test_the_whole_is_the_sum_of_transport_and_hub_part_by_part() -> None:
    found = report()

    assert found.whole.tces == 2
    assert found.whole.wtt_kgco2e == Decimal("55.855928") + Decimal("55.434610")
    assert found.whole.ttw_kgco2e == Decimal("239.165209") + Decimal("4.815017")
    assert found.whole.wtw_kgco2e == Decimal("355.270764")


def test_an_intensity_names_its_kind_of_distance() -> None:
    (road,) = report().by_mode

    assert (road.mode, road.distance_kind) == ("road", "sfd")
    assert road.transport_tkm == Decimal("3104.832")
    assert str(road.per_tkm.wtw_kgco2e) == "0.095020"
    assert str(road.per_tkm.ttw_kgco2e) == "0.077030"


def test_two_kinds_of_distance_have_no_intensity_in_common() -> None:
    found = report(tce(), tce("T-2", **FLIGHT))

    assert [(one.mode, one.distance_kind) for one in found.by_mode] == [
        ("air", "gcd"),
        ("road", "sfd"),
    ]
    assert [(one.mode, one.distance_kind) for one in found.transport] == [
        (None, "gcd"),
        (None, "sfd"),
    ]


def test_a_hub_is_per_outbound_tonne() -> None:
    (transhipment,) = report().by_hub_operation

    assert (transhipment.hub_operation, transhipment.outbound_t) == (
        "transhipment",
        Decimal("14.2"),
    )
    assert str(transhipment.per_t.wtw_kgco2e) == "4.242931"


@given(data=st.data(), rows=elements())
def test_every_breakdown_adds_up_to_the_whole(data: st.DataObject, rows: list[TceRow]) -> None:
    found = report(*rows)

    assert report(*data.draw(st.permutations(rows))) == found
    modes = [one.sums for one in found.by_mode]
    hubs = [one.sums for one in found.by_hub_operation]
    for parts in (
        modes + hubs,
        [one.sums for one in found.transport] + hubs,
        [*found.by_energy.values()],
        [*found.by_month.values()],
        [*found.sets.values()],
        [*found.by_gwp_set.values()],
        [*found.by_method_version.values()],
    ):
        assert sum(one.wtw_kgco2e for one in parts) == found.whole.wtw_kgco2e
        assert sum(one.ttw_kgco2e for one in parts) == found.whole.ttw_kgco2e
        assert sum(one.tces for one in parts) == found.whole.tces


def test_a_chain_counts_once_however_many_elements_it_has() -> None:
    assert report(tce(), tce("T-2"), tce("T-3", told={"shipment_id": "S-2"})).chains == 2


def test_months_stand_in_their_sequence() -> None:
    rows = [tce(f"T-{day}", on=day) for day in (date(2025, 11, 30), date(2025, 2, 1))]

    assert list(report(*rows).by_month) == [date(2025, 2, 1), date(2025, 11, 1)]


def test_a_flag_tells_how_many_kilograms_it_touches() -> None:
    found = report(tce(), hub(flags=("daf_assumed",)))

    assert found.by_flag["proxy_region"].wtw_kgco2e == Decimal("295.021137")
    assert found.by_flag["daf_assumed"].wtw_kgco2e == Decimal("60.249627")


def test_default_and_primary_data_are_told_in_shares() -> None:
    found = report(tce(), hub())

    assert found.data.kgco2e[DataClass.DEFAULT] == Decimal("295.021137")
    assert found.data.kgco2e[DataClass.PRIMARY] == Decimal("60.249627")
    assert found.data.tkm_share(DataClass.DEFAULT) == 1


def test_sets_are_named_by_their_hash() -> None:
    (use,) = report(tce()).sets

    assert (use.factor_set, use.gwp_set) == ("defra_2025", "ar5")
    assert len(use.factor_set_sha256) == 64


def test_a_plain_year_that_is_covered_has_no_deviation() -> None:
    assert report_of([tce()], about(), WHOLE).deviations == ()


@pytest.mark.parametrize(
    ("rows", "changed", "deviation"),
    [
        ([tce()], {"to_on": date(2025, 11, 30)}, Deviation.PERIOD_NOT_12_MONTHS),
        ([tce()], {"from_on": date(2025, 1, 2)}, Deviation.PERIOD_NOT_12_MONTHS),
        ([tce(), hub(gwp_set="ar6")], {}, Deviation.GWP_SETS_MIXED),
        ([tce(), hub(method_version="iso14083-2")], {}, Deviation.METHODS_MIXED),
        ([tce()], {"justifications": {}}, Deviation.DEFAULTS_NOT_JUSTIFIED),
    ],
)
def test_what_falls_short_is_a_deviation(
    rows: list[TceRow], changed: dict[str, Any], deviation: Deviation
) -> None:
    assert report_of(rows, about(**changed), WHOLE).deviations == (deviation,)


def test_a_year_may_start_in_any_month() -> None:
    fiscal = about(from_on=date(2025, 4, 1), to_on=date(2026, 3, 31))

    assert report_of([tce()], fiscal, WHOLE).deviations == ()


def test_what_has_no_number_is_stated_or_a_deviation() -> None:
    refused = KnownRecord(
        shipment_id="S-2",
        consignment_id="C-2",
        mass_kg=None,
        category=None,
        refused=Reason.MASS_MISSING,
    )

    assert Deviation.COVERAGE_NOT_STATED in report().deviations
    found = report_of([tce()], about(), coverage_of([refused]))
    assert found.deviations == (Deviation.COVERAGE_INCOMPLETE,)


def test_the_category_without_a_reason_is_named() -> None:
    assert report(justifications={}).not_justified == ("road/artic_over_33t",)


rows_to_draw = [replace(ROAD, tce_id=f"T-{n}") for n in range(40)]


@given(data=st.data(), seed=st.text(), size=st.integers(0, 40))
def test_a_seed_draws_the_same_rows_whatever_their_sequence(
    data: st.DataObject, seed: str, size: int
) -> None:
    sample = sample_of(rows_to_draw, seed=seed, size=size)

    assert sample_of(data.draw(st.permutations(rows_to_draw)), seed=seed, size=size) == sample
    assert len({row.tce_id for row in sample}) == size


def test_another_seed_draws_other_rows() -> None:
    assert sample_of(rows_to_draw, seed="1", size=5) != sample_of(rows_to_draw, seed="2", size=5)


def test_every_row_is_drawn_about_as_often_as_another() -> None:
    drawn = [row.tce_id for n in range(400) for row in sample_of(rows_to_draw, seed=str(n), size=4)]

    often = [drawn.count(row.tce_id) for row in rows_to_draw]
    assert 15 < min(often) <= max(often) < 75  # 40 each on average


def test_nothing_moved_is_a_report_of_nothing_and_no_intensity() -> None:
    found = report_of([], about(), WHOLE)

    assert found.whole.wtw_kgco2e == 0
    assert (found.by_mode, found.scores, found.sample) == ((), None, ())


def test_a_tally_of_rows_that_pass_by_says_what_the_report_of_all_says() -> None:
    rows = [tce(f"T-{n:03}", told={"shipment_id": f"S-{n % 7}"}) for n in range(300)]
    tally = Tally(about(), keep_rows=5)
    for row in rows:
        tally.add(row)

    found, whole = tally.report(chains=7, coverage=WHOLE), report_of(rows, about(), WHOLE)

    assert replace(found, rows=whole.rows) == whole
    assert found.rows == whole.rows[:5]
    assert [row.tce_id for row in whole.sample] == [
        row.tce_id for row in sample_of(rows, seed=about().seed, size=2)
    ]


def test_rejects_of_no_known_day_make_the_coverage_incomplete() -> None:
    undated = replace(WHOLE, undated={Reason.MASS_MISSING: 3})

    assert report_of([tce()], about(), undated).deviations == (Deviation.COVERAGE_INCOMPLETE,)
