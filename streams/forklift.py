"""Two readings of a forklift become the energy and emission between them."""

from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from emissions.factor import FactorBook
from emissions.forklift import ForkliftAnswer, emission_of_forklift
from schemas.event import caused_id
from schemas.refusal import Reason, Refused
from schemas.vocabulary import ForkliftEnergy
from schemas.wire import WireReading

JITTER_SHARE = Decimal("0.0005")
MAX_PLAUSIBLE_KW = Decimal(60)
MAX_PLAUSIBLE_L_PER_H = Decimal(20)
SECONDS_PER_HOUR = Decimal(3_600)
METHOD_VERSION = "forklift-1"
ZERO = Decimal(0)


@dataclass(frozen=True, slots=True)
class Interval:
    """What a forklift used between two of its readings."""

    started_at: str
    energy_kwh: Decimal | None
    fuel_l: Decimal | None
    running_s: int
    answer: ForkliftAnswer
    event_id: str
    is_late: bool


def interval_between(
    before: WireReading, reading: WireReading, *, book: FactorBook
) -> Interval | None:
    """Return what was used from ``before`` to ``reading``; None where neither meters energy.

    A reading older than ``before`` lies inside a known interval: it adds nothing to the total.

    Raises
    ------
    Refused
        If a counter fell and no reset explains it, or no factor covers the energy.
    """
    is_late = _at(reading) <= _at(before)
    hours = max(Decimal(str((_at(reading) - _at(before)).total_seconds())), ZERO) / SECONDS_PER_HOUR
    if reading.energy is ForkliftEnergy.BATTERY_ELECTRIC:
        name, limit = "energy_total_kwh", MAX_PLAUSIBLE_KW * hours
    else:
        name, limit = "fuel_total_l", MAX_PLAUSIBLE_L_PER_H * hours
    used = ZERO if is_late else _used(before, reading, name, limit)
    if used is None:
        return None
    is_electric = reading.energy is ForkliftEnergy.BATTERY_ELECTRIC
    energy_kwh, fuel_l = (used, None) if is_electric else (None, used)
    return Interval(
        started_at=before.occurred_at,
        energy_kwh=energy_kwh,
        fuel_l=fuel_l,
        running_s=0 if is_late else _running_s(before, reading, hours),
        answer=emission_of_forklift(
            energy=reading.energy.value,
            energy_kwh=energy_kwh,
            fuel_l=fuel_l,
            on=_at(reading).astimezone(UTC).date(),
            grid_region=None,
            book=book,
        ),
        event_id=str(caused_id(reading.event_id.lower(), METHOD_VERSION)),
        is_late=is_late,
    )


def _at(reading: WireReading) -> datetime:
    return datetime.fromisoformat(reading.occurred_at)


def _used(before: WireReading, reading: WireReading, name: str, limit: Decimal) -> Decimal | None:
    """Return the rise of a counter; after a plausible reset, what it shows since then."""
    old: Decimal | None = getattr(before, name)
    new: Decimal | None = getattr(reading, name)
    if old is None or new is None:
        return None
    rise = new - old
    if rise >= 0:
        return rise
    if -rise <= old * JITTER_SHARE:
        return ZERO
    if new <= limit:
        return new
    raise Refused(
        Reason.METER_WENT_BACK,
        f"{name} {new} is below {old} of {before.occurred_at}, and more than a reset explains",
    )


def _running_s(before: WireReading, reading: WireReading, hours: Decimal) -> int:
    if before.operating_total_h is None or reading.operating_total_h is None:
        return 0
    ran = reading.operating_total_h - before.operating_total_h
    if ran < 0:
        ran = min(reading.operating_total_h, hours)
    return int(ran * SECONDS_PER_HOUR)
