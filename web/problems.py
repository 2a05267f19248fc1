"""Refusals as RFC 9457 problem documents: what was wrong, with which value."""

import json
from collections.abc import Mapping
from typing import Any

from fastapi.exceptions import RequestValidationError
from starlette.requests import Request
from starlette.responses import Response

from schemas.refusal import Reason, Refused, shown
from warehouse.filter import FilterInvalid

PROBLEM_TYPE = "application/problem+json"
URN = "urn:loopline:problem:"
RETRY_BROKER_S = 2

_STATUS = {Reason.TOO_LARGE: 413, Reason.BAD_JSON: 400, Reason.ENCODING: 400}
_TITLES = {
    400: "The request cannot be read",
    403: "This is not allowed from there",
    404: "There is nothing here",
    405: "This method is not offered here",
    413: "The request is too large",
    415: "This content type is not taken",
    422: "The record cannot be accepted",
    429: "Too many at once",
    500: "Something broke on our side",
    503: "The service is away for a moment",
}


class Problem(Exception):
    """An answer that says no: status, code, one sentence, and members for machines."""

    def __init__(
        self,
        status: int,
        code: str,
        detail: str,
        *,
        title: str | None = None,
        headers: Mapping[str, str] | None = None,
        members: Mapping[str, Any] | None = None,
    ) -> None:
        """Keep the parts of the document; without a title, its status has one."""
        super().__init__(detail)
        self.status, self.code, self.detail = status, code, detail
        self.title = title or _TITLES.get(status, "The request was refused")
        self.headers, self.members = dict(headers or {}), dict(members or {})

    @property
    def document(self) -> dict[str, Any]:
        """The problem document."""
        return {
            "type": URN + self.code.replace("_", "-"),
            "title": self.title,
            "status": self.status,
            "code": self.code,
            "detail": self.detail,
            **self.members,
        }


def of_refusal(refusal: Refused) -> Problem:
    """Return the problem that a refused record is."""
    return Problem(_STATUS.get(refusal.reason, 422), str(refusal.reason), refusal.detail)


def of_filter(invalid: FilterInvalid) -> Problem:
    """Return the problem that an impossible filter is."""
    members = {"key": invalid.key, "value": invalid.value, "nearest": invalid.nearest}
    return Problem(400, "filter_invalid", str(invalid), members=members)


def of_broker_away() -> Problem:
    """Return the problem that a missing acknowledgement is; it is safe to send again."""
    return Problem(
        503,
        "broker_away",
        "the broker did not acknowledge the event; send it again with the same event_id",
        headers={"Retry-After": str(RETRY_BROKER_S)},
    )


def of_parameters(error: RequestValidationError) -> Problem:
    """Return the problem that a wrong parameter is."""
    fault = error.errors()[0]
    field = ".".join(str(part) for part in fault["loc"][1:]) or "the request"
    return Problem(422, "parameter", f"{field}: {fault['msg']}, got {shown(fault['input'])}")


def respond(problem: Problem) -> Response:
    """Return ``problem`` as a response."""
    return Response(
        json.dumps(problem.document, ensure_ascii=False),
        status_code=problem.status,
        media_type=PROBLEM_TYPE,
        headers=problem.headers,
    )


def wants_problem(request: Request) -> bool:
    """Return whether an error at this address is for a machine."""
    return request.url.path.startswith(("/v1/", "/live", "/health", "/metrics", "/openapi"))
