"""Factors of metered energy: electricity of one basis by region and year, fuel by the litre."""

from datetime import date

from emissions.eligible import Found, Gap, best, gap_days, raised
from emissions.factor import FactorBook
from schemas.refusal import Reason, Refused
from schemas.vocabulary import ElectricityBasis

LIFECYCLE = ElectricityBasis.LIFECYCLE_CO2E.value
# No row of its own: an assumption, shown as region_widened.
PROXY_GRID_REGION = {"tibet": "southwest", "xizang": "southwest"}


def electricity_factor(*, basis: str, grid_region: str | None, on: date, book: FactorBook) -> Found:
    """Return the electricity factor of ``basis`` for a grid region on a day, with its flags.

    Raises
    ------
    Refused
        If no loaded set has one.
    """
    found = find_electricity(basis, grid_region, on, book)
    if isinstance(found, Gap):
        raise Refused(
            Reason.FACTOR_NOT_FOUND,
            f"no electricity factor for grid_region={grid_region} basis={basis} on {on}",
        )
    return found


def fuel_factor(*, energy: str, on: date, book: FactorBook) -> Found:
    """Return the factor per litre of ``energy`` on a day, with its flags.

    Raises
    ------
    Refused
        If no loaded set has a complete one.
    """
    found = find_fuel(energy, on, book)
    if isinstance(found, Gap):
        reason = Reason.FACTOR_INCOMPLETE if found.incomplete else Reason.FACTOR_NOT_FOUND
        raise Refused(reason, f"no factor for fuel_l of energy={energy} on {on}: {found.why}")
    return found


def find_electricity(
    basis: str, grid_region: str | None, on: date, book: FactorBook
) -> Found | Gap:
    """Return as ``electricity_factor`` does, or why there is none.

    The order is the asked region, its proxy, then the house's fallback; a wider region than the
    asked one is flagged, a foreign one too.
    """
    proxy = PROXY_GRID_REGION.get(grid_region or "")
    nearer = tuple(region for region in (grid_region, proxy) if region)
    found = best(
        book.candidates(("electricity", basis, "kwh")),
        on=on,
        regions=(*nearer, *book.region_fallback),
        needs_parts=basis == LIFECYCLE,
        set_order=book.set_order,
    )
    if isinstance(found, Gap):
        return found
    is_elsewhere = grid_region not in (None, found.region)
    is_of_the_house = proxy is not None or grid_region in book.regions
    checks = (
        ("region_widened", is_elsewhere and is_of_the_house),
        ("proxy_region", is_elsewhere and not is_of_the_house),
        ("outside_validity", gap_days(found, on) > 0),
    )
    return found, raised(checks)


def find_fuel(energy: str, on: date, book: FactorBook) -> Found | Gap:
    """Return as ``fuel_factor`` does, or why there is none."""
    rows = book.candidates(("fuel", energy, "l"))
    found = best(rows, on=on, regions=book.region_fallback, set_order=book.set_order)
    if isinstance(found, Gap):
        return found
    checks = (
        ("proxy_region", found.region != book.region_fallback[0]),
        ("outside_validity", gap_days(found, on) > 0),
    )
    return found, raised(checks)
