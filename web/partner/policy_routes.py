"""``/v1/policies``: the subsidy policies in force, and what they come to for given cases."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from recycling.policy import Policy
from web.partner.answers import told
from web.partner.credential import Scope
from web.partner.openapi import answer, reading_doc, writing_doc
from web.partner.order_of_checks import Rule
from web.partner.problems import Fault, ProblemName, problem
from web.partner.services import PartnerServices
from web.partner.writing import admit, read_value

PATH = "/v1/policies"
RULE = Rule(scope=Scope.POLICIES)
MAX_CASES = 1_000
LIST = answer(200, "all of them", {"type": "object"})
CASES: Mapping[str, Any] = {
    "description": "A list of cases as `loopline policies evaluate` reads them.",
    "oneOf": [
        {"type": "array", "items": {"type": "object"}, "maxItems": MAX_CASES},
        {"type": "object", "required": ["cases"]},
    ],
}


class CasesRefused(Exception):
    """Cases that cannot be asked; each defect names case, field and value."""

    def __init__(self, defects: Sequence[str]) -> None:
        """Keep every defect."""
        super().__init__("; ".join(defects))
        self.defects = tuple(defects)


Evaluate = Callable[[Any], Sequence[Mapping[str, Any]]]
"""Answers cases as they were read from JSON, or raises ``CasesRefused``."""


def routes(services: PartnerServices) -> APIRouter:
    """Return the routes of policies."""
    router = APIRouter(tags=["policies"])

    @router.get(
        PATH,
        operation_id="list_policies",
        summary="List the subsidy policies",
        response_model=None,
        openapi_extra=reading_doc(LIST, of_one=False),
    )
    async def listed(request: Request) -> Response:
        admitted = admit(request, RULE, services)
        policies = services.reference.policies.policies
        return told({"items": list(map(shown_policy, policies))}, admitted)

    @router.post(
        f"{PATH}:evaluate",
        operation_id="policies_evaluate",
        summary="Ask the policies for cases; nothing is kept",
        response_model=None,
        openapi_extra=writing_doc(CASES, success=LIST, of_one=False),
    )
    async def evaluate(request: Request) -> Response:
        admitted = admit(request, RULE, services)
        value = await read_value(request, admitted)
        _refuse_too_many(value)
        try:
            items = await run_in_threadpool(services.evaluate_policies, value)
        except CasesRefused as no:
            faults = [Fault("", None, defect) for defect in no.defects]
            raise problem(ProblemName.VALIDATION_FAILED, no.defects[0], faults=faults) from None
        return told({"items": list(items)}, admitted)

    return router


def _refuse_too_many(value: Any) -> None:
    cases = value.get("cases") if isinstance(value, Mapping) else value
    if isinstance(cases, list) and len(cases) > MAX_CASES:
        raise problem(
            ProblemName.BATCH_TOO_LARGE, f"{len(cases)} cases; at most {MAX_CASES} are taken"
        )


def shown_policy(policy: Policy) -> Mapping[str, Any]:
    """Return what is told of one version of a policy."""
    return {
        "policy_id": policy.policy_id,
        "version": policy.version,
        "title": policy.title,
        "stack_group": str(policy.stack_group),
        "valid_from_on": policy.valid_from_on.isoformat(),
        "valid_to_on": None if policy.valid_to_on is None else policy.valid_to_on.isoformat(),
        "categories": sorted({str(one) for rule in policy.rules for one in rule.scope.categories}),
        "source": policy.source,
        "note": policy.note,
        "file": policy.file,
        "days_provenance": str(policy.days_provenance),
    }
