"""A recycler's promise beside the events of its order: kept, broken, or nobody's fault."""

from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ledger.desk.promises import promises_of
from ledger.promise import Ended, Promise
from ledger.promise_rows import PROMISE_COLUMNS, last_promise, promise_of
from ledger.records import Ref
from ledger.statements import Statements
from recycling.facts import SYSTEM
from recycling.limits import packaged_limits
from tests.ledger.builders import IMPLEMENTATIONS, MAKER, START
from tests.ledger.desk.assign_builders import (
    CONSUMER,
    ORDER,
    PLATFORM,
    House,
    opened_house,
    record,
    recycler,
)


@pytest.fixture(params=sorted(IMPLEMENTATIONS))
def house(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[House]:
    with opened_house(tmp_path / "ledger", implementation=request.param) as made:
        yield made


@pytest.fixture
def assigned(house: House) -> House:
    house.partner("A")
    house.confirmed("TB-1")
    assert house.ask("assign", PLATFORM, recycler_id="A")["status"] == 200
    return house


def now_of(house: House, order_id: str = "TB-1") -> Promise:
    with house.looked_into() as db:
        found = last_promise(db, "maker", order_id)
    assert found is not None
    return found


def test_a_pickup_in_the_window_of_an_appointment_in_time_is_a_promise_kept(
    assigned: House,
) -> None:
    assigned.ask("accept", recycler("A"))
    assigned.appoint()

    answer = assigned.pick_up("2026-03-03T05:00:00Z")

    assert answer["state"] == "picked_up"
    assert (now_of(assigned).kept, now_of(assigned).outcome) == (True, Ended.PICKED_UP)


@pytest.mark.parametrize("at", ["2026-03-03T00:59:59Z", "2026-03-03T05:00:01Z"])
def test_a_pickup_beside_the_window_is_a_promise_broken(assigned: House, at: str) -> None:
    assigned.ask("accept", recycler("A"))
    assigned.appoint()

    assigned.pick_up(at)

    assert now_of(assigned).kept is False


@pytest.mark.parametrize(("after", "kept"), [(24, True), (24.001, False)])
def test_an_appointment_after_its_time_breaks_the_promise_though_nobody_expired_it(
    assigned: House, after: float, kept: bool
) -> None:
    assigned.ask("accept", recycler("A"))
    assigned.pass_hours(after)
    assert assigned.appoint()["status"] == 200

    assigned.pick_up("2026-03-03T03:00:00Z")

    assert now_of(assigned).kept is kept


def test_only_the_last_window_counts(assigned: House) -> None:
    assigned.ask("accept", recycler("A"))
    assigned.appoint()
    moved = {"window_from": "2026-03-05T01:00:00Z", "window_to": "2026-03-05T03:00:00Z"}
    assigned.ask("reschedule", CONSUMER, **moved, reason_code="consumer_wish")

    assert now_of(assigned).on == date(2026, 3, 5)
    assigned.pick_up("2026-03-05T03:00:00Z")

    assert now_of(assigned).kept is True


@pytest.mark.parametrize(
    ("command", "by", "evidence", "outcome", "kept"),
    [
        ("decline", recycler("A"), {"reason_code": "capacity_full"}, Ended.DECLINED, False),
        ("unassign", PLATFORM, {"reason_code": "partner_silent"}, Ended.UNASSIGNED, None),
        ("cancel", CONSUMER, {"reason_code": "changed_mind"}, Ended.CANCELLED, None),
    ],
)
def test_who_ends_a_promise_decides_whether_it_was_broken(
    assigned: House, command: str, by: Any, evidence: Any, outcome: Ended, kept: bool | None
) -> None:
    assert assigned.ask(command, by, **evidence)["status"] == 200

    assert (now_of(assigned).outcome, now_of(assigned).kept) == (outcome, kept)


@pytest.mark.parametrize(
    ("by", "times", "outcome", "kept"),
    [("recycler", 1, Ended.NO_SHOW, False), ("consumer", 3, Ended.CANCELLED, None),
     ("consumer", 2, None, None)],
)  # fmt: skip
def test_a_promise_is_broken_by_the_recyclers_no_show_and_not_by_the_consumers(
    assigned: House, by: str, times: int, outcome: Ended | None, kept: bool | None
) -> None:
    assigned.ask("accept", recycler("A"))
    assigned.appoint()
    told: dict[str, Any] = {"no_show_by": by, "contact_attempt": "called twice"}
    if by == "consumer":
        told |= {"arrived_at": "2026-03-03T01:00:00Z", "lat": "36.07", "lon": "120.38"}

    for _ in range(times):
        assert assigned.ask("report_no_show", recycler("A"), **told)["status"] == 200

    assert (now_of(assigned).outcome, now_of(assigned).kept) == (outcome, kept)


def test_the_record_is_of_ninety_days(house: House) -> None:
    limit = START - timedelta(days=90)
    house.plant(
        promises=(
            *record("A", kept=1, total=1, ended_at=limit),
            *(old for old in record("B", kept=1, total=1, ended_at=limit - timedelta(seconds=1))),
        )
    )

    found = house.ledger.watch.workloads("maker", now=START)

    assert (found["A"].kept, found["A"].total) == (1, 1)
    assert found["B"].total == 0


def test_what_was_refused_at_the_door_takes_nothing_of_a_year(house: House) -> None:
    house.partner("A")
    house.confirmed("TB-1", categories=("refrigerator", "refrigerator", "washing_machine"))
    house.ask("assign", PLATFORM, recycler_id="A")
    house.ask("accept", recycler("A"))
    house.appoint()

    house.pick_up("2026-03-03T02:00:00Z", outcomes=("collected", "refused", "collected"))

    assert now_of(house).categories == {"refrigerator": 1, "washing_machine": 1}
    (fridge, washer) = house.ledger.watch.workloads("maker", now=START)["A"].days
    assert (fridge.open_units, fridge.collected_units) == (0, 1)
    assert (washer.category, washer.collected_units) == ("washing_machine", 1)


def test_a_recycler_sees_order_and_units_from_its_assignment_until_it_is_taken_away(
    house: House,
) -> None:
    house.partner("A")
    house.confirmed("TB-1")
    house.ask("assign", PLATFORM, recycler_id="A")

    def seen() -> list[tuple[str, str, bool]]:
        with house.looked_into() as db:
            rows = db.execute(
                "select kind, partner_id, to_seq is null from aggregate_party order by kind"
            ).fetchall()
        return [(kind, partner_id, bool(is_open)) for kind, partner_id, is_open in rows]

    assert seen() == [("takeback_order", "A", True), ("unit", "A", True)]
    house.ask("decline", recycler("A"), reason_code="capacity_full")
    assert seen() == [("takeback_order", "A", False), ("unit", "A", False)]


# -- the fold, again -------------------------------------------------------------------------------

ORDERS = ("TB-1", "TB-2", "TB-3")
STEPS = (
    "assign A", "assign B", "accept", "decline", "appoint", "reschedule", "no_show", "pick_up",
    "cancel", "expire", "unassign", "later",
)  # fmt: skip


def step(house: House, order_id: str, what: str) -> None:
    """Ask one thing of one order; most of it is refused most of the time."""
    holder = recycler(house.get(order_id).body.get("recycler_id") or "nobody")
    day = f"2026-03-{house.world.now.day + 1:02d}"
    window = {"window_from": f"{day}T01:00:00Z", "window_to": f"{day}T05:00:00Z"}
    if what == "later":
        house.pass_hours(5)
    elif what.startswith("assign"):
        house.ask("assign", PLATFORM, order_id, recycler_id=what[-1], override_reason="again")
    elif what == "appoint":
        house.ask("appoint", holder, order_id, **window)
    elif what == "reschedule":
        house.ask("reschedule", holder, order_id, **window, reason_code="wish")
    elif what == "no_show":
        house.ask("report_no_show", holder, order_id, no_show_by="recycler", contact_attempt="no")
    elif what == "pick_up":
        house.pick_up(
            house.world.now.isoformat(), holder.party_id, order_id, ("collected", "refused")
        )
    elif what == "expire":
        house.ask("expire_assignment", SYSTEM, order_id)
    elif what == "accept":
        house.ask("accept", holder, order_id)
    else:
        house.ask(what, PLATFORM if what != "decline" else holder, order_id, reason_code="so")


def folded(house: House) -> list[Promise]:
    """Every promise as the stored events make it."""
    return [
        one
        for order_id in ORDERS
        for one in promises_of(house.ledger.history(MAKER, Ref(ORDER, order_id)), packaged_limits())
    ]


def summed(promises: list[Promise]) -> dict[tuple[str, str, str], tuple[int, int]]:
    """Open and collected units by recycler, day and category, counted from nothing."""
    sums: dict[tuple[str, str, str], Counter[str]] = {}
    for one in promises:
        what = "open" if one.ended_at is None else str(one.outcome)
        for category, units in one.categories.items():
            key = (one.recycler_id, one.on.isoformat(), category)
            sums.setdefault(key, Counter())[what] += units
    return {
        key: (found["open"], found["picked_up"])
        for key, found in sums.items()
        if found["open"] or found["picked_up"]
    }


def rows(db: Statements) -> list[Promise]:
    found = db.execute(
        f"select {', '.join(PROMISE_COLUMNS)} from promise order by takeback_order_id, round"
    )
    return [promise_of(row) for row in found]


@settings(
    max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
@given(
    steps=st.lists(
        st.tuples(st.sampled_from(ORDERS), st.sampled_from(STEPS)), min_size=15, max_size=45
    ),
    seed=st.integers(0, 10**9),
)
@pytest.mark.parametrize("implementation", sorted(IMPLEMENTATIONS))
def test_what_is_kept_beside_the_events_is_what_they_make_when_folded_again(
    tmp_path: Path, steps: list[tuple[str, str]], seed: int, implementation: str
) -> None:
    folder = tmp_path / f"{seed}-{len(steps)}-{hash(tuple(steps))}"
    with opened_house(folder, implementation=implementation) as house:
        house.partner("A")
        house.partner("B")
        for order_id in ORDERS:
            house.confirmed(order_id, categories=("refrigerator", "washing_machine"))
        # Half of all walks would end before an appointment: each begins a little on its way.
        for order_id, what in [("TB-1", "assign A"), ("TB-1", "accept"), ("TB-2", "assign B")]:
            step(house, order_id, what)
        for order_id, what in steps:
            step(house, order_id, what)

        with house.looked_into() as db:
            stored, again = rows(db), folded(house)
            sums = {
                (who, on, category): (open_units, collected)
                for who, on, category, open_units, collected in db.execute(
                    "select recycler_id, on_day, category, open_units, collected_units "
                    "from promised_units"
                )
            }

    assert stored == again
    assert sums == summed(again)


def test_the_days_of_a_workload_begin_with_the_year(house: House) -> None:
    house.plant(
        promises=tuple(
            record(
                name, kept=1, total=1, on=on, ended_at=datetime.fromisoformat("2026-01-02T00:00Z")
            )[0]
            for name, on in (("A", date(2026, 1, 1)), ("B", date(2025, 12, 30)))
        )
    )

    found = house.ledger.watch.workloads("maker", now=START)

    assert [day.on for day in found["A"].days] == [date(2026, 1, 1)]
    assert found["B"].days == ()
