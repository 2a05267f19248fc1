"""``POST /v1/pickups:batch`` and ``GET /v1/jobs/{id}``: many pickups in one file."""

from typing import Any

from fastapi import APIRouter
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import Response

from ledger.desk.ask import Keep
from ledger.records import Aggregate, Ref
from schemas.refusal import shown
from web.partner.answers import told
from web.partner.credential import Scope
from web.partner.job import KIND, JobState, Mode, keep_file, results_of
from web.partner.kept import kept_row, shown_noun
from web.partner.listing import parse_list
from web.partner.openapi import answer, reading_doc, writing_doc
from web.partner.order_of_checks import Rule
from web.partner.pickup_file import CSV, ENDINGS, MAX_FILE_BYTES, NDJSON, rows_of
from web.partner.problems import Fault, ProblemName, problem
from web.partner.reading_routes import LIST_PARAMETERS
from web.partner.services import PartnerServices
from web.partner.writing import actor_of, admit, ask_ledger, read_raw

JOBS = "/v1/jobs"
WRITE = Rule(
    scope=Scope.PICKUPS_WRITE, media_types=frozenset({NDJSON, CSV}), max_bytes=MAX_FILE_BYTES
)
READ = Rule(scope=Scope.PICKUPS_READ)
HIDDEN = frozenset({"roles", "results_sha256"})
JOB = {"type": "object", "required": ["id", "state", "mode", "rows"]}
MODE = {
    "name": "mode",
    "in": "query",
    "required": True,
    "schema": {"type": "string", "enum": list(map(str, Mode))},
}


def routes(services: PartnerServices) -> APIRouter:
    """Return the routes of files of pickups."""
    router = APIRouter(tags=["pickups"])
    _add_post(router, services)
    _add_job(router, services)
    return router


def mode_of(request: Request) -> Mode:
    """Return whether one refused row undoes the others; whoever posts has to say.

    Raises
    ------
    Problem
        400 ``parameter-unknown`` or 422 ``validation-failed``.
    """
    for name in request.query_params:
        if name != "mode":
            raise problem(ProblemName.PARAMETER_UNKNOWN, f"there is no parameter {shown(name)}")
    text = request.query_params.get("mode", "")
    if text not in tuple(Mode):
        reason = f"is none of {', '.join(Mode)}"
        fault = Fault("/query/mode", shown(text), reason)
        detail = f"mode {shown(text)} {reason}"
        raise problem(ProblemName.VALIDATION_FAILED, detail, faults=[fault])
    return Mode(text)


def _add_post(router: APIRouter, services: PartnerServices) -> None:
    @router.post(
        "/v1/pickups:batch",
        operation_id="pickups_batch",
        summary="Post a file of pickups",
        response_model=None,
        openapi_extra=writing_doc(
            {"type": "string", "maxLength": MAX_FILE_BYTES},
            success=answer(202, "taken; the job tells what becomes of each row", JOB),
            of_one=False,
            roles=["recycler"],
            media_types=sorted(WRITE.media_types),
            parameters=[MODE],
        ),
    )
    async def post(request: Request) -> Response:
        admitted = admit(request, WRITE, services)
        mode = mode_of(request)
        raw = await read_raw(request, admitted)
        media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        rows = await run_in_threadpool(rows_of, raw, media_type)
        sha256 = await run_in_threadpool(keep_file, services.uploads, raw, ENDINGS[media_type])
        credential = admitted.credential
        command = Keep(
            kind=KIND,
            id=None,
            state=JobState.QUEUED,
            type=JobState.QUEUED,
            body={
                "mode": mode,
                "media_type": media_type,
                "sha256": sha256,
                "rows": len(rows),
                "partner_id": credential.partner_id,
                "roles": sorted(map(str, credential.roles)),
            },
            by=actor_of(credential),
            secret=HIDDEN,
            seen_by=credential.partner_id,
        )
        body = f"{mode} {media_type} {sha256}".encode()
        response = await ask_ledger(
            services, request, admitted, command, body=body, collection=JOBS
        )
        response.status_code = 202
        return response


def _add_job(router: APIRouter, services: PartnerServices) -> None:
    paging = [one for one in LIST_PARAMETERS if one["name"] in ("cursor", "limit")]
    doc = reading_doc(answer(200, "as it is now", JOB), parameters=paging, of_one=True)

    @router.get(
        f"{JOBS}/{{id}}",
        operation_id="get_job",
        summary="Read how far a job is, and what became of each row",
        response_model=None,
        openapi_extra=doc,
    )
    async def read(request: Request) -> Response:
        admitted = admit(request, READ, services)
        job_id = request.path_params["id"]
        credential = admitted.credential
        owner = {"tenant": credential.tenant, "partner": credential.partner_id, "job": job_id}
        asked = parse_list(
            request.query_params.multi_items(),
            filters={},
            owner=owner,
            secrets=services.cursor_secrets,
        )
        job = await kept_row(services, credential, Ref(KIND, job_id))
        results = await run_in_threadpool(results_of, services.uploads, job)
        page = results[asked.after_seq : asked.after_seq + asked.limit]
        next_at = asked.after_seq + len(page)
        cursor = asked.next_cursor(
            next_at if next_at < len(results) else None, services.cursor_secrets[0]
        )
        body = shown_job(job) | {"results": list(page), "next_cursor": cursor}
        return told(body, admitted, version=job.version)


def shown_job(job: Aggregate) -> dict[str, Any]:
    """Return what is told of a job."""
    return shown_noun(job, hidden=HIDDEN)
