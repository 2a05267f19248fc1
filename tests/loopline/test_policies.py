"""``loopline policies evaluate`` as a stranger runs it."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from loopline.__main__ import all_commands
from tests.loopline.command import answer, run

BOUGHT: dict[str, Any] = {
    "bought_on": "2026-01-01",
    "category": "refrigerator",
    "grade": 1,
    "price_cny_fen": 999_900,
}


def case(**changed: Any) -> dict[str, Any]:
    """9,999.00 CNY, grade 1, bought on the first day of 2026; ``None`` leaves a field out."""
    return {key: value for key, value in (BOUGHT | changed).items() if value is not None}


def asked(folder: Path, content: Any, *options: str) -> Result:
    file = folder / "cases.json"
    text = content if isinstance(content, str) else json.dumps(content)
    file.write_text(text, encoding="utf-8")
    return CliRunner().invoke(all_commands(), ["policies", "evaluate", str(file), *options])


def test_a_stranger_reads_each_decision_as_a_line(tmp_path: Path) -> None:
    (tmp_path / "cases.json").write_text(json.dumps([case(), case(category="microwave")]))

    done = run(tmp_path, "policies", "evaluate", str(tmp_path / "cases.json"))

    assert done.returncode == 0, done.stderr
    first, second = done.stdout.splitlines()
    assert first == (
        "1  2026-01-01  refrigerator  "
        "state_trade_in 1,499.85 CNY granted (trade_in_2026 v1 grade_1)"
    )
    assert second.startswith("2  2026-01-01  microwave  state_trade_in no amount not_covered (")


def test_a_program_reads_a_list_of_objects(tmp_path: Path) -> None:
    (tmp_path / "cases.json").write_text(json.dumps([case(id="A", bought_on="2025-12-31")]))

    done = run(tmp_path, "policies", "evaluate", str(tmp_path / "cases.json"), "--json")

    (one,) = answer(done)
    assert (one["id"], one["on"], one["amount_cny_fen"], one["agrees"]) == (
        "A",
        "2025-12-31",
        199_980,
        None,
    )
    (decision,) = one["decisions"]
    assert decision["policy_id"] == "trade_in_2025"
    assert (decision["version"], decision["rule_id"]) == ("1", "grade_1")
    assert decision["source"]
    assert decision["clause"]
    assert {"place", "name", "passed", "value", "limit"} == decision["checks"][0].keys()


@pytest.mark.parametrize(
    ("expected", "code", "said"),
    [
        ({"amount_cny_fen": 149_985}, 0, ""),
        ({"outcome": "granted"}, 0, ""),
        ({"amount_cny_fen": 149_985, "outcome": "granted"}, 0, ""),
        ({"amount_cny_fen": 1}, 1, "differs: amount_cny_fen is 149985, expected 1"),
        ({"amount_cny_fen": None}, 1, "amount_cny_fen is 149985, expected no amount"),
        ({"outcome": "capped"}, 1, "differs: state_trade_in is granted, expected capped"),
    ],
)
def test_the_exit_code_says_whether_a_case_is_as_expected(
    tmp_path: Path, expected: dict[str, Any], code: int, said: str
) -> None:
    content = [case(expected=expected)]

    done = asked(tmp_path, content)

    assert done.exit_code == code
    assert said in done.stdout
    as_json = asked(tmp_path, content, "--json")
    assert as_json.exit_code == code
    assert [one["agrees"] for one in json.loads(as_json.stdout)] == [code == 0]


def test_no_amount_is_expected_as_null_and_not_as_0(tmp_path: Path) -> None:
    treated = {"treated_on": "2022-01-01", "category": "air_conditioner"}

    good = asked(tmp_path, [treated | {"expected": {"amount_cny_fen": None}}])
    bad = asked(tmp_path, [treated | {"expected": {"amount_cny_fen": 0}}])

    assert (good.exit_code, bad.exit_code) == (0, 1)
    assert "amount_cny_fen is no amount, expected 0" in bad.stdout


def test_maker_and_state_are_asked_together(tmp_path: Path) -> None:
    both = case(model="M", stack_groups=["state_trade_in", "maker_trade_in"])
    outcome = {"maker_trade_in": "granted", "state_trade_in": "granted"}
    expected = {"amount_cny_fen": 200_000, "outcome": outcome}
    content = {"model_list": {"M": 60_000}, "cases": [both | {"expected": expected}]}

    done = asked(tmp_path, content)

    # 600.00 by the model, then 15 % of 9,399.00: 1,409.85
    assert "maker_trade_in 600.00 CNY granted" in done.stdout
    assert "state_trade_in 1,409.85 CNY granted" in done.stdout
    assert "together 2,009.85 CNY" in done.stdout
    assert "expected 200000" in done.stdout
    assert done.exit_code == 1


def test_an_instant_is_a_day_in_shanghai(tmp_path: Path) -> None:
    evening = case(bought_on=None, bought_at="2025-12-31T16:00:00Z")

    done = asked(tmp_path, [evening], "--json")

    assert json.loads(done.stdout)[0]["on"] == "2026-01-01"


@pytest.mark.parametrize(
    ("bad", "said"),
    [
        (case(bought_on="2026-02-30"), "case 1: bought_on (day is out of range for month)"),
        (case(bought_on="2026-1-1"), "case 1: bought_on (must be a day such as 2026-01-01), got"),
        (case(bought_on=20260101), "case 1: bought_on (must be a text), got 20260101"),
        (case(bought_on=None), "case 1: bought_on or one other of"),
        (case(treated_on="2026-01-01"), "must be told, and only one"),
        (case(bought_on=None, bought_at="2026-01-01T00:00:00"), "case 1: bought_at (is no RFC"),
        (case(category="toaster"), "case 1: category is none of refrigerator"),
        (case(category=["stove"]), "case 1: category is none of refrigerator"),
        (case(category=None), "case 1: category is missing"),
        (case(form="cylinder"), "case 1: form is none of single_tub"),
        (case(grade=0), "case 1: grade must be a whole number from 1 to 5, got 0"),
        (case(grade=True), "case 1: grade must be a whole number from 1 to 5, got True"),
        (case(grade="1"), "case 1: grade must be a whole number from 1 to 5, got 1"),
        (case(price_cny_fen=9999.0), "case 1: price_cny_fen must be a whole number from 0"),
        (case(price_cny_fen=-1), "case 1: price_cny_fen must be a whole number from 0"),
        (case(size_l="0"), "case 1: size_l must be a number above 0"),
        (case(size_l=float("nan")), "case 1: size_l must be a number above 0"),
        (case(model=""), "case 1: model must be a text of 1 to 200 characters"),
        (case(id=7), "case 1: id must be a text"),
        (case(colour="red"), "case 1: colour is unknown, got red"),
        (case(stack_groups=[]), "case 1: stack_groups must be a list, each once"),
        (case(stack_groups=["treatment_fund"]), "case 1: stack_groups must be a list, each once"),
        (case(history={}), "case 1: history must be a list of at most 1000"),
        (case(history=[1]), "case 1: history 1 must be an object, got 1"),
        (
            case(history=[{"policy_id": "none", "category": "stove"}]),
            "case 1: history 1: policy_id is none of fund_2012",
        ),
        (
            case(history=[{"policy_id": "trade_in_2026", "category": "stove", "units": -1}]),
            "case 1: history 1: units must be a whole number",
        ),
        (case(expected={}), "case 1: expected: amount_cny_fen or outcome must be told"),
        (case(expected={"outcome": "good"}), "case 1: expected: outcome is none of granted"),
        (case(expected={"amount_cny_fen": 1.5}), "case 1: expected: amount_cny_fen must be"),
        (
            case(
                stack_groups=["maker_trade_in", "state_trade_in"], expected={"outcome": "granted"}
            ),
            "case 1: expected: outcome must be an object",
        ),
        (5, "case 1 must be an object, got 5"),
    ],
)
def test_bad_input_names_case_field_and_value(tmp_path: Path, bad: Any, said: str) -> None:
    done = asked(tmp_path, [bad])

    assert done.exit_code == 2
    assert said in done.stderr
    assert not done.stdout


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is no JSON of UTF-8"),
        ("5", "the file must be an object, got 5"),
        ("{}", "the file: cases is missing"),
        ('{"cases": [], "more": 1}', "the file: more is unknown, got 1"),
        ('{"cases": [], "model_list": {"M": "60000"}}', "model_list: M must be a whole number"),
        ('{"cases": [], "model_list": 1}', "model_list must be an object, got 1"),
        ('[{"\\ud800": 1}]', "case 1: \\ud800 is unknown, got 1"),
    ],
)
def test_a_file_of_another_form_is_named(tmp_path: Path, content: str, said: str) -> None:
    done = asked(tmp_path, content)

    assert done.exit_code == 2
    assert said in done.stderr


def test_every_defect_of_every_case_is_told_at_once(tmp_path: Path) -> None:
    done = asked(tmp_path, [case(grade=9), case(), case(category="toaster", model=1)])

    lines = done.stderr.splitlines()
    assert [line.partition("loopline: ")[2][:13] for line in lines[:3]] == [
        "case 1: grade",
        "case 3: categ",
        "case 3: model",
    ]
    assert lines[-1] == "loopline: 3 defects, nothing was decided"


def test_no_case_is_no_answer_and_no_error(tmp_path: Path) -> None:
    done = asked(tmp_path, [], "--json")

    assert (done.exit_code, json.loads(done.stdout)) == (0, [])
