"""``loopline policies``: what a subsidy comes to, by which rule, and why."""

from pathlib import Path
from typing import Annotated, Any

import typer

from loopline import say
from loopline.json_file import read_json_or_refuse
from loopline.policy_cases import BadCases, Case, CaseFile, cases_of
from recycling.policy import Decision, Together
from recycling.policy_defect import RuleFileError
from recycling.policy_evaluate import evaluate_together
from recycling.policy_read import packaged_policies
from recycling.policy_scope import Check
from schemas.refusal import shown
from web.partner.policy_routes import CasesRefused

app = typer.Typer(help="Subsidy policies asked for cases.", no_args_is_help=True)
MAX_SHOWN_DEFECTS = 50
FEN_PER_CNY = 100


@app.callback()
def group() -> None:
    """Subsidy policies asked for cases."""


@app.command()
def evaluate(
    file: Annotated[Path, typer.Argument(help="FILE.json with a list of cases")],
    as_json: Annotated[bool, typer.Option("--json", help="one JSON document")] = False,
) -> None:
    """Decide every case of a file; exit 1 where one differs from what it expects."""
    told = _cases_or_refuse(file)
    answered = [(case, _answer(case, told)) for case in told.cases]
    if as_json:
        say.as_json([_as_fields(case, together) for case, together in answered])
    else:
        for case, together in answered:
            for line in _lines(case, together):
                say.line(line)
    if any(_differences(case, together) for case, together in answered):
        raise typer.Exit(say.EXIT_CHECK_FAILED)


def answers_to(read: Any) -> list[dict[str, Any]]:
    """Return what the policies come to for cases as they were read from JSON.

    Raises
    ------
    CasesRefused
        With every defect of the cases.
    """
    try:
        told = cases_of(read, packaged_policies())
    except BadCases as error:
        raise CasesRefused(error.defects[:MAX_SHOWN_DEFECTS]) from None
    return [_as_fields(case, _answer(case, told)) for case in told.cases]


def _cases_or_refuse(file: Path) -> CaseFile:
    try:
        return cases_of(read_json_or_refuse(file), packaged_policies())
    except BadCases as error:
        for one in error.defects[:MAX_SHOWN_DEFECTS]:
            say.note(f"loopline: {one}")
        say.refuse(f"{len(error.defects)} defects, nothing was decided", say.EXIT_BAD_INPUT)
    except RuleFileError as error:
        say.refuse(f"the packaged policies cannot be read: {error}", say.EXIT_SURROUNDINGS)


def _answer(case: Case, told: CaseFile) -> Together:
    return evaluate_together(
        packaged_policies(),
        stack_groups=case.stack_groups,
        on=case.on,
        item=case.item,
        history=case.history,
        model_amounts_cny_fen=told.model_amounts_cny_fen,
    )


def _differences(case: Case, together: Together) -> list[str]:
    """What differs from what the case expects, each as a sentence; nothing if it told nothing."""
    if case.expected is None:
        return []
    found = [
        f"{one.stack_group} is {one.outcome}, expected {case.expected.outcomes[one.stack_group]}"
        for one in together.decisions
        if case.expected.outcomes.get(one.stack_group, one.outcome) != one.outcome
    ]
    wanted, got = case.expected.amount_cny_fen, together.amount_cny_fen
    if case.expected.has_amount and wanted != got:
        found.append(f"amount_cny_fen is {_or_none(got)}, expected {_or_none(wanted)}")
    return found


def _lines(case: Case, together: Together) -> list[str]:
    asked = f"{shown(case.case_id)}  {case.on}  {case.item.category}"
    parts = [
        f"{one.stack_group} {_money(one.amount_cny_fen)} {one.outcome}{_by(one)}"
        for one in together.decisions
    ]
    if len(parts) > 1:
        parts.append(f"together {_money(together.amount_cny_fen)}")
    lines = [f"{asked}  {'; '.join(parts)}"]
    return [*lines, *(f"    differs: {one}" for one in _differences(case, together))]


def _by(decision: Decision) -> str:
    """The rule that decided, or else the checks that failed."""
    if decision.policy is not None and decision.rule is not None:
        policy = decision.policy
        mark = "" if decision.provenance == "verified" else f", {decision.provenance}"
        return f" ({policy.policy_id} v{policy.version} {decision.rule.rule_id}{mark})"
    failed = [one for one in decision.checks if not one.passed]
    return f" ({', '.join(_failed(one) for one in failed)})"


def _failed(check: Check) -> str:
    return f"{check.place} {check.name} {check.value or 'not told'}: {check.limit}"


def _as_fields(case: Case, together: Together) -> dict[str, Any]:
    differences = _differences(case, together)
    return {
        "id": shown(case.case_id),
        "on": str(case.on),
        "category": case.item.category,
        "amount_cny_fen": together.amount_cny_fen,
        "decisions": [_decision_fields(one) for one in together.decisions],
        "agrees": None if case.expected is None else not differences,
        "differences": differences,
    }


def _decision_fields(decision: Decision) -> dict[str, Any]:
    policy, rule = decision.policy, decision.rule
    return {
        "stack_group": decision.stack_group,
        "outcome": decision.outcome,
        "amount_cny_fen": decision.amount_cny_fen,
        "price_cny_fen": decision.price_cny_fen,
        "policy_id": None if policy is None else policy.policy_id,
        "version": None if policy is None else policy.version,
        "title": None if policy is None else policy.title,
        "rule_id": None if rule is None else rule.rule_id,
        "clause": None if rule is None else rule.clause,
        "source": None if policy is None else policy.source,
        "provenance": decision.provenance,
        "checks": [
            {
                "place": one.place,
                "name": one.name,
                "passed": one.passed,
                "value": one.value,
                "limit": one.limit,
            }
            for one in decision.checks
        ],
    }


def _money(amount_cny_fen: int | None) -> str:
    if amount_cny_fen is None:
        return "no amount"
    return f"{amount_cny_fen // FEN_PER_CNY:,}.{amount_cny_fen % FEN_PER_CNY:02} CNY"


def _or_none(amount_cny_fen: int | None) -> str:
    return "no amount" if amount_cny_fen is None else str(amount_cny_fen)
