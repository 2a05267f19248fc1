"""What is not even queued: texts that cannot be kept, a key that still runs, no room."""

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from typing import Any

from ledger.contract import MAX_TOGETHER, MIN_FREE_SHARE, Ports
from ledger.idempotency import Scope, scope_of
from ledger.reading import is_storable
from ledger.records import BusinessKey, PickupOf, Request
from ledger.refusals import InFlight, Malformed, NotFound, Overloaded, StorageFull

MAX_KEY_CHARACTERS = 255
MAX_TEXT_CHARACTERS = 8_192  # 50 units have their ids in the keys of one pickup
OUTBOX_RETRY_AFTER_S = 30


class Admission:
    """Knows which keys run in this process, and where the outbox begins and ends."""

    def __init__(self, ports: Ports, *, max_outbox_rows: int) -> None:
        """Begin with nothing that runs and nothing that waits."""
        self._ports, self._max_outbox_rows = ports, max_outbox_rows
        self._in_flight: set[Scope] = set()
        self._lock = threading.Lock()
        self._last_seq = self._gone_until = 0

    @contextmanager
    def letting_in(self, request: Request[Any]) -> Iterator[Callable[[], None]]:
        """Let ``request`` in while it is queued; tell what to call before it is answered.

        Where it cannot be queued, its key may be asked again at once.

        Raises
        ------
        InFlight, Malformed, NotFound, Overloaded, StorageFull
            If it is not let in.
        """
        _refuse_unstorable(request)
        self._refuse_without_room()
        scope = scope_of(request)
        if scope is not None:
            with self._lock:
                if scope in self._in_flight:
                    raise still_runs(scope)
                self._in_flight.add(scope)
        with ExitStack() as unless_queued:
            unless_queued.callback(self._end, scope)
            yield lambda: self._end(scope)
            unless_queued.pop_all()

    def begin_together(self, requests: Sequence[Request[Any]]) -> None:
        """Let ``requests`` in that run as one.

        Raises
        ------
        Malformed, NotFound, Overloaded, StorageFull
            If they are not let in.
        """
        if len(requests) > MAX_TOGETHER:
            raise ValueError(f"{len(requests)} requests; at most {MAX_TOGETHER} go together")
        for request in requests:
            _refuse_unstorable(request)
        self._refuse_without_room()

    def _end(self, scope: Scope | None) -> None:
        if scope is not None:
            with self._lock:
                self._in_flight.discard(scope)

    def note_outbox(self, *, first_seq: int | None, last_seq: int) -> None:
        """Remember where the outbox begins, None if it is empty, and the newest event."""
        self._last_seq = last_seq
        self._gone_until = last_seq if first_seq is None else first_seq - 1

    def note_event(self, seq: int) -> None:
        """Remember that there is an event ``seq``."""
        with self._lock:
            self._last_seq = max(self._last_seq, seq)

    def outbox_rows(self) -> int:
        """Return how many events may wait; one for no topic counts until a later one went."""
        return max(0, self._last_seq - max(self._gone_until, self._ports.sent_until()))

    def _refuse_without_room(self) -> None:
        waiting = self.outbox_rows()
        if waiting > self._max_outbox_rows:
            raise Overloaded(
                f"{waiting} events wait for the broker", retry_after_s=OUTBOX_RETRY_AFTER_S
            )
        free_share = self._ports.free_share()
        if free_share is not None and free_share < MIN_FREE_SHARE:
            raise StorageFull(
                f"{free_share:.1%} of the disk are free, {MIN_FREE_SHARE:.0%} are needed"
            )


def still_runs(scope: Scope) -> InFlight:
    """Return the refusal of a key whose first request is not answered yet."""
    return InFlight(f"the first request under the key {scope[-1]} still runs")


def _refuse_unstorable(request: Request[Any]) -> None:
    if request.target is not None and not is_storable(request.target.id):
        raise NotFound(f"there is no such {request.target.kind}")
    told = "".join(
        (
            request.caller.tenant, request.caller.partner_id or "", request.method, request.path,
            request.key or "", request.correlation_id, request.traceparent,
            *(text for key in request.business_keys for text in _texts_of(key)),
        )
    )  # fmt: skip
    if len(told) > MAX_TEXT_CHARACTERS or not told.isprintable():
        _refuse_text(request)
    if request.key is not None and not 1 <= len(request.key) <= MAX_KEY_CHARACTERS:
        raise Malformed(f"a key has 1 to {MAX_KEY_CHARACTERS} characters, not {len(request.key)}")


def _texts_of(key: BusinessKey) -> tuple[str, str]:
    if isinstance(key, PickupOf):
        return key.takeback_order_id, key.unit_id
    return key.channel, key.channel_ref


def _refuse_text(request: Request[Any]) -> None:
    """Raise the refusal that names the text which cannot be stored, if it is one alone."""
    texts = {
        "tenant": request.caller.tenant,
        "partner_id": request.caller.partner_id or "",
        "method": request.method,
        "path": request.path,
        "key": request.key or "",
        "correlation_id": request.correlation_id,
        "traceparent": request.traceparent,
        "business_keys": "".join(text for key in request.business_keys for text in _texts_of(key)),
    }
    for name, text in texts.items():
        if len(text) > MAX_TEXT_CHARACTERS or not text.isprintable():
            raise Malformed(f"{name} is longer than {MAX_TEXT_CHARACTERS} or not printable")
