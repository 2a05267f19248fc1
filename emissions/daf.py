"""Distance adjustment: what an intensity means by a kilometre against what the activity means."""

from collections.abc import Mapping
from decimal import Decimal
from types import MappingProxyType
from typing import NamedTuple

from emissions.number import CONTEXT, ONE, quantise_kg
from schemas.refusal import Reason, Refused

CIRCUITY = Decimal("1.3")
SEA_DETOUR = Decimal("1.15")
AIR_DETOUR_KM = Decimal(95)


class DafRow(NamedTuple):
    """One row of the table; ``value`` is ``None`` where a flight's detour of 95 km applies."""

    value: Decimal | None
    is_assumption: bool
    status: str


SAME = DafRow(ONE, False, "activity and intensity mean the same distance")
_DRIVEN_IS_SHORTEST = DafRow(ONE, True, "driven km taken as the shortest feasible")
_CIRCUITY = DafRow(CIRCUITY, True, "circuity of road and rail")
_SEA = DafRow(SEA_DETOUR, False, "method default at sea")
_SEA_INCLUDED = DafRow(ONE, False, "the set already includes the detour at sea")
_AIR = DafRow(None, False, "method default in the air: (gcd + 95) / gcd")

# (mode, distance of the activity, distance basis of the factor); a pair that is not here has none.
DAF_TABLE: Mapping[tuple[str, str, str], DafRow] = MappingProxyType(
    {
        ("road", "sfd", "sfd"): SAME,
        ("road", "gcd", "gcd"): SAME,
        ("road", "sfd", "actual"): _DRIVEN_IS_SHORTEST,
        ("road", "gcd", "actual"): _CIRCUITY,
        ("road", "gcd", "sfd"): _CIRCUITY,
        ("rail", "sfd", "sfd"): SAME,
        ("rail", "gcd", "gcd"): SAME,
        ("rail", "sfd", "actual"): _DRIVEN_IS_SHORTEST,
        ("rail", "gcd", "actual"): _CIRCUITY,
        ("rail", "gcd", "sfd"): _CIRCUITY,
        ("inland_water", "sfd", "sfd"): SAME,
        ("inland_water", "gcd", "gcd"): SAME,
        ("inland_water", "sfd", "actual"): _DRIVEN_IS_SHORTEST,
        ("sea", "sfd", "sfd"): SAME,
        ("sea", "sfd", "actual"): _SEA,
        ("sea", "sfd", "sfd_incl_daf"): _SEA_INCLUDED,
        ("air", "gcd", "gcd"): SAME,
        ("air", "gcd", "actual"): _AIR,
    }
)

# Modes that move like another one: a parcel van drives roads, a ferry sails.
MOVES_LIKE: Mapping[str, str] = MappingProxyType({"parcel": "road", "ropax": "sea"})


def daf_row(*, mode: str, kind: str, distance_basis: str) -> DafRow:
    """Return the table's row for an activity on ``kind`` under a factor of ``distance_basis``.

    Raises
    ------
    Refused
        If the table has none: an intensity per other kilometres answers nothing.

    Examples
    --------
    >>> daf_row(mode="road", kind="gcd", distance_basis="actual").value
    Decimal('1.3')
    """
    row = DAF_TABLE.get((MOVES_LIKE.get(mode, mode), kind, distance_basis))
    if row is None:
        hint = "; a sea route is needed" if MOVES_LIKE.get(mode, mode) == "sea" else ""
        raise Refused(
            Reason.DAF_UNKNOWN,
            f"mode {mode}: no adjustment from distance_kind {kind} "
            f"to distance_basis {distance_basis or 'not stated'}{hint}",
        )
    return row


def daf_value(row: DafRow, distance_km: Decimal) -> Decimal:
    """Return the factor of ``row`` at ``distance_km``, with six decimals where it is a quotient.

    Examples
    --------
    >>> daf_value(daf_row(mode="air", kind="gcd", distance_basis="actual"), Decimal(950))
    Decimal('1.100000')
    """
    if row.value is not None:
        return row.value
    return quantise_kg(CONTEXT.divide(CONTEXT.add(distance_km, AIR_DETOUR_KM), distance_km))


def without_detour_km(*, mode: str, actual_km: Decimal) -> Decimal:
    """Return the activity's distance of ``actual_km`` driven, sailed or flown, unrounded.

    The inverse of the table: shortest feasible on land and water, great circle in the air,
    where nothing (0 or less) is left of a flight of 95 km or less.

    Raises
    ------
    Refused
        If the mode has no adjustment from the driven distance.

    Examples
    --------
    >>> without_detour_km(mode="sea", actual_km=Decimal("1150.023"))
    Decimal('1000.02')
    """
    moves_like = MOVES_LIKE.get(mode, mode)
    if moves_like == "air":
        return CONTEXT.subtract(actual_km, AIR_DETOUR_KM)
    row = daf_row(mode=mode, kind="sfd", distance_basis="actual")
    return CONTEXT.divide(actual_km, daf_value(row, actual_km))
