"""The demo's year of take-back: its parties get keys, and their requests go to the partner API."""

import http.client
import json
import threading
import uuid
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any
from urllib.parse import urlsplit

from loopline.simulated_clock import DEMO_TENANT
from simulator.drive import Driven, House, drive
from simulator.partner_year import PartnerYear
from simulator.record import DAY_S, Draft, instant
from simulator.step import OFFICE, Ask

CONNECTIONS = 8
ANSWER_WITHIN_S = 60.0
RENEW_AFTER_S = 300 * DAY_S  # a key lives for a year
OFFICE_ROLES = ("intake", "platform", "finance", "auditor")

Admin = Callable[[str, Mapping[str, Any]], Mapping[str, Any]]
Send = Callable[[Sequence[tuple[Ask, Mapping[str, str]]]], Sequence[tuple[int, Any]]]


class ClerkRefused(Exception):
    """The house could not do by itself what was due; the message is its reason."""


class Parties:
    """Who takes part, with their keys; a key that grows old is replaced."""

    def __init__(self, admin: Admin, year: PartnerYear) -> None:
        """Bring nobody in yet."""
        self._admin, self._year = admin, year
        self._keys: dict[str, str] = {}
        self._issued_s = 0

    def see(self, now_s: int) -> None:
        """Bring everybody in, or replace keys that have grown old by a second."""
        if self._keys and now_s - self._issued_s < RENEW_AFTER_S:
            return
        is_first = not self._keys
        for partner_id, profile in self._year.partners.items():
            told = {"tenant": DEMO_TENANT, "partner_id": partner_id}
            verb = "partners-add" if is_first else "partners-rotate-key"
            more = {"profile": profile} if is_first else {}
            self._keys[partner_id] = str(self._admin(verb, told | more)["key"])
        office = {"tenant": DEMO_TENANT, "roles": list(OFFICE_ROLES)}
        self._keys[OFFICE] = str(self._admin("keys-add", office)["key"])
        self._issued_s = now_s

    @property
    def keys(self) -> Mapping[str, str]:
        """Return the key that each party uses now."""
        return self._keys

    def headers(self, ask: Ask) -> dict[str, str]:
        """Return the head of one request."""
        told = {"Authorization": f"Bearer {self._keys[ask.party]}"}
        if ask.method != "GET":
            told["Content-Type"] = ask.media_type
        if ask.method == "POST":
            told["Idempotency-Key"] = uuid.uuid4().hex
        return told


def drive_year(
    year: PartnerYear,
    admin: Admin,
    send: Send,
    *,
    end_s: int,
    tell: Callable[[Draft], None],
    look: Callable[[int], None] = lambda _now_s: None,
) -> Driven:
    """Send the year's requests up to a Unix second.

    Raises
    ------
    simulator.drive.Unexpected, ClerkRefused
        If the house said no where it had to say yes.
    """
    parties = Parties(admin, year)

    def set_clock(now_s: int) -> None:
        told = admin("clock-set", {"now": instant(now_s).isoformat()})
        if told["refused"]:
            raise ClerkRefused(f"at {told['now']} the clerk was refused: {told['refused'][0]}")
        parties.see(now_s)

    house = House(
        call=lambda asks: send([(ask, parties.headers(ask)) for ask in asks]),
        set_clock=set_clock,
        tell=tell,
        look=look,
    )
    return drive(year.lives(), house, end_s=end_s)


class HttpCalls:
    """Sends requests to a partner API over a few connections that stay open."""

    def __init__(self, url: str) -> None:
        """Prepare; nothing is connected yet."""
        self._address = urlsplit(url)
        self._pool = ThreadPoolExecutor(CONNECTIONS, thread_name_prefix="demo-year")
        self._mine = threading.local()
        self._opened: list[http.client.HTTPConnection] = []

    def __call__(self, asked: Sequence[tuple[Ask, Mapping[str, str]]]) -> Sequence[tuple[int, Any]]:
        """Return the answer to each, in the same sequence."""
        if len(asked) == 1:
            return [self._send(*asked[0])]
        return list(self._pool.map(lambda one: self._send(*one), asked))

    def close(self) -> None:
        """Let go of every connection."""
        self._pool.shutdown()
        for connection in self._opened:
            connection.close()

    def _send(self, ask: Ask, headers: Mapping[str, str]) -> tuple[int, Any]:
        connection = self._connection()
        content = ask.content if ask.body is None else json.dumps(ask.body).encode()
        connection.request(ask.method, ask.path, content, dict(headers))
        answer = connection.getresponse()
        return answer.status, json.loads(answer.read())

    def _connection(self) -> http.client.HTTPConnection:
        found: http.client.HTTPConnection | None = getattr(self._mine, "connection", None)
        if found is None:
            host, port = self._address.hostname or "", self._address.port
            found = http.client.HTTPConnection(host, port, timeout=ANSWER_WITHIN_S)
            self._mine.connection = found
            self._opened.append(found)
        return found
