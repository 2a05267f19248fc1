"""Builders of recyclers and pickups that name only what a test is about."""

from datetime import date
from typing import Any

from recycling.eligibility import WantedPickup
from recycling.recycler import Paper, Recycler, Site, Standing
from recycling.region import Point, region

QINGDAO, WEIFANG, BEITUN = "370200", "370700", "659005"
WISHED_ON = date(2026, 6, 15)
FRIDGE, TV = "refrigerator", "tv_flat"


def point_of(adcode: str) -> Point:
    point = region(adcode).point
    assert point is not None
    return point


def paper(paper_id: str = "P-1", **changed: Any) -> Paper:
    """For refrigerators and flat televisions, all of 2026, without a yearly limit."""
    plain: dict[str, Any] = {
        "paper_id": paper_id,
        "categories": frozenset({FRIDGE, TV}),
        "valid_from_on": date(2026, 1, 1),
        "valid_to_on": date(2026, 12, 31),
    }
    return Paper(**plain | changed)


def recycler(recycler_id: str = "A", **changed: Any) -> Recycler:
    """In Qingdao, which it covers; 60 units a day; its papers are in order."""
    plain: dict[str, Any] = {
        "recycler_id": recycler_id,
        "sites": (Site(site_id="S-1", point=point_of(QINGDAO)),),
        "agreements": (paper("AG-1"),),
        "licences": (paper("LI-1"),),
        "coverage": {QINGDAO: frozenset({FRIDGE, TV})},
        "capacity_units_per_day": 60,
    }
    return Recycler(**plain | changed)


def standing(recycler_id: str = "A", **changed: Any) -> Standing:
    """``recycler`` with nothing open, 90 of 100 promises kept, 80 yuan a unit.

    What is no field of a standing is one of its recycler.
    """
    plain: dict[str, Any] = {
        "kept": 90,
        "total": 100,
        "price_cny_fen": {(QINGDAO, FRIDGE): 8_000, (QINGDAO, TV): 8_000},
    }
    known = plain | {key: value for key, value in changed.items() if key in Standing.__slots__}
    of_recycler = {key: value for key, value in changed.items() if key not in Standing.__slots__}
    return Standing(**{"recycler": recycler(recycler_id, **of_recycler)} | known)


def pickup(takeback_order_id: str = "TB-1", **changed: Any) -> WantedPickup:
    """One refrigerator in Qingdao."""
    plain: dict[str, Any] = {
        "takeback_order_id": takeback_order_id,
        "region": QINGDAO,
        "categories": (FRIDGE,),
        "wished_on": WISHED_ON,
    }
    return WantedPickup(**plain | changed)


def qingdao_candidates() -> tuple[Standing, Standing]:
    """The two recyclers of the worked example: A in Qingdao, B in Weifang."""
    a = standing(
        "A",
        kept=180,
        total=200,
        open_units={WISHED_ON: 54},
        price_cny_fen={(QINGDAO, FRIDGE): 8_500},
    )
    b = standing(
        "B",
        sites=(Site(site_id="S-1", point=point_of(WEIFANG)),),
        capacity_units_per_day=40,
        kept=95,
        total=100,
        open_units={WISHED_ON: 10},
        price_cny_fen={(QINGDAO, FRIDGE): 7_800},
    )
    return a, b
