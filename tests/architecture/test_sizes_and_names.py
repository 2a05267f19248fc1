"""Sizes, names and words: what a reader may rely on in every file of the rooms."""

import ast
import re
from collections.abc import Iterator
from pathlib import PurePosixPath

import pytest

from tests.architecture.rules import functions, lines_of, modules, texts, tracked

MAX_FUNCTION_LINES = 70
MAX_MODULE_LINES = 600
EMPTY_NAMES = {"utils", "helpers", "common", "manager", "base"}
# Everything is caught only at the edges, where an agent or the warehouse's writer must not lose
# what it holds, and where a half-written snapshot is taken away before the error goes on.
MAX_BROAD_HANDLERS = 4
BROAD_HANDLERS = {
    "streams/agents.py",
    "streams/sort_out.py",
    "warehouse/owner.py",
    "warehouse/snapshot.py",
}
UNFINISHED = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X|NotImplemented" r"Error)\b")
MACHINE_PATH = re.compile(r"(?<![\w.:/-])/(work|root|home/\w+)/[\w.-]+")
PACKAGE_INDEX = re.compile(
    r"index-" r"url|\"reso" r"lved\"\s*:|regis" r"try\s*=\s*.?http", re.IGNORECASE
)


def test_no_function_is_longer_than_seventy_lines() -> None:
    too_long = [
        f"{name}: {lines_of(node)}"
        for name, node in functions()
        if lines_of(node) > MAX_FUNCTION_LINES
    ]

    assert not too_long


def test_no_module_is_longer_than_six_hundred_lines() -> None:
    names = {name for name, _ in modules()}
    too_long = [
        f"{name}: {text.count(chr(10))}"
        for name, text in texts()
        if name in names and text.count("\n") > MAX_MODULE_LINES
    ]

    assert not too_long


def test_no_file_is_named_after_nothing() -> None:
    assert not [path for path in tracked() if path.stem in EMPTY_NAMES and path.suffix == ".py"]


def public_names(body: list[ast.stmt]) -> Iterator[tuple[int, str]]:
    """Yield functions, their parameters, classes, fields and constants that others may use."""
    for node in body:
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            if node.name.startswith("_") and not node.name.startswith("__"):
                continue
            yield node.lineno, node.name
        if isinstance(node, ast.ClassDef):
            yield from public_names(node.body)
        elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield from ((one.lineno, one.arg) for one in ast.walk(node) if isinstance(one, ast.arg))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.lineno, node.target.id
        elif isinstance(node, ast.Assign):
            yield from (
                (node.lineno, target.id) for target in node.targets if isinstance(target, ast.Name)
            )


def test_nothing_is_called_a_bare_order() -> None:
    found = [
        f"{name}:{line}"
        for name, tree in modules()
        for line, word in public_names(tree.body)
        if word.lower() == "order"
    ]

    assert not found, "a take-back order, a forward order or a transport order"


def test_no_float_is_written_in_the_room_of_sums() -> None:
    found = [
        f"{name}:{node.lineno} {node.value}"
        for name, tree in modules()
        for node in ast.walk(tree)
        if name.startswith("emissions/")
        and isinstance(node, ast.Constant)
        and isinstance(node.value, float)
    ]

    assert not found


def caught(handler: ast.ExceptHandler) -> list[ast.expr]:
    if handler.type is None:
        return []
    return handler.type.elts if isinstance(handler.type, ast.Tuple) else [handler.type]


def is_broad(handler: ast.ExceptHandler) -> bool:
    return handler.type is None or any(
        isinstance(one, ast.Name) and one.id in {"Exception", "BaseException"}
        for one in caught(handler)
    )


def handlers() -> Iterator[tuple[str, ast.ExceptHandler]]:
    for name, tree in modules():
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler):
                yield name, node


def test_everything_is_caught_only_at_the_edges() -> None:
    broad = [name for name, handler in handlers() if is_broad(handler)]

    assert len(broad) <= MAX_BROAD_HANDLERS
    assert set(broad) <= BROAD_HANDLERS


def test_no_handler_is_silent() -> None:
    silent = [
        f"{name}:{handler.lineno}"
        for name, handler in handlers()
        if len(handler.body) == 1 and isinstance(handler.body[0], ast.Pass)
    ]

    assert not silent


@pytest.mark.parametrize(
    ("pattern", "endings"),
    [(UNFINISHED, {".py"}), (MACHINE_PATH, None), (PACKAGE_INDEX, None)],
    ids=["unfinished", "path of a machine", "address of a package index"],
)
def test_no_file_holds_what_is_not_for_others(
    pattern: re.Pattern[str], endings: set[str] | None
) -> None:
    found = [
        f"{name}:{number}"
        for name, text in texts()
        if endings is None or PurePosixPath(name).suffix in endings
        for number, line in enumerate(text.splitlines(), 1)
        if pattern.search(line)
    ]

    assert not found
