"""How far a period moved: the absolute change, and the change against the old intensity."""

from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal

from emissions.chain import exact_sum
from emissions.number import CONTEXT, quantise_kg
from schemas.refusal import Reason, Refused, shown


@dataclass(frozen=True, slots=True)
class PeriodSum:
    """What was moved in a period and what it emitted, of one scope."""

    transport_tkm: Decimal
    kgco2e: Decimal


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """A period against another; ``relative`` is ``None`` where the old one has no intensity."""

    old_kgco2e: Decimal
    new_kgco2e: Decimal
    absolute_kgco2e: Decimal
    relative_kgco2e: Decimal | None


def change_of(*, old: PeriodSum, new: PeriodSum) -> Change:
    """Return E1 - E0 and E1 - A1 x I0: what the atmosphere sees, and what was done better.

    Raises
    ------
    Refused
        If an activity is negative.

    Notes
    -----
    GLEC Framework v3.0, page 62, relative indicator.

    Examples
    --------
    >>> change_of(
    ...     old=PeriodSum(Decimal(10_000), Decimal("829.4")),
    ...     new=PeriodSum(Decimal(11_000), Decimal("814.6")),
    ... ).relative_kgco2e
    Decimal('-97.740000')
    """
    for name, period in (("old", old), ("new", new)):
        if period.transport_tkm < 0:
            raise Refused(
                Reason.UNIT_BOUND,
                f"transport_tkm of the {name} period must not be negative: {period.transport_tkm}",
            )
    return Change(
        old_kgco2e=old.kgco2e,
        new_kgco2e=new.kgco2e,
        absolute_kgco2e=quantise_kg(CONTEXT.subtract(new.kgco2e, old.kgco2e)),
        relative_kgco2e=_against_old_intensity(old, new),
    )


def change_by_mode(
    *, old: Mapping[str, PeriodSum], new: Mapping[str, PeriodSum]
) -> Mapping[str, Change]:
    """Return the change of every mode that moved in either period, in the order of their names.

    The relative changes of the modes do not add up to that of the whole: the rest is mix.
    """
    still = PeriodSum(Decimal(0), Decimal(0))
    return {
        mode: change_of(old=old.get(mode, still), new=new.get(mode, still))
        for mode in sorted(old.keys() | new.keys())
    }


def whole_of(by_mode: Mapping[str, PeriodSum]) -> PeriodSum:
    """Return the sum over all modes; an intensity of it is a ratio of sums."""
    return PeriodSum(
        exact_sum(one.transport_tkm for one in by_mode.values()),
        exact_sum(one.kgco2e for one in by_mode.values()),
    )


def intensity_kgco2e_per_tkm(period: PeriodSum) -> Decimal:
    """Return the emission per tonne-kilometre, unrounded.

    Raises
    ------
    Refused
        If nothing was moved: an intensity of nothing is unknown, not zero.
    """
    if period.transport_tkm <= 0:
        raise Refused(
            Reason.UNIT_BOUND, f"transport_tkm must be above 0, got {shown(period.transport_tkm)}"
        )
    return CONTEXT.divide(period.kgco2e, period.transport_tkm)


def _against_old_intensity(old: PeriodSum, new: PeriodSum) -> Decimal | None:
    if old.transport_tkm == 0:
        return None
    expected = CONTEXT.multiply(new.transport_tkm, old.kgco2e)
    return quantise_kg(CONTEXT.subtract(new.kgco2e, CONTEXT.divide(expected, old.transport_tkm)))
