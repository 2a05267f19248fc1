"""Chains: elements in any sequence, exact sums, and goods that two elements claim."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.chain import (
    DoubleCount,
    Tce,
    TceKind,
    TransportChain,
    double_counts,
    exact_sum,
)

MONDAY = datetime(2025, 6, 2, 6, tzinfo=UTC)


def at(hours: float) -> datetime:
    return MONDAY + timedelta(hours=hours)


def tce(tce_id: str = "T-1", **changed: Any) -> Tce:
    """C-1 from Qingdao to Jinan, Monday 6 to 12 o'clock."""
    plain: dict[str, Any] = {
        "tce_id": tce_id,
        "kind": TceKind.TRANSPORT,
        "consignment_ids": frozenset({"C-1"}),
        "mass_kg": Decimal(7_536),
        "origin": "QD",
        "destination": "JN",
        "departed_at": at(0),
        "arrived_at": at(6),
        "toc_id": "TOC-1",
    }
    return Tce(**plain | changed)


def hub(tce_id: str, **changed: Any) -> Tce:
    at_hub: dict[str, Any] = {"kind": TceKind.HUB, "toc_id": None, "hoc_id": "HOC-1"}
    return tce(tce_id, **at_hub | changed)


@given(
    parts=st.lists(st.decimals("0", "1e9", places=6), max_size=20),
    data=st.data(),
)
def test_a_sum_is_the_same_in_any_order(parts: list[Decimal], data: st.DataObject) -> None:
    assert exact_sum(parts) == exact_sum(data.draw(st.permutations(parts))) == sum(parts)


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"toc_id": None}, "needs toc_id or hoc_id, got None and None"),
        ({"hoc_id": "H"}, "needs toc_id or hoc_id, got TOC-1 and H"),
        ({"toc_id": None, "hoc_id": "H"}, "of kind transport has hoc_id H"),
        ({"kind": TceKind.HUB}, "of kind hub has hoc_id None"),
        (
            {"kind": TceKind.HUB, "toc_id": None, "hoc_id": "H", "distance_km": Decimal(1)},
            "is a hub with distance_km 1",
        ),
        ({"arrived_at": at(-1)}, "arrived_at 2025-06-02 05:00:00"),
    ],
)
def test_an_element_is_a_leg_or_a_stay_and_never_both(
    changed: dict[str, Any], sentence: str
) -> None:
    with pytest.raises(ValueError, match=f"tce T-1 .*{sentence}"):
        tce(**changed)


def chain() -> tuple[Tce, ...]:
    """By road to a hub, on by two vehicles in parallel, together again at the end."""
    return (
        tce("A"),
        hub("B", previous_tce_ids=frozenset({"A"})),
        tce("C1", previous_tce_ids=frozenset({"B"}), consignment_ids=frozenset({"C-1"})),
        tce("C2", previous_tce_ids=frozenset({"B"}), consignment_ids=frozenset({"C-2"})),
        hub("D", previous_tce_ids=frozenset({"C1", "C2"})),
    )


@given(st.permutations(chain()))
def test_elements_follow_each_other_however_they_became_known(tces: list[Tce]) -> None:
    found = TransportChain(shipment_id="S-1", tces=tuple(tces))

    assert [one.tce_id for one in found.in_sequence()] == ["A", "B", "C1", "C2", "D"]
    assert found.consignment_ids == {"C-1", "C-2"}


@pytest.mark.parametrize(
    ("tces", "sentence"),
    [
        ((tce("A"), tce("A")), "shipment S-1 has a tce_id twice"),
        ((tce("A", previous_tce_ids=frozenset({"Z"})),), "shipment S-1 has no tce Z"),
        (
            (
                tce("A", previous_tce_ids=frozenset({"B"})),
                tce("B", previous_tce_ids=frozenset({"A"})),
            ),
            "shipment S-1 goes in a circle: ",
        ),
    ],
)
def test_a_chain_that_cannot_be_followed_is_a_mistake(tces: tuple[Tce, ...], sentence: str) -> None:
    with pytest.raises(ValueError, match=sentence):
        TransportChain(shipment_id="S-1", tces=tces).in_sequence()


def test_two_legs_of_one_consignment_from_one_place_at_one_time_are_found() -> None:
    found = double_counts([tce("A"), tce("B", departed_at=at(5), arrived_at=at(9))])

    assert found == [DoubleCount("C-1", "QD", ("A", "B"))]
    assert found[0].finding == "double_count"


@pytest.mark.parametrize(
    "changed",
    [
        {"departed_at": at(6), "arrived_at": at(9)},  # begins when the other ends
        {"origin": "JN"},
        {"consignment_ids": frozenset({"C-2"})},
    ],
)
def test_what_does_not_overlap_is_no_double_count(changed: dict[str, Any]) -> None:
    assert double_counts([tce("A"), tce("B", **changed)]) == []


def test_a_stay_at_the_hub_a_leg_leaves_from_is_no_double_count() -> None:
    assert double_counts([tce("A"), hub("B")]) == []


def test_one_leg_said_twice_at_one_instant_is_found() -> None:
    instant = {"departed_at": at(1), "arrived_at": at(1)}

    assert len(double_counts([tce("A", **instant), tce("B", **instant)])) == 1


def test_a_long_leg_covers_every_short_one_within_it() -> None:
    long = tce("L", arrived_at=at(100))
    short = [tce(f"S-{n}", departed_at=at(n), arrived_at=at(n + 1)) for n in range(1, 4)]

    found = double_counts([*short, long])

    assert [one.tce_ids for one in found] == [("L", "S-1"), ("L", "S-2"), ("L", "S-3")]


@given(
    spans=st.lists(
        st.tuples(st.integers(0, 9), st.integers(1, 4)), min_size=1, max_size=7, unique=True
    ),
    data=st.data(),
)
def test_there_is_a_finding_exactly_where_two_spans_overlap(
    spans: list[tuple[int, int]], data: st.DataObject
) -> None:
    legs = [
        tce(f"T-{n}", departed_at=at(start), arrived_at=at(start + hours))
        for n, (start, hours) in enumerate(spans)
    ]
    by_start = sorted(spans)
    overlaps = any(
        later < start + hours
        for n, (start, hours) in enumerate(by_start)
        for later, _ in by_start[n + 1 :]
    )

    found = double_counts(data.draw(st.permutations(legs)))

    assert bool(found) == overlaps
    assert found == double_counts(legs)


def test_a_chain_without_a_gap_in_time_counts_nothing_twice() -> None:
    legs = [tce(f"T-{n}", departed_at=at(n), arrived_at=at(n + 1)) for n in range(20)]

    assert all(one.arrived_at == after.departed_at for one, after in pairwise(legs))
    assert double_counts(legs) == []
