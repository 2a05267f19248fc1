import json
import subprocess
import sys
from pathlib import Path

import pytest

from schemas.topics import TOPICS
from simulator.__main__ import main

WEEK = ["--seed", "1", "--days", "7", "--to", "2026-06-07", "--legs", "200", "--readings", "300",
        "--takeback-orders", "30"]  # fmt: skip


def test_it_writes_one_line_per_record(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(WEEK) == 0

    lines = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert len(lines) > 500
    assert all(set(line) == {"topic", "key", "value"} for line in lines)
    assert {line["topic"] for line in lines} <= set(TOPICS)


def test_a_summary_counts_what_a_file_holds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    target = tmp_path / "history.ndjson"

    assert main([*WEEK, "--json", "--out", str(target)]) == 0

    summary = json.loads(capsys.readouterr().out)
    assert summary["records"] == len(target.read_text("utf-8").splitlines())


def test_a_summary_alone_writes_no_record(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([*WEEK, "--json"]) == 0

    assert set(json.loads(capsys.readouterr().out)) >= {"records", "valid", "duplicates", "broken"}


@pytest.mark.parametrize(
    "wrong", [["--days", "0"], ["--legs", "-1"], ["--to", "yesterday"], ["--days", "100000"]]
)
def test_an_impossible_wish_is_refused(
    wrong: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as stop:
        main([*WEEK, *wrong])

    assert stop.value.code == 2
    assert wrong[0] in capsys.readouterr().err


def test_a_reader_that_leaves_early_gets_no_complaint() -> None:
    with subprocess.Popen(
        [sys.executable, "-m", "simulator", *WEEK],
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        env={"PYTHONPATH": ":".join(sys.path)},
    ) as simulator:  # fmt: skip
        assert simulator.stdout
        assert simulator.stderr
        first = json.loads(simulator.stdout.readline())
        simulator.stdout.close()
        complaint = simulator.stderr.read()

    assert first["topic"] in TOPICS
    assert (simulator.returncode, complaint) == (0, "")
