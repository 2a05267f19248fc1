"""What the command line asks of a running stack, over loopback HTTP: progress, imports, copies.

It also asks for restatements, which take longer than a request: one is begun, then asked after.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Annotated, Any, Self

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse
from pydantic import BaseModel, ConfigDict, Field, model_validator

from schemas.refusal import Reason, Refused
from schemas.wall import accept, read_json

MAX_LINES_PER_CALL = 5_000
MAX_CALL_BYTES = 64 * 1024 * 1024
MAX_NAMED_SETS = 1_000
PARTNER_PATTERN = r"^[a-z0-9][a-z0-9_.-]{0,63}$"
FileId = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Closed(BaseModel):
    """A request body that knows all its fields."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class FileBegun(Closed):
    """The file that an import is about to bring."""

    file_id: FileId
    source_id: str = Field(max_length=64)
    name: str = Field(max_length=255)
    mapping_sha256: FileId
    lines: int = Field(ge=0, le=10_000_000)


class LineJudged(Closed):
    """One line of it, judged for one target."""

    line_no: int = Field(ge=0)
    raw_line: str = Field(max_length=65_536)
    key: str = Field(max_length=1_000)
    target: str = Field(max_length=64)
    status: str = Field(max_length=16)
    reasons: list[str] = Field(max_length=20)
    flags: list[str] = Field(max_length=20)
    event_id: str | None = None


class LinesJudged(Closed):
    """Some lines of a file."""

    lines: list[LineJudged] = Field(max_length=MAX_LINES_PER_CALL)


class FileFinished(Closed):
    """What the importer counted."""

    report: dict[str, Any]


class FeedSent(Closed):
    """A partner's file as it is, and what the operator answers for; ``check`` writes nothing."""

    partner_id: str = Field(pattern=PARTNER_PATTERN)
    name: str = Field(max_length=255)
    data_base64: str = Field(max_length=MAX_CALL_BYTES)
    accept_gone: bool = False
    check_only: bool = False


class RestatementAsked(Closed):
    """The days whose legs are run again, and under which sets; none named: those approved now."""

    from_on: date
    to_on: date
    sets: list[str] = Field(default=[], max_length=MAX_NAMED_SETS)
    dry_run: bool = False

    @model_validator(mode="after")
    def _ends_after_it_begins(self) -> Self:
        if self.to_on < self.from_on:
            raise ValueError(f"to_on {self.to_on} is before from_on {self.from_on}")
        return self


@dataclass(frozen=True, slots=True)
class Operations:
    """The things a running stack does for its command line."""

    progress: Callable[[], Mapping[str, Any]]
    stored: Callable[[], Mapping[str, Any]]
    known_report: Callable[[str], Mapping[str, Any] | None]
    begin_import: Callable[[FileBegun], None]
    add_lines: Callable[[str, LinesJudged], None]
    waiting: Callable[[str], int]
    finish_import: Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
    take_feed: Callable[[FeedSent], Mapping[str, Any]]
    publish_snapshot: Callable[[], str]
    letters: Callable[[str | None, str | None, int], list[Mapping[str, Any]]]
    letter: Callable[[str], Mapping[str, Any] | None]
    replay: Callable[[str], bool]
    discard: Callable[[str], bool]
    begin_restatement: Callable[[RestatementAsked], str]
    restatement: Callable[[str], Mapping[str, Any] | None]


async def _body(request: Request, model: type[BaseModel]) -> Any:
    raw = await request.body()
    return accept(model, read_json(raw, max_bytes=MAX_CALL_BYTES))


def routes(do: Operations) -> APIRouter:
    """Return the operator's routes."""
    router = APIRouter(prefix="/v1/operate", tags=["operate"])

    @router.get("/progress")
    async def progress() -> JSONResponse:
        return JSONResponse(dict(await asyncio.to_thread(do.progress)))

    @router.get("/stored")
    async def stored() -> JSONResponse:
        return JSONResponse(dict(await asyncio.to_thread(do.stored)))

    @router.post("/snapshots", status_code=201)
    async def snapshot() -> JSONResponse:
        return JSONResponse({"name": await asyncio.to_thread(do.publish_snapshot)}, 201)

    _import_routes(router, do)
    _feed_routes(router, do)
    _letter_routes(router, do)
    _restatement_routes(router, do)
    return router


def _import_routes(router: APIRouter, do: Operations) -> None:
    @router.get("/imports/{file_id}")
    async def report(file_id: str) -> JSONResponse:
        found = await asyncio.to_thread(do.known_report, file_id)
        return JSONResponse({"report": found})

    @router.post("/imports", status_code=201)
    async def begin(request: Request) -> JSONResponse:
        file: FileBegun = await _body(request, FileBegun)
        await asyncio.to_thread(do.begin_import, file)
        return JSONResponse({"file_id": file.file_id}, 201)

    @router.post("/imports/{file_id}/lines", status_code=201)
    async def lines(file_id: str, request: Request) -> JSONResponse:
        judged: LinesJudged = await _body(request, LinesJudged)
        await asyncio.to_thread(do.add_lines, file_id, judged)
        return JSONResponse({"lines": len(judged.lines)}, 201)

    @router.get("/imports/{file_id}/waiting")
    async def waiting(file_id: str) -> JSONResponse:
        return JSONResponse({"events": await asyncio.to_thread(do.waiting, file_id)})

    @router.post("/imports/{file_id}/finish")
    async def finish(file_id: str, request: Request) -> JSONResponse:
        body: FileFinished = await _body(request, FileFinished)
        report = await asyncio.to_thread(do.finish_import, file_id, body.report)
        return JSONResponse({"report": dict(report)})


def _feed_routes(router: APIRouter, do: Operations) -> None:
    @router.post("/feeds", status_code=201)
    async def feed(request: Request) -> JSONResponse:
        sent: FeedSent = await _body(request, FeedSent)
        return JSONResponse({"report": dict(await asyncio.to_thread(do.take_feed, sent))}, 201)


def _letter_routes(router: APIRouter, do: Operations) -> None:
    @router.get("/dead-letters")
    async def letters(
        reason: str | None = None, state: str | None = "open", limit: int = 100
    ) -> JSONResponse:
        found = await asyncio.to_thread(do.letters, reason, state, limit)
        return JSONResponse({"dead_letters": [dict(letter) for letter in found]})

    @router.get("/dead-letters/{letter_id}")
    async def letter(letter_id: str) -> JSONResponse:
        found = await asyncio.to_thread(do.letter, letter_id)
        return JSONResponse({"dead_letter": found})

    @router.post("/dead-letters/{letter_id}/replay")
    async def replay(letter_id: str) -> JSONResponse:
        return _resolved(letter_id, await asyncio.to_thread(do.replay, letter_id))

    @router.post("/dead-letters/{letter_id}/discard")
    async def discard(letter_id: str) -> JSONResponse:
        return _resolved(letter_id, await asyncio.to_thread(do.discard, letter_id))


def _restatement_routes(router: APIRouter, do: Operations) -> None:
    @router.post("/restatements", status_code=202)
    async def begin(request: Request) -> JSONResponse:
        asked: RestatementAsked = await _body(request, RestatementAsked)
        begun = await asyncio.to_thread(do.begin_restatement, asked)
        return JSONResponse({"restatement_id": begun}, 202)

    @router.get("/restatements/{restatement_id}")
    async def told(restatement_id: str) -> JSONResponse:
        found = await asyncio.to_thread(do.restatement, restatement_id)
        return JSONResponse({"restatement": found})


def _resolved(letter_id: str, done: bool) -> JSONResponse:
    if not done:
        raise Refused(Reason.SCHEMA, f"dead letter {letter_id} is not open")
    return JSONResponse({"dead_letter_id": letter_id, "done": True})
