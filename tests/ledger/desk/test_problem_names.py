"""Whatever the desk and the ledger refuse with is a problem that the partner API may answer."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

import ledger
from ledger.desk.outcome import CONFLICT, STATUS_OF
from ledger.refusals import DecisionFailed, LedgerRefused
from recycling.vocabulary import Problem
from web.partner.problems import KINDS, ProblemName

ROOM = Path(ledger.__file__).parent
NAMES = {str(one) for one in ProblemName}


def codes_written_out() -> Iterator[tuple[str, str]]:
    """Yield where the code of a refusal stands as a text, and which one."""
    for path in sorted(ROOM.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text())):
            if not isinstance(node, ast.Call):
                continue
            is_refusal = isinstance(node.func, ast.Name) and node.func.id.endswith("efusal")
            told = [one.value for one in node.keywords if one.arg == "code"]
            told += node.args[:1] if is_refusal else []
            for one in told:
                if isinstance(one, ast.Constant) and isinstance(one.value, str):
                    yield f"{path.name}:{node.lineno}", one.value


def every_refusal() -> Iterator[type[LedgerRefused]]:
    kinds = [LedgerRefused]
    while kinds:
        kind = kinds.pop()
        kinds += kind.__subclasses__()
        if kind not in (LedgerRefused, DecisionFailed):  # a bug is no problem of a partner's
            yield kind


@pytest.mark.parametrize("problem", Problem)
def test_what_the_rules_refuse_has_a_name_and_its_status_at_the_wall(problem: Problem) -> None:
    assert str(problem) in NAMES
    assert KINDS[ProblemName(problem)].status == STATUS_OF.get(problem, CONFLICT)


def test_what_the_house_refuses_by_a_text_has_a_name_at_the_wall() -> None:
    found = dict(codes_written_out())

    assert "identity-already-claimed" in found.values()  # the walk finds what is there
    assert {place: code for place, code in found.items() if code not in NAMES} == {}


def test_what_the_ledger_does_not_answer_has_a_name_and_its_status_at_the_wall() -> None:
    statuses = {kind.code: kind.status for kind in every_refusal()}

    assert {code: KINDS[ProblemName(code)].status for code in statuses} == statuses
