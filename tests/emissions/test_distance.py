from decimal import Decimal
from typing import Any

import pytest

from emissions.distance import distance_of
from schemas.refusal import Reason, Refused
from tests.emissions.builders import (
    GREAT_CIRCLE_KM,
    leg,
    without_distance,
    without_ends,
)


@pytest.mark.parametrize(
    ("method", "kind", "flags"),
    [
        ("declared", "sfd", ("distance_declared",)),
        ("sfd", "sfd", ()),
        ("gcd", "gcd", ()),
        ("actual", "sfd", ("distance_actual",)),
    ],
)
def test_a_given_distance_by_road_stands_on_its_method(
    method: str, kind: str, flags: tuple[str, ...]
) -> None:
    travelled = distance_of(leg(distance_method=method))

    assert (travelled.km, travelled.kind, travelled.flags) == (Decimal(412), kind, flags)


def test_a_distance_without_its_method_counts_as_declared() -> None:
    assert distance_of(leg(distance_method=None)).method == "declared"


def test_a_declared_distance_without_ends_is_taken_and_flagged() -> None:
    assert "distance_unchecked" in distance_of(without_ends()).flags


def test_a_computed_distance_is_the_great_circle() -> None:
    travelled = distance_of(without_distance())

    assert travelled.km == GREAT_CIRCLE_KM
    assert (travelled.kind, travelled.method) == ("gcd", "gcd")
    assert travelled.flags == ("distance_computed",)


def test_any_distance_in_the_air_counts_as_great_circle() -> None:
    assert distance_of(leg(mode="air")).kind == "gcd"


def test_an_actual_flight_loses_its_detour() -> None:
    assert distance_of(leg(mode="air", distance_method="actual")).km == 412 - 95


def test_an_actual_voyage_is_divided_by_its_detour() -> None:
    sailed = leg(mode="sea", distance_method="actual", distance_km=Decimal(1150))

    assert distance_of(sailed).km == 1000


def test_a_distance_is_rounded_once_and_says_so() -> None:
    travelled = distance_of(leg(distance_km=Decimal("412.0005")))

    assert str(travelled.km) == "412.000"
    assert travelled.is_rounded


def test_just_two_percent_below_the_great_circle_is_still_taken() -> None:
    least_km = Decimal("293.280")  # 0.98 x 299.265 = 293.2797

    assert distance_of(leg(distance_km=least_km)).km == least_km


@pytest.mark.parametrize(
    ("changed", "reason", "sentence"),
    [
        (
            {"distance_km": Decimal(290)},
            Reason.DISTANCE_BELOW_GREAT_CIRCLE,
            "distance_km 290 declared is below 0.98 of the great circle 299.265 km",
        ),
        (
            {"distance_km": Decimal("293.279")},
            Reason.DISTANCE_BELOW_GREAT_CIRCLE,
            "distance_km 293.279 declared",
        ),
        (
            {"distance_km": Decimal(290), "distance_method": "sfd"},
            Reason.DISTANCE_BELOW_GREAT_CIRCLE,
            "distance_km 290 sfd",
        ),
        (
            {"distance_km": Decimal(5986)},
            Reason.DISTANCE_IMPLAUSIBLE,
            "distance_km 5986 declared is more than 20 times the great circle 299.265 km",
        ),
        (
            {"distance_km": Decimal(45001)},
            Reason.DISTANCE_IMPLAUSIBLE,
            "distance_km 45001 is more than 45000 km",
        ),
        ({"distance_km": Decimal(0)}, Reason.DISTANCE_ZERO, "distance_km must be above 0, got 0"),
        ({"distance_km": Decimal(-5)}, Reason.DISTANCE_ZERO, "got -5"),
        ({"distance_km": Decimal("0.0004")}, Reason.DISTANCE_ZERO, "distance_km 0.0004"),
        ({"distance_km": Decimal("NaN")}, Reason.NOT_FINITE, "distance_km is not finite: NaN"),
        ({"distance_method": "guess"}, Reason.VOCABULARY, "distance_method guess is unknown"),
        (
            {"origin_lat": Decimal(91)},
            Reason.UNIT_BOUND,
            "origin_lat must be from -90 to 90, got 91",
        ),
        (
            {"destination_lon": Decimal("-180.1")},
            Reason.UNIT_BOUND,
            "destination_lon must be from -180 to 180, got -180.1",
        ),
        ({"destination_lat": Decimal("NaN")}, Reason.NOT_FINITE, "destination_lat is not finite"),
        (
            {"mode": "air", "distance_method": "actual", "distance_km": Decimal(95)},
            Reason.DISTANCE_ZERO,
            "distance_km 95 actual leaves no distance",
        ),
    ],
)
def test_an_impossible_distance_is_refused_by_field_and_value(
    changed: dict[str, Any], reason: Reason, sentence: str
) -> None:
    with pytest.raises(Refused) as refused:
        distance_of(leg(**changed))

    assert refused.value.reason is reason
    assert sentence in refused.value.detail


@pytest.mark.parametrize("mode", ["sea", "inland_water", "ropax"])
def test_a_ship_without_distance_needs_a_route(mode: str) -> None:
    with pytest.raises(Refused, match=f"mode {mode}.*a sea route is needed") as refused:
        distance_of(without_distance(mode=mode))

    assert refused.value.reason is Reason.DISTANCE_MISSING


def test_no_distance_and_no_ends_names_what_is_missing() -> None:
    with pytest.raises(Refused, match=r"distance_km is None.*without destination_lon") as refused:
        distance_of(without_distance(destination_lon=None))

    assert refused.value.reason is Reason.DISTANCE_MISSING


def test_a_leg_that_ends_where_it_began_has_no_computed_distance() -> None:
    ends = {"destination_lat": Decimal("36.067131"), "destination_lon": Decimal("120.382621")}

    with pytest.raises(Refused, match="same point") as refused:
        distance_of(without_distance(**ends))

    assert refused.value.reason is Reason.DISTANCE_ZERO


def test_neighbours_may_drive_far() -> None:
    near = {"destination_lat": Decimal("36.067131"), "destination_lon": Decimal("120.392621")}

    assert distance_of(leg(**near)).km == 412


def test_a_float_is_no_distance() -> None:
    with pytest.raises(TypeError, match="distance_km"):
        distance_of(leg(distance_km=412.0))


def test_a_float_is_no_coordinate() -> None:
    with pytest.raises(TypeError, match="origin_lon"):
        distance_of(leg(origin_lon=120.4))
