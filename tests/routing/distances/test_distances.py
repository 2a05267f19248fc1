"""Distances: laws of the great circle, tables, and services that answer badly."""

import json
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from geopy.distance import great_circle
from hypothesis import given
from hypothesis import strategies as some

from routing.distances.distances import (
    MAX_MATRIX_POINTS,
    DistanceError,
    Point,
    UnreachablePairError,
)
from routing.distances.great_circle import EARTH_RADIUS_M, GreatCircle, great_circles_m
from routing.distances.services import MAX_TRIES, Request, ServiceAwayError, osrm, valhalla
from routing.distances.table import Table, read_pairs

QINGDAO = Point(point_id="Qingdao", lat=36.067131, lon=120.382621)
JINAN = Point(point_id="Jinan", lat=36.6512, lon=117.120098)
points = some.lists(
    some.builds(
        Point, point_id=some.text("ab", max_size=2), lat=some.floats(-90, 90),
        lon=some.floats(-180, 180),
    ),
    min_size=3, max_size=6,
)  # fmt: skip


@given(given_points=points)
def test_great_circles_are_symmetric_zero_at_home_and_never_longer_by_a_detour(
    given_points: list[Point],
) -> None:
    metres = great_circles_m(given_points)

    assert (metres == metres.T).all()
    assert (np.diag(metres) == 0).all()
    assert metres.max() <= np.pi * EARTH_RADIUS_M + 1
    assert (metres[:, None, :] <= metres[:, :, None] + metres.T[None, :, :] + 1).all()


def test_the_great_circle_of_the_worked_example_and_of_geopy() -> None:
    metres = great_circles_m([QINGDAO, JINAN])[0, 1]
    theirs = great_circle((QINGDAO.lat, QINGDAO.lon), (JINAN.lat, JINAN.lon)).m

    assert metres == pytest.approx(299_264.859, abs=0.5)
    assert metres == pytest.approx(theirs, rel=1e-6)


def test_circuity_is_told_in_the_method_and_the_great_circle_is_kept() -> None:
    far = GreatCircle().matrix([QINGDAO, JINAN])
    plain = GreatCircle(circuity=1.0).matrix([QINGDAO, JINAN])

    assert far.distance_m[0, 1] == 389_044
    assert far.great_circle_m[0, 1] == plain.distance_m[0, 1] == 299_265
    assert (far.method_of(0, 1), plain.method_of(0, 1)) == ("gcd_circuity", "gcd")


def test_too_many_points_are_refused_by_number() -> None:
    with pytest.raises(DistanceError, match="5201 points are above the limit of 5200"):
        GreatCircle().matrix([QINGDAO] * (MAX_MATRIX_POINTS + 1))


HEAD = "from_id,to_id,distance_km,duration_s,method,source\n"


def test_a_table_answers_its_rows_and_names_the_method_of_what_it_fills() -> None:
    pairs, defects = read_pairs(HEAD + "Qingdao,Jinan,360,14000,sfd,measured\n")

    far = Table(pairs=tuple(pairs), fallback=GreatCircle()).matrix([QINGDAO, JINAN])

    assert defects == []
    assert far.distance_m.tolist() == [[0, 360_000], [389_044, 0]]
    assert (far.method_of(0, 1), far.method_of(1, 0)) == ("sfd", "gcd_circuity")


def test_a_table_without_fallback_names_the_missing_pair() -> None:
    pairs, _ = read_pairs(HEAD + "Qingdao,Jinan,360,14000,sfd,measured\n")

    with pytest.raises(DistanceError, match="no row from Jinan to Qingdao"):
        Table(pairs=tuple(pairs)).matrix([QINGDAO, JINAN])


@pytest.mark.parametrize(("km", "is_refused"), [("293.079", True), ("293.080", False)])
def test_a_distance_shorter_than_the_great_circle_allows_is_refused(
    km: str, is_refused: bool
) -> None:
    pairs, _ = read_pairs(HEAD + f"Qingdao,Jinan,{km},14000,sfd,-\n")
    table = Table(pairs=tuple(pairs), fallback=GreatCircle())

    if is_refused:
        with pytest.raises(DistanceError, match=r"below 293\.080"):
            table.matrix([QINGDAO, JINAN])
    else:
        assert table.matrix([QINGDAO, JINAN]).distance_m[0, 1] == 293_080


@pytest.mark.parametrize(
    ("row", "sentence"),
    [
        ("A,B,-1,5,sfd,-", "distance_km -1 is not from"),
        ("A,B,nan,5,sfd,-", "distance_km nan is not from"),
        ("A,B,1,5,guess,-", "method 'guess' is none of"),
        ("A,B,far,5,sfd,-", "row 2"),
    ],
)
def test_a_row_of_a_table_that_cannot_be_is_named(row: str, sentence: str) -> None:
    pairs, defects = read_pairs(HEAD + row + "\n")

    assert pairs == []
    assert sentence in defects[0]


def served(answers: list[Any]) -> Callable[[Request], bytes]:
    """A server that gives its answers one after the other; an exception is no answer."""

    def fetch(_: Request) -> bytes:
        given = answers.pop(0)
        if isinstance(given, Exception):
            raise given
        return given if isinstance(given, bytes) else json.dumps(given).encode()

    return fetch


GOOD = {"code": "Ok", "distances": [[0, 9], [8, 0]], "durations": [[0, 1.4], [2.6, 0]]}


def test_osrm_is_asked_for_both_matrices_and_answers_as_driven() -> None:
    asked: list[Request] = []

    def fetch(request: Request) -> bytes:
        asked.append(request)
        return json.dumps(GOOD).encode()

    far = osrm(fetch).matrix([QINGDAO, JINAN])

    assert asked[0].path.startswith("/table/v1/driving/120.382621,36.067131;117.120098,36.651200")
    assert "annotations=distance,duration" in asked[0].path
    assert far.distance_m.tolist() == [[0, 9], [8, 0]]
    assert far.duration_s.tolist() == [[0, 1], [3, 0]]
    assert far.methods == ("actual",)


def test_valhalla_tells_kilometres_and_seconds() -> None:
    cells = [[{"distance": 0, "time": 0}, {"distance": 1.5, "time": 60}]] * 2

    far = valhalla(served([{"sources_to_targets": cells}]), shortest=True).matrix([QINGDAO, JINAN])

    assert far.distance_m[0, 1] == 1_500
    assert far.methods == ("sfd",)


def test_a_server_that_is_busy_is_asked_again() -> None:
    far = osrm(served([ServiceAwayError("429"), b"{", GOOD])).matrix([QINGDAO, JINAN])

    assert far.distance_m[0, 1] == 9


def test_a_server_that_stays_away_is_left_after_three_tries() -> None:
    with pytest.raises(ServiceAwayError, match="429"):
        osrm(served([ServiceAwayError("429")] * MAX_TRIES)).matrix([QINGDAO, JINAN])


@pytest.mark.parametrize(
    ("changed", "error", "sentence"),
    [
        ({"distances": [[0, None], [8, 0]]}, UnreachablePairError, "no way from Qingdao to Jinan"),
        ({"code": "NoTable"}, DistanceError, "code 'NoTable'"),
        ({"distances": [[0]]}, DistanceError, "answers 1 rows"),
        ({"distances": [[0, -1], [8, 0]]}, DistanceError, "-1 from Qingdao to Jinan cannot be"),
        ({"durations": None}, DistanceError, "has no durations"),
    ],
)
def test_an_answer_that_cannot_be_used_is_named(
    changed: dict[str, Any], error: type[Exception], sentence: str
) -> None:
    with pytest.raises(error, match=sentence):
        osrm(served([GOOD | changed])).matrix([QINGDAO, JINAN])
