"""Rank 3: the worked lorry as a leg, what empty kilometres add, and where nobody knows."""

from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from emissions.factor import FactorBook
from emissions.leg import LegAnswer, emission_of_leg
from emissions.question import TripLoad
from emissions.read import load_book
from emissions.selection import Asked, refused_ranks, select
from emissions.trip import Section, emission_of_sections
from emissions.vehicle import VehicleFigures, vehicle_figures
from schemas.refusal import Reason, Refused
from tests.emissions.builders import IN_VALIDITY, book_with, factor, without_ends

MILLIGRAM_KG = Decimal("0.000001")
AS_TOLD = Decimal("1e-18")  # an event carries at most 18 digits
RIGID = "defra_2025.road.rigid_7_5_17t"
LORRY = Asked("road", "rigid_7_5_17t", "diesel", IN_VALIDITY, None, False, False, 0, True)
HALF_FULL = TripLoad(Decimal("0.5"), Decimal("0.2"))

distances_km = st.decimals("0.001", "900", places=3)
loads_t = st.decimals("0.001", "4.754", places=3)
load_shares = st.decimals("0.001", "1", places=3)
empty_shares = st.decimals("0", "0.999", places=3)


def figures(vehicle_class: str = "rigid_7_5_17t") -> VehicleFigures:
    return vehicle_figures(vehicle_class=vehicle_class, on=IN_VALIDITY, book=load_book())


def modelled(**changed: Any) -> LegAnswer:
    """1.9 t, 120 km out in a rigid lorry that is half full, a fifth of its round empty."""
    plain: dict[str, Any] = {
        "mass_kg": Decimal(1_900),
        "distance_km": Decimal(120),
        "distance_method": "sfd",
        "vehicle_class": "rigid_7_5_17t",
        "energy": "diesel",
        "load": HALF_FULL,
    }
    return emission_of_leg(without_ends(**plain | changed), load_book())


def load_of(load_t: Decimal, *, km: Decimal, empty_km: Decimal) -> TripLoad:
    return TripLoad(
        figures().load_share(load_t).quantize(AS_TOLD),
        (empty_km / (km + empty_km)).quantize(AS_TOLD),
    )


def why_not(asked: Asked, book: FactorBook | None = None) -> str:
    refused = refused_ranks(asked, book or load_book())
    return next(one.why for one in refused if one.method == "modelled")


def test_the_worked_lorry_comes_out_as_a_leg() -> None:
    km, empty_km = Decimal(120), Decimal(80)

    found = modelled(load=load_of(Decimal("1.9"), km=km, empty_km=empty_km))

    assert str(found.transport_tkm) == "228.000000"
    assert (str(found.ttw_kgco2e), str(found.wtt_kgco2e)) == ("117.574737", "28.223718")
    assert str(found.wtw_kgco2e) == "145.798455"
    assert (found.method, found.data_class) == ("modelled", "modelled")


def test_the_row_per_full_kilometre_is_recorded_and_leads_to_the_others() -> None:
    found = modelled()

    assert found.factor.factor_id == f"{RIGID}.100.km"
    assert [one.factor_id for one in figures().factors if one is not found.factor] == [
        f"{RIGID}.0.km",
        f"{RIGID}.100.tkm",
    ]
    assert found.flags == ("distance_unchecked", "proxy_region")


@given(load_t=loads_t, km=distances_km, empty_km=st.decimals("0", "900", places=3))
def test_a_leg_emits_what_its_trip_does_within_a_milligram(
    load_t: Decimal, km: Decimal, empty_km: Decimal
) -> None:
    trip = emission_of_sections(figures(), [Section(km, load_t)], empty_km=empty_km)

    found = modelled(
        mass_kg=load_t * 1_000,
        distance_km=km,
        load=load_of(load_t, km=km, empty_km=empty_km),
    )

    assert abs(found.ttw_kgco2e - trip.ttw_kgco2e) <= MILLIGRAM_KG
    assert abs(found.wtt_kgco2e - trip.wtt_kgco2e) <= MILLIGRAM_KG


@given(load_share=load_shares)
def test_no_empty_kilometre_adds_nothing(load_share: Decimal) -> None:
    per_km, load_t = figures().per_km(load_share), load_share * figures().capacity_t

    found = modelled(load=TripLoad(load_share, Decimal(0)))

    assert abs(found.ttw_kgco2e - 228 * per_km.ttw_kgco2e / load_t) <= MILLIGRAM_KG
    assert abs(found.wtt_kgco2e - 228 * per_km.wtt_kgco2e / load_t) <= MILLIGRAM_KG


@given(load_share=load_shares, empty=empty_shares, emptier=empty_shares)
def test_more_empty_kilometres_emit_more(
    load_share: Decimal, empty: Decimal, emptier: Decimal
) -> None:
    assume(empty < emptier)

    less, more = (modelled(load=TripLoad(load_share, share)) for share in (empty, emptier))

    assert less.ttw_kgco2e < more.ttw_kgco2e
    assert less.wtt_kgco2e < more.wtt_kgco2e


@given(load_share=load_shares, fuller=load_shares, empty=empty_shares)
def test_a_fuller_lorry_emits_less_per_tonne(
    load_share: Decimal, fuller: Decimal, empty: Decimal
) -> None:
    assume(load_share < fuller)

    more, less = (modelled(load=TripLoad(share, empty)) for share in (load_share, fuller))

    assert less.wtw_kgco2e < more.wtw_kgco2e


@given(load_share=load_shares, empty=empty_shares, times=st.integers(2, 20))
def test_a_consignment_times_as_heavy_carries_as_many_times_the_emission(
    load_share: Decimal, empty: Decimal, times: int
) -> None:
    load = TripLoad(load_share, empty)

    one = modelled(load=load)
    heavier, farther = (
        modelled(load=load, mass_kg=Decimal(1_900 * times)),
        modelled(load=load, distance_km=Decimal(120 * times)),
    )

    assert (heavier.ttw_kgco2e, heavier.wtt_kgco2e) == (farther.ttw_kgco2e, farther.wtt_kgco2e)
    assert abs(heavier.ttw_kgco2e - times * one.ttw_kgco2e) <= times * MILLIGRAM_KG
    assert abs(heavier.wtt_kgco2e - times * one.wtt_kgco2e) <= times * MILLIGRAM_KG


@pytest.mark.parametrize(
    ("asked", "why"),
    [
        (
            LORRY._replace(has_load=False),
            "load_share and empty_distance_share are not given",
        ),
        (LORRY._replace(vehicle_class=None), "vehicle_class is not given"),
        (LORRY._replace(vehicle_class="hovercraft"), "vehicle_class hovercraft is unknown"),
        (
            LORRY._replace(vehicle_class="van_3_5t"),
            "vehicle_class van_3_5t has no published figure at 0 % load",
        ),
        (
            LORRY._replace(mode="rail", vehicle_class="rail_freight"),
            "vehicle_class rail_freight has no published figure at 0 % load",
        ),
    ],
)
def test_where_nobody_knows_the_next_rank_answers_as_without_a_load(asked: Asked, why: str) -> None:
    plain = select(asked._replace(has_load=False), load_book())

    assert why_not(asked) == why
    assert select(asked, load_book()) == plain
    assert plain.method in {"class_default", "mode_default"}


def test_a_lorry_of_another_energy_is_not_modelled_on_diesel() -> None:
    asked = LORRY._replace(energy="lng")

    why = why_not(asked)

    assert why == "the empty and full figures of rigid_7_5_17t are of energy=diesel"
    with pytest.raises(Refused, match="no factor for mode=road energy=lng"):
        select(asked, load_book())


@pytest.mark.parametrize("changed", [{"set_id": "other"}, {"distance_basis": "sfd"}])
def test_rows_of_two_sets_or_two_kinds_of_distance_are_not_mixed(changed: dict[str, str]) -> None:
    book = book_with(factor(f"{RIGID}.0.km", **changed))

    found = select(LORRY, book)

    assert found.method == "class_default"
    assert "are not of one set and one kind of distance" in why_not(LORRY, book)


def test_a_carriers_own_kilometre_figure_models_nobody_elses_lorry() -> None:
    row = factor(f"{RIGID}.0.km")
    carriers = replace(
        row,
        factor_id="a.carrier.0.km",
        manifest=replace(row.manifest, verification="user"),
        ttw_kgco2e=Decimal(9),
    )

    assert select(LORRY, book_with(carriers)).figures == select(LORRY, load_book()).figures


def test_the_metered_energy_of_the_leg_comes_first() -> None:
    found = modelled(fuel_l=Decimal("38.4"))

    assert (found.method, found.factor.factor_id) == ("primary_energy", "cn_diesel_l")


@pytest.mark.parametrize(
    ("changed", "flags"),
    [
        ({"energy": None}, ("proxy_region", "energy_assumed")),
        ({"vehicle_class": "truck_6_8m"}, ("class_assumed", "proxy_region")),
        ({"on": date(2026, 3, 1)}, ("proxy_region", "outside_validity")),
        ({"energy": None, "fuel_l": Decimal(5)},
         ("proxy_region", "metered_energy_unused", "energy_assumed")),
        ({"mode": "parcel"}, ("proxy_region",)),
    ],
)  # fmt: skip
def test_what_is_weak_about_a_modelled_leg_is_flagged(
    changed: dict[str, Any], flags: tuple[str, ...]
) -> None:
    found = modelled(**changed)

    assert found.method == "modelled"
    assert found.flags == ("distance_unchecked", *flags)


def test_a_distance_of_another_kind_is_adjusted() -> None:
    as_told, straight = modelled(), modelled(distance_method="gcd")

    assert straight.daf == Decimal("1.3")
    assert abs(straight.ttw_kgco2e - as_told.ttw_kgco2e * straight.daf) <= 2 * MILLIGRAM_KG


@pytest.mark.parametrize(
    ("load_share", "empty_distance_share", "reason", "sentence"),
    [
        ("0", "0", Reason.UNIT_BOUND, "load_share: must be above 0, got 0"),
        ("1.1", "0", Reason.UNIT_BOUND, "load_share: must be at most 1, got 1.1"),
        ("1", "1", Reason.UNIT_BOUND, "empty_distance_share: must be below 1, got 1"),
        ("1", "-0.1", Reason.UNIT_BOUND, "empty_distance_share: must be at least 0, got -0.1"),
        ("NaN", "0", Reason.NOT_FINITE, "load_share: is not finite"),
    ],
)
def test_a_share_that_is_none_is_refused_by_its_name(
    load_share: str, empty_distance_share: str, reason: Reason, sentence: str
) -> None:
    with pytest.raises(Refused) as refused:
        modelled(load=TripLoad(Decimal(load_share), Decimal(empty_distance_share)))

    assert refused.value.reason is reason
    assert sentence in refused.value.detail


def test_a_share_that_is_a_float_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(TypeError, match="load_share must be a Decimal"):
        modelled(load=TripLoad(0.5, Decimal(0)))  # type: ignore[arg-type]


def test_a_load_of_its_own_for_every_leg_is_not_remembered() -> None:
    book = book_with()

    for thousandth in range(1, 1_000):
        share = Decimal(thousandth).scaleb(-3)
        question = without_ends(
            vehicle_class="rigid_7_5_17t", energy="diesel", load=TripLoad(share, share)
        )
        emission_of_leg(question, book)

    assert len(book.memo) == 1
