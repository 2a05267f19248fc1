"""What every posted event goes through: a bounded body, the wall, the clock, the broker."""

import asyncio
import json
import re
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from prometheus_client import Counter
from starlette.responses import JSONResponse, Response

from schemas.event import MAX_EVENT_BYTES, Event
from schemas.refusal import Reason, Refused
from schemas.topics import Topic, key_of
from schemas.wall import accept, read_json, refuse_future
from web.problems import Problem, of_broker_away, of_refusal
from web.services import BrokerAway, Services

MIB = 1024 * 1024
MAX_BODY_BYTES = MIB
MAX_BULK_BYTES = 50 * MIB
MAX_BULK_LINES = 50_000
BULK_AT_ONCE = 500
NDJSON = "application/x-ndjson"
JSON_TYPES = ("", "application/json")
SOURCE = "urn:loopline:web"
TRACEPARENT = re.compile(r"[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}")


@dataclass(frozen=True, slots=True)
class Intake:
    """Takes events of one topic."""

    topic: Topic
    services: Services
    rejected: Counter

    async def answer(self, request: Request) -> Response:
        """Return 202 for one event, a result per line for many, a problem for what cannot be."""
        kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
        if kind == NDJSON:
            return await self._many(request)
        if kind not in JSON_TYPES:
            raise Problem(415, "content_type", f"Content-Type {kind[:80]} is not application/json")
        raw = await read_body(request, max_bytes=MAX_BODY_BYTES)
        try:
            event = self._event(raw)
        except Refused as no:
            self.rejected.labels(no.reason).inc()
            raise
        await self._publish(event, request)
        return JSONResponse(self._taken(event), status_code=202)

    def _event(self, raw: bytes) -> Event:
        event = accept(self.topic.event, read_json(raw))
        refuse_future(event.occurred_at, self.services.now())
        return event

    def _taken(self, event: Event) -> dict[str, Any]:
        return {"event_id": str(event.event_id), "durable": self.services.durable}

    async def _publish(self, event: Event, request: Request) -> None:
        value = event.model_dump_json(exclude_none=True).encode()
        headers = headers_of(event, self.topic, request.headers.get("traceparent"))
        await self.services.publish(self.topic, key_of(event).encode(), value, headers)

    async def _many(self, request: Request) -> Response:
        results: list[dict[str, Any]] = []
        away = False
        group: list[bytes | None] = []
        async for line in lines_of(request):
            group.append(line)
            if len(group) == BULK_AT_ONCE:
                away = await self._group(group, results, request, away=away)
                group = []
            if len(results) + len(group) > MAX_BULK_LINES:
                raise Problem(413, "too_large", f"more than {MAX_BULK_LINES} lines in one request")
        away = await self._group(group, results, request, away=away)
        if away and all(result["status"] != 202 for result in results):
            raise of_broker_away()
        body = "".join(json.dumps(result, ensure_ascii=False) + "\n" for result in results)
        return Response(body, media_type=NDJSON)

    async def _group(
        self,
        group: Sequence[bytes | None],
        results: list[dict[str, Any]],
        request: Request,
        *,
        away: bool,
    ) -> bool:
        """Answer the lines of ``group`` in order; return whether the broker went away."""
        answers = await asyncio.gather(*(self._line(line, request, away) for line in group))
        first = len(results) + 1
        results.extend({"line": first + n, **answer} for n, answer in enumerate(answers))
        return away or any(answer["status"] == 503 for answer in answers)

    async def _line(self, line: bytes | None, request: Request, away: bool) -> dict[str, Any]:
        try:
            if line is None:
                raise Refused(Reason.TOO_LARGE, f"a line has at most {MAX_EVENT_BYTES} bytes")
            event = self._event(line)
            if away:
                raise BrokerAway
            await self._publish(event, request)
        except Refused as no:
            self.rejected.labels(no.reason).inc()
            problem = of_refusal(no)
        except BrokerAway:
            problem = of_broker_away()
        else:
            return {"status": 202, **self._taken(event)}
        return {"status": problem.status, "problem": problem.document}


def headers_of(event: Event, topic: Topic, traceparent: str | None) -> Mapping[str, str]:
    """Return the CloudEvents headers (Kafka binary mode) of ``event``."""
    headers = {
        "ce_specversion": "1.0",
        "ce_id": str(event.event_id),
        "ce_source": SOURCE,
        "ce_type": f"loopline.{topic.name}",
        "ce_time": event.occurred_at.isoformat(),
        "content-type": "application/json",
    }
    if traceparent and TRACEPARENT.fullmatch(traceparent):
        headers["traceparent"] = traceparent
    return headers


async def read_body(request: Request, *, max_bytes: int) -> bytes:
    """Return the body, read as a stream and never further than ``max_bytes``.

    Raises
    ------
    Problem
        With status 413 if it is longer.
    """
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > max_bytes:
            raise Problem(413, "too_large", f"the body has more than {max_bytes} bytes")
    return bytes(body)


async def lines_of(request: Request) -> AsyncIterator[bytes | None]:
    """Yield the lines of a streamed body, ``None`` for one that is too long; blank ones are not.

    Raises
    ------
    Problem
        With status 413 if all of them together are too long.
    """
    rest, total, skipping = b"", 0, False
    async for chunk in request.stream():
        total += len(chunk)
        if total > MAX_BULK_BYTES:
            raise Problem(413, "too_large", f"the body has more than {MAX_BULK_BYTES} bytes")
        *whole, rest = (rest + chunk).split(b"\n")
        for line in whole:
            if not skipping and line.strip():
                yield line if len(line) <= MAX_EVENT_BYTES else None
            skipping = False
        if len(rest) > MAX_EVENT_BYTES:
            if not skipping:
                yield None
            rest, skipping = b"", True
    if rest.strip() and not skipping:
        yield rest if len(rest) <= MAX_EVENT_BYTES else None


def documented(topic: Topic) -> dict[str, Any]:
    """Return what OpenAPI says of a route that takes events of ``topic``."""
    schema = topic.event.model_json_schema(mode="validation")
    problem = {"application/problem+json": {"schema": {"type": "object"}}}
    refusals = {
        "400": "unreadable",
        "413": "too large",
        "415": "content type",
        "422": "refused, naming field and value",
        "503": "broker away, send again",
    }
    return {
        "requestBody": {
            "required": True,
            "content": {
                "application/json": {"schema": schema},
                NDJSON: {"schema": {"type": "string", "description": "one event per line"}},
            },
        },
        "responses": {
            "202": {"description": "acknowledged by the broker"},
            "200": {"description": "NDJSON: one result per line"},
            **{code: {"description": text, "content": problem} for code, text in refusals.items()},
        },
    }
