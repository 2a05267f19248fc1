"""Batch assignment through the ledger: the worked example, dry runs, what changed meanwhile."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from ledger.desk import assigning
from ledger.desk.ask import Ask
from ledger.records import Request
from ledger.refusals import Overloaded
from tests.ledger.builders import RIVAL, World
from tests.ledger.desk.assign_builders import (
    CONSUMER,
    PLATFORM,
    House,
    opened_house,
    plant_qingdao,
    promise,
    recycler,
)


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened_house(tmp_path / "ledger") as made:
        yield made


def run(house: House, ledger: Any = None, **told: Any) -> Any:
    """The document of one run."""
    return ran(house, ledger, **told).document()


def ran(house: House, ledger: Any = None, **told: Any) -> assigning.Run:
    return assigning.run(
        ledger or house.ledger, house.ledger.watch, "maker", house.reference,
        now=house.world.now, **told,
    )  # fmt: skip


def test_qingdao_goes_to_weifang(house: House) -> None:
    plant_qingdao(house)

    (answer,) = run(house)["assignments"]

    assert house.get().body["recycler_id"] == "B"
    assert answer["recycler_id"] == "B"
    best, other = answer["candidates"]
    assert (best["recycler_id"], best["components"]["score_bp"]) == ("B", 7787)
    assert (other["recycler_id"], other["components"]["score_bp"]) == ("A", 6385)
    assert best["components"] == {
        "score_bp": 7787, "distance_bp": 5653, "sla_bp": 9363, "load_bp": 7500,
        "price_bp": 10000, "distance_km": "130.403", "price_cny_fen": 7_800, "notes": [],
    }  # fmt: skip


def test_the_platform_may_name_another_and_is_told_of_all(house: House) -> None:
    plant_qingdao(house)

    answer = house.ask("assign", PLATFORM, recycler_id="A")

    assert (answer["status"], answer["recycler_id"]) == (200, "A")
    told = answer["assignment"]
    assert (told["best_recycler_id"], told["on"], told["candidate_count"]) == ("B", "2026-03-03", 2)
    scores = {one["recycler_id"]: one["components"]["score_bp"] for one in told["candidates"]}
    assert scores == {"B": 7787, "A": 6385}


def test_a_refused_choice_tells_the_candidates_as_well(house: House) -> None:
    plant_qingdao(house)
    house.partner("C", state="suspended")

    answer = house.ask("assign", PLATFORM, recycler_id="C")

    assert answer["status"] == 409
    assert [one["failed"] for one in answer["assignment"]["candidates"]] == [[], [], ["suspended"]]


def test_a_dry_run_tells_and_asks_for_nothing(house: House) -> None:
    plant_qingdao(house)
    house.confirmed("TB-2", region="110000")
    before = house.get()

    answer = run(house, dry_run=True)

    assert house.get() == before
    assert house.alerts() == {}
    assert (answer["orders"], answer["assigned"], answer["dry_run"]) == (2, 0, True)
    assert answer["outcomes"] == {"assigned": 1, "no_eligible_recycler": 1}


def test_the_same_ledger_gets_the_same_answer(tmp_path: Path) -> None:
    answers = []
    for name in ("one", "two"):
        with opened_house(tmp_path / name, World()) as house:
            plant_qingdao(house)
            for n in range(2, 8):
                house.confirmed(f"TB-{n}", categories=("refrigerator",) * (n % 4 + 1))
            answers.append(run(house))

    assert answers[0] == answers[1]
    assert answers[0]["assigned"] == 7


def test_orders_beyond_the_room_of_a_day_wait_without_an_alert(house: House) -> None:
    house.partner("A", capacity_units_per_day=3)
    for n in range(5):
        house.confirmed(f"TB-{n}")

    answer = run(house)

    assert answer["outcomes"] == {"assigned": 3, "capacity_taken": 2}
    assert answer["assigned"] == 3
    assert house.alerts() == {}
    assert run(house)["outcomes"] == {"no_eligible_recycler": 2}


def test_an_order_without_an_eligible_recycler_stays_and_alerts_once_until_there_is_one(
    house: House,
) -> None:
    house.partner("A", state="suspended")
    house.confirmed("TB-1")
    for _ in range(3):
        run(house)
    assert house.state() == "confirmed"
    assert house.alerts() == {"no-eligible-recycler:TB-1": "open"}
    alert = house.get("no-eligible-recycler:TB-1", "alert")
    assert (alert.version, alert.body["failed_codes"]) == (1, {"suspended": 1})

    house.partner("A")
    run(house)

    assert house.state() == "assigned"
    assert house.alerts() == {"no-eligible-recycler:TB-1": "closed"}


def test_after_three_rounds_nobody_is_asked_and_a_person_is(house: House) -> None:
    for name in "ABCD":
        house.partner(name)
    house.confirmed("TB-1")
    had = []
    for _ in range(3):
        run(house)
        had.append(house.get().body["recycler_id"])
        house.ask("decline", recycler(had[-1]), reason_code="capacity_full")

    (answer,) = run(house)["assignments"]

    assert had == ["A", "B", "C"]
    assert (answer["outcome"], answer["recycler_id"]) == ("assignment_exhausted", None)
    assert house.state() == "reassigning"
    assert house.alerts() == {"assignment-exhausted:TB-1": "open"}


def test_of_another_tenant_nothing_is_touched(house: House) -> None:
    house.partner("A")
    rival = House(house.ledger, house.world, house.reference, RIVAL)
    rival.confirmed("TB-R")
    house.confirmed("TB-1")

    answer = run(house)

    assert [one["takeback_order_id"] for one in answer["assignments"]] == ["TB-1"]
    assert rival.state("TB-R") == "confirmed"


@dataclass
class Meddler:
    """A ledger beside which somebody else acts just before the first command."""

    house: House
    before: Any
    error: Exception | None = None

    def submit(self, request: Request[Any]) -> Any:
        if isinstance(request.command, Ask):
            before, self.before = self.before, lambda: None
            before()
            if self.error is not None:
                raise self.error
        return self.house.ledger.submit(request)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.house.ledger, name)


def test_an_order_that_changed_meanwhile_is_told_and_the_others_go_on(house: House) -> None:
    house.partner("A")
    for n in (1, 2):
        house.confirmed(f"TB-{n}")
    meddler = Meddler(house, lambda: house.ask("cancel", CONSUMER, reason_code="changed_mind"))

    answer = run(house, meddler)

    one, other = answer["assignments"]
    assert one["refused"] == {
        "code": "version-stale", "detail": "version 1 is stale, it is 2 now",
    }  # fmt: skip
    assert "refused" not in other
    assert (house.state("TB-1"), house.state("TB-2")) == ("cancelled", "assigned")
    assert answer["assigned"] == 1


def test_a_recycler_that_filled_up_meanwhile_is_told_by_its_code(house: House) -> None:
    house.partner("A", capacity_units_per_day=1)
    house.confirmed("TB-1")
    meddler = Meddler(house, lambda: house.plant(promises=(promise("other"),)))

    (answer,) = run(house, meddler)["assignments"]

    assert answer["refused"]["code"] == "guard-failed"
    assert answer["refused"]["detail"] == "recycler_id A is not eligible: capacity_full"


def test_a_store_that_is_away_ends_the_run_and_says_so(house: House) -> None:
    house.partner("A")
    for n in (1, 2):
        house.confirmed(f"TB-{n}")

    found = ran(house, Meddler(house, lambda: None, Overloaded("full", retry_after_s=1)))

    assert found.left
    assert [one.code for one in found.answered] == ["overloaded"]
    assert house.state("TB-1") == house.state("TB-2") == "confirmed"


def test_a_run_has_a_limit_and_says_that_orders_are_left(
    house: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(assigning, "MAX_COMPARED", 2)
    monkeypatch.setattr(assigning, "MAX_COMPARISONS", 2)
    house.partner("A")
    for n in range(5):
        house.confirmed(f"TB-{n}")

    answer = run(house)

    assert (answer["orders"], answer["assigned"], answer["left"]) == (4, 4, True)
    assert run(house)["left"] is False
