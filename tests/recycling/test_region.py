"""Regions: every unit of the lists, the rule that finds one, and what no region is."""

from collections import Counter
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recycling.region import Point, Region, RegionKind, region, region_of, regions
from schemas.refusal import Reason, Refused
from simulator import geography

COUNTIES = {
    "419001",
    *("429004", "429005", "429006", "429021"),
    *("469001", "469002", "469005", "469006", "469007"),
    *(str(adcode) for adcode in range(469021, 469031)),
    *(str(adcode) for adcode in range(659001, 659013)),
}
WITHOUT_POINT = {"659005", *(str(adcode) for adcode in range(659007, 659013))}


def test_the_lists_hold_333_prefectures_4_municipalities_and_32_counties() -> None:
    kinds = Counter(one.kind for one in regions().values())

    assert kinds == {
        RegionKind.PREFECTURE: 333,
        RegionKind.MUNICIPALITY: 4,
        RegionKind.COUNTY: 32,
    }
    assert {key for key, one in regions().items() if one.kind is RegionKind.COUNTY} == COUNTIES


def test_seven_counties_have_no_point_and_no_region_is_without_source() -> None:
    assert {key for key, one in regions().items() if one.point is None} == WITHOUT_POINT
    assert all(one.source and one.name and one.province for one in regions().values())


def test_a_region_lies_in_the_province_its_adcode_says_and_in_mainland_china() -> None:
    for one in regions().values():
        assert one.province_adcode == one.adcode[:2] + "0000"
        if one.point is not None:
            assert 16 < one.point.lat < 54
            assert 73 < one.point.lon < 135


def test_every_region_is_the_region_of_its_own_adcode() -> None:
    assert all(region_of(adcode) is one for adcode, one in regions().items())
    assert all(region(adcode) is one for adcode, one in regions().items())


@pytest.mark.parametrize(
    ("adcode", "expected"),
    [
        ("370212", "370200"),  # a district of Qingdao
        ("370281", "370200"),  # a county-level city of it
        ("110108", "110000"),
        ("120118", "120000"),
        ("310115", "310000"),
        ("500233", "500000"),  # a county of Chongqing
        ("419001", "419001"),
        ("429021", "429021"),
        ("469030", "469030"),
        ("659012", "659012"),
        ("460400", "460400"),  # a prefecture-level city without districts
        ("441900", "441900"),
    ],
)
def test_an_adcode_lies_in_one_region(adcode: str, expected: str) -> None:
    assert region_of(adcode).adcode == expected


@pytest.mark.parametrize(
    "adcode",
    [
        "370000",  # a province is no region
        "429000",  # nor is the heading under which its counties stand
        "429099",
        "659013",
        "710000",  # not served
        "810000",
        "999999",
        "000000",
        "37020",
        "3702000",
        "37020a",
        "",
        " 370200",
        "370200\n",
        "\uff13\uff17\uff10\uff12\uff10\uff10",  # full-width digits
        "\u0663\u0667\u0660\u0662\u0660\u0660",  # Arabic digits
        "x" * 1_000_000,
    ],
)
def test_what_lies_in_no_region_is_refused_by_its_value(adcode: str) -> None:
    with pytest.raises(Refused) as refusal:
        region_of(adcode)

    assert refusal.value.reason is Reason.REGION_UNKNOWN
    assert adcode[:100] in refusal.value.detail
    assert len(refusal.value.detail) < 300


@given(st.text(max_size=8) | st.from_regex(r"[0-9]{6}", fullmatch=True))
def test_any_text_is_a_region_or_refused(adcode: str) -> None:
    found: Region | Refused
    try:
        found = region_of(adcode)
    except Refused as refusal:
        found = refusal

    if isinstance(found, Refused):
        assert found.reason is Reason.REGION_UNKNOWN
    else:
        assert found is regions()[found.adcode]
        assert found.adcode[:2] == adcode[:2]


@pytest.mark.parametrize(
    ("lat", "lon"),
    [
        (Decimal("NaN"), Decimal(0)),
        (Decimal(0), Decimal("Infinity")),
        (Decimal("90.1"), Decimal(0)),
        (Decimal(0), Decimal("-180.1")),
        (36.0, Decimal(0)),  # a float has digits nobody wrote
        (False, Decimal(0)),
    ],
)
def test_what_is_no_place_is_no_point(lat: Any, lon: Any) -> None:
    with pytest.raises(ValueError, match=r"l(at|on) must be a Decimal"):
        Point(lat=lat, lon=lon)


def test_the_seeded_company_serves_the_regions_that_are_no_county() -> None:
    assert [one.adcode for one in geography.regions()] == [
        key for key, one in regions().items() if one.kind is not RegionKind.COUNTY
    ]
