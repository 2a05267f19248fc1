"""Laws of the whole room, read off its source."""

import ast
from pathlib import Path

import pytest

import emissions

MODULES = sorted(Path(emissions.__file__).parent.glob("*.py"))


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_no_float_literal_is_written_anywhere(module: Path) -> None:
    tree = ast.parse(module.read_text("utf-8"))
    constants = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]

    assert not [one for one in constants if isinstance(one, float)]


@pytest.mark.parametrize("module", MODULES, ids=lambda path: path.stem)
def test_no_module_reads_a_clock_or_throws_dice(module: Path) -> None:
    tree = ast.parse(module.read_text("utf-8"))
    imported = {
        name.name for node in ast.walk(tree) if isinstance(node, ast.Import) for name in node.names
    } | {node.module for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}

    assert not imported & {"time", "random", "secrets", "uuid", "os", "logging"}
