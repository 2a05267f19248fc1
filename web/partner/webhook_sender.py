"""Sends one webhook: resolves once, checks, connects to that address, and asks for nothing twice.

The whole attempt ends after five seconds, whoever drips, and reads at most 64 KiB. A redirect is an
answer like any other. Blocking: it is called from worker threads.
"""

import re
import socket
import ssl
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Timer
from time import monotonic
from typing import Any

from web.partner.address_guard import (
    ALLOWED_PORTS,
    Resolve,
    Target,
    resolved,
    target_of,
)

TIMEOUT_S = 5.0
MAX_ANSWER_BYTES = 64 * 1024
MAX_BODY_BYTES = 64 * 1024
MAX_RESOLVING = 8
CHUNK_BYTES = 4_096

Connect = Callable[[str, int, float], socket.socket]
"""Opens a connection to an address and port within so many seconds."""

_STATUS_LINE = re.compile(rb"HTTP/1\.[01] ([1-5][0-9]{2})(?: [^\r\n]*)?\r?\n")
_HEAD_END = re.compile(rb"\r?\n\r?\n")
_RETRY_AFTER = re.compile(
    rb"^retry-after:[ \t]*([0-9]{1,9})[ \t]*\r?$", re.IGNORECASE | re.MULTILINE
)
_HEADER_NAME = re.compile(r"[A-Za-z0-9-]+", re.ASCII)
_HEADER_VALUE = re.compile(r"[\x20-\x7e]*")


class SendFailed(Exception):
    """Nothing that counts came back; the message says how far it got."""


@dataclass(frozen=True, slots=True)
class Answered:
    """What the receiver said."""

    status: int
    retry_after_s: int | None = None


def system_resolver(
    ask: Callable[..., Sequence[Any]] = socket.getaddrinfo, *, timeout_s: float = TIMEOUT_S
) -> Resolve:
    """Return a question to the system's name service that gives up after ``timeout_s``."""
    pool = ThreadPoolExecutor(MAX_RESOLVING, thread_name_prefix="webhook-names")

    def resolve(host: str, port: int) -> list[str]:
        asked = pool.submit(ask, host, port, type=socket.SOCK_STREAM)
        try:
            return list(dict.fromkeys(str(found[4][0]) for found in asked.result(timeout_s)))
        except TimeoutError:
            asked.cancel()
            raise SendFailed(f"the name {host} was not resolved within {timeout_s} s") from None
        except OSError as error:
            raise SendFailed(f"the name {host} was not resolved: {error}") from None

    return resolve


def connect_to(address: str, port: int, timeout_s: float) -> socket.socket:
    """Open a connection to an address, never to a name."""
    return socket.create_connection((address, port), timeout=timeout_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Sender:
    """Sends webhooks; what it reaches the world with is given."""

    resolve: Resolve
    connect: Connect = connect_to
    tls: ssl.SSLContext = field(default_factory=ssl.create_default_context)
    allowed_ports: frozenset[int] = ALLOWED_PORTS
    timeout_s: float = TIMEOUT_S

    def send(self, url: str, headers: Mapping[str, str], body: bytes) -> Answered:
        """Return what the receiver answered to ``body``.

        Raises
        ------
        TargetRefused
            If nothing may be sent there.
        SendFailed
            If there was no answer within the time.
        """
        ends_s = monotonic() + self.timeout_s
        target = target_of(url, allowed_ports=self.allowed_ports)
        request = request_bytes(target, headers, body)
        address = resolved(target, self.resolve)
        try:
            with (
                self.connect(str(address), target.port, _left(ends_s)) as raw,
                _ending(raw, _left(ends_s)),
                self._secured(raw, target) as link,
            ):
                link.sendall(request)
                return _answer(link)
        except OSError as error:  # also of TLS and of the time
            raise SendFailed(f"{target.host} at {address}: {error}") from None

    def _secured(self, raw: socket.socket, target: Target) -> ssl.SSLSocket:
        """Return ``raw`` under TLS: the certificate must be good for the name, not the address."""
        raw.settimeout(self.timeout_s)
        return self.tls.wrap_socket(raw, server_hostname=target.host)


def _left(ends_s: float) -> float:
    left_s = ends_s - monotonic()
    if left_s <= 0:
        raise TimeoutError("the time was over before the connection")
    return left_s


@contextmanager
def _ending(raw: socket.socket, after_s: float) -> Iterator[None]:
    """End the connection after ``after_s``: a receiver that drips must not hold the thread."""
    handle = raw.dup()
    timer = Timer(after_s, _shut, [handle])
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()
        timer.join()
        handle.close()


def _shut(handle: socket.socket) -> None:
    try:
        handle.shutdown(socket.SHUT_RDWR)
    except OSError:
        return  # the other side was faster


def request_bytes(target: Target, headers: Mapping[str, str], body: bytes) -> bytes:
    """Return the request as it goes over the line.

    Raises
    ------
    ValueError
        If a header would break the line, or the body is too large.
    """
    if len(body) > MAX_BODY_BYTES:
        raise ValueError(f"a webhook has at most {MAX_BODY_BYTES} bytes, got {len(body)}")
    every = {
        "Host": target.authority,
        "User-Agent": "loopline-webhooks/1",
        "Content-Type": "application/json",
        "Content-Length": str(len(body)),
        "Connection": "close",
    }
    own = {name.lower() for name in every}
    every |= headers
    for name, value in every.items():
        if (
            (name in headers and name.lower() in own)
            or _HEADER_NAME.fullmatch(name) is None
            or _HEADER_VALUE.fullmatch(value) is None
        ):
            raise ValueError(f"header {name!r} cannot be {value!r}")
    lines = [f"POST {target.path} HTTP/1.1", *(f"{name}: {value}" for name, value in every.items())]
    return "\r\n".join([*lines, "", ""]).encode("ascii") + body


def _answer(link: ssl.SSLSocket) -> Answered:
    """Return the first answer that is final, reading no more than its head."""
    unread, total = b"", 0
    while total < MAX_ANSWER_BYTES:
        chunk = link.recv(min(CHUNK_BYTES, MAX_ANSWER_BYTES - total))
        total += len(chunk)
        answered, unread = parse_answer(unread + chunk)
        if answered is not None:
            return answered
        if not chunk:
            raise SendFailed("the connection ended before an answer")
    raise SendFailed(f"the head of the answer has more than {MAX_ANSWER_BYTES} bytes")


def parse_answer(received: bytes) -> tuple[Answered | None, bytes]:
    """Return the final answer of ``received``, if it is whole, and the bytes not yet read.

    Raises
    ------
    SendFailed
        If it is no HTTP/1.
    """
    while (end := _HEAD_END.search(received)) is not None:
        head, received = received[: end.start()] + b"\n", received[end.end() :]
        line = _STATUS_LINE.match(head)
        if line is None:
            raise SendFailed(f"{head[:80]!r} is no answer of HTTP/1")
        status = int(line[1])
        if status >= 200 or status == 101:
            pause = _RETRY_AFTER.search(head)
            return Answered(status, int(pause[1]) if pause else None), received
    return None, received
