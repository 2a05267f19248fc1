"""A leg meets its sum; the same leg has the same emission, down to the id, at every replay."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.read import load_book
from schemas.event import MAX_FLAGS
from schemas.refusal import Reason, Refused
from schemas.shipment import LegEmitted
from schemas.wall import accept, read_json
from schemas.wire import WireEmission
from streams.codecs import decode, encode
from streams.translate import utc_day_of
from tests.builders import emission, emitted, event_id, leg


def answered(offset: int = 0, **changed: Any) -> WireEmission:
    return emitted(leg(**changed), partition=2, offset=offset)


def test_twelve_tonnes_over_350_km_by_an_average_lorry_are_399_kg() -> None:
    told = emission()

    assert told.transport_tkm == Decimal(4_200)
    assert told.emission_ttw_kgco2e == Decimal("323.526")
    assert told.emission_wtt_kgco2e == Decimal("75.558")
    assert told.emission_wtw_kgco2e == Decimal("399.084")


def test_the_emission_names_what_it_stands_on() -> None:
    told = answered(offset=41)

    assert told.source_event_id == leg().event_id
    assert (told.source_topic, told.source_partition, told.source_offset) == (
        "shipment.leg.v1", 2, 41,
    )  # fmt: skip
    assert told.factor_set == "defra_2025"
    assert told.factor_set_sha256 == load_book().factor(told.factor_id).set_sha256
    assert told.data_class == "default"


def test_the_emission_keeps_every_field_of_its_leg() -> None:
    given_leg = leg(
        company="demo_company", production_base="qingdao", volume_m3="61.25", is_direct=True,
        trip_id="T-1", carrier_id="CR-1", correction_of=event_id(9), flags=["typed_by_hand"],
        load_share="0.6", empty_distance_share="0.17",
    )  # fmt: skip

    told = emitted(given_leg)

    own = {"event_id", "distance_km", "distance_method", "flags"}
    for name in set(given_leg.__struct_fields__) - own:
        assert getattr(told, name) == getattr(given_leg, name), name
    assert told.flags[0] == "typed_by_hand"


def test_a_leg_that_tells_its_load_is_modelled_and_its_emission_says_so() -> None:
    told = answered(load_share="0.6", empty_distance_share="0.170")

    assert (told.method, told.data_class) == ("modelled", "modelled")
    assert (told.load_share, told.empty_distance_share) == (Decimal("0.6"), Decimal("0.170"))
    assert told.factor_id == "defra_2025.road.artic_over_33t.100.km"
    assert told.event_id != answered().event_id
    assert accept(LegEmitted, read_json(encode(told))).load_share == Decimal("0.6")


@given(offset=st.integers(0, 2**62))
def test_a_replay_gives_the_same_id_and_numbers_wherever_the_leg_stands(offset: int) -> None:
    first, again = answered(), answered(offset=offset)

    assert again.event_id == first.event_id
    assert again.emission_wtw_kgco2e == first.emission_wtw_kgco2e
    assert encode(again) == encode(answered(offset=offset))


def test_another_leg_or_another_factor_has_another_id() -> None:
    ids = {
        answered().event_id,
        answered(event_id=event_id(2)).event_id,
        answered(vehicle_class=None).event_id,
    }

    assert len(ids) == 3


def test_the_spelling_of_a_leg_id_does_not_make_another_emission() -> None:
    lower = "0197a1c0-5b2e-7c41-9d3a-4f6b8e2d1a01"

    assert answered(event_id=lower.upper()).event_id == answered(event_id=lower).event_id


@given(
    mass=st.decimals("0.001", "25000", places=3),
    distance=st.decimals("1", "4000", places=3),
)
def test_every_emission_keeps_its_own_contract_and_its_parts_add_up(
    mass: Decimal, distance: Decimal
) -> None:
    told = answered(mass_kg=str(mass), distance_km=str(distance))

    assert told.emission_wtw_kgco2e == told.emission_ttw_kgco2e + told.emission_wtt_kgco2e
    assert decode(WireEmission, encode(told)) == told
    assert accept(LegEmitted, read_json(encode(told))).transport_tkm == told.transport_tkm


@pytest.mark.parametrize(
    ("changed", "reason"),
    [
        ({"distance_km": None, "distance_method": None}, Reason.DISTANCE_MISSING),
        ({"energy": "hydrogen"}, Reason.FACTOR_NOT_FOUND),
        ({"mode": "ropax", "vehicle_class": None}, Reason.FACTOR_NOT_FOUND),
    ],
)
def test_a_leg_without_a_defensible_number_has_no_number(
    changed: dict[str, Any], reason: Reason
) -> None:
    with pytest.raises(Refused) as refused:
        answered(**changed)

    assert refused.value.reason is reason


def test_flags_never_outgrow_their_limit() -> None:
    told = answered(flags=[f"flag_{n}" for n in range(MAX_FLAGS)])

    assert len(told.flags) == MAX_FLAGS


@pytest.mark.parametrize(
    ("occurred_at", "day"),
    [
        ("2025-01-01T00:30:00Z", date(2025, 1, 1)),
        ("2025-01-01T07:30:00+08:00", date(2024, 12, 31)),  # still the old year in UTC
        ("2024-12-31T22:00:00-08:00", date(2025, 1, 1)),
    ],
)
def test_a_factor_is_asked_for_the_day_in_utc(occurred_at: str, day: date) -> None:
    assert utc_day_of(occurred_at) == day


@pytest.mark.parametrize(
    ("method", "told"), [("actual", "412.75"), ("declared", None), ("sfd", None)]
)
def test_a_distance_as_it_was_driven_is_kept_beside_the_activitys(
    method: str, told: str | None
) -> None:
    found = emission(distance_km="412.75", distance_method=method)

    assert found.driven_km == (None if told is None else Decimal(told))
