"""What the documents say can be typed, and what they link to exists."""

import json
import re
import shlex
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from emissions.report_rows import refuse_changed
from loopline.__main__ import all_commands
from loopline.policy_cases import SIZES, TIMES
from recycling.appraisal import QuoteOutcome
from recycling.certificate_check import FIELDS
from recycling.policy import Outcome, StackGroup
from recycling.vocabulary import MassBasis
from runtime.certificate import TYP
from runtime.settings import Settings, WarehouseSettings
from tests.ledger.builders import ask, opened
from tests.loopline.period_house import House, answered, letter_of
from warehouse import snapshot
from warehouse.store import open_store

ROOT = Path(__file__).parent.parent.parent
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
COMMAND = re.compile(r"(?:^|`|\s)(loopline (?:[a-z]+)[^`#|\n]*)")
LINK = re.compile(r"\]\(([^)#:]+)\)")


def commands_in(page: Path) -> list[str]:
    """Return what a reader may type: inline code and lines of shell blocks."""
    text = page.read_text(encoding="utf-8")
    blocks = re.findall(r"```sh\n(.*?)```", text, re.DOTALL)
    inline = re.findall(r"`([^`\n]*loopline [^`\n]*)`", re.sub(r"```.*?```", "", text, flags=re.S))
    lines = [line for block in blocks for line in block.splitlines()] + inline
    found = [match[1].strip() for line in lines for match in [COMMAND.search(line)] if match]
    return [line for line in found if not line.startswith("loopline:")]


EVERY = [(page.name, command) for page in PAGES for command in commands_in(page)]


def test_the_documents_hold_commands() -> None:
    assert len(EVERY) > 20


@pytest.mark.parametrize(("page", "command"), EVERY)
def test_a_command_of_the_documents_is_one_the_product_has(page: str, command: str) -> None:
    words = shlex.split(command)[1:]
    group: Any = typer.main.get_command(all_commands())

    while hasattr(group, "commands") and words and not words[0].startswith("-"):
        known = group.commands
        if " ".join(words[:2]) in known:  # a verb of two words whose first is one itself
            words = [" ".join(words[:2]), *words[2:]]
        assert words[0] in known, f"{page}: {command}: no {words[0]}"
        group, words = known[words[0]], words[1:]

    options = {name for parameter in group.params for name in parameter.opts}
    given = {word for word in words if word.startswith("--")}
    assert given <= options | {"--help"}, f"{page}: {command}"


STATEMENTS = [
    shlex.split(command)[2]
    for name, command in EVERY
    if name in ("analysts.md", "producers.md", "README.md") and command.startswith("loopline sql ")
]


@pytest.mark.parametrize("statement", STATEMENTS)
def test_a_statement_of_the_documents_is_answered(tmp_path: Path, statement: str) -> None:
    settings = WarehouseSettings(dir=tmp_path / "warehouse")
    now = datetime.now(UTC)
    db = open_store(settings, product_version="test", timezone="Asia/Shanghai", now=now)
    copy = snapshot.publish(db, settings, now)
    db.close()

    assert snapshot.ask(copy, statement).columns


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.name)
def test_a_link_of_the_documents_leads_somewhere(page: Path) -> None:
    missing = [
        target
        for target in LINK.findall(page.read_text(encoding="utf-8"))
        if not (page.parent / target).exists()
    ]

    assert missing == []


def test_every_setting_has_its_line_in_the_operators_page() -> None:
    page = (ROOT / "docs" / "operators.md").read_text(encoding="utf-8")
    parts: dict[str, Any] = {n: f.annotation for n, f in Settings.model_fields.items()}
    missing = [
        f"{group}.{name}"
        for group, part in parts.items()
        for name in getattr(part, "model_fields", ())
        if name.upper() not in page
    ]

    assert missing == []


def shell_lines(page: str) -> list[str]:
    """Return the lines of a page's shell blocks, in their order."""
    text = (ROOT / "docs" / page).read_text("utf-8")
    typed = re.findall(r"```sh\n(.*?)```", text, flags=re.DOTALL)
    return [line for block in typed for line in block.splitlines()]


def test_the_commands_of_the_factors_page_do_what_it_says_in_its_order(tmp_path: Path) -> None:
    # Those need a running stack: tests/loopline/test_restate.py types them.
    commands = [
        line for line in shell_lines("factors.md") if not line.startswith("loopline restate")
    ]
    done = [
        CliRunner().invoke(
            all_commands(),
            [str(ROOT / word) if word.startswith("docs/") else word for word in words],
            env={"LOOPLINE_FACTORS__DIR": str(tmp_path)},
        )
        for words in (shlex.split(command)[1:] for command in commands)
    ]

    assert len(commands) == 9
    assert {one.exit_code for one in done} == {0}, [one.output for one in done]
    assert "northern_carrier_2026, approved" in done[-1].stdout


def test_the_commands_of_the_reports_page_do_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    house = House(tmp_path)
    house.hold(
        answered(1, shipment_id="S-1"), answered(2, day="2025-06-03"), letters=[letter_of(0)]
    )
    monkeypatch.chdir(tmp_path)
    commands = shell_lines("reports.md")

    done = [
        house(*(str(ROOT / word) if word.startswith("docs/") else word for word in words))
        for words in (shlex.split(command)[1:] for command in commands)
    ]

    assert len(commands) == 11
    assert {one.exit_code for one in done} == {0}, [one.output for one in done]
    for name in ("report.csv", "report.ndjson"):
        refuse_changed((tmp_path / name).read_text("utf-8"))
    assert "rail with a lorry at both ends" in done[6].stdout
    assert "transport-2026" in done[5].stdout


def test_the_commands_of_the_policies_page_decide_every_case_as_it_expects() -> None:
    done = [
        CliRunner().invoke(
            all_commands(),
            [str(ROOT / word) if word.startswith("docs/") else word for word in words],
        )
        for words in (shlex.split(command)[1:] for command in shell_lines("policies.md"))
    ]

    assert [one.exit_code for one in done] == [0, 0], [one.output for one in done]
    assert "together 1,480.00 CNY" in done[0].stdout
    assert [one["agrees"] for one in json.loads(done[1].stdout)] == [True] * 10


def test_the_policies_page_explains_every_outcome() -> None:
    page = (ROOT / "docs" / "policies.md").read_text("utf-8")
    words = [*Outcome, *StackGroup, *QuoteOutcome, *SIZES, *TIMES]

    assert not [word for word in words if f"`{word}`" not in page and word != "quoted"]


def test_the_commands_of_the_certificates_page_do_what_it_says(tmp_path: Path) -> None:
    env = {"LOOPLINE_LEDGER__DIR": str(tmp_path)}
    with opened(tmp_path) as ledger:
        ask(ledger, "open", box="B-1")
    places = {"log.jsonl": str(tmp_path / "log.jsonl")}

    done = [
        CliRunner().invoke(
            all_commands(),
            [str(ROOT / word) if word.startswith("docs/") else places.get(word, word)
             for word in words],
            env=env,
        )
        for words in (shlex.split(line)[1:] for line in shell_lines("certificates.md"))
    ]  # fmt: skip

    assert [one.exit_code for one in done] == [0, 0, 0, 0], [one.output for one in done]
    assert "gap 22.560 kg = 1.464 %" in done[0].stdout
    assert json.loads(done[1].stdout)["good"] is True
    assert "good: audit log, 1 events of 1 aggregates" in done[3].stdout


def test_the_certificates_page_explains_every_field() -> None:
    page = (ROOT / "docs" / "certificates.md").read_text("utf-8")
    named = [field.name for field in FIELDS if field.name not in ("document", "schema_version")]

    assert not [name for name in [*named, *MassBasis, TYP] if f"`{name}`" not in page]
