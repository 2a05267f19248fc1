"""``loopline examples check`` as a stranger runs it."""

import json
from pathlib import Path
from typing import Any

import pytest

from tests.loopline.command import answer, run

pytestmark = pytest.mark.timeout(120)
AGREEING = {"id": "A", "formula": "t*km", "inputs": {"t": 2, "km": 0.5}, "expected": "1"}
WRONG = AGREEING | {"id": "B", "expected": "3"}
UNKNOWN = AGREEING | {"id": "C", "formula": "t^km"}


def written(folder: Path, content: Any) -> str:
    file = folder / "examples.json"
    text = content if isinstance(content, str) else json.dumps(content)
    file.write_text(text, encoding="utf-8")
    return str(file)


@pytest.mark.parametrize(
    ("examples", "code"),
    [([AGREEING], 0), ([AGREEING, WRONG], 1), ([WRONG, UNKNOWN], 2), ([], 0)],
)
def test_the_exit_code_says_whether_all_agree(
    tmp_path: Path, examples: list[dict[str, Any]], code: int
) -> None:
    file = written(tmp_path, {"vectors": examples})

    done = run(tmp_path, "examples", "check", file, "--json")

    assert done.returncode == code, done.stderr
    assert [one["id"] for one in answer(done)["examples"]] == [one["id"] for one in examples]


def test_a_program_reads_what_was_got_expected_and_found(tmp_path: Path) -> None:
    done = run(tmp_path, "examples", "check", written(tmp_path, [AGREEING, WRONG]), "--json")

    first, second = answer(done)["examples"]
    assert (first["got"], first["expected"], first["finding"]) == ("1", "1", "agrees")
    assert (second["got"], second["expected"], second["finding"]) == ("1", "3", "result_mismatch")
    assert answer(done)["findings"] == {"agrees": 1, "result_mismatch": 1}


def test_a_person_reads_what_does_not_agree(tmp_path: Path) -> None:
    done = run(tmp_path, "examples", "check", written(tmp_path, [AGREEING, WRONG, UNKNOWN]))

    assert done.stdout.splitlines() == [
        "B  result_mismatch: got 1, expected 3, off by 2, tolerance 1",
        "C  unsupported: formula t^km is unknown",
        "3 examples: 1 agrees, 1 result_mismatch, 1 unsupported",
    ]


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("{", "is no JSON of UTF-8"),
        ('{"some": []}', "must be a list of examples, or an object with them under"),
        ("[1]", "must be a list of examples, or an object with them under"),
        ("[" * 100_000, "is no JSON of UTF-8"),
    ],
)
def test_a_file_of_another_form_is_one_clear_sentence(
    tmp_path: Path, content: str, said: str
) -> None:
    done = run(tmp_path, "examples", "check", written(tmp_path, content))

    assert done.returncode == 2
    assert said in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


def test_a_name_of_half_a_character_ends_nothing(tmp_path: Path) -> None:
    file = written(tmp_path, '[{"id": "\\ud800", "formula": "\\ud800", "expected": "1"}]')

    for options in ((), ("--json",)):
        done = run(tmp_path, "examples", "check", file, *options)

        assert done.returncode == 2, done.stderr
        assert "\\ud800" in done.stdout
        assert "Traceback" not in done.stderr


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    done = run(tmp_path, "examples", "check", "no-such-file.json")

    assert done.returncode == 2
    assert "no-such-file.json cannot be read" in done.stderr
