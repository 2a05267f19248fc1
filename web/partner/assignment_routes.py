"""``POST /v1/assignments:run``: every order that waits is compared at once."""

from collections.abc import Mapping
from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ledger.desk import assigning
from ledger.desk.ask import Keep
from recycling.evidence import YES_OR_NO, may, schema_of
from recycling.vocabulary import Role
from web.partner.answers import told
from web.partner.credential import Scope
from web.partner.kept import read_fields
from web.partner.openapi import answer, writing_doc
from web.partner.order_of_checks import Rule, check_role
from web.partner.services import PartnerServices
from web.partner.writing import actor_of, admit, ask_ledger, read_value

KIND = "assignment_run"
RUN = "run"
MAX_TOLD = 200  # assignments in one answer: each order tells its own
RULE = Rule(scope=Scope.ASSIGNMENTS, roles=frozenset({Role.PLATFORM}))
FIELDS = (may("dry_run", YES_OR_NO),)


def routes(services: PartnerServices) -> APIRouter:
    """Return the route."""
    router = APIRouter(tags=["assignments"])
    shape = {"type": "object"}

    @router.post(
        "/v1/assignments:run",
        operation_id="assignments_run",
        summary="Assign every order that waits",
        response_model=None,
        openapi_extra=writing_doc(
            schema_of(FIELDS),
            success={**answer(200, "a dry run", shape), **answer(201, "assigned", shape)},
            of_one=False,
            roles=["platform"],
        ),
    )
    async def run(request: Request) -> Response:
        admitted = admit(request, RULE, services)
        value = await read_value(request, admitted)
        dry_run = read_fields(FIELDS, value).get("dry_run", False)
        check_role(admitted, admitted.credential.roles)
        done = await run_in_threadpool(
            assigning.run,
            services.ledger,
            services.watch,
            admitted.credential.tenant,
            services.reference,
            now=services.now(),
            dry_run=dry_run,
        )
        document = shown_run(done.document())
        if dry_run:
            return told(document, admitted)
        # Asked again under its key it assigns what waits by now, and tells the first answer.
        command = Keep(
            kind=KIND, id=None, state=RUN, type=RUN, body=document, by=actor_of(admitted.credential)
        )
        return await ask_ledger(services, request, admitted, command, body=value)

    return router


def shown_run(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return a run with as many assignments as one answer tells."""
    every = document["assignments"]
    left_out = max(0, len(every) - MAX_TOLD)
    return {**document, "assignments": every[:MAX_TOLD], "assignments_left_out": left_out}
