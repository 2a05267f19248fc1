"""Benchmark files: the published solutions cost here what their files say."""

import re
from pathlib import Path

import pytest

from routing.check.rounds import broken_rounds, cost_of_rounds, missing
from routing.reading.vrplib import BenchmarkFileError, read_vrplib, vehicle_numbers
from tests.builders import ROOT

BENCHMARKS = ROOT.parent / "shared" / "data" / "benchmarks"

SOLVED = [
    path
    for family in ("cvrp_x", "vrpb", "vrptw_gh", "hfvrp")
    for path in sorted((BENCHMARKS / family).glob("*.sol"))
]
THOUSANDTHS = {"X176-FSMFD", "X491-FSMF", "X716-FSMFD"}  # total x 1000 of rounded distances


def published(solution: Path) -> tuple[list[tuple[int, list[int]]], float]:
    """Return each vehicle's number and stops as the file has them, and the cost it tells."""
    text = solution.read_text()
    routes = re.findall(r"Route #(\d+):([\d ]*)", text)
    cost = re.search(r"Cost:?\s+([\d.]+)", text)
    assert cost is not None
    return [(int(n), [int(i) for i in stops.split()]) for n, stops in routes], float(cost[1])


@pytest.mark.skipif(not BENCHMARKS.is_dir(), reason="../shared/data/benchmarks is absent")
@pytest.mark.parametrize("solution", SOLVED, ids=lambda path: path.stem)
def test_a_published_solution_costs_what_its_file_says_and_breaks_nothing(solution: Path) -> None:
    text = solution.with_suffix(".vrp").read_text()
    made = read_vrplib(text)
    routes, cost = published(solution)
    kinds = vehicle_numbers(text) if len(made.fleets) > 1 else [0] * len(routes)
    rounds = [(kinds[n - 1], tuple(stops)) for n, stops in routes if stops]

    found = cost_of_rounds(made, rounds) * made.scale

    assert missing(made, rounds) == []
    assert broken_rounds(made, rounds) == []
    if len(made.fleets) == 1:
        assert found == pytest.approx(cost)
    elif solution.stem in THOUSANDTHS:
        assert round(found * 1_000) == cost
    else:  # full precision there, thousandths here
        assert found / 100 == pytest.approx(cost, rel=1e-6)


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("NODE_COORD_SECTION\n1 0 zero\n", "a row is no list of numbers"),
        ("NODE_COORD_SECTION\nDEMAND_SECTION\n1 0\n", "NODE_COORD_SECTION is missing or empty"),
        ("NODE_COORD_SECTION\n1 0 0\nDEMAND_SECTION\n1 0\n", "CAPACITY is None"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_sentence(text: str, sentence: str) -> None:
    with pytest.raises(BenchmarkFileError, match=sentence):
        read_vrplib(text)
