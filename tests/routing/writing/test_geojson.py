"""A plan on a map: longitude first, rounds that come home, lines that say they are straight."""

from routing.writing.geojson import routes_geojson
from tests.routing.writing.plans import DAY_OF_THREE, HOSTILE, told


def test_a_round_leaves_its_depot_and_comes_back() -> None:
    line = routes_geojson(told(), DAY_OF_THREE)["features"][0]

    way = line["geometry"]["coordinates"]
    assert way[0] == way[-1] == [120.0, 36.0]
    assert len(way) == 4
    assert line["properties"]["is_straight_lines"]


def test_every_stop_that_is_served_is_a_point_with_its_place_in_the_round() -> None:
    points = routes_geojson(told(), DAY_OF_THREE)["features"][1:]

    assert {one["properties"]["stop_id"] for one in points} == {"S-1", HOSTILE}
    assert [one["properties"]["sequence"] for one in points] == [1, 2]
    assert all(119 < one["geometry"]["coordinates"][0] < 121 for one in points)
