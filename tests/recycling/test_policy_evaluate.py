"""Laws of the engine: what holds for every appliance, price and sequence of files."""

from collections.abc import Mapping
from datetime import UTC, date, datetime
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recycling.policy import (
    KNOWN,
    UNDECIDED,
    Outcome,
    PastGrant,
    PolicyItem,
    StackGroup,
    Together,
    day_in_shanghai,
)
from recycling.policy_evaluate import evaluate, evaluate_together
from recycling.policy_read import POLICIES, book_of, packaged_policies
from recycling.policy_scope import ApplianceCategory, ApplianceForm, Measure, Provenance
from tests.recycling.policy_builders import (
    FUND,
    MAKER,
    STATE,
    answer,
    decided,
    item,
    rule,
    written,
)

FILES = {path.name: path.read_bytes() for path in POLICIES.glob("*.toml")}
MODELS = {"listed": 60_000, "generous": 300_000}
days = st.dates(date(2011, 1, 1), date(2029, 12, 31))
prices_cny_fen = st.one_of(st.integers(0, 3_000_000), st.integers(0, 100_000_000_000))
sizes = st.decimals("0.1", "800", places=1)
histories = st.lists(
    st.builds(
        PastGrant,
        policy_id=st.sampled_from([one.policy_id for one in packaged_policies().policies]),
        category=st.sampled_from(ApplianceCategory),
        units=st.integers(0, 4),
    ),
    max_size=4,
)


def items(price: st.SearchStrategy[int] = prices_cny_fen) -> st.SearchStrategy[PolicyItem]:
    return st.builds(
        PolicyItem,
        category=st.sampled_from(ApplianceCategory),
        form=st.none() | st.sampled_from(ApplianceForm),
        grade=st.none() | st.integers(1, 5),
        measures=st.dictionaries(st.sampled_from([*Measure][:3]), sizes),
        price_cny_fen=st.none() | price,
        model=st.none() | st.sampled_from([*MODELS, "other"]),
    )


groups = st.sampled_from(StackGroup)


@given(on=days, asked=items(), group=groups, history=histories)
def test_an_amount_is_known_exactly_where_a_rule_decided_it(
    on: date, asked: PolicyItem, group: StackGroup, history: list[PastGrant]
) -> None:
    found = evaluate(
        packaged_policies(),
        stack_group=group,
        on=on,
        item=asked,
        history=history,
        model_amounts_cny_fen=MODELS,
    )

    assert (found.amount_cny_fen is None) == (found.outcome not in KNOWN)
    assert (found.amount_cny_fen or 0) >= 0
    paid = found.outcome in (Outcome.GRANTED, Outcome.CAPPED)
    assert bool(found.amount_cny_fen) == paid
    assert found.checks
    if found.rule is not None and found.rule.cap_cny_fen is not None:
        assert (found.amount_cny_fen or 0) <= found.rule.cap_cny_fen
    if found.outcome in (Outcome.NOT_COVERED, Outcome.ITEM_INCOMPLETE, Outcome.GRADE_NOT_ELIGIBLE):
        assert any(not one.passed for one in found.checks)


@given(on=days, asked=items(), less_cny_fen=prices_cny_fen, more_cny_fen=prices_cny_fen)
def test_a_higher_price_never_gets_less(
    on: date, asked: PolicyItem, less_cny_fen: int, more_cny_fen: int
) -> None:
    low, high = sorted((less_cny_fen, more_cny_fen))

    amounts = [
        decided(str(on), item(asked.category, grade=asked.grade, price_cny_fen=price))
        for price in (low, high)
    ]

    first, second = (one.amount_cny_fen for one in amounts)
    assert (first is None) == (second is None)
    assert (first or 0) <= (second or 0)


@given(seed=st.integers(0, 10_000), on=days, asked=items(), group=groups)
def test_the_sequence_of_the_files_decides_nothing(
    seed: int, on: date, asked: PolicyItem, group: StackGroup
) -> None:
    names = [*FILES]
    Random(seed).shuffle(names)
    book = book_of({name: FILES[name] for name in names})

    found = evaluate(book, stack_group=group, on=on, item=asked)

    assert found == evaluate(packaged_policies(), stack_group=group, on=on, item=asked)


def together(
    asked: PolicyItem, on: date = date(2025, 6, 1), models: Mapping[str, int] | None = MODELS
) -> Together:
    return evaluate_together(
        packaged_policies(),
        stack_groups=[STATE, MAKER],
        on=on,
        item=asked,
        model_amounts_cny_fen=models,
    )


@given(on=days, asked=items())
def test_all_subsidies_together_never_exceed_the_price(on: date, asked: PolicyItem) -> None:
    found = together(asked, on)

    known = [one.amount_cny_fen or 0 for one in found.decisions]
    if asked.price_cny_fen is not None:
        assert sum(known) <= asked.price_cny_fen
    if any(one.outcome in UNDECIDED for one in found.decisions):
        assert found.amount_cny_fen is None


def test_the_maker_pays_first_and_the_state_a_share_of_the_rest() -> None:
    found = together(item(grade=1, price_cny_fen=500_000, model="listed"))

    assert [one.stack_group for one in found.decisions] == [MAKER, STATE]
    assert [one.price_cny_fen for one in found.decisions] == [500_000, 440_000]
    assert [one.amount_cny_fen for one in found.decisions] == [60_000, 88_000]
    assert found.amount_cny_fen == 148_000


def test_the_state_takes_nothing_from_a_price_the_maker_paid_whole() -> None:
    found = together(item(grade=1, price_cny_fen=60_000, model="listed"))

    assert [answer(one) for one in found.decisions] == [(60_000, "granted"), (0, "below_one_fen")]


def test_who_is_not_covered_by_the_maker_has_the_state_s_share_of_the_whole() -> None:
    found = together(item("rice_cooker", grade=1, price_cny_fen=100_000))

    assert [answer(one) for one in found.decisions] == [(None, "not_covered"), (20_000, "granted")]
    assert found.amount_cny_fen == 20_000


def test_where_the_maker_s_part_is_unknown_so_is_the_rest() -> None:
    found = together(item(grade=1, price_cny_fen=500_000, model="listed"), models=None)

    outcomes = [answer(one) for one in found.decisions]
    assert outcomes == [(None, "rate_unknown"), (None, "item_incomplete")]
    assert found.amount_cny_fen is None


def test_nobody_s_policy_is_no_zero() -> None:
    assert together(item("microwave"), on=date(2011, 1, 1)).amount_cny_fen is None


def test_a_decision_names_policy_version_rule_clause_and_each_check_with_its_value() -> None:
    found = decided("2025-12-31", item(grade=1, price_cny_fen=1_050_000))

    assert found.policy is not None
    assert found.rule is not None
    assert (found.policy.policy_id, found.policy.version) == ("trade_in_2025", "1")
    assert (found.rule.rule_id, found.provenance) == ("grade_1", Provenance.VERIFIED)
    told = {(one.place, one.name): (one.passed, one.value, one.limit) for one in found.checks}
    assert told["trade_in_2025", "on"] == (True, "2025-12-31", "2025-01-01..2025-12-31")
    assert told["trade_in_2025/grade_1", "grade"] == (True, "1", "1")
    assert told["trade_in_2025/grade_2", "grade"] == (False, "1", "2")
    assert told["trade_in_2025/grade_1", "quota_units"] == (True, "0", "< 1 before")
    assert told["trade_in_2025/grade_1", "cap_cny_fen"] == (False, "210000", "<= 200000")


@pytest.mark.parametrize(
    ("on", "group", "wanted"),
    [
        ("2025-06-01", STATE, "verified"),
        ("2024-08-01", STATE, "assumption"),  # its days are
        ("2014-01-01", FUND, "assumption"),
        ("2018-01-01", FUND, "verified"),
    ],
)
def test_a_decision_is_verified_only_if_days_and_rule_are(
    on: str, group: StackGroup, wanted: str
) -> None:
    assert decided(on, item(grade=1, price_cny_fen=100), group=group).provenance == wanted


def test_without_a_policy_every_policy_of_the_group_says_why_not() -> None:
    found = decided("2024-06-30", item(grade=1, price_cny_fen=100))

    assert found.provenance is None
    assert [(one.place, one.name, one.passed) for one in found.checks] == [
        ("trade_in_2024", "on", False),
        ("trade_in_2025", "on", False),
        ("trade_in_2026", "on", False),
    ]


def test_a_gap_between_two_policies_covers_nothing() -> None:
    book = book_of(
        {
            "a.toml": written(valid_to_on=date(2025, 3, 1)),
            "b.toml": written(version="2", valid_from_on=date(2025, 3, 3)),
        }
    )

    def on(day: int) -> Outcome:
        asked = item(price_cny_fen=100)
        return evaluate(book, stack_group=STATE, on=date(2025, 3, day), item=asked).outcome

    assert [on(1), on(2), on(3)] == ["granted", "not_covered", "granted"]


@pytest.mark.parametrize(
    ("litres", "grade", "wanted"),
    [
        ("60", 1, (15, "granted")),
        ("60", 2, (0, "grade_not_eligible")),
        ("40", 2, (None, "not_covered")),  # a better grade would change nothing
        ("40", 1, (None, "not_covered")),
        ("60", None, (None, "item_incomplete")),
        ("40", None, (None, "not_covered")),
    ],
)
def test_a_grade_is_blamed_only_where_it_is_all_that_is_wrong(
    litres: str, grade: int | None, wanted: tuple[int | None, str]
) -> None:
    raw = written(rule(grades=[1], size_l={"from": "50"}))
    asked = item(grade=grade, size_l=litres, price_cny_fen=100)

    found = evaluate(book_of({"a.toml": raw}), stack_group=STATE, on=date(2025, 3, 3), item=asked)

    assert answer(found) == wanted


def test_history_counts_across_versions_of_a_policy() -> None:
    book = book_of({"b.toml": written(rule(quota_units=1), version="2")})
    past = PastGrant(policy_id="some", category=ApplianceCategory.REFRIGERATOR)

    found = evaluate(
        book,
        stack_group=STATE,
        on=date(2025, 3, 3),
        item=item(price_cny_fen=100),
        history=[past],
    )

    assert answer(found) == (0, "quota_used")


def test_an_instant_is_no_day() -> None:
    with pytest.raises(ValueError, match="on must be a day, got the instant 2025-01-01T00:00:00"):
        evaluate(
            packaged_policies(),
            stack_group=STATE,
            on=datetime(2025, 1, 1, tzinfo=UTC),
            item=item(),
        )


def test_an_instant_without_offset_has_no_day() -> None:
    with pytest.raises(ValueError, match="at must have an offset from UTC"):
        day_in_shanghai(datetime(2025, 1, 1))  # noqa: DTZ001 - the case itself


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ({"grade": 0}, "grade must be 1 to 5, got 0"),
        ({"grade": 6}, "grade must be 1 to 5, got 6"),
        ({"price_cny_fen": -1}, "price_cny_fen must be a whole number from 0"),
        ({"price_cny_fen": 100.0}, "price_cny_fen must be a whole number from 0"),
        ({"price_cny_fen": True}, "price_cny_fen must be a whole number from 0"),
        ({"size_inch": "0"}, "size_inch must be above 0, got 0"),
        ({"size_l": "NaN"}, "size_l must be above 0, got NaN"),
    ],
)
def test_an_appliance_that_cannot_be_is_refused(told: dict[str, Any], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        item(**told)


def test_fewer_units_than_none_were_never_granted() -> None:
    with pytest.raises(ValueError, match="units must be a whole number"):
        PastGrant(policy_id="some", category=ApplianceCategory.STOVE, units=-1)
