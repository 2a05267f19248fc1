import json
from collections import Counter

import pytest

from emissions.read import load_book
from schemas.topics import LEGS
from schemas.twin import twin
from schemas.wire import WireLeg
from simulator.company import company
from simulator.geography import great_circle_km
from streams.codecs import decode
from streams.translate import on_leg_completed
from tests.simulator.builders import SEED, bodies


def straight_km(leg: dict[str, dict[str, str]]) -> float:
    ends = [float(leg[end][axis]) for end in ("origin", "destination") for axis in ("lat", "lon")]
    return great_circle_km(*ends)


def test_a_load_is_within_the_payload_of_its_class() -> None:
    payloads_kg = {one.class_id: one.payload_kg for one in company(SEED).vehicle_classes}

    for leg in bodies(LEGS.name):
        if "vehicle_class" in leg:
            assert float(leg["mass_kg"]) <= payloads_kg[leg["vehicle_class"]]
        assert float(leg["mass_kg"]) <= max(payloads_kg.values())


def test_no_distance_is_shorter_than_the_great_circle_allows() -> None:
    for leg in bodies(LEGS.name):
        if "distance_km" in leg:
            assert float(leg["distance_km"]) >= 0.98 * straight_km(leg)


def test_every_distance_can_be_had() -> None:
    for leg in bodies(LEGS.name):
        if "distance_km" not in leg:
            assert straight_km(leg) >= 1
            assert leg["mode"] != "sea", "a ship's way is no great circle"


def test_distances_come_in_every_way() -> None:
    methods = Counter(leg.get("distance_method", "absent") for leg in bodies(LEGS.name))

    assert set(methods) == {"absent", "sfd", "declared", "actual"}
    assert methods["declared"] > sum(methods.values()) / 2


@pytest.mark.parametrize("mode", ["road", "rail", "sea", "air"])
def test_every_mode_is_used(mode: str) -> None:
    # one in a thousand main-line legs flies, so a whole default year is not needed to see it
    assert any(leg["mode"] == mode for leg in bodies(LEGS.name))


def test_only_road_legs_name_a_vehicle_class() -> None:
    for leg in bodies(LEGS.name):
        assert leg["mode"] == "road" or not {"vehicle_class", "energy"} & set(leg)


def test_electric_legs_are_metered_in_the_three_cities() -> None:
    electric = [leg for leg in bodies(LEGS.name) if leg.get("energy") == "electric"]

    assert {leg["grid_region"] for leg in electric} == {"beijing", "sichuan", "chongqing"}
    assert {leg["leg"] for leg in electric} == {"last_leg", "reverse"}
    assert all(float(leg["energy_kwh"]) > 0 for leg in electric)


def test_some_lorries_of_the_company_tell_their_load_and_empty_kilometres() -> None:
    payloads_kg = {one.class_id: one.payload_kg for one in company(SEED).vehicle_classes}
    legs = list(bodies(LEGS.name))
    loaded = [leg for leg in legs if "load_share" in leg]

    assert 0.1 < len(loaded) / len(legs) < 0.2
    assert {leg["leg"] for leg in loaded} == {"main_line", "transfer", "last_leg"}
    for leg in loaded:
        assert leg["energy"] == "diesel"
        assert leg["carrier_id"] in {"car-01", "car-02", "car-03", "car-04"}
        own_share = float(leg["mass_kg"]) / payloads_kg[leg["vehicle_class"]]
        assert own_share - 0.001 <= float(leg["load_share"]) <= 1
        assert 0 <= float(leg["empty_distance_share"]) < 0.5


def test_every_leg_that_tells_its_load_is_modelled() -> None:
    loaded = [leg for leg in bodies(LEGS.name) if "load_share" in leg]

    for leg in loaded:
        told = on_leg_completed(
            twin(decode(WireLeg, json.dumps(leg).encode())),
            book=load_book(), topic=LEGS.name, partition=0, offset=0,
        )  # fmt: skip
        assert (told.method, told.data_class) == ("modelled", "modelled")


def test_only_electric_legs_tell_of_a_grid() -> None:
    for leg in bodies(LEGS.name):
        assert leg.get("energy") == "electric" or not {"grid_region", "energy_kwh"} & set(leg)


def test_where_somebody_lives_is_told_to_a_kilometre_at_most() -> None:
    doors = [leg["origin"] for leg in bodies(LEGS.name) if "site_id" not in leg["origin"]]

    assert doors
    for door in doors:
        assert door["lat"].endswith("000"), door
        assert door["lon"].endswith("000"), door


def test_no_event_carries_a_text_that_could_be_a_person() -> None:
    names = set().union(*(leg for leg in bodies(LEGS.name)))

    assert not names & {"name", "phone", "address", "consumer", "driver", "contact"}
    assert all(json.dumps(leg).isascii() for leg in bodies(LEGS.name))
