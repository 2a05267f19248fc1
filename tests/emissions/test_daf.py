from decimal import Decimal
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from emissions.daf import DAF_TABLE, MOVES_LIKE, daf_row, daf_value, without_detour_km
from schemas.refusal import Reason, Refused
from schemas.vocabulary import DistanceKind, TransportMode

FACTOR_BASES = ("", "sfd", "sfd_incl_daf", "gcd", "actual")
EVERY_PAIR = [*product(TransportMode, DistanceKind, FACTOR_BASES)]


@pytest.mark.parametrize(("mode", "kind", "basis"), EVERY_PAIR)
def test_every_pair_has_one_row_or_is_refused(mode: str, kind: str, basis: str) -> None:
    known = DAF_TABLE.get((MOVES_LIKE.get(mode, mode), kind, basis))

    if known is not None:
        assert daf_row(mode=mode, kind=kind, distance_basis=basis) is known
    else:
        with pytest.raises(Refused, match=f"mode {mode}.*distance_kind {kind}") as refused:
            daf_row(mode=mode, kind=kind, distance_basis=basis)
        assert refused.value.reason is Reason.DAF_UNKNOWN


@pytest.mark.parametrize(
    ("mode", "kind", "basis", "daf", "is_assumption"),
    [
        ("road", "sfd", "sfd", "1", False),
        ("road", "sfd", "actual", "1", True),
        ("road", "gcd", "actual", "1.3", True),
        ("rail", "gcd", "sfd", "1.3", True),
        ("parcel", "gcd", "actual", "1.3", True),
        ("inland_water", "sfd", "actual", "1", True),
        ("sea", "sfd", "actual", "1.15", False),
        ("ropax", "sfd", "actual", "1.15", False),
        ("sea", "sfd", "sfd_incl_daf", "1", False),
        ("air", "gcd", "gcd", "1", False),
        ("air", "gcd", "actual", "1.100000", False),
    ],
)
def test_the_table_is_the_published_one(
    mode: str, kind: str, basis: str, daf: str, is_assumption: bool
) -> None:
    row = daf_row(mode=mode, kind=kind, distance_basis=basis)

    assert str(daf_value(row, Decimal(950))) == daf
    assert row.is_assumption is is_assumption


def test_a_great_circle_at_sea_is_refused_with_the_remedy() -> None:
    with pytest.raises(Refused, match="a sea route is needed"):
        daf_row(mode="sea", kind="gcd", distance_basis="actual")


@given(sfd_km=st.decimals("0.001", "40000", places=3))
def test_the_way_back_through_the_table_gives_the_distance_again(sfd_km: Decimal) -> None:
    sailed_km, flown_km = sfd_km * Decimal("1.15"), sfd_km + 95

    assert without_detour_km(mode="sea", actual_km=sailed_km) == sfd_km
    assert without_detour_km(mode="road", actual_km=sfd_km) == sfd_km
    assert without_detour_km(mode="air", actual_km=flown_km) == sfd_km
