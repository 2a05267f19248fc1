"""What a rule or a price is for: categories, forms, energy grades and measures from .. to."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class ApplianceCategory(StrEnum):
    """Kinds of appliances; a TV is flat (LCD, PDP, OLED, rear projection) or has a tube."""

    REFRIGERATOR = "refrigerator"
    FREEZER = "freezer"
    WASHING_MACHINE = "washing_machine"
    AIR_CONDITIONER = "air_conditioner"
    TV_FLAT = "tv_flat"
    TV_CRT = "tv_crt"
    COMPUTER = "computer"
    WATER_HEATER = "water_heater"
    STOVE = "stove"
    RANGE_HOOD = "range_hood"
    WATER_PURIFIER = "water_purifier"
    DISHWASHER = "dishwasher"
    RICE_COOKER = "rice_cooker"
    MICROWAVE = "microwave"


class ApplianceForm(StrEnum):
    """How a washing machine is built."""

    SINGLE_TUB = "single_tub"
    SPINNER = "spinner"
    TWIN_TUB = "twin_tub"
    AUTOMATIC = "automatic"
    DRUM = "drum"


class Measure(StrEnum):
    """What may be measured at an appliance, each name ending in its unit."""

    SIZE_INCH = "size_inch"
    SIZE_KG = "size_kg"
    SIZE_L = "size_l"
    HEIGHT_M = "height_m"
    PIPE_M = "pipe_m"


class Provenance(StrEnum):
    """Whether a row was read in its source or stands for one."""

    VERIFIED = "verified"
    ASSUMPTION = "assumption"


@dataclass(frozen=True, slots=True)
class Band:
    """Values between two ends, each of which may be open, and may belong to the band or not.

    Examples
    --------
    >>> medium = Band(Decimal(14), True, Decimal(25), False)
    >>> str(medium), medium.holds(Decimal(14)), medium.holds(Decimal(25))
    ('>= 14 and < 25', True, False)
    """

    low: Decimal | None
    has_low: bool
    high: Decimal | None
    has_high: bool

    def __str__(self) -> str:
        """Return the band as words."""
        low = [] if self.low is None else [f">{'=' if self.has_low else ''} {self.low}"]
        high = [] if self.high is None else [f"<{'=' if self.has_high else ''} {self.high}"]
        return " and ".join([*low, *high])

    @property
    def is_empty(self) -> bool:
        """Whether no value lies in the band."""
        return _is_past(self, self)

    def holds(self, value: Decimal) -> bool:
        """Return whether ``value`` lies in the band."""
        return not self.meets_none(Band(value, True, value, True))

    def meets_none(self, other: "Band") -> bool:
        """Return whether no value lies in both bands."""
        return _is_past(self, other) or _is_past(other, self)


def _is_past(one: Band, other: Band) -> bool:
    """Whether ``one`` begins where ``other`` is over."""
    if one.low is None or other.high is None:
        return False
    return one.low > other.high or (one.low == other.high and not (one.has_low and other.has_high))


@dataclass(frozen=True, slots=True)
class Check:
    """One thing asked: where it is written, what was found (``None``: not told), what is wanted."""

    place: str
    name: str
    passed: bool
    value: str | None
    limit: str

    @property
    def is_missing(self) -> bool:
        """Whether it failed only because nobody told the value."""
        return not self.passed and self.value is None


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """What a row is for; an empty set or mapping asks nothing."""

    categories: frozenset[ApplianceCategory]
    forms: frozenset[ApplianceForm] = frozenset()
    grades: frozenset[int] = frozenset()
    bands: Mapping[Measure, Band]

    def checks(
        self,
        place: str,
        *,
        form: ApplianceForm | None,
        grade: int | None,
        measures: Mapping[Measure, Decimal],
    ) -> list[Check]:
        """Return what the row asks of an appliance of one of its categories, with the answers."""
        found = [*band_checks(place, self.bands, measures)]
        if self.forms:
            found.append(_one_of(place, "form", form, sorted(self.forms)))
        if self.grades:
            found.append(_one_of(place, "grade", grade, sorted(self.grades)))
        return found

    def overlaps(self, other: "Scope") -> bool:
        """Return whether an appliance could be of both scopes."""
        return (
            bool(self.categories & other.categories)
            and _meet(self.forms, other.forms)
            and _meet(self.grades, other.grades)
            and not any(
                self.bands[name].meets_none(other.bands[name])
                for name in self.bands.keys() & other.bands.keys()
            )
        )


def band_checks(
    place: str, bands: Mapping[Measure, Band], measures: Mapping[Measure, Decimal]
) -> Iterable[Check]:
    """Yield whether each measure lies in its band."""
    for name, band in bands.items():
        value = measures.get(name)
        passed = value is not None and band.holds(value)
        yield Check(place, name, passed, None if value is None else str(value), str(band))


def _one_of(place: str, name: str, value: object, wanted: Iterable[object]) -> Check:
    told = None if value is None else str(value)
    limit = [str(one) for one in wanted]
    return Check(place, name, told in limit, told, " or ".join(limit))


def _meet(some: frozenset[object], others: frozenset[object]) -> bool:
    return not some or not others or bool(some & others)
