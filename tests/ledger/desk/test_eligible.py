"""Who may have an order: the boundary days of papers, the capacities of a day and of a year."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from ledger.promise import Ended, Stage
from tests.ledger.builders import START
from tests.ledger.desk.assign_builders import (
    PLATFORM,
    WISHED_ON,
    House,
    opened_house,
    planted,
    promise,
    recycler,
)
from tests.ledger.desk.partner_builders import paper, profile


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    with opened_house(tmp_path / "ledger") as made:
        yield made


def failed(house: House, recycler_id: str = "A", order_id: str = "TB-1", **told: Any) -> list[str]:
    """The codes that an assignment is refused for; none: it was assigned."""
    answer = house.ask("assign", PLATFORM, order_id, recycler_id=recycler_id, **told)
    if answer["status"] == 200:
        return []
    assert answer["code"] == "guard-failed"
    return str(answer["detail"].rsplit(": ", 1)[1]).split(", ")


@pytest.mark.parametrize(
    ("paper_of", "days", "codes"),
    [
        ("agreements", ("2026-03-03", "2026-03-03"), []),  # its first day and its last
        ("agreements", ("2026-03-04", "2026-12-31"), ["agreement_not_in_force"]),
        ("agreements", ("2026-01-01", "2026-03-02"), ["agreement_not_in_force"]),
        ("licences", ("2026-03-03", "2026-03-03"), []),
        ("licences", ("2026-01-01", "2026-03-02"), ["licence_expired"]),
    ],
)
def test_papers_count_on_the_wished_day(
    house: House, paper_of: str, days: tuple[str, str], codes: list[str]
) -> None:
    one = paper("X-1", valid_from_on=days[0], valid_to_on=days[1])
    house.partner("A", **{paper_of: [one]})
    house.confirmed("TB-1")

    assert failed(house) == codes


def test_a_wish_that_is_past_is_for_today_in_china(house: House) -> None:
    house.partner("A", agreements=[paper("AG-1", valid_from_on="2026-03-05")])
    house.confirmed("TB-1")
    house.pass_hours(75.9)  # 23:54 on the fourth in China
    assert failed(house) == ["agreement_not_in_force"]

    house.pass_hours(0.2)

    assert failed(house) == []


def test_every_reason_is_told_at_once(house: House) -> None:
    house.partner("A", state="suspended", coverage={"110000": ["refrigerator"]}, licences=[])
    house.confirmed("TB-1")

    assert failed(house) == ["licence_expired", "region_not_covered", "suspended"]


@pytest.mark.parametrize(("taken", "codes"), [(58, []), (59, ["capacity_full"])])
def test_a_day_has_room_for_so_many_units(house: House, taken: int, codes: list[str]) -> None:
    house.partner("A", capacity_units_per_day=60)
    house.plant(promises=(promise("other", categories={"washing_machine": taken}),))
    house.confirmed("TB-1", categories=("refrigerator", "refrigerator"))

    assert failed(house) == codes


@pytest.mark.parametrize(("taken", "codes"), [(99, []), (100, ["capacity_full"])])
@pytest.mark.parametrize("paper_of", ["agreements", "licences"])
def test_a_year_of_a_paper_has_room_for_so_many_units_open_or_collected(
    house: House, paper_of: str, taken: int, codes: list[str]
) -> None:
    capped = paper("X-1", "refrigerator", yearly_capacity_units=100)
    house.partner("A", **{paper_of: [capped, paper("X-2", "washing_machine")]})
    begun = WISHED_ON.replace(month=1)
    collected: dict[str, Any] = {
        "stage": Stage.ENDED,
        "outcome": Ended.PICKED_UP,
        "ended_at": START,
        "kept": True,
    }
    house.plant(
        promises=(
            promise("open", categories={"refrigerator": 40, "washing_machine": 7}, on=begun),
            promise("done", categories={"refrigerator": taken - 40}, on=begun, **collected),
            promise("left", categories={"refrigerator": 50}, on=begun,
                    **collected | {"outcome": Ended.DECLINED}),
        )
    )  # fmt: skip
    house.confirmed("TB-1")

    assert failed(house) == codes


def test_what_an_order_has_been_promised_takes_nothing_of_its_own_appointment(
    house: House,
) -> None:
    house.partner("A", capacity_units_per_day=2)
    house.confirmed("TB-1", categories=("refrigerator", "refrigerator"))
    assert failed(house) == []
    house.ask("accept", recycler("A"))

    assert house.appoint(day=3)["status"] == 200
    house.confirmed("TB-2")
    assert failed(house, order_id="TB-2") == ["capacity_full"]


def test_an_appointment_needs_papers_and_room_on_its_own_day(house: House) -> None:
    house.partner("A", agreements=[paper("AG-1", valid_to_on="2026-03-03")])
    house.confirmed("TB-1")
    assert failed(house) == []
    house.ask("accept", recycler("A"))

    answer = house.appoint(day=4)

    assert answer["code"] == "guard-failed"
    assert answer["detail"] == "recycler_id A is not eligible: agreement_not_in_force"


def test_who_declined_gets_it_back_only_by_the_platform_and_may_then_appoint(house: House) -> None:
    house.partner("A")
    house.confirmed("TB-1")
    assert failed(house) == []
    house.ask("decline", recycler("A"), reason_code="capacity_full")
    assert failed(house) == ["declined_before"]

    assert failed(house, override_reason="the van is back") == []

    house.ask("accept", recycler("A"))
    assert house.appoint()["status"] == 200


@pytest.mark.parametrize("roles", [None, ["carrier"]])
def test_who_is_no_recycler_is_refused_by_name(house: House, roles: list[str] | None) -> None:
    if roles is not None:
        house.partner("Z", roles=roles)
    house.confirmed("TB-1")

    assert failed(house, "Z") == ["recycler_unknown"]


def test_a_profile_that_cannot_be_read_is_no_candidate_and_fails_nobody_else(house: House) -> None:
    house.plant(planted("partner", "A", "active", **profile(capacity_units_per_day="many")))
    house.partner("B")
    house.confirmed("TB-1")
    assert failed(house, "A") == ["profile_unreadable"]

    answer = house.ask("assign", PLATFORM, recycler_id="B")

    assert answer["assignment"]["unreadable"] == ["A"]
    assert [one["recycler_id"] for one in answer["assignment"]["candidates"]] == ["B"]


@pytest.mark.parametrize(
    "evidence", [{}, {"recycler_id": 7}, {"recycler_id": None}, {"recycler_id": "\ud800"}]
)
def test_evidence_that_is_none_is_refused_as_such(house: House, evidence: dict[str, Any]) -> None:
    house.confirmed("TB-1")

    answer = house.ask("assign", PLATFORM, **evidence)

    assert answer["status"] == 422
    assert answer["errors"][0]["pointer"] == "/recycler_id"
    assert "assignment" not in answer


@pytest.mark.parametrize("window_from", ["soon", "2026-03-03T01:00:00", None])
def test_a_window_that_is_no_instant_is_refused_as_such(house: House, window_from: Any) -> None:
    house.partner("A")
    house.confirmed("TB-1")
    assert failed(house) == []
    house.ask("accept", recycler("A"))

    window = {"window_from": window_from, "window_to": "2026-03-03T02:00:00Z"}
    answer = house.ask("appoint", recycler("A"), **window)

    assert answer["status"] == 422
    assert answer["errors"][0]["pointer"] == "/window_from"
