"""The admin socket: how a command reaches the process that holds the stores of take-back.

It is a Unix socket of mode 0600 beside the ledger: who may open it may read the files anyway.
"""

import http.client
import json
import os
import socket
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from loopline.administration import Administration, AdminRefused

SOCKET = "admin.sock"
MAX_NAME_BYTES = 100  # Linux takes 107
MAX_ADMIN_BYTES = 4 * 1024 * 1024
ASK_WITHIN_S = 60.0
REFUSED = 409


class AdminAway(Exception):
    """Nobody answers at the socket."""


def socket_path(ledger_dir: Path) -> Path:
    """Return where the socket of a ledger is."""
    return ledger_dir / SOCKET


def admin_app(administration: Administration) -> Starlette:
    """Return the application behind the socket: one route, a verb in its path."""

    async def run(request: Request) -> Response:
        raw = await request.body()
        if len(raw) > MAX_ADMIN_BYTES:
            return JSONResponse({"detail": f"at most {MAX_ADMIN_BYTES} bytes"}, REFUSED)
        told = json.loads(raw or b"{}")
        try:
            done = await run_in_threadpool(administration.run, request.path_params["verb"], told)
        except AdminRefused as no:
            return JSONResponse({"detail": str(no)}, REFUSED)
        return JSONResponse(done)

    return Starlette(routes=[Route("/{verb}", run, methods=["POST"])])


def bound(ledger_dir: Path) -> socket.socket:
    """Return the listening socket; the lock of the ledger makes this process its only owner."""
    path = socket_path(ledger_dir)
    path.unlink(missing_ok=True)
    made = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)
    try:
        with _named(path) as name:
            made.bind(name)
        made.listen()  # who asks at once waits for the first answer
    finally:
        os.umask(before)
    return made


@contextmanager
def _named(path: Path) -> Iterator[str]:
    """Give a name for ``path`` that a socket takes: one of a deep folder would be too long."""
    if len(os.fsencode(path)) <= MAX_NAME_BYTES:
        yield str(path)
        return
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


class _Connection(http.client.HTTPConnection):
    """HTTP over a Unix socket."""

    def __init__(self, path: Path) -> None:
        super().__init__("localhost", timeout=ASK_WITHIN_S)
        self._path = path

    def connect(self) -> None:
        self.sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        self.sock.settimeout(self.timeout)
        with _named(self._path) as name:
            self.sock.connect(name)


def ask(ledger_dir: Path, verb: str, told: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return what the process that holds the ledger answers.

    Raises
    ------
    AdminAway
        If none listens.
    AdminRefused
        If it says no.
    """
    connection = _Connection(socket_path(ledger_dir))
    try:
        connection.request("POST", f"/{verb}", json.dumps(told).encode())
        answer = connection.getresponse()
        body: Mapping[str, Any] = json.loads(answer.read())
    except (OSError, http.client.HTTPException, ValueError) as error:
        raise AdminAway(f"nobody answers at {socket_path(ledger_dir)}: {error}") from None
    finally:
        connection.close()
    if answer.status == REFUSED:
        raise AdminRefused(str(body["detail"]))
    if answer.status != http.client.OK:
        raise AdminAway(
            f"{socket_path(ledger_dir)} answered {answer.status}: see that process's log"
        )
    return body
