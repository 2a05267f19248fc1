"""How numbers and instants look: few digits on the page, all of them in the tooltip."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_skeleton
from babel.numbers import format_decimal

from warehouse.metrics import Figure

KG, G, T = "kg CO₂e", "g CO₂e", "t CO₂e"
KG_PER_T = 1_000
G_PER_KG = 1_000
NO_VALUE = "\u2013"


@dataclass(frozen=True, slots=True)
class Shown:
    """A number for people: its digits, its unit, and the exact value for the tooltip."""

    digits: str
    unit: str
    exact: str

    def __str__(self) -> str:
        """Return digits and unit as one text."""
        return f"{self.digits} {self.unit}".rstrip()


def rounded(number: Decimal, places: int, language: str) -> str:
    """Return ``number`` with ``places`` decimals, half even, and never a minus before zero.

    Examples
    --------
    >>> rounded(Decimal("-0.04"), 1, "en"), rounded(Decimal("1234.25"), 1, "en")
    ('0.0', '1,234.2')
    """
    short = round(number, places)
    pattern = "#,##0." + "0" * places if places else "#,##0"
    return format_decimal(abs(short) if short == 0 else short, pattern, locale=language)


def exactly(number: Decimal, language: str, places: int = 6) -> str:
    """Return ``number`` with all its stored decimals."""
    return rounded(number, places, language)


def trimmed(number: Decimal, language: str, places: int = 9) -> str:
    """Return ``number`` with the decimals it has, at most ``places``.

    Examples
    --------
    >>> trimmed(Decimal("7.536000"), "en"), trimmed(Decimal("412.000"), "en")
    ('7.536', '412')
    """
    return format_decimal(number, "#,##0." + "#" * places, locale=language)


def mass_of_co2e(kg: Decimal, language: str) -> Shown:
    """Return an emission: below 1 kg in g, below 1,000 kg in kg, above in t."""
    exact = f"{exactly(kg, language)} {KG}"
    if 0 < abs(kg) < 1:
        return Shown(rounded(kg * G_PER_KG, 1, language), G, exact)
    if abs(kg) < KG_PER_T:
        return Shown(rounded(kg, 1, language), KG, exact)
    return Shown(rounded(kg / KG_PER_T, 1, language), T, exact)


def percent(share: Decimal, language: str) -> Shown:
    """Return a share of 0..1 in percent with one decimal."""
    return Shown(rounded(share * 100, 1, language), "%", f"{exactly(share * 100, language)} %")


def shown(figure: Figure, language: str) -> Shown:
    """Return a figure as its unit is shown; a figure without a value is a dash, never 0."""
    value, unit = figure.value, figure.metric.unit
    if value is None:
        return Shown(NO_VALUE, "", "")
    if unit == "kgco2e":
        return mass_of_co2e(value, language)
    if unit == "share":
        return percent(value, language)
    if unit == "kgco2e_per_tkm":
        grams = value * G_PER_KG
        return Shown(rounded(grams, 1, language), "g/t·km", f"{exactly(grams, language)} g/t·km")
    if unit == "count":
        return Shown(rounded(value, 0, language), "", rounded(value, 0, language))
    return Shown(rounded(value, 1, language), unit, f"{exactly(value, language)} {unit}")


def day(value: date, language: str) -> str:
    """Return a day as the language writes it."""
    return format_date(value, "medium", locale=language)


def month(value: date, language: str) -> str:
    """Return a month as the language writes it."""
    return format_skeleton("yMMM", value, locale=language)


def instant(value: datetime, language: str, timezone: str) -> str:
    """Return an instant in the company's zone, to the second."""
    local = value.astimezone(ZoneInfo(timezone))
    return format_datetime(local, "yyyy-MM-dd HH:mm:ss", locale=language)
