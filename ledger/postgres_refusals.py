"""What an error of PostgreSQL means to the caller, by its SQLSTATE; never with the values in it."""

import psycopg
from psycopg import errors

from ledger.jobs import failed
from ledger.refusals import LedgerAway, LedgerRefused, Malformed, Overloaded, StorageFull

CROWDED_RETRY_AFTER_S = 1
# Two transactions met; the one that is undone goes well when it comes again.
MET = (
    errors.SerializationFailure, errors.DeadlockDetected, errors.LockNotAvailable,
    errors.UniqueViolation,
)  # fmt: skip
_MISTAKES = (psycopg.IntegrityError, psycopg.DataError, psycopg.ProgrammingError)


def refusal_of(error: psycopg.Error) -> LedgerRefused:
    """Return what the request that met ``error`` is told."""
    if isinstance(error, errors.DiskFull):
        return StorageFull("the disk of the ledger's database is full")
    if isinstance(error, errors.ProgramLimitExceeded):
        return Malformed("a text is too long to be looked up")
    if isinstance(error, _MISTAKES):
        return failed(error)
    if isinstance(error, MET):
        return Overloaded(
            "too many requests wait for the same thing", retry_after_s=CROWDED_RETRY_AFTER_S
        )
    told = error.sqlstate or "it closed the connection"
    return LedgerAway(f"the ledger's database does not answer: {type(error).__name__} ({told})")
