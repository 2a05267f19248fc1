"""Every row of the table of policies, on both sides of each of its boundaries."""

from datetime import datetime

import pytest

from recycling.policy import PastGrant, PolicyItem, day_in_shanghai
from recycling.policy_read import packaged_policies
from recycling.policy_scope import ApplianceCategory
from tests.recycling.policy_builders import FUND, MAKER, answer, decided, item

NOT_COVERED = (None, "not_covered")
RATE_UNKNOWN = (None, "rate_unknown")
ESTIMATE = (None, "estimate_only")
ZERO = (0, "rated_zero")


def granted(amount_cny_fen: int) -> tuple[int, str]:
    return amount_cny_fen, "granted"


def crt(inch: str) -> PolicyItem:
    return item("tv_crt", size_inch=inch)


def washer(kg: str, form: str | None = None) -> PolicyItem:
    return item("washing_machine", size_kg=kg, form=form)


def fridge(litres: str) -> PolicyItem:
    return item("refrigerator", size_l=litres)


FLAT, AC, COMPUTER = item("tv_flat"), item("air_conditioner"), item("computer")
ANY = item("refrigerator")

TREATED = [
    # the first standard, by kind alone
    ("2012-06-30", ANY, NOT_COVERED),
    ("2012-07-01", FLAT, granted(8500)),
    ("2012-07-01", crt("10"), granted(8500)),
    ("2012-07-01", item("tv_crt"), granted(8500)),
    ("2012-07-01", ANY, granted(8000)),
    ("2012-07-01", item("washing_machine"), granted(3500)),
    ("2012-07-01", AC, granted(3500)),
    ("2012-07-01", COMPUTER, granted(8500)),
    ("2015-12-31", AC, granted(3500)),
    ("2015-12-31", item("microwave"), NOT_COVERED),
    # the second, by class
    ("2016-01-01", AC, granted(13000)),
    ("2016-01-01", crt("13.999999"), ZERO),
    ("2016-01-01", crt("14"), granted(6000)),
    ("2016-01-01", crt("24.999999"), granted(6000)),
    ("2016-01-01", crt("25"), granted(7000)),
    ("2016-01-01", item("tv_crt"), (None, "item_incomplete")),
    ("2016-01-01", FLAT, granted(7000)),
    ("2016-01-01", COMPUTER, granted(7000)),
    ("2016-01-01", washer("3"), ZERO),
    ("2016-01-01", washer("3", "drum"), ZERO),
    ("2016-01-01", washer("3.000001", "single_tub"), granted(3500)),
    ("2016-01-01", washer("5", "spinner"), granted(3500)),
    ("2016-01-01", washer("3.000001", "twin_tub"), granted(4500)),
    ("2016-01-01", washer("5", "automatic"), granted(4500)),
    ("2016-01-01", washer("12", "drum"), granted(4500)),
    ("2016-01-01", washer("5"), (None, "item_incomplete")),
    ("2016-01-01", ANY, granted(8000)),
    ("2021-03-31", ANY, granted(8000)),
    ("2021-03-31", AC, granted(13000)),
    # the third
    ("2021-04-01", AC, RATE_UNKNOWN),
    ("2021-04-01", crt("13.999999"), ZERO),
    ("2021-04-01", crt("14"), granted(4000)),
    ("2021-04-01", crt("24.999999"), granted(4000)),
    ("2021-04-01", crt("25"), granted(4500)),
    ("2021-04-01", FLAT, granted(4500)),
    ("2021-04-01", COMPUTER, granted(4500)),
    ("2021-04-01", washer("3"), ZERO),
    ("2021-04-01", washer("3.000001", "single_tub"), granted(2500)),
    ("2021-04-01", washer("10", "spinner"), granted(2500)),
    ("2021-04-01", washer("10.000001", "spinner"), NOT_COVERED),
    ("2021-04-01", washer("3.000001", "twin_tub"), granted(3000)),
    ("2021-04-01", washer("10", "automatic"), granted(3000)),
    ("2021-04-01", washer("10", "drum"), granted(3000)),
    ("2021-04-01", washer("10.000001", "drum"), NOT_COVERED),
    ("2021-04-01", fridge("49.999999"), ZERO),
    ("2021-04-01", fridge("50"), granted(5500)),
    ("2021-04-01", fridge("500"), granted(5500)),
    ("2021-04-01", fridge("500.000001"), NOT_COVERED),
    ("2021-04-01", ANY, (None, "item_incomplete")),
    ("2023-12-31", fridge("50"), granted(5500)),
    # the special fund pays provinces
    ("2024-01-01", fridge("50"), ESTIMATE),
    ("2024-01-01", AC, ESTIMATE),
    ("2024-01-01", crt("10"), ESTIMATE),
    ("2024-01-01", item("microwave"), NOT_COVERED),
    ("2027-12-31", COMPUTER, ESTIMATE),
    ("2028-01-01", COMPUTER, NOT_COVERED),
]


@pytest.mark.parametrize(("on", "asked", "wanted"), TREATED)
def test_the_fund_pays_a_treated_unit_by_the_standard_of_its_day(
    on: str, asked: PolicyItem, wanted: tuple[int | None, str]
) -> None:
    assert answer(decided(on, asked, group=FUND)) == wanted


def bought(grade: int, price_cny_fen: int, category: str = "refrigerator") -> PolicyItem:
    return item(category, grade=grade, price_cny_fen=price_cny_fen)


BOUGHT = [
    ("2024-06-30", bought(1, 100_000), NOT_COVERED),
    ("2024-07-01", bought(1, 100_000), granted(20_000)),
    ("2024-07-01", bought(2, 100_000), granted(15_000)),
    ("2024-07-01", bought(3, 100_000), (0, "grade_not_eligible")),
    ("2024-12-31", bought(1, 100_000, "microwave"), NOT_COVERED),
    ("2025-01-01", bought(1, 100_000, "microwave"), granted(20_000)),
    ("2025-12-31", bought(2, 100_000, "dishwasher"), granted(15_000)),
    ("2026-01-01", bought(1, 100_000, "dishwasher"), NOT_COVERED),
    ("2026-01-01", bought(1, 100_000, "water_heater"), granted(15_000)),
    ("2026-12-31", bought(1, 100_000), granted(15_000)),
    ("2027-01-01", bought(1, 100_000), NOT_COVERED),
    # the worked examples
    ("2025-12-31", bought(1, 999_900), granted(199_980)),
    ("2026-01-01", bought(1, 999_900), granted(149_985)),
    ("2025-12-31", bought(1, 1_050_000), (200_000, "capped")),
    ("2026-01-01", bought(1, 1_050_000), (150_000, "capped")),
    ("2025-12-31", bought(2, 329_900), granted(49_485)),
    ("2026-01-01", bought(2, 329_900), (0, "grade_not_eligible")),
    ("2025-12-31", bought(2, 333_333), granted(50_000)),  # 499.9995
    ("2026-01-01", bought(2, 333_333), (0, "grade_not_eligible")),
    # the caps: the last price below, at, and the first above
    ("2025-12-31", bought(1, 999_997), granted(199_999)),
    ("2025-12-31", bought(1, 1_000_000), granted(200_000)),
    ("2025-12-31", bought(1, 1_000_003), (200_000, "capped")),
    ("2025-12-31", bought(2, 1_333_333), granted(200_000)),
    ("2025-12-31", bought(2, 1_333_337), (200_000, "capped")),
    ("2026-01-01", bought(1, 1_000_000), granted(150_000)),
    ("2026-01-01", bought(1, 1_000_004), (150_000, "capped")),
    # half a fen goes up, less goes down, and nothing is no silent 0
    ("2026-01-01", bought(1, 10), granted(2)),
    ("2026-01-01", bought(1, 9), granted(1)),
    ("2026-01-01", bought(1, 3), (0, "below_one_fen")),
    ("2026-01-01", bought(1, 0), (0, "below_one_fen")),
    ("2026-01-01", item(grade=1), (None, "item_incomplete")),
    ("2026-01-01", item(price_cny_fen=100_000), (None, "item_incomplete")),
]


@pytest.mark.parametrize(("on", "asked", "wanted"), BOUGHT)
def test_the_state_pays_a_buyer_by_day_grade_price_and_cap(
    on: str, asked: PolicyItem, wanted: tuple[int | None, str]
) -> None:
    assert answer(decided(on, asked)) == wanted


EIGHT = {
    "refrigerator",
    "washing_machine",
    "tv_flat",
    "air_conditioner",
    "computer",
    "water_heater",
    "stove",
    "range_hood",
}
KINDS = {
    "2024-07-01": EIGHT,
    "2025-01-01": EIGHT | {"water_purifier", "dishwasher", "rice_cooker", "microwave"},
    "2026-01-01": EIGHT - {"stove", "range_hood"},
}


@pytest.mark.parametrize("on", KINDS)
def test_a_year_of_trade_in_covers_its_kinds_and_no_others(on: str) -> None:
    covered = {
        str(category)
        for category in ApplianceCategory
        if decided(on, bought(1, 100_000, category)).outcome != "not_covered"
    }

    assert covered == KINDS[on]


@pytest.mark.parametrize(
    ("on", "category", "policy_id", "quota_units"),
    [
        ("2024-07-01", "air_conditioner", "trade_in_2024", 1),
        ("2025-01-01", "air_conditioner", "trade_in_2025", 3),
        ("2025-01-01", "refrigerator", "trade_in_2025", 1),
        ("2026-01-01", "air_conditioner", "trade_in_2026", 1),
    ],
)
def test_a_person_is_paid_up_to_the_quota_of_a_kind(
    on: str, category: str, policy_id: str, quota_units: int
) -> None:
    def after(units: int) -> tuple[int | None, str]:
        past = PastGrant(policy_id=policy_id, category=ApplianceCategory(category), units=units)
        return answer(decided(on, bought(1, 100_000, category), history=(past,)))

    assert after(quota_units - 1)[1] == "granted"
    assert after(quota_units) == (0, "quota_used")
    assert after(quota_units + 1) == (0, "quota_used")


def test_a_quota_counts_neither_other_kinds_nor_other_policies() -> None:
    fridge_before = PastGrant(policy_id="trade_in_2025", category=ApplianceCategory.REFRIGERATOR)
    history = (
        fridge_before,
        PastGrant(policy_id="trade_in_2026", category=ApplianceCategory.TV_FLAT, units=0),
    )

    assert answer(decided("2026-01-01", bought(1, 100), history=history)) == granted(15)
    washer_2025 = bought(1, 100, "washing_machine")
    assert answer(decided("2025-06-01", washer_2025, history=history)) == granted(20)


@pytest.mark.parametrize(
    ("at", "amount_cny_fen"),
    [
        ("2025-12-31T23:59:59+08:00", 199_980),
        ("2025-12-31T23:59:59.999999+08:00", 199_980),
        ("2026-01-01T00:00:00+08:00", 149_985),
        ("2025-12-31T15:59:59+00:00", 199_980),
        ("2025-12-31T16:00:00+00:00", 149_985),
        ("2025-12-31T23:59:59+00:00", 149_985),
        ("2026-01-01T00:00:00+09:00", 199_980),
    ],
)
def test_a_day_begins_at_midnight_in_shanghai(at: str, amount_cny_fen: int) -> None:
    on = day_in_shanghai(datetime.fromisoformat(at))

    assert decided(str(on), bought(1, 999_900)).amount_cny_fen == amount_cny_fen


LIST = {"listed": 60_000, "generous": 300_000, "nothing": 0}


@pytest.mark.parametrize(
    ("asked", "models", "wanted"),
    [
        (item(model="listed", price_cny_fen=500_000), LIST, granted(60_000)),
        (item(model="generous", price_cny_fen=500_000), LIST, (200_000, "capped")),
        (item(model="listed", price_cny_fen=50_000), LIST, (50_000, "capped")),
        (item(model="nothing", price_cny_fen=50_000), LIST, (0, "below_one_fen")),
        (item(model="other", price_cny_fen=50_000), LIST, (0, "model_not_listed")),
        (item(model="listed", price_cny_fen=50_000), None, RATE_UNKNOWN),
        (item(price_cny_fen=50_000), LIST, (None, "item_incomplete")),
        (item(model="listed"), LIST, (None, "item_incomplete")),
        (item("rice_cooker", model="listed", price_cny_fen=50_000), LIST, NOT_COVERED),
    ],
)
def test_the_maker_pays_by_its_list_of_models(
    asked: PolicyItem, models: dict[str, int] | None, wanted: tuple[int | None, str]
) -> None:
    assert answer(decided("2026-05-01", asked, group=MAKER, models=models)) == wanted


def test_the_maker_pays_whatever_grade_and_however_often() -> None:
    history = (
        PastGrant(policy_id="maker_trade_in", category=ApplianceCategory.REFRIGERATOR, units=9),
    )
    asked = item(model="listed", price_cny_fen=500_000, grade=5)

    found = decided("2030-05-01", asked, group=MAKER, models=LIST, history=history)

    assert answer(found) == granted(60_000)


def test_the_special_fund_goes_to_provinces_by_four_shares() -> None:
    policy = decided("2024-01-01", COMPUTER, group=FUND).policy

    assert policy is not None
    assert {name: str(share) for name, share in policy.allocation.items()} == {
        "treated_quantity_share": "0.70",
        "solid_waste_spending_share": "0.15",
        "appliances_owned_share": "0.10",
        "capacity_load_share": "0.05",
    }


def test_every_packaged_row_says_who_published_it() -> None:
    for policy in packaged_policies().policies:
        assert policy.source, policy.file
        for one in policy.rules:
            assert one.clause, f"{policy.file} {one.rule_id}"
            assert one.provenance in ("verified", "assumption")
