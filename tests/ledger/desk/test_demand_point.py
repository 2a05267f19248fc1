"""The demand's own point counts in an assignment where its region has none, and only there."""

from typing import Any

import pytest

from ledger.desk import assigning
from recycling.region import region
from tests.ledger.desk.house import LAT, LON, MAKER, ORDER, House, ok, profile

NO_POINT, QINGDAO = "659005", "370200"
NEAR, FAR = ("44.30", "86.05"), ("45.50", "86.05")


def recyclers(home: House, adcode: str) -> None:
    """North is far from where the demand says it is, south is near; else they are alike."""
    for name, (lat, lon) in (("north", FAR), ("south", NEAR)):
        site = {"site_id": f"{name}-1", "lat": lat, "lon": lon, "region": adcode}
        covers = {adcode: ["washing_machine"]}
        asks = [{"region": adcode, "category": "washing_machine", "price_cny_fen": 5_000}]
        told = profile(name, sites=[site], coverage=covers, prices=asks)
        home.keep("partner", name, "active", told)


def waiting(home: House, adcode: str, **told: Any) -> str:
    recyclers(home, adcode)
    return home.confirmed(region=adcode, adcode=adcode, **told)


def run(home: House, **told: Any) -> Any:
    (answer,) = assigning.run(
        home.ledger, home.ledger.watch, MAKER, home.reference, now=home.now, **told
    ).document()["assignments"]
    return answer


def distances_km(answer: Any) -> dict[str, Any]:
    return {
        one["recycler_id"]: one["components"]["distance_km"] for one in answer["candidates"]
    }  # fmt: skip


def test_where_the_region_has_no_point_the_demands_own_decides(home: House) -> None:
    order = waiting(home, NO_POINT, lat=NEAR[0], lon=NEAR[1])
    assert region(NO_POINT).point is None

    answer = run(home)

    assert home.get(ORDER, order).body["recycler_id"] == "south"
    assert distances_km(answer)["south"] == "0.000"
    assert float(distances_km(answer)["north"]) > 100
    assert answer["candidates"][0]["components"]["notes"] == ["own_point"]


def test_the_platform_is_told_the_same_comparison(home: House) -> None:
    order = waiting(home, NO_POINT, lat=NEAR[0], lon=NEAR[1])

    told = ok(home.ask(ORDER, "assign", {"recycler_id": "north"}, on=order))["assignment"]

    assert told["best_recycler_id"] == "south"
    assert distances_km(told)["south"] == "0.000"


@pytest.mark.parametrize(
    ("adcode", "told", "notes"),
    [
        (NO_POINT, {"lat": None, "lon": None}, ["no_point"]),
        (QINGDAO, {"lat": LAT, "lon": LON}, []),  # its region has a point: that is compared
    ],
)
def test_else_the_regions_point_or_none_is_compared(
    home: House, adcode: str, told: dict[str, Any], notes: list[str]
) -> None:
    waiting(home, adcode, **told)

    answer = run(home, dry_run=True)

    assert [one["components"]["notes"] for one in answer["candidates"]] == [notes, notes]


def test_the_point_is_in_no_answer_of_an_assignment(home: House) -> None:
    order = waiting(home, NO_POINT, lat="44.301234", lon="86.054321")

    answer = home.ask(ORDER, "assign", {"recycler_id": "north"}, on=order)

    assert b"44.301234" not in answer.body
    assert "44.301234" not in str(home.events(ORDER, order))
