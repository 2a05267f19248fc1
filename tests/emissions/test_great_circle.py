from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from emissions.great_circle import great_circle_km
from tests.emissions.builders import GREAT_CIRCLE_KM, QINGDAO_TO_JINAN

latitudes = st.decimals("-90", "90", places=6)
longitudes = st.decimals("-180", "180", places=6)


def circle(a: Decimal, b: Decimal, c: Decimal, d: Decimal) -> Decimal:
    return great_circle_km(origin_lat=a, origin_lon=b, destination_lat=c, destination_lon=d)


def test_qingdao_to_jinan_is_the_golden_great_circle() -> None:
    assert great_circle_km(**QINGDAO_TO_JINAN) == GREAT_CIRCLE_KM


@given(a=latitudes, b=longitudes, c=latitudes, d=longitudes)
def test_there_and_back_are_as_far_and_never_beyond_half_the_earth(
    a: Decimal, b: Decimal, c: Decimal, d: Decimal
) -> None:
    there, back = circle(a, b, c, d), circle(c, d, a, b)

    assert abs(there - back) <= Decimal("0.001")
    assert 0 <= there <= Decimal("20015.114")


def test_the_other_side_of_the_earth_is_half_its_circumference() -> None:
    assert circle(Decimal(0), Decimal(0), Decimal(0), Decimal(180)) == Decimal("20015.114")


def test_the_date_line_is_no_detour() -> None:
    fiji_km = circle(Decimal(-17), Decimal("179.5"), Decimal(-17), Decimal("-179.5"))

    assert fiji_km == circle(Decimal(-17), Decimal(0), Decimal(-17), Decimal(1))
