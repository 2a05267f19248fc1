"""Lives run in the sequence of simulated time, and nothing goes wrong unnoticed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import pytest

from simulator.drive import STEP_S, Driven, House, Unexpected, drive
from simulator.step import Ask, Begin, Life, Tell, Voice

DAY_S = 86_400


@dataclass
class Counter:
    """A counter of the house: says yes, except to paths that it was told to refuse."""

    refuses: dict[str, int] = field(default_factory=dict)
    heard: list[tuple[int, str]] = field(default_factory=list)
    told: list[Any] = field(default_factory=list)
    now_s: int = 0

    def call(self, asks: Sequence[Ask]) -> list[tuple[int, Any]]:
        self.heard += [(self.now_s, ask.path) for ask in asks]
        return [(self.refuses.get(ask.path, 200), {"path": ask.path}) for ask in asks]

    def set_clock(self, now_s: int) -> None:
        assert now_s >= self.now_s
        self.now_s = now_s

    def drive(self, *lives: tuple[int, Life], end_s: int = DAY_S) -> Driven:
        house = House(call=self.call, set_clock=self.set_clock, tell=self.told.append)
        return drive(lives, house, end_s=end_s)


def life(name: str, *waits_s: int) -> Life:
    voice = Voice(0)
    yield from voice.command("p", f"/v1/{name}")
    for wait_s in waits_s:
        yield from voice.wait(wait_s)
        yield from voice.command("p", f"/v1/{name}")


def test_what_is_due_earlier_is_asked_earlier() -> None:
    counter = Counter()

    counter.drive((0, life("a", 2 * STEP_S)), (1, life("b", STEP_S // 2)))

    steps = [(now_s // STEP_S, path) for now_s, path in counter.heard]
    assert steps == [(0, "/v1/a"), (1, "/v1/b"), (1, "/v1/b"), (3, "/v1/a")]


def test_lives_of_one_step_are_asked_together_each_one_thing_at_a_time() -> None:
    together: list[int] = []
    counter = Counter()
    call = counter.call

    def noting(asks: Sequence[Ask]) -> list[tuple[int, Any]]:
        together.append(len(asks))
        return call(asks)

    counter.call = noting  # type: ignore[method-assign]
    counter.drive((0, life("a", 0)), (0, life("b", 0)), (0, life("c")))

    assert together == [3, 2]


def test_what_lies_behind_the_end_does_not_happen() -> None:
    counter = Counter()

    driven = counter.drive((0, life("a", 10 * DAY_S)), end_s=DAY_S)

    assert (driven.total, driven.requests) == (1, {"POST /v1/a": 1})


def test_an_unexpected_no_ends_the_year_with_its_answer() -> None:
    counter = Counter(refuses={"/v1/a": 409})

    with pytest.raises(Unexpected, match=r"p: POST /v1/a at 1970-.* answered 409: .*'path'"):
        counter.drive((0, life("a")))


def test_a_life_can_live_with_a_conflict_that_it_expects() -> None:
    answers: list[bool] = []

    def asking() -> Life:
        answers.append((yield from Voice(0).attempt("p", "/v1/a")))

    Counter(refuses={"/v1/a": 409}).drive((0, asking()))

    assert answers == [False]


def test_a_life_begins_others_and_tells_what_other_systems_know() -> None:
    counter = Counter()

    def first() -> Life:
        yield Tell("a fact")  # type: ignore[arg-type]
        yield Begin(life("second"))

    counter.drive((0, first()))

    assert counter.told == ["a fact"]
    assert [path for _, path in counter.heard] == ["/v1/second"]


def test_a_tick_waits_for_the_house_to_have_its_turn() -> None:
    seen: list[int] = []
    counter = Counter()

    def waiting() -> Life:
        voice = Voice(0)
        yield from voice.look("p", "/v1/a")
        yield from voice.tick()
        seen.append(counter.now_s)

    counter.drive((0, waiting()))

    assert seen == [STEP_S]
