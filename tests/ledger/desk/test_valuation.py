"""Prices of the list in force, and subsidies by the policy of the forward order's day."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from ledger.records import Ref
from recycling.price_list import demo_price_list
from schemas.event import caused_id_text
from tests.ledger.builders import World
from tests.ledger.desk.assign_builders import (
    CONSUMER,
    INTAKE,
    PLATFORM,
    House,
    opened_house,
    planted,
    planted_order,
    recycler,
)

DEMO = demo_price_list()
QUOTE: dict[str, Any] = {
    "category": "refrigerator", "size_class": "refrigerator_from_200_l",
    "core_parts": ["compressor"], "price_cny_fen": 8_500, "price_list_version": "1",
    "valid_until": "2026-03-04T12:00:00Z",
}  # fmt: skip
LINK: dict[str, Any] = {
    "forward_order_no": "FO-1", "policy_id": "trade_in_2026", "policy_version": 1,
    "service_mode": "deliver_and_collect",
}  # fmt: skip
KEY = "5f" * 32


@pytest.fixture
def house(tmp_path: Path) -> Iterator[House]:
    ended = replace(DEMO, version="0", valid_to_on=date(2026, 2, 28))
    with opened_house(
        tmp_path / "ledger",
        World(),
        price_lists=(DEMO, ended),
        model_amounts_cny_fen={"maker": {"HS-500": 30_000}},
    ) as made:
        made.plant(
            planted_order(state="requested"),
            planted("unit", "TB-1-U0", "declared", takeback_order_id="TB-1"),
        )
        yield made


def appraised(house: House, **changed: Any) -> Any:
    return house.ask("appraise", INTAKE, **QUOTE | changed)


# -- the price -------------------------------------------------------------------------------------


def test_a_quote_of_the_list_is_kept_and_names_its_row(house: House) -> None:
    answer = appraised(house)

    assert (answer["status"], answer["state"]) == (200, "appraised")
    assert answer["quote"] == {
        "price_list_id": "demo", "price_list_version": "1", "price_cny_fen": 8_500,
        "size_class": "refrigerator_from_200_l", "provenance": "assumption",
    }  # fmt: skip
    body = house.get().body
    assert (body["price_cny_fen"], body["price_list_version"]) == (8_500, "1")


@pytest.mark.parametrize(
    ("changed", "code", "pointer", "sentence"),
    [
        ({"price_cny_fen": 8_501}, "validation-failed", "/price_cny_fen",
         "price_cny_fen 8501 is not the list's 8500"),
        ({"price_cny_fen": 0}, "validation-failed", "/price_cny_fen",
         "price_cny_fen 0 is not the list's 8500"),
        ({"price_list_version": "7"}, "validation-failed", "/price_list_version",
         "price_list_version 7 is no version of a price list; known: 0, 1"),
        ({"price_list_version": "0"}, "validation-failed", "/price_list_version",
         "price_list_version 0 is not in force on 2026-03-01: 2023-01-01..2026-02-28"),
        ({"size_class": "large"}, "price-missing", "/size_class",
         "size_class large has no price for refrigerator"),
        ({"size_class": "freezer"}, "price-missing", "/size_class",
         "size_class freezer has no price for refrigerator"),
        ({"category": "tv_flat"}, "validation-failed", "/category",
         "category tv_flat is no line of the order: refrigerator"),
        ({"core_parts": ["board"]}, "validation-failed", "/core_parts",
         "core_parts ['board'] lacks compressor, which the list asks for"),
    ],
)  # fmt: skip
def test_a_quote_that_is_not_of_the_list_is_refused_with_field_and_value(
    house: House, changed: dict[str, Any], code: str, pointer: str, sentence: str
) -> None:
    answer = appraised(house, **changed)

    assert (answer["status"], answer["code"]) == (422, code)
    assert answer["errors"][0]["pointer"] == pointer
    assert sentence in answer["detail"]
    assert house.state() == "requested"


def test_a_list_is_asked_on_the_day_of_the_appraisal_in_china(house: House) -> None:
    told = QUOTE | {"price_list_version": "0", "valid_until": "2026-03-02T12:00:00Z"}

    late = house.ask("appraise", INTAKE, occurred_at=at("2026-02-28T16:00:00+00:00"), **told)
    in_time = house.ask("appraise", INTAKE, occurred_at=at("2026-02-28T15:59:59+00:00"), **told)

    assert (late["status"], in_time["status"]) == (422, 200)


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def test_the_table_is_asked_before_the_list(house: House) -> None:
    wrong_role = house.ask("appraise", recycler("A"), **QUOTE | {"price_cny_fen": 1})
    no_evidence = house.ask("appraise", INTAKE)

    assert (wrong_role["status"], no_evidence["status"]) == (403, 422)
    assert no_evidence["code"] == "evidence-incomplete"


# -- the subsidy -----------------------------------------------------------------------------------


def bought(**changed: Any) -> dict[str, Any]:
    plain = {
        "ordered_on": "2026-03-01", "category": "refrigerator", "grade": 1,
        "price_cny_fen": 999_900,
    }  # fmt: skip
    return plain | changed


def forward(house: House, number: str = "FO-1", **changed: Any) -> None:
    """A forward order as the order system told it, kept by its number."""
    one_id = caused_id_text("forward_order", "maker", number)
    told = bought(forward_order_no=number, **changed)
    house.plant(planted("forward_order", one_id, "created", **told))


def linked(
    house: House, order_id: str = "TB-1", facts: dict[str, Any] | None = None, **changed: Any
) -> Any:
    told = {"quota_key": KEY} if facts is None else facts
    return house.ask("link_trade_in", PLATFORM, order_id, facts=told, **LINK | changed)


def test_the_subsidy_stands_in_the_answer_the_body_and_the_event(house: House) -> None:
    appraised(house)
    forward(house)

    answer = linked(house)

    assert answer["status"] == 200
    told = {
        "subsidy_cny_fen": 149_985, "subsidy_rule_id": "grade_1", "subsidy_outcome": "granted",
        "subsidy_on": "2026-03-01",
    }  # fmt: skip
    assert told.items() <= answer.items()
    assert told.items() <= house.get().body.items()
    quota = {"place": "trade_in_2026/grade_1", "name": "quota_units", "passed": True,
             "value": "0", "limit": "< 1 before"}  # fmt: skip
    assert quota in answer["subsidy_checks"]
    event = house.ledger.history(house.caller, ref())[-1]
    assert told.items() <= event.payload.items()


def ref() -> Ref:
    return Ref("takeback_order", "TB-1")


def test_nothing_that_is_published_or_answered_holds_the_quota_key(house: House) -> None:
    appraised(house)
    forward(house)

    answer = linked(house)

    events = house.ledger.history(house.caller, ref())
    assert KEY not in repr((answer, events, house.get()))


def test_a_cap_is_told_as_such(house: House) -> None:
    appraised(house)
    forward(house, price_cny_fen=1_050_000)

    answer = linked(house)

    assert (answer["subsidy_cny_fen"], answer["subsidy_outcome"]) == (150_000, "capped")


@pytest.mark.parametrize(
    ("changed", "ordered_on", "sentence"),
    [
        ({"policy_id": "trade_in_2031"}, "2026-03-01", "policy_id trade_in_2031 is none of"),
        ({"policy_version": 2}, "2026-03-01", "policy_version 2 is none of 1"),
        ({}, "2025-12-31", "in force 2026-01-01..2026-12-31, not on ordered_on 2025-12-31"),
        ({"policy_id": "trade_in_2025"}, "2026-01-01", "not on ordered_on 2026-01-01"),
    ],
)
def test_the_policy_must_be_in_force_on_the_day_of_the_forward_order(
    house: House, changed: dict[str, Any], ordered_on: str, sentence: str
) -> None:
    appraised(house)
    forward(house, ordered_on=ordered_on)

    answer = linked(house, **changed)

    assert (answer["status"], answer["code"]) == (409, "guard-failed")
    assert sentence in answer["detail"]
    assert "forward_order_no" not in house.get().body


def test_the_last_day_of_a_policy_is_one_of_its_days(house: House) -> None:
    appraised(house)
    forward(house, ordered_on="2025-12-31", grade=2)

    answer = linked(house, policy_id="trade_in_2025")

    assert answer["subsidy_cny_fen"] == 149_985


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"grade": 2}, "grade_not_eligible: grade is 2, wanted 1"),
        ({"grade": None}, "item_incomplete: grade is None"),
        ({"category": "dishwasher"}, "not_covered: category is dishwasher"),
        ({"price_cny_fen": "much"}, "price_cny_fen much is no whole"),
        ({"category": "boat"}, "category boat is none of"),
    ],
)
def test_what_the_policy_does_not_pay_is_refused_with_the_failed_check(
    house: House, changed: dict[str, Any], sentence: str
) -> None:
    appraised(house)
    forward(house, **changed)

    answer = linked(house)

    assert answer["code"] == "guard-failed"
    assert sentence in answer["detail"]
    assert "forward_order_no" not in house.get().body


def test_a_forward_order_that_nobody_told_is_refused_unless_the_wall_tells_it(
    house: House,
) -> None:
    appraised(house)
    missing = linked(house)
    assert missing["detail"].startswith("forward_order_no FO-1 is not known")

    answer = linked(house, facts={"quota_key": KEY, "new_appliance": bought()})

    assert answer["subsidy_cny_fen"] == 149_985


def test_the_makers_own_trade_in_pays_by_model_and_asks_for_no_quota(house: House) -> None:
    appraised(house)
    forward(house, model="HS-500")
    told = {"policy_id": "maker_trade_in"}

    answer = linked(house, facts={}, **told)

    assert answer["subsidy_cny_fen"] == 30_000
    forward(house, "FO-2", model="HS-1")
    other = linked(house, facts={}, forward_order_no="FO-2", **told)
    assert "model_not_listed: model is HS-1" in other["detail"]


# -- quotas ----------------------------------------------------------------------------------------


@pytest.fixture
def used(house: House) -> House:
    """The phone of ``KEY`` has had its refrigerator."""
    for order_id, number in (("TB-1", "FO-1"), ("TB-2", "FO-2")):
        if order_id != "TB-1":
            house.plant(planted_order(order_id, state="requested"))
        house.ask("appraise", INTAKE, order_id, **QUOTE)
        forward(house, number)
    assert linked(house)["status"] == 200
    return house


def test_one_of_a_category_for_each_phone(used: House) -> None:
    answer = linked(used, "TB-2", forward_order_no="FO-2")

    assert answer["code"] == "guard-failed"
    assert "quota_used: quota_units is 1, wanted < 1 before" in answer["detail"]


def test_another_phone_or_category_has_a_quota_of_its_own(used: House) -> None:
    forward(used, "FO-3", category="washing_machine")

    washer = linked(used, "TB-2", forward_order_no="FO-3")
    other = linked(used, "TB-2", {"quota_key": "e0" * 32}, forward_order_no="FO-2")

    assert (washer["status"], other["status"]) == (200, 200)


def test_linking_the_same_order_again_counts_once(used: House) -> None:
    assert linked(used)["status"] == 200
    with used.looked_into() as db:
        rows = db.execute("select count(*) from subsidy_use").fetchone()
    assert rows == (1,)


def test_a_cancelled_order_gives_its_quota_back(used: House) -> None:
    assert used.ask("forward_reprice", PLATFORM, forward_order_no="FO-1")["status"] == 200
    assert used.ask("cancel", CONSUMER, reason_code="changed_mind")["status"] == 200

    assert linked(used, "TB-2", forward_order_no="FO-2")["status"] == 200


def test_a_quota_without_its_key_is_refused_and_never_taken_as_free(used: House) -> None:
    answer = linked(used, "TB-2", {}, forward_order_no="FO-2")

    assert answer["status"] == 409
    assert "the order's contact has no phone any more" in answer["detail"]


def test_three_air_conditioners_of_2025_and_not_four(house: House) -> None:
    told = {"ordered_on": "2025-06-01", "category": "air_conditioner"}
    statuses = []
    for n in range(4):
        house.plant(planted_order(f"AC-{n}", state="appraised"))
        forward(house, f"FO-{n}", **told)
        answer = linked(house, f"AC-{n}", forward_order_no=f"FO-{n}", policy_id="trade_in_2025")
        statuses.append(answer["status"])

    assert statuses == [200, 200, 200, 409]


@pytest.mark.parametrize("policy_version", ["1", True, None])
def test_evidence_that_is_none_is_refused_before_the_policy_is_asked(
    house: House, policy_version: Any
) -> None:
    appraised(house)

    answer = linked(house, policy_version=policy_version)

    assert answer["status"] == 422
    assert answer["errors"][0]["pointer"] == "/policy_version"
