"""What the rules of the house are asked of: rooms, tracked files, syntax trees."""

import ast
import subprocess
import tomllib
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from tests.builders import ROOT

TEXT_ENDINGS = {
    ".py", ".md", ".toml", ".yaml", ".yml", ".sh", ".html", ".sql", ".txt", ".cfg", ".ini", ".css",
    ".js", ".csv", ".json", ".po", ".xml", "",
}  # fmt: skip
MAX_TEXT_BYTES = 2_000_000


@cache
def pyproject() -> dict[str, Any]:
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


@cache
def rooms() -> tuple[str, ...]:
    packages: list[str] = pyproject()["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
    return tuple(packages)


@cache
def tracked() -> tuple[Path, ...]:
    """The files of the repository, also those that are about to be committed."""
    try:
        listed = subprocess.run(
            ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout.split("\0")  # fmt: skip
        paths = [ROOT / name for name in listed if name]
    except (FileNotFoundError, subprocess.CalledProcessError):  # an unpacked archive
        paths = [path for path in ROOT.rglob("*") if not is_hidden(path)]
    return tuple(path for path in paths if path.is_file())


def is_hidden(path: Path) -> bool:
    return any(part.startswith(".") or part == "var" for part in path.relative_to(ROOT).parts[:-1])


def name_of(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


@cache
def texts() -> tuple[tuple[str, str], ...]:
    """Every tracked text file: its name and what stands in it."""
    return tuple(
        (name_of(path), path.read_text(encoding="utf-8"))
        for path in tracked()
        if path.suffix in TEXT_ENDINGS and path.stat().st_size < MAX_TEXT_BYTES
    )


@cache
def modules() -> tuple[tuple[str, ast.Module], ...]:
    """The modules of the rooms."""
    return tuple(
        (name, ast.parse(text))
        for name, text in texts()
        if name.endswith(".py") and name.partition("/")[0] in rooms()
    )


Function = ast.FunctionDef | ast.AsyncFunctionDef


def functions() -> Iterator[tuple[str, Function]]:
    for name, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, Function):
                yield f"{name}:{node.lineno} {node.name}", node


def lines_of(function: Function) -> int:
    """From ``def`` to the last line, without the docstring."""
    told = ast.get_docstring(function, clean=False)
    assert function.end_lineno is not None
    return function.end_lineno - function.lineno + 1 - (told.count("\n") + 1 if told else 0)
