"""A factor under another assessment report: what its gas split allows, and what stays as it was.

The report chooses its GWP set; a row that does not say its gases cannot follow it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from emissions.factor import Factor
from emissions.gwp import GWP_SETS, gwp_of
from emissions.number import CONTEXT, ONE, ZERO
from schemas.refusal import Reason, Refused, shown

CO2_ONLY = "co2_only"


@dataclass(frozen=True, slots=True)
class Rebased:
    """The TTW of a factor in the report's GWP set, or as published where it could not be moved."""

    ttw_kgco2e: Decimal
    gwp_set: str
    is_rebased: bool


def rebased_ttw(factor: Factor, *, gwp_set: str) -> Rebased:
    """Return the operation figure of ``factor`` in ``gwp_set``, unrounded.

    What CH4 and N2O add is taken at the other report's values; the published total is shifted by
    that, not summed anew, so that a factor already in ``gwp_set`` keeps its digits. WTT rows say
    no gases and are never moved.

    Raises
    ------
    Refused
        If the factor has no TTW, or the set is unknown.

    Examples
    --------
    >>> from emissions.read import load_book
    >>> artic = load_book().factor("defra_2025.road.artic_over_33t.average.tkm")
    >>> rebased_ttw(artic, gwp_set="ar5").ttw_kgco2e
    Decimal('0.07703')
    """
    if gwp_set not in GWP_SETS:
        raise Refused(Reason.GWP_UNKNOWN, f"gwp_set {shown(gwp_set)} is unknown")
    if factor.ttw_kgco2e is None:
        raise Refused(Reason.FACTOR_INCOMPLETE, f"factor_id {factor.factor_id} has no TTW")
    if factor.gwp_set in (gwp_set, CO2_ONLY):
        return Rebased(factor.ttw_kgco2e, gwp_set, is_rebased=True)
    if factor.ch4_kgco2e is None or factor.n2o_kgco2e is None or factor.gwp_set not in GWP_SETS:
        return Rebased(factor.ttw_kgco2e, factor.gwp_set, is_rebased=False)
    shift = CONTEXT.add(
        _shift("CH4", factor.ch4_kgco2e, factor.gwp_set, gwp_set),
        _shift("N2O", factor.n2o_kgco2e, factor.gwp_set, gwp_set),
    )
    return Rebased(CONTEXT.add(factor.ttw_kgco2e, shift), gwp_set, is_rebased=True)


def not_rebased_share(parts: Iterable[tuple[Decimal, bool]]) -> Decimal:
    """Return which part of (kgco2e, is_rebased) parts kept another report's values, unrounded.

    Raises
    ------
    Refused
        If there is no emission to relate it to.

    Examples
    --------
    >>> not_rebased_share([(Decimal(75), True), (Decimal(25), False)])
    Decimal('0.25')
    """
    kept, total = ZERO, ZERO
    for kgco2e, is_rebased in parts:
        total = CONTEXT.add(total, kgco2e)
        kept = kept if is_rebased else CONTEXT.add(kept, kgco2e)
    if total <= 0:
        raise Refused(Reason.ALLOCATION_BASIS_EMPTY, f"total is {total}: no share to tell")
    return CONTEXT.divide(kept, total)


def _shift(species: str, kgco2e: Decimal, from_set: str, to_set: str) -> Decimal:
    before = gwp_of(substance=species, gwp_set=from_set).gwp100
    after = gwp_of(substance=species, gwp_set=to_set).gwp100
    return CONTEXT.multiply(kgco2e, CONTEXT.subtract(CONTEXT.divide(after, before), ONE))
