"""An emission in its two parts: unrounded while it is summed, at the milligram once it is kept."""

from collections.abc import Iterable
from decimal import Decimal
from typing import NamedTuple

from emissions.number import CONTEXT, ZERO, stored_kg, stored_sum


class Load(NamedTuple):
    """TTW and WTT of a part of an operation, unrounded, in kg CO2e."""

    ttw_kgco2e: Decimal
    wtt_kgco2e: Decimal


class Emission(NamedTuple):
    """TTW and WTT at the milligram, and WTW, the sum of the two as they are kept."""

    ttw_kgco2e: Decimal
    wtt_kgco2e: Decimal
    wtw_kgco2e: Decimal


def sum_of_loads(loads: Iterable[Load]) -> Load:
    """Return the exact sum of ``loads``, TTW and WTT apart.

    Examples
    --------
    >>> sum_of_loads([Load(Decimal(2), Decimal(1)), Load(Decimal(3), Decimal("0.5"))])
    Load(ttw_kgco2e=Decimal('5'), wtt_kgco2e=Decimal('1.5'))
    """
    ttw, wtt = ZERO, ZERO
    for load in loads:
        ttw = CONTEXT.add(ttw, load.ttw_kgco2e)
        wtt = CONTEXT.add(wtt, load.wtt_kgco2e)
    return Load(ttw, wtt)


def times(load: Load, amount: Decimal) -> Load:
    """Return ``load`` taken ``amount`` times, unrounded.

    Examples
    --------
    >>> times(Load(Decimal("0.5"), Decimal("0.1")), Decimal(10))
    Load(ttw_kgco2e=Decimal('5.0'), wtt_kgco2e=Decimal('1.0'))
    """
    ttw, wtt = load
    return Load(CONTEXT.multiply(ttw, amount), CONTEXT.multiply(wtt, amount))


def stored_emission(load: Load) -> Emission:
    """Return ``load`` as it is kept: each part rounded once, half even, and their sum.

    Raises
    ------
    Refused
        If no store could hold it.

    Examples
    --------
    >>> stored_emission(Load(Decimal("239.16520896"), Decimal("55.85592768"))).wtw_kgco2e
    Decimal('295.021137')
    """
    ttw = stored_kg("ttw_kgco2e", load.ttw_kgco2e)
    wtt = stored_kg("wtt_kgco2e", load.wtt_kgco2e)
    return Emission(ttw, wtt, stored_sum("wtw_kgco2e", ttw, wtt))
