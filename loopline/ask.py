"""Asks a running stack over loopback HTTP."""

import json
import urllib.error
import urllib.request
from typing import Any

from loopline.stack_file import RunningStack

ANSWER_WITHIN_S = 180.0


class StackRefused(Exception):
    """The stack answered with a problem; the message is its sentence."""


class StackAway(Exception):
    """The stack does not answer."""


def ask(stack: RunningStack, path: str, body: object = None, *, method: str | None = None) -> Any:
    """Return the stack's JSON answer to a GET, or to a POST where there is a ``body``.

    Raises
    ------
    StackRefused
        If it answers with a problem document.
    StackAway
        If it does not answer.
    """
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(  # noqa: S310 - our own loopback address
        stack.http + path,
        data=data,
        headers={"Content-Type": "application/json"},
        method=method or ("GET" if body is None else "POST"),
    )
    try:
        with urllib.request.urlopen(request, timeout=ANSWER_WITHIN_S) as answer:  # noqa: S310
            return json.loads(answer.read())
    except urllib.error.HTTPError as error:
        raise StackRefused(_sentence(error.read())) from None
    except (urllib.error.URLError, TimeoutError, ConnectionError) as error:
        raise StackAway(f"the stack at {stack.http} does not answer: {error}") from None


def _sentence(raw: bytes) -> str:
    try:
        problem = json.loads(raw)
    except json.JSONDecodeError:
        return raw.decode("utf-8", "replace")[:200]
    return str(problem.get("detail") or problem)
