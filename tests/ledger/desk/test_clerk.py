"""The clerk: what is due is done, once, whenever it is killed and whoever else there is."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from ledger.desk import clerk as clerk_module
from ledger.desk.clerk import Chore, Clerk, Done
from ledger.records import Change, Request
from ledger.refusals import StorageFull
from tests.ledger.builders import MAKER, RIVAL, START, World
from tests.ledger.desk.assign_builders import (
    BATCH,
    CONSUMER,
    ORDER,
    PLATFORM,
    House,
    opened_house,
    planted,
    planted_order,
    recycler,
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened_house(tmp_path / "ledger") as made:
        yield made


def clerk_of(house: House, ledger: Any = None, **told: Any) -> Clerk:
    return Clerk(
        ledger or house.ledger, house.ledger.watch, house.reference,
        now=lambda: house.world.now, **told,
    )  # fmt: skip


def counts(done: Done) -> dict[str, int]:
    return dict(done.counts)


@pytest.fixture
def assigned(house: House) -> House:
    house.partner("A")
    house.partner("B")
    house.confirmed("TB-1")
    house.ask("assign", PLATFORM, recycler_id="A")
    return house


# -- clocks ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(("hours", "state"), [(4, "assigned"), (4.001, "reassigning")])
def test_an_assignment_expires_after_four_hours_and_not_at_them(
    assigned: House, hours: float, state: str
) -> None:
    assigned.pass_hours(hours)

    clerk_expiring(assigned).round()

    assert assigned.state() == state


def clerk_expiring(house: House) -> Clerk:
    """A clerk whose batch assignment is not due."""
    clerk = clerk_of(house)
    clerk._done_at[clerk_module.ASSIGN] = house.world.now
    return clerk


@pytest.mark.parametrize(("hours", "state"), [(24, "accepted"), (24.001, "reassigning")])
def test_an_acceptance_without_an_appointment_expires_after_a_day(
    assigned: House, hours: float, state: str
) -> None:
    assigned.ask("accept", recycler("A"))
    assigned.pass_hours(hours)

    clerk_expiring(assigned).round()

    assert assigned.state() == state


def test_who_let_it_expire_is_not_asked_again_and_the_next_best_is(assigned: House) -> None:
    clerk = clerk_of(assigned)
    clerk.round()
    had = ["A"]
    for _ in range(3):
        assigned.pass_hours(4.5)
        clerk.round()
        had.append(assigned.get().body["recycler_id"])

    assert had == ["A", "B", None, None]
    assert assigned.get().body["former_recyclers"] == ["A", "B"]
    assert assigned.alerts() == {"no-eligible-recycler:TB-1": "open"}


def test_after_three_expired_rounds_the_order_waits_for_a_person(assigned: House) -> None:
    for name in "CD":
        assigned.partner(name)
    clerk = clerk_of(assigned)
    clerk.round()

    for _ in range(4):
        assigned.pass_hours(4.5)
        clerk.round()

    assert assigned.get().body["former_recyclers"] == ["A", "B", "C"]
    assert assigned.state() == "reassigning"
    assert assigned.alerts() == {"assignment-exhausted:TB-1": "open"}


def test_batches_are_assigned_every_quarter_of_an_hour(house: House) -> None:
    house.partner("A")
    clerk = clerk_of(house)
    ran = []
    for _ in range(7):
        ran.append(len(clerk.round().runs))
        house.world.now += timedelta(minutes=5)

    assert ran == [1, 0, 0, 1, 0, 0, 1]


# -- what follows ----------------------------------------------------------------------------------


def at_the_door(house: House, outcomes: tuple[str, ...] = ("collected", "refused")) -> None:
    house.confirmed("TB-1", categories=("refrigerator", "refrigerator"))
    house.ask("assign", PLATFORM, recycler_id="A")
    house.ask("accept", recycler("A"))
    house.appoint()
    house.pick_up("2026-03-03T02:00:00Z", outcomes=outcomes)


def finish(house: House, unit_id: str, state: str) -> None:
    house.plant(planted("unit", unit_id, state, takeback_order_id="TB-1"))


def test_an_order_is_completed_once_its_last_unit_is_final(house: House) -> None:
    house.partner("A")
    at_the_door(house)
    clerk = clerk_of(house)
    finish(house, "TB-1-U1", "refused")
    assert counts(clerk.round()) == {}

    finish(house, "TB-1-U0", "dismantled")

    assert counts(clerk.round()) == {"complete": 1}
    assert house.state() == "fulfilled"
    assert counts(clerk.round()) == {}
    assert house.ledger.watch.completable("maker") == ()


@pytest.mark.parametrize("last", ["unit", "order", "together"])
def test_units_that_were_final_first_complete_the_order_at_the_door(
    house: House, last: str
) -> None:
    house.partner("A")
    final = [planted("unit", f"TB-1-U{n}", "refused", takeback_order_id="TB-1") for n in range(2)]
    door = planted_order(
        state="refused_at_door", categories=("refrigerator", "refrigerator"), recycler_id="A"
    )
    if last == "together":
        house.plant(door, *final)
    else:
        for change in (*final, door) if last == "order" else (door, *final):
            house.plant(change)

    assert counts(clerk_of(house).round()) == {"complete": 1}


def test_a_settled_order_is_closed_when_the_clawback_window_is_over(house: House) -> None:
    house.plant(planted_order(state="settled"))
    house.world.now = START + house.reference.clawback
    assert counts(clerk_of(house).round()) == {}

    house.world.now += timedelta(seconds=1)

    assert counts(clerk_of(house).round()) == {"close": 1}
    assert house.state() == "closed"


def test_a_pickup_that_is_overdue_alerts_once_until_there_is_another_window(house: House) -> None:
    house.partner("A")
    house.confirmed("TB-1")
    house.ask("assign", PLATFORM, recycler_id="A")
    house.ask("accept", recycler("A"))
    house.appoint()
    clerk = clerk_of(house)
    house.world.now = datetime.fromisoformat("2026-03-03T05:00:00Z")
    clerk.round()
    assert house.alerts() == {}

    house.world.now += timedelta(seconds=1)
    assert counts(clerk.round()) == {"alert overdue pickup": 1}
    assert counts(clerk.round()) == {}
    assert counts(clerk_of(house).round()) == {"alert overdue pickup": 1}  # knows nothing yet
    assert house.get("pickup-overdue:TB-1", "alert").version == 1

    moved = {"window_from": "2026-03-04T01:00:00Z", "window_to": "2026-03-04T03:00:00Z"}
    house.ask("reschedule", CONSUMER, **moved, reason_code="wish")
    clerk.round()
    assert house.alerts() == {"pickup-overdue:TB-1": "closed"}


def test_an_alert_whose_order_was_cancelled_is_closed(house: House) -> None:
    house.confirmed("TB-1")
    clerk = clerk_of(house)
    clerk.round()
    assert house.alerts() == {"no-eligible-recycler:TB-1": "open"}
    house.ask("cancel", CONSUMER, reason_code="changed_mind")

    clerk.round()

    assert house.alerts() == {"no-eligible-recycler:TB-1": "closed"}


def test_an_aggregate_that_a_finding_must_hold_is_held(house: House) -> None:
    house.confirmed("TB-1")
    house.plant(finding("F-7"), finding("F-8", severity="alert"), finding("F-9", nowhere="TB-9"))
    clerk = clerk_of(house)

    assert clerk.round().counts["hold"] == 1
    assert (house.get().flags, house.get().body["held_by"]) == (("HOLD",), ["F-7"])
    assert "hold" not in clerk.round().counts
    assert "hold" not in clerk_of(house).round().counts  # knows nothing yet: the finding does


def finding(finding_id: str, *, severity: str = "hold", nowhere: str = "TB-1") -> Change:
    return planted(
        "finding", finding_id, "open", rule="F04", rule_version=1, severity=severity,
        aggregate_kind="takeback_order", aggregate_id=nowhere, sentence="drift", value="6 %",
        limit="5 %", held=[],
    )  # fmt: skip


def test_findings_that_ask_for_nothing_take_no_ones_place(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clerk_module, "MAX_LOOKED", 2)
    house.confirmed("TB-1")
    house.plant(*(finding(f"F-{n}", severity="alert") for n in range(5)), finding("F-9"))
    clerk = clerk_of(house)

    held = [clerk.round().counts.get("hold", 0) for _ in range(4)]

    assert sum(held) == 1
    assert house.get().flags == ("HOLD",)


def test_chores_run_at_their_time(house: House) -> None:
    ran: list[datetime] = []
    clerk = clerk_of(house, chores=[Chore(name="prune", every=timedelta(hours=6), run=ran.append)])

    for _ in range(4):
        clerk.round()
        house.pass_hours(3)

    assert ran == [START, START + timedelta(hours=6)]


# -- refusals, outages, kills ----------------------------------------------------------------------


@dataclass
class Watched:
    """A ledger that counts what is asked of it, and dies or is away when it is told."""

    house: House
    asked: list[tuple[str, str]] = field(default_factory=list)
    dies_after: int | None = None
    error: Callable[[], Exception] | None = None

    def submit(self, request: Request[Any]) -> Any:
        if self.error is not None:
            raise self.error()
        future = self.house.ledger.submit(request)
        future.exception()
        self.asked.append((request.caller.tenant, request.path))
        if self.dies_after is not None and len(self.asked) >= self.dies_after:
            raise Killed
        return future

    def __getattr__(self, name: str) -> Any:
        return getattr(self.house.ledger, name)


class Killed(BaseException):
    """The process ends between two commands."""


def test_a_refused_command_is_asked_once_until_its_aggregate_changes(house: House) -> None:
    house.plant(planted(BATCH, "B-1", "output_declared", unit_ids=["U-1"]))
    watched = Watched(house)
    clerk = clerk_of(house, watched)

    (refused,) = clerk.round().refused
    for _ in range(3):
        assert clerk.round().is_idle
    assert refused.code == "internal"
    assert [path for _, path in watched.asked] == ["/house/batch/B-1:check_balance"]

    house.plant(planted(BATCH, "B-1", "output_declared", unit_ids=["U-1", "U-2"]))
    clerk.round()

    assert len(watched.asked) == 2


def test_what_is_refused_takes_nobodys_place(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clerk_module, "MAX_TASKS", 2)
    for n in range(5):
        house.plant(planted(BATCH, f"B-{n}", "output_declared", unit_ids=["U-1"]))
    clerk = clerk_of(house)

    refused = [
        [one.errand.target.id for one in clerk.round().refused if one.errand.target]
        for _ in range(4)
    ]

    assert refused == [["B-0", "B-1"], ["B-2", "B-3"], ["B-4"], []]


def test_every_tenant_has_its_share_of_a_round(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clerk_module, "MAX_TASKS", 2)
    rival = House(house.ledger, house.world, house.reference, RIVAL)
    for n in range(6):
        house.plant(planted_order(f"TB-{n}", state="settled"))
    rival.plant(planted_order("TB-R", state="settled"))
    house.world.now = START + timedelta(days=40)

    clerk_of(house).round()

    assert rival.state("TB-R") == "closed"
    closed = house.ledger.page(MAKER, ORDER, state="closed").items
    assert len(closed) == 2


def test_a_store_that_is_full_stops_the_round_and_the_next_goes_on(house: House) -> None:
    house.plant(planted_order(state="settled"))
    house.world.now = START + timedelta(days=40)
    watched = Watched(house, error=lambda: StorageFull("0 % of the disk are free"))
    clerk = clerk_of(house, watched)

    done = clerk.round()
    assert (done.stopped, done.refused, done.runs) == ("0 % of the disk are free", (), ())

    watched.error = None
    assert counts(clerk.round()) == {"close": 1}


def busy_house(house: House) -> None:
    """Something of everything that the clerk does is due, most of it twice."""
    for name in "AB":
        house.partner(name)
    for n in (1, 2):
        house.confirmed(f"TB-{n}")
        house.ask("assign", PLATFORM, f"TB-{n}", recycler_id="A")
        house.confirmed(f"TB-W{n}")
        house.confirmed(f"TB-N{n}", region="110000")
        house.plant(planted_order(f"TB-S{n}", state="settled", now=START - timedelta(days=60)))
        house.plant(
            planted_order(f"TB-D{n}", state="refused_at_door"),
            planted("unit", f"TB-D{n}-U0", "refused", takeback_order_id=f"TB-D{n}"),
        )
    house.world.now = START + timedelta(days=40)


def told(house: House) -> dict[str, Any]:
    """What the ledger holds after all, without the instants."""
    return {
        f"{kind} {one.id}": (one.state, one.version, one.body.get("recycler_id"))
        for kind in (ORDER, "alert")
        for one in house.ledger.page(MAKER, kind).items
    }


def quiet(house: House, clerk: Callable[[], Clerk]) -> int:
    """Work until nothing is left to do; return how many rounds that took."""
    for n in range(30):
        done = clerk().round()
        if done.is_idle:
            return n
    raise AssertionError("the clerk does not come to an end")


def test_a_clerk_killed_after_every_command_does_what_an_undisturbed_one_does(
    tmp_path: Path,
) -> None:
    with opened_house(tmp_path / "calm", World()) as calm:
        busy_house(calm)
        one = clerk_of(calm)
        quiet(calm, lambda: one)
        expected = told(calm)
    with opened_house(tmp_path / "killed", World()) as house:
        busy_house(house)
        kills = 0
        while True:
            clerk = clerk_of(house, Watched(house, dies_after=1))
            try:
                done = clerk.round()
            except Killed:
                kills += 1
                assert kills < 100
                continue
            assert done.is_idle
            break

        assert told(house) == expected
        assert kills >= 10
        assert house.ledger.verify().breaks == ()


def test_two_clerks_in_turn_do_what_one_does(tmp_path: Path) -> None:
    found = []
    for name, most in (("one", 1), ("two", 2)):
        with opened_house(tmp_path / name, World()) as house:
            busy_house(house)
            clerks = [clerk_of(house) for _ in range(most)]
            for n in range(8):
                clerks[n % most].round()
            found.append(told(house))

    assert found[0] == found[1]
