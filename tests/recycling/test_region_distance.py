"""Distances: known pairs, and the laws of a distance."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.great_circle import great_circle_km as emissions_km
from recycling.region import Point
from recycling.region_distance import great_circle_km, nearest_km
from tests.recycling.assignment_builders import QINGDAO, WEIFANG, point_of

points = st.builds(Point, lat=st.decimals(-90, 90, places=6), lon=st.decimals(-180, 180, places=6))


def at(lat: str, lon: str) -> Point:
    return Point(lat=Decimal(lat), lon=Decimal(lon))


@pytest.mark.parametrize(
    ("origin", "destination", "expected_km"),
    [
        (at("36.067131", "120.382621"), at("36.706962", "119.161748"), "130.403"),
        (at("36.067131", "120.382621"), at("36.6512", "117.120098"), "299.265"),
        (at("0", "0"), at("0", "180"), "20015.114"),
        (at("90", "0"), at("-90", "77"), "20015.114"),
        (at("10", "20"), at("10", "20"), "0.000"),
    ],
)
def test_two_points_are_this_far_apart(origin: Point, destination: Point, expected_km: str) -> None:
    assert str(great_circle_km(origin, destination)) == expected_km


@given(points, points)
def test_a_distance_is_the_same_in_both_directions_and_in_both_rooms(a: Point, b: Point) -> None:
    there = great_circle_km(a, b)

    assert there == great_circle_km(b, a)
    assert 0 <= there <= Decimal("20015.114")
    assert there == emissions_km(
        origin_lat=a.lat, origin_lon=a.lon, destination_lat=b.lat, destination_lon=b.lon
    )


def test_the_nearest_of_several_sites_counts_and_without_a_site_there_is_no_distance() -> None:
    here, there = point_of(QINGDAO), point_of(WEIFANG)

    assert nearest_km(here, (there, here)) == 0
    assert nearest_km(here, (there,)) == Decimal("130.403")
    assert nearest_km(here, ()) is None
