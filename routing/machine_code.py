"""Machine code that is kept beside its source, and made anew when any kernel has changed."""

import hashlib
from collections.abc import Callable
from pathlib import Path
from types import CellType, FunctionType
from typing import Any, TypeVar, cast

from numba import njit

F = TypeVar("F", bound=Callable[..., Any])

DIGEST_BYTES = 7  # so that the number fits a signed integer of 64 bits

# Only what Python itself calls needs the code that unpacks Python's objects.
INNER: dict[str, Any] = {"no_cpython_wrapper": True, "no_cfunc_wrapper": True}


def sources_digest(folder: Path) -> int:
    """Return a number that changes with any source in ``folder``."""
    digest = hashlib.sha256()
    for source in sorted(folder.glob("*.py")):
        digest.update(source.read_bytes())
    return int.from_bytes(digest.digest()[:DIGEST_BYTES], "big")


def kept(function: F, *, sources: int, options: dict[str, Any]) -> F:
    """Return ``function`` compiled at its first call, its machine code kept beside its source.

    Machine code holds what it calls, but numba looks at the age of the one file that ``function``
    stands in. What a function closes over is part of the key that its code is kept under: so it
    gets ``sources`` as a cell, and code that was made of other sources is not taken for it.
    """
    given: Any = function
    keyed = FunctionType(
        given.__code__.replace(co_freevars=("sources",)),
        given.__globals__,
        given.__name__,
        given.__defaults__,
        (CellType(sources),),
    )
    keyed.__doc__, keyed.__module__ = given.__doc__, given.__module__
    keyed.__qualname__, keyed.__annotations__ = given.__qualname__, given.__annotations__
    return cast(F, njit(**options, cache=True)(keyed))
