"""The verbs of ``loopline``: each is found, and costs only its own modules at start."""

import subprocess
import sys

import pytest
from typer.testing import CliRunner

from loopline.__main__ import HIDDEN, VERBS, all_commands
from tests.builders import ROOT

LOADED = """
import sys
from loopline.__main__ import main
try:
    main()
except SystemExit:
    print(*(name for name in sys.modules if name.startswith("loopline.")))
"""


@pytest.mark.slow
@pytest.mark.parametrize("verb", ["relay", "partner-api", "worker"])
def test_a_process_of_the_house_loads_no_other_verb(verb: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", LOADED, verb, "--help"],
        capture_output=True, text=True, cwd=ROOT, check=True,
    )  # fmt: skip

    others = {f"loopline.{target.partition(':')[0]}" for v, target in VERBS.items() if v != verb}
    assert f"Usage: -c {verb}" in done.stdout
    assert not others & set(done.stdout.splitlines()[-1].split())


def test_the_whole_command_shows_every_verb_that_is_not_hidden() -> None:
    shown = CliRunner().invoke(all_commands(), ["--help"]).stdout

    assert [verb for verb in VERBS if verb not in HIDDEN and verb not in shown] == []
    assert "version" in shown


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_tells_what_it_is_for(verb: str) -> None:
    done = CliRunner().invoke(all_commands(), [verb, "--help"])

    assert done.exit_code == 0
    assert f"Usage: root {verb}" in done.stdout or f"Usage: loopline {verb}" in done.stdout
