"""The plan of the year: who takes part, who wishes, and what comes out of a batch."""

from datetime import date
from decimal import Decimal
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.desk.partner_profile import permits_of, profile_of, recycler_of
from recycling.category import rules_of
from recycling.limits import packaged_limits
from recycling.mass_balance import Fraction, GasFate, balance_of
from recycling.price_list import demo_price_list
from recycling.unit_mass import UnitInput, UnitMass
from recycling.vocabulary import MassBasis
from schemas.vocabulary import TakebackUnitState
from simulator.appliances import APPLIANCES, Appliance
from simulator.company import company
from simulator.parcel import Parcel
from simulator.partner_year import PartnerYear
from simulator.pictures import picture
from simulator.plant_life import decimal_losses, gas_fates, outputs

YEAR = PartnerYear(seed=1, from_on=date(2025, 1, 1), to_on=date(2025, 12, 31), takeback_orders=700)
EVERY = [one for some in APPLIANCES.values() for one, _ in some]
FIRM = company(1)


def test_every_profile_can_be_read() -> None:
    for partner_id, profile in YEAR.partners.items():
        assert profile_of(dict(profile))
        assert permits_of(profile, partner_id)


def test_a_recycler_covers_the_regions_that_it_serves() -> None:
    covered = [
        set(recycler_of(YEAR.partners[one.partner_id], one.partner_id, suspended=False).coverage)
        for one in FIRM.recyclers
    ]

    assert set().union(*covered) == set(FIRM.regions)


def test_about_as_many_wishes_come_as_are_asked_for() -> None:
    wishes = list(YEAR.wishes())

    assert len(wishes) == pytest.approx(700, rel=0.1)
    assert wishes == list(YEAR.wishes())


def test_people_are_the_same_for_a_seed_and_have_phones_of_their_own() -> None:
    phones = [one["phone"] for one in YEAR.people()]

    assert len(set(phones)) == len(phones)
    assert phones == [one["phone"] for one in YEAR.people()]


@pytest.mark.parametrize("one", EVERY, ids=lambda one: one.size_class)
def test_the_price_list_buys_every_appliance_at_its_price(one: Appliance) -> None:
    listed = demo_price_list()

    prices = [
        row.price_cny_fen
        for row in listed.prices
        if row.size_class == one.size_class and one.category in row.scope.categories
    ]
    asked = {
        part
        for condition in listed.conditions
        if one.category in condition.scope.categories
        for part in condition.needed_parts
    }
    assert prices == [one.price_cny_fen]
    assert asked <= set(one.parts)
    assert rules_of(one.category).needs_depollution is one.needs_depollution


parcels = st.lists(
    st.builds(
        lambda one, mass_kg, grams: Parcel(
            "U", one, mass_kg, FIRM.recyclers[0],
            {"r600a": Decimal(grams)} if one.category == "refrigerator" else {},
        ),
        st.sampled_from(EVERY),
        st.integers(100, 4_800).map(lambda tenths: tenths / 10),
        st.integers(0, 900),
    ),
    min_size=1,
    max_size=30,
)  # fmt: skip


def balance(some: list[Parcel], rows: list[Any]) -> Any:
    units = [
        UnitInput(
            unit_id=f"U-{nth}", category=one.appliance.category,
            state=TakebackUnitState.DEPOLLUTED, site_id="S", batch_id="B",
            mass=UnitMass(mass_kg=Decimal(str(one.mass_kg)), basis=MassBasis.ACCEPTED),
            refrigerants_g=one.gases_g,
        )
        for nth, one in enumerate(some)
    ]  # fmt: skip
    fractions = [
        Fraction(
            material=row["material"], mass_kg=Decimal(row["mass_kg"]),
            hazardous_code=row.get("hazardous_code"),
        )
        for row in rows
    ]  # fmt: skip
    fates = [
        GasFate(
            gas=row["gas"], destroyed_g=Decimal(row["destroyed_g"]),
            reclaimed_g=Decimal(row["reclaimed_g"]), vented_g=Decimal(row["vented_g"]),
        )
        for row in gas_fates(Random(1), some)
    ]  # fmt: skip
    return balance_of(
        units, fractions, fates, losses_kg=Decimal(decimal_losses(some)), limits=packaged_limits()
    )


@given(parcels)
def test_whatever_goes_into_a_batch_its_outputs_balance(some: list[Parcel]) -> None:
    assert balance(some, outputs(some)).failures == ()


@given(parcels)
def test_a_batch_without_its_heaviest_fraction_does_not_balance(some: list[Parcel]) -> None:
    assert not balance(some, outputs(some)[1:]).is_balanced


def test_every_photo_is_another_one() -> None:
    photos = {picture(f"1-{number}/1") for number in range(300)}

    assert len(photos) == 300
    assert picture("1-1/1") in photos
