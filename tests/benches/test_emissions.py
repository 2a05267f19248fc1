"""The bench of the emissions room measures what it says: its mix, its float twin, its hash."""

import random
from collections import Counter

import pytest

from benches.emission_mix import Visit, element, fingerprint, hub_of, result_of
from benches.float_leg import FloatEngine, in_float
from emissions.leg import LegAnswer
from emissions.read import load_book

ELEMENTS = [element(number) for number in range(4_000)]
MILLIGRAM = 1e-6


def kind(number: int) -> str:
    one = ELEMENTS[number]
    if isinstance(one, Visit):
        return "hub"
    if one.load is not None:
        return "modelled"
    if one.energy == "electric":
        return "electric"
    return "class" if one.mode == "road" else "rail_sea"


def test_the_mix_is_that_of_the_specification() -> None:
    shares = {name: count / len(ELEMENTS) for name, count in Counter(
        kind(number) for number in range(len(ELEMENTS))).items()}  # fmt: skip

    wanted = {"class": 0.7, "modelled": 0.1, "rail_sea": 0.1, "electric": 0.05, "hub": 0.05}
    assert shares == pytest.approx(wanted, abs=0.02)


def test_each_kind_is_answered_at_the_rank_it_stands_for() -> None:
    book, methods = load_book(), {"modelled": "modelled", "electric": "primary_energy"}
    hub = hub_of(book)

    for number, one in enumerate(ELEMENTS[:400]):
        answer = result_of(one, hub, book)
        if isinstance(answer, LegAnswer):
            assert answer.method == methods.get(kind(number), "class_default")


def test_the_float_twin_goes_the_same_way_and_comes_to_the_same_kilograms() -> None:
    book = load_book()
    hub = hub_of(book)
    twin = FloatEngine(hub, book)

    for one in ELEMENTS[:1_000]:
        exact, near = result_of(one, hub, book), twin.result_of(in_float(one))
        wtw = near[2] if isinstance(near, tuple) else near.wtw_kgco2e  # type: ignore[attr-defined]
        assert wtw == pytest.approx(float(exact.wtw_kgco2e), rel=1e-9, abs=2 * MILLIGRAM)


def test_late_shuffled_and_repeated_elements_hash_alike_and_another_one_does_not() -> None:
    book = load_book()
    hub = hub_of(book)
    straight = list(range(3_000))
    mixed = straight + straight[::7]
    random.Random(3).shuffle(mixed)

    assert fingerprint(mixed, hub, book) == fingerprint(straight, hub, book)
    assert fingerprint(straight[1:], hub, book) != fingerprint(straight, hub, book)
