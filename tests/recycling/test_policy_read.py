"""Files of policies: what is refused, and that all of it is told at once."""

from datetime import date
from typing import Any

import pytest

from recycling.policy_defect import MAX_SHOWN_DEFECTS, RuleDefect, RuleFileError
from recycling.policy_read import book_of, packaged_policies
from tests.recycling.policy_builders import rule, written


def refused(**files: bytes) -> list[str]:
    """The defects of some files, whose names lack only their ending."""
    with pytest.raises(RuleFileError) as caught:
        book_of({f"{name}.toml": raw for name, raw in files.items()})
    return [str(one) for one in caught.value.defects]


def test_the_packaged_policies_are_read_once() -> None:
    assert packaged_policies() is packaged_policies()
    assert len(packaged_policies().policies) == 8


def test_a_file_of_the_builder_is_good() -> None:
    assert len(book_of({"a.toml": written()}).policies) == 1


OVERLAPS = [
    (date(2025, 12, 31), date(2026, 12, 31)),  # one day
    (date(2024, 1, 1), date(2025, 1, 1)),
    (date(2025, 3, 1), date(2025, 4, 1)),  # inside
    (date(2024, 1, 1), None),  # around, without an end
]


@pytest.mark.parametrize(("start", "end"), OVERLAPS)
def test_an_overlap_in_a_group_names_both_files(start: date, end: date | None) -> None:
    other = written(policy_id="other", valid_from_on=start, valid_to_on=end)

    for names in (("a", "b"), ("b", "a")):
        (said,) = refused(**dict(zip(names, (written(), other), strict=True)))

        assert "a.toml" in said
        assert "b.toml" in said
        assert "overlaps" in said
        assert "both of stack_group state_trade_in" in said


def test_a_long_policy_overlaps_each_of_the_short_ones_after_it() -> None:
    short = [
        written(
            policy_id=f"short_{n}", valid_from_on=date(2025, n, 1), valid_to_on=date(2025, n, 2)
        )
        for n in (2, 3)
    ]

    said = refused(a=written(), b=short[0], c=short[1])

    assert [line.partition(":")[0] for line in said] == ["b.toml", "c.toml"]
    assert all("overlaps a.toml 2025-01-01..2025-12-31" in line for line in said)


def test_neighbours_gaps_and_other_groups_are_no_overlap() -> None:
    book = book_of(
        {
            "a.toml": written(),
            "b.toml": written(version="2", valid_from_on=date(2026, 1, 1), valid_to_on=None),
            "c.toml": written(
                version="0", valid_from_on=date(2020, 1, 1), valid_to_on=date(2020, 1, 1)
            ),
            "d.toml": written(policy_id="maker", stack_group="maker_trade_in"),
        }
    )

    assert [one.file for one in book.policies] == ["d.toml", "c.toml", "a.toml", "b.toml"]


def test_a_version_stands_once() -> None:
    said = refused(
        a=written(), b=written(valid_from_on=date(2026, 1, 1), valid_to_on=date(2026, 1, 1))
    )

    assert said == ["b.toml: policy_id = some 1 stands twice, also in a.toml"]


TEXT = "must be a text such as"
DEFECTS: list[tuple[dict[str, Any], str]] = [
    ({"policy_id": "Some"}, "policy_id = Some must be lower-case letters"),
    ({"version": 1}, "version = 1 must be a text that is not blank"),
    ({"title": "  "}, "must be a text that is not blank"),
    ({"source": None}, "source = (nothing) is missing"),
    ({"stack_group": "state"}, "stack_group = state is none of treatment_fund, "),
    ({"stack_rank": 0}, "stack_rank = 0 must be a whole number from 1 to 100"),
    ({"stack_rank": True}, "stack_rank = True must be a whole number"),
    ({"valid_from_on": "2025-01-01"}, "valid_from_on = 2025-01-01 must be a day"),
    ({"valid_from_on": date(1999, 12, 31)}, "must be a day from 2000-01-01 to 2999-12-31"),
    ({"valid_to_on": date(2024, 12, 31)}, "valid_to_on = 2024-12-31 must not be"),
    ({"days_provenance": "guessed"}, "days_provenance = guessed is none of verified, assumption"),
    ({"colour": "red"}, "colour = red is unknown"),
    ({"allocation": {"a_share": "0.7", "b_share": "0.2"}}, "must come to 1"),
    ({"allocation": {"a": "1"}}, "allocation.a = 1 must be named in lower case and end in _share"),
    ({"allocation": 1}, "allocation = 1 must be a table"),
]


@pytest.mark.parametrize(("changed", "said"), DEFECTS)
def test_a_defect_names_file_key_and_value(changed: dict[str, Any], said: str) -> None:
    lines = refused(a=written(**changed))

    assert lines[-1].startswith("a.toml: ")
    assert any(said in line for line in lines), lines


RULE_DEFECTS: list[tuple[dict[str, Any], str]] = [
    ({"rule_id": "A"}, "rule[1].rule_id = A must be lower-case"),
    ({"categories": ["toaster"]}, "rule[1].categories = ['toaster'] must be a list, each once,"),
    ({"categories": []}, "rule[1].categories = [] must be a list"),
    ({"categories": ["stove", "stove"]}, "must be a list, each once"),
    ({"categories": "stove"}, "must be a list, each once"),
    ({"forms": ["cylinder"]}, "rule[1].forms = ['cylinder'] must be a list, each once, out of"),
    ({"grades": [0]}, "rule[1].grades = [0] must be a list, each once, of grades 1 to 5"),
    ({"grades": [True]}, "rule[1].grades = [True] must be"),
    ({"rate_share": "1.01"}, f"rule[1].rate_share = 1.01 {TEXT}"),
    ({"rate_share": "0"}, f"rule[1].rate_share = 0 {TEXT}"),
    ({"rate_share": 0.15}, f"rule[1].rate_share = 0.15 {TEXT}"),  # a float loses its digits
    ({"rate_share": 1}, f"rule[1].rate_share = 1 {TEXT}"),
    ({"rate_share": "15%"}, f"rule[1].rate_share = 15% {TEXT}"),
    ({"rate_share": "-0.1"}, f"rule[1].rate_share = -0.1 {TEXT}"),
    ({"rate_share": None}, "rule[1].rule_id = fridge must tell one of amount_cny_fen, rate_share"),
    ({"amount_cny_fen": 5}, "rule[1].rule_id = fridge must tell one of amount_cny_fen, rate_share"),
    ({"rate_share": None, "amount_cny_fen": 35.0}, "amount_cny_fen = 35.0 must be a whole number"),
    ({"rate_share": None, "amount_cny_fen": -1}, "amount_cny_fen = -1 must be a whole number"),
    ({"rate_share": None, "amount_cny_fen": 1, "cap_cny_fen": 2}, "cap_cny_fen = 2 limits nothing"),
    ({"rate_share": None, "is_by_model": False}, "is_by_model = False must be true"),
    ({"cap_cny_fen": 0}, "cap_cny_fen = 0 must be a whole number from 1"),
    ({"quota_units": 0}, "quota_units = 0 must be a whole number from 1"),
    ({"size_l": "50"}, "size_l = 50 must be a table such as"),
    ({"size_l": {}}, "size_l = {} must be a table such as"),
    ({"size_l": {"from": 50}}, "must be a table such as"),
    ({"size_l": {"from": "50", "above": "50"}}, "must be a table such as"),
    ({"size_l": {"least": "50"}}, "must be a table such as"),
    ({"size_l": {"from": "50", "below": "50"}}, "holds no value"),
    ({"size_l": {"from": "51", "to": "50"}}, "holds no value"),
    ({"clause": None}, "rule[1].clause = (nothing) is missing"),
    ({"provenance": "V"}, "rule[1].provenance = V is none of verified, assumption"),
    ({"rate": "0.15"}, "rule[1].rate = 0.15 is unknown"),
]


@pytest.mark.parametrize(("changed", "said"), RULE_DEFECTS)
def test_a_defect_of_a_rule_names_its_number_too(changed: dict[str, Any], said: str) -> None:
    lines = refused(a=written(rule(**changed)))

    assert any(said in line for line in lines), lines


RULES_THAT_MEET = [
    ({}, {}),
    ({"grades": [1]}, {"grades": [1, 2]}),
    ({"size_l": {"to": "50"}}, {"size_l": {"from": "50"}}),
    ({"size_l": {"above": "50"}}, {"size_l": {"above": "60"}}),
    ({"size_l": {"above": "50"}}, {"size_kg": {"to": "3"}}),
    ({"forms": ["drum"]}, {}),
]
RULES_APART = [
    ({"grades": [1]}, {"grades": [2]}),
    ({"size_l": {"below": "50"}}, {"size_l": {"from": "50"}}),
    ({"size_l": {"to": "50"}}, {"size_l": {"above": "50"}}),
    ({"forms": ["drum"]}, {"forms": ["spinner"]}),
    ({"categories": ["stove"]}, {}),
]


@pytest.mark.parametrize(("one", "other"), RULES_THAT_MEET)
def test_two_rules_for_one_appliance_are_refused(one: Any, other: Any) -> None:
    said = refused(a=written(rule(**one), rule(rule_id="second", **other)))

    assert said == [
        "a.toml: rule[2].rule_id = second overlaps rule[1] fridge: both hold the same appliances"
    ]


@pytest.mark.parametrize(("one", "other"), RULES_APART)
def test_two_rules_for_different_appliances_are_taken(one: Any, other: Any) -> None:
    raw = written(rule(**one), rule(rule_id="second", **other))

    assert len(book_of({"a.toml": raw}).policies[0].rules) == 2


def test_a_rule_stands_once() -> None:
    said = refused(a=written(rule(grades=[1]), rule(grades=[2])))

    assert said == ["a.toml: rule[2].rule_id = fridge stands twice, also in rule[1]"]


def test_all_defects_of_all_files_are_told_at_once() -> None:
    said = refused(
        a=written(rule(rate_share="2"), rule(categories=["toaster"]), version=None),
        b=b"no toml",
        c=written(policy_id="c", valid_from_on=date(2025, 6, 1), valid_to_on=date(2025, 6, 2)),
        d=written(policy_id="d", valid_from_on=date(2025, 6, 2), valid_to_on=date(2025, 6, 3)),
        e=b"\xff",
    )

    assert [line.partition(" = ")[0] for line in said] == [
        "a.toml: version",
        "a.toml: rule[1].rate_share",
        "a.toml: rule[2].categories",
        "b.toml: text",
        "e.toml: text",
        "d.toml: valid_from_on",
    ]


@pytest.mark.parametrize(
    ("raw", "said"),
    [
        (b"x = [" * 10_000, "is no TOML in UTF-8"),
        (b"#" * 1_000_001, "bytes = 1000001 must be at most 1000000"),
        (b"rule = 3", "rule = 3 must be 1 to 1000 tables [[rule]]"),
        (b"rule = [3]", "rule = [3] must be 1 to 1000 tables [[rule]]"),
    ],
)
def test_a_hostile_file_is_a_defect(raw: bytes, said: str) -> None:
    assert any(said in line for line in refused(a=raw))


def test_many_defects_are_counted() -> None:
    many = [RuleDefect("a.toml", "key", str(n), "is wrong") for n in range(MAX_SHOWN_DEFECTS + 2)]

    assert str(RuleFileError(many)).endswith("a.toml: key = 49 is wrong\nand 2 more")
    assert len(RuleFileError(many).defects) == 52


def test_too_many_files_are_nobody_s_policies() -> None:
    with pytest.raises(ValueError, match="files must be at most 1000, got 1001"):
        book_of({f"{n}.toml": b"" for n in range(1_001)})
