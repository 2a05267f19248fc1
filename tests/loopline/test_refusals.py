"""Bad input to the command line: one sentence that names what and what to do, never a traceback."""

from pathlib import Path

import pytest

from tests.loopline.command import run

pytestmark = pytest.mark.timeout(120)


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        (("import", "no-such-file.csv", "--mapping", "scms"), 2, "no-such-file.csv cannot be read"),
        (("import", "README.md", "--mapping", "nobody"), 2, "no mapping 'nobody'"),
        (("import", "README.md", "--mapping", "scms"), 2, "README.md"),
        (("import", ".", "--mapping", "scms"), 2, "cannot be read"),
        (("up", "--broker", "carrier-pigeon"), 2, "carrier-pigeon is none of embedded, kafka"),
        (("sql", "select 1"), 3, "no snapshot"),
        (("sql", "select 1", "--format", "punchcard"), 2, "punchcard is none of"),
        (("dlq", "list"), 3, "no stack runs"),
        (("status",), 3, "no stack runs"),
        (("restate", "2026-03"), 3, "no stack runs"),
        (("restate", "2026-13"), 2, "PERIOD: period 2026-13 is no 2026, 2026-Q2, 2026-06"),
        (("topics", "check"), 3, "set KAFKA_BOOTSTRAP"),
    ],
)
def test_each_mistake_is_one_clear_sentence(
    tmp_path: Path, arguments: tuple[str, ...], code: int, said: str
) -> None:
    done = run(tmp_path / "warehouse", *arguments)

    assert done.returncode == code, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("LOOPLINE_WEB__HOST", "0.0.0.0", "LOOPLINE_WEB__HOST=0.0.0.0 is no loopback address"),  # noqa: S104
        ("LOOPLINE_WEB__PORT", "70000", "LOOPLINE_WEB__PORT=70000"),
        ("LOOPLINE_BOARD__TIMEZONE", "Mars/Olympus", "Mars/Olympus is no IANA time zone"),
        ("LOOPLINE_WAREHOUSE__FLUSH_MS", "soon", "LOOPLINE_WAREHOUSE__FLUSH_MS=soon"),
        ("LOOPLINE_WAREHOUSE__SPEED", "9", "SPEED"),
    ],
)
def test_each_impossible_setting_names_its_variable(
    tmp_path: Path, name: str, value: str, said: str
) -> None:
    done = run(tmp_path / "warehouse", "status", extra_env={name: value})

    assert done.returncode == 2, done.stderr
    assert said in done.stderr
    assert "Traceback" not in done.stderr


def test_a_broker_that_does_not_answer_is_named_with_what_to_do(tmp_path: Path) -> None:
    done = run(
        tmp_path / "warehouse",
        "topics",
        "create",
        extra_env={"KAFKA_BOOTSTRAP": "127.0.0.1:1"},
    )

    assert done.returncode == 3
    assert "no broker answers at 127.0.0.1:1" in done.stderr


@pytest.mark.parametrize("verb", ["up", "demo"])
def test_a_set_that_may_not_answer_stops_the_stack_before_it_starts(
    tmp_path: Path, verb: str
) -> None:
    done = run(
        tmp_path / "warehouse",
        verb,
        extra_env={
            "LOOPLINE_FACTORS__DIR": str(tmp_path / "factors"),
            "LOOPLINE_FACTORS__SET_ORDER": "nobody",
        },
    )

    assert done.returncode == 2, done.stderr
    assert "LOOPLINE_FACTORS__SET_ORDER names nobody" in done.stderr
    assert "Traceback" not in done.stderr
