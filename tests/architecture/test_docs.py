"""What is documented is there, and what is there is documented."""

import re
import runpy
from collections.abc import Mapping
from functools import cache
from typing import Any

import pytest

from schemas.topics import TOPICS
from tests.architecture.rules import texts, tracked
from tests.builders import ROOT

REFERENCE = ROOT / "docs" / "reference"


@cache
def generator() -> Mapping[str, Any]:
    return runpy.run_path(str(ROOT / "docs" / "generate.py"))


@cache
def reference() -> Mapping[str, str]:
    written: Mapping[str, str] = generator()["reference"]()
    return written


def headings(page: str) -> set[str]:
    text = (REFERENCE / page).read_text(encoding="utf-8")
    return set(re.findall(r"^## (.+)$", text, flags=re.MULTILINE))


def test_every_generated_page_is_fresh() -> None:
    stale = [
        path
        for path, text in reference().items()
        if not (ROOT / path).is_file() or (ROOT / path).read_text(encoding="utf-8") != text
    ]

    assert not stale, "run .venv/bin/python docs/generate.py"


def test_every_verb_of_the_command_line_has_its_heading() -> None:
    verbs = {name for name, _ in generator()["verbs"]()}

    assert {"loopline up", "loopline demo", "loopline topics check"} <= verbs
    assert headings("cli.md") == verbs


def test_every_route_has_its_heading() -> None:
    routes = {name for name, _ in generator()["routes"](generator()["offline_app"]())}

    assert {"POST /v1/legs", "GET /board", "GET /health/live", "GET /live"} <= routes
    assert headings("http.md") == routes


def test_every_topic_has_its_heading() -> None:
    assert headings("topics.md") == set(TOPICS)


def test_every_setting_has_its_heading() -> None:
    names = {name for name, _ in generator()["variables"](generator()["Settings"])}

    assert "LOOPLINE_WEB__HOST" in names
    assert headings("settings.md") == names


def test_every_metric_has_its_heading() -> None:
    toml = (ROOT / "warehouse" / "metrics.toml").read_text(encoding="utf-8")

    assert headings("metrics.md") == set(re.findall(r"^\[metric\.(\w+)\]", toml, re.MULTILINE))


def test_the_pipeline_runs_what_the_readme_says() -> None:
    run = (ROOT / ".ci" / "run").read_text(encoding="utf-8")
    readme = (ROOT / "README.md").read_text(encoding="utf-8")

    command = re.search(r"^exec (.+)$", run, flags=re.MULTILINE)

    assert command is not None
    assert command[1] == "make test"
    assert re.search(rf"(^|[`$ ]){re.escape(command[1])}($|[` #])", readme, flags=re.MULTILINE)
    assert (ROOT / ".ci" / "run").stat().st_mode & 0o100


@pytest.mark.parametrize("name", ["README.md", *[n for n, _ in texts() if n.startswith("docs/")]])
def test_a_link_of_a_page_leads_somewhere(name: str) -> None:
    if not name.endswith(".md"):
        return
    page = ROOT / name
    targets = re.findall(r"\]\(([^)#\s]+)(?:#[^)]*)?\)", page.read_text(encoding="utf-8"))
    inside = [one for one in targets if not re.match(r"[a-z]+:", one)]

    assert not [one for one in inside if not (page.parent / one).exists()]


def test_what_reads_the_shared_data_is_skipped_only_where_it_is_absent() -> None:
    reading = [
        (name, text)
        for name, text in texts()
        if name.startswith("tests/")
        and name.endswith(".py")
        and not name.startswith("tests/architecture/")
        and re.search(r"[\"'/]shared[\"'/]", text)
    ]

    for name, text in reading:
        assert re.search(r"(skipif\(\s*|if )not \w+\.(is_dir|is_file|exists)\(\)", text), name
        assert re.search(r"(reason=|skip\()\"\.\./shared/\S+ is absent\"", text), name


def test_every_folder_of_tests_is_a_package() -> None:
    folders = {path.parent for path in tracked() if path.is_relative_to(ROOT / "tests")}
    python = {path.parent for path in tracked() if path.suffix == ".py"} & folders

    assert not [str(folder) for folder in python if not (folder / "__init__.py").is_file()]
