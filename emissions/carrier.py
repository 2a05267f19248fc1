"""Rank 2: a carrier's own figure for one of its transport operation categories (TOC).

A set whose manifest says ``verification = "user"`` holds such figures. A leg asks for one by giving
the category's name as its vehicle_class, so that no carrier's figure answers for another's lorry.
"""

from datetime import date

from emissions.eligible import Found, Gap, best, gap_days, raised
from emissions.factor import CARRIER_KEY, FactorBook


def find_carrier_toc(
    *,
    mode: str,
    toc: str | None,
    energy: str | None,
    on: date,
    has_meter: bool,
    book: FactorBook,
) -> Found | Gap:
    """Return the carrier's figure for ``toc`` that is valid on the day, or why there is none.

    A figure of another year is not taken, as a default would be: the carrier never said it.
    """
    if toc is None:
        return Gap("vehicle_class names no carrier's operation category")
    modes = ("parcel", "road") if mode == "parcel" else (mode,)
    named = [row for one in modes for row in book.candidates((CARRIER_KEY, one, toc))]
    if not named:
        return Gap(f"no carrier's own factor is called {toc}")
    valid = [row for row in named if gap_days(row, on) == 0]
    if not valid:
        return Gap(f"the carrier's own factor {named[0].factor_id} is not valid on {on}")
    rows = [row for row in valid if energy is None or row.energy in (energy, "")]
    if not rows:
        return Gap(f"the carrier's own factor {valid[0].factor_id} is not of energy={energy}")
    regions = (*book.region_fallback, *sorted({row.region for row in rows}))
    energies = (energy, "") if energy else ("", *sorted({row.energy for row in rows}))
    found = best(rows, on=on, regions=regions, energies=energies, set_order=book.set_order)
    if isinstance(found, Gap):
        return found
    checks = (
        ("energy_mixed", energy is not None and not found.energy),
        ("metered_energy_unused", has_meter),
    )
    return found, raised(checks)
