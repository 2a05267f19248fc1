"""The ways to say no: each with the HTTP status and the problem name that the API answers."""

from collections.abc import Collection
from typing import ClassVar


class LedgerRefused(Exception):
    """A request or read that the ledger does not answer; nothing of it is stored."""

    status: ClassVar[int] = 500
    code: ClassVar[str] = "ledger-refused"


class NotFound(LedgerRefused):
    """No such thing, or none that this party may see: the two are told apart by nobody."""

    status = 404
    code = "not-found"


class Malformed(LedgerRefused, ValueError):
    """The input cannot be kept as JSON text; the message names what stands in the way."""

    status = 422
    code = "validation-failed"


class KeyReused(LedgerRefused):
    """The same idempotency key came before with another body."""

    status = 422
    code = "idempotency-key-reused"


class InFlight(LedgerRefused):
    """The first request under this idempotency key still runs."""

    status = 409
    code = "request-in-flight"
    retry_after_s: ClassVar[int] = 1


class VersionStale(LedgerRefused):
    """The aggregate has moved on since the version that the caller knows."""

    status = 412
    code = "version-stale"

    def __init__(self, *, known: Collection[int], version: int) -> None:
        """Name what the caller knows and what is."""
        told = ", ".join(map(str, sorted(known))) or "that cannot be read"
        super().__init__(f"version {told} is stale, it is {version} now")
        self.version = version


class Overloaded(LedgerRefused):
    """Too much waits already; the message says what, ``retry_after_s`` when to come again."""

    status = 503
    code = "overloaded"

    def __init__(self, detail: str, *, retry_after_s: int) -> None:
        """Keep the sentence and the pause."""
        super().__init__(detail)
        self.retry_after_s = retry_after_s


class StorageFull(LedgerRefused):
    """Too little room on the disk; taking goes on by itself once there is."""

    status = 507
    code = "storage-full"
    retry_after_s: ClassVar[int] = 60


class DecisionFailed(LedgerRefused):
    """The rules broke over this request: a bug. Nothing was stored, others are not touched."""

    status = 500
    code = "internal"


class WriterEnded(LedgerRefused):
    """The writer is dead or stopping: what waited was not acknowledged, and may be stored."""

    status = 503
    code = "overloaded"
    retry_after_s: ClassVar[int] = 5


class LedgerAway(LedgerRefused):
    """The ledger's database does not answer: nothing was acknowledged, and it may be stored."""

    status = 503
    code = "overloaded"
    retry_after_s: ClassVar[int] = 5


class LedgerHeld(Exception):
    """Another process writes this ledger; the message names it."""


class LedgerMissing(Exception):
    """There is no ledger to read; the message says where one was looked for."""
