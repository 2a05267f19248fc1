from itertools import combinations

import pytest

from streams.history.earth import great_circle_km
from streams.history.mapping import mapping_named
from streams.history.places import KnownPlace
from streams.history.sea import sea_route

PLACES = mapping_named("scms").places["scms_places.csv"].by_name
COASTAL = ["South Africa", "Haiti", "Tanzania", "Nigeria", "Vietnam", "Cipla, Goa, India"]


def test_a_port_is_the_nearest_terminal_of_the_place_s_own_country() -> None:
    route = sea_route(PLACES["Cipla, Goa, India"], PLACES["South Africa"])

    assert route is not None
    assert route.origin.name == "Marmagoa"
    assert route.destination.name == "Durban"
    assert route.destination.stands_in  # Johannesburg is no harbour town


@pytest.mark.parametrize(("start", "end"), [*combinations(COASTAL, 2)])
def test_a_way_by_sea_is_never_shorter_than_the_great_circle(start: str, end: str) -> None:
    route = sea_route(PLACES[start], PLACES[end])
    back = sea_route(PLACES[end], PLACES[start])

    assert route is not None
    assert back is not None
    circle_km = great_circle_km(
        from_lat=float(route.origin.lat), from_lon=float(route.origin.lon),
        to_lat=float(route.destination.lat), to_lon=float(route.destination.lon),
    )  # fmt: skip
    assert circle_km <= float(route.distance_km) + 0.001 < 25_000
    assert float(back.distance_km) == pytest.approx(float(route.distance_km), rel=1e-6)


def test_a_country_without_a_port_has_no_way_by_sea() -> None:
    inland = KnownPlace.model_validate(PLACES["Rwanda"].model_dump() | {"landlocked": False})

    assert sea_route(PLACES["Cipla, Goa, India"], inland) is None


def test_an_inland_depot_is_no_port() -> None:
    route = sea_route(PLACES["Mylan,  H-12 & H-13, India"], PLACES["Haiti"])

    assert route is not None
    assert route.origin.name == "Nhava Sheva"  # Bhusawal is nearer, and 300 km from the sea
