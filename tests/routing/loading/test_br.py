"""Benchmark files of container loading are read whole, or the word that is wrong is named."""

import pytest

from routing.loading.br import BadBenchmarkFile, read_br
from routing.loading.entities import Side
from tests.builders import ROOT

FOLDER = ROOT.parent / "shared" / "data" / "benchmarks" / "loading_br"
ONE = "1  1 77  587 233 220  2  1 108 0 76 0 30 1 40  2 60 1 51 1 41 1 3"


def test_centimetres_become_millimetres_and_flags_upright_sides() -> None:
    (one,) = read_br(ONE, name="BR0")

    assert (one.problem_id, one.vehicle.length_mm, one.unit_count) == ("BR0-0", 5_870, 43)
    assert one.goods["1"].allowed_up == {Side.HEIGHT}
    assert one.goods["2"].allowed_up == set(Side)
    assert not one.knows_mass


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("1 x", "word 2 is 'x'"),
        ("1 1 77 587 233", "ends before its last problem"),
        ("", "ends before its last problem"),
        (f"{ONE} 9", "1 numbers follow"),
        ("1  1 77  587 233 -220  0", "word 6 is '-220'"),
    ],
)
def test_a_file_that_is_none_is_refused_with_the_place(text: str, words: str) -> None:
    with pytest.raises(BadBenchmarkFile, match=words):
        read_br(text, name="BR0")


@pytest.mark.skipif(not FOLDER.is_dir(), reason="../shared/data is absent")
@pytest.mark.parametrize(("number", "types"), [(1, 3), (7, 20), (15, 100)])
def test_a_published_class_holds_a_hundred_problems(number: int, types: int) -> None:
    problems = read_br((FOLDER / f"BR{number}.txt").read_text(encoding="ascii"), name=f"BR{number}")

    assert len(problems) == 100
    assert {len(one.goods) for one in problems} == {types}
