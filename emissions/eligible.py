"""Which of several factors answers: those that may, in one total order."""

from collections.abc import Iterable
from datetime import date
from typing import NamedTuple

from emissions.factor import Factor

LOAD_ORDER = {"average": 0, "measured": 1, "": 2, "50": 3, "100": 4, "0": 5}


class Gap(NamedTuple):
    """Why a rank gave no factor."""

    why: str
    incomplete: bool = False


Found = tuple[Factor, tuple[str, ...]]


def raised(checks: Iterable[tuple[str, bool]]) -> tuple[str, ...]:
    """Return the flags whose check holds, in their order.

    Examples
    --------
    >>> raised([("proxy_region", True), ("outside_validity", False)])
    ('proxy_region',)
    """
    return tuple(flag for flag, holds in checks if holds)


def gap_days(factor: Factor, on: date) -> int:
    """Return by how many days ``on`` lies outside the validity of ``factor``; 0 inside."""
    if on < factor.valid_from:
        return (factor.valid_from - on).days
    if factor.valid_to is not None and on > factor.valid_to:
        return (on - factor.valid_to).days
    return 0


def best(
    rows: Iterable[Factor],
    *,
    on: date,
    regions: tuple[str, ...],
    energies: tuple[str, ...] = (),
    needs_parts: bool = True,
    set_order: tuple[str, ...] = (),
) -> Factor | Gap:
    """Return the least of a total order: how the sets were loaded decides nothing.

    ``set_order`` decides between sets that answer equally well; a set it does not name comes last.
    """
    known = [one for one in rows if one.region in regions]
    complete = [one for one in known if not needs_parts or one.missing_part is None]
    if not complete:
        names = ", ".join(f"{one.factor_id} has no {one.missing_part}" for one in known)
        return Gap(names or f"no row of region {', '.join(regions)}", incomplete=bool(known))
    return min(
        complete,
        key=lambda one: (
            regions.index(one.region),
            energies.index(one.energy) if energies else 0,
            gap_days(one, on),
            one.valid_from,
            LOAD_ORDER[one.load_basis],
            set_order.index(one.set_id) if one.set_id in set_order else len(set_order),
            one.factor_id,
        ),
    )
