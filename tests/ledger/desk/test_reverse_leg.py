"""A consignment that arrived is a finished leg for each category, the same at every telling."""

from collections.abc import Callable
from datetime import date
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger.chain import event_id_of
from ledger.desk.reverse_leg import (
    End,
    Load,
    ReverseTrip,
    is_first_arrival,
    loads_of,
    published_legs,
)
from recycling.aggregate import Aggregate
from recycling.consignment import CONSIGNMENT_TABLE
from recycling.vocabulary import AggregateKind, ConsignmentState
from recycling.vocabulary import ConsignmentCommand as C
from schemas.shipment import LegCompleted
from schemas.topics import LEGS
from schemas.vocabulary import TakebackUnitState
from tests.ledger.desk.builders import as_contract, happened
from tests.recycling.builders import NOON

ON = date(2026, 6, 1)
masses_kg = st.decimals("0.05", "500", places=3)
distances_km = st.decimals("0.001", "3000", places=3)
WASHERS = Load("washing_machine", Decimal("123.000"), Decimal("130.403"))


def trip(*loads: Load, **changed: Any) -> ReverseTrip:
    """Two washers from a depot in Qingdao to a plant in Weifang, by diesel."""
    plain: dict[str, Any] = {
        "consignment_id": "C-1", "origin": End(site_id="DEPOT-1"),
        "destination": End(site_id="PLANT-1"), "loads": loads or (WASHERS,),
        "vehicle_energy": "diesel", "arrived_at": NOON,
    }  # fmt: skip
    return ReverseTrip(**plain | changed)


def unit(number: int = 1, **body: Any) -> Aggregate:
    """A washer of 61.5 kg, weighed at the door, nine years old."""
    plain = {
        "category": "washing_machine", "door_mass_kg": "61.500", "door_weighed": "scale",
        "age_years": 9,
    }  # fmt: skip
    state = TakebackUnitState.AT_DEPOT
    return Aggregate(
        kind=AggregateKind.UNIT, id=f"U-{number}", state=state, version=4, body=plain | body
    )


def told(one: ReverseTrip) -> list[LegCompleted]:
    legs = [as_contract(leg.published.topic, leg.published.payload) for leg in published_legs(one)]
    return [leg for leg in legs if isinstance(leg, LegCompleted)]


def away(km: str) -> Callable[[Aggregate], Decimal]:
    return lambda _: Decimal(km)


def test_a_leg_is_told_as_its_contract_has_it() -> None:
    (beside,) = published_legs(trip(carrier_id="P-carrier", company="demo"))

    (leg,) = told(trip(carrier_id="P-carrier", company="demo"))
    assert (beside.published.topic, beside.published.key) == (LEGS.name, "C-1")
    assert str(leg.event_id) == event_id_of(beside.kind, beside.id, beside.version)
    assert (leg.shipment_id, leg.consignment_id, leg.leg_seq) == ("C-1", "C-1", 1)
    assert (leg.leg, leg.mode, leg.energy) == ("reverse", "road", "diesel")
    assert (leg.mass_kg, leg.distance_km) == (Decimal("123.000"), Decimal("130.403"))
    assert (leg.distance_method, leg.carrier_id, leg.company) == ("gcd", "P-carrier", "demo")
    assert leg.correction_of is None


def test_each_category_is_a_leg_and_the_first_counts_the_shipment() -> None:
    fridges = Load("refrigerator", Decimal("40.790"), Decimal("130.403"))

    legs = told(trip(fridges, WASHERS))

    assert [(leg.category, leg.leg_seq) for leg in legs] == [
        ("refrigerator", 1), ("washing_machine", 2)
    ]  # fmt: skip
    assert len({leg.event_id for leg in legs}) == 2


def test_what_stayed_where_it_was_is_no_leg() -> None:
    assert published_legs(trip(Load("washing_machine", Decimal(61), Decimal(0)))) == ()


def test_another_telling_corrects_the_one_before() -> None:
    (first,) = told(trip())
    (second,) = told(trip(version=2))

    assert second.correction_of == first.event_id != second.event_id


def test_the_point_of_a_door_is_told_by_nobody_and_the_point_of_a_site_may_be() -> None:
    door = End(site_id="region-370200")
    depot = End(site_id="DEPOT-1", lat="36.06", lon="120.38")

    (leg,) = told(trip(origin=door, destination=depot))

    assert (leg.origin.site_id, leg.origin.lat) == ("region-370200", None)
    assert leg.destination.lat == Decimal("36.06")


@pytest.mark.parametrize(
    ("state", "first"), [(ConsignmentState.DEPARTED, True),
                         (ConsignmentState.PARTIALLY_RECEIVED, False)],
)  # fmt: skip
def test_a_vehicle_arrives_once_however_often_units_are_received(
    state: ConsignmentState, first: bool
) -> None:
    event = happened(CONSIGNMENT_TABLE, state, C.RECEIVE).event

    assert is_first_arrival(event) is first
    assert not is_first_arrival(
        happened(CONSIGNMENT_TABLE, ConsignmentState.CREATED, C.DEPART).event
    )


def test_a_load_is_weighed_by_the_best_there_is() -> None:
    units = [
        unit(1, depot_mass_kg="60.900"),
        unit(2),
        unit(3, door_mass_kg="72.54", door_weighed="class_average"),
    ]

    (load,) = loads_of(units, km_of=away("12.5"), on=ON)

    assert load == Load("washing_machine", Decimal("194.940"), Decimal("12.500"))


def test_a_unit_nobody_weighed_has_the_average_of_its_class_and_year() -> None:
    body = {"category": "tv_flat", "age_years": 16}
    lone = Aggregate(kind=AggregateKind.UNIT, id="U-1", state=TakebackUnitState.LOST, body=body)

    (load,) = loads_of([lone], km_of=away("12.5"), on=ON)

    assert load.mass_kg == Decimal("14.7")


@given(parts=st.lists(st.tuples(masses_kg, distances_km), min_size=1, max_size=20))
def test_a_round_of_many_doors_has_the_activity_of_its_units(
    parts: list[tuple[Decimal, Decimal]],
) -> None:
    units = [unit(n, depot_mass_kg=str(kg)) for n, (kg, _) in enumerate(parts)]
    km_of = {f"U-{n}": km for n, (_, km) in enumerate(parts)}

    (load,) = loads_of(units, km_of=lambda one: km_of[one.id], on=ON)

    exact = sum(kg * km for kg, km in parts)
    assert load.mass_kg == sum(kg for kg, _ in parts)
    assert abs(load.mass_kg * load.great_circle_km - exact) <= load.mass_kg * Decimal("0.0005")


@given(
    loads=st.lists(st.tuples(masses_kg, distances_km), min_size=1, max_size=12),
    metered=st.decimals("0.001", "900", places=3),
)
def test_metered_energy_is_shared_out_to_the_last_watt_hour(
    loads: list[tuple[Decimal, Decimal]], metered: Decimal
) -> None:
    carried = [Load(f"category-{n}", kg, km) for n, (kg, km) in enumerate(loads)]

    legs = told(trip(*carried, vehicle_energy="electric", energy_kwh=metered))

    parts = [leg.energy_kwh for leg in legs if leg.energy_kwh is not None]
    assert len(parts) == len(legs)
    assert sum(parts) == metered
    assert all(part >= 0 for part in parts)
