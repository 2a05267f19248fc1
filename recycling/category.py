"""Categories of old appliances: what they weigh, must yield and need, from packaged data."""

import csv
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from types import MappingProxyType

SOURCE = "Statistics Netherlands, UNU keys (MIT); European, an assumption for China"
MAX_WEIGHT_ROWS = 10_000


class CategoryUnknown(LookupError):
    """A category that the rules do not know."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CategoryRules:
    """What the rules know of one category."""

    category: str
    unu_key: str
    needs_depollution: bool
    core_parts: tuple[str, ...]
    hazardous: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class DefaultMass:
    """What stands for a unit until it is weighed; ``year`` is that of its row."""

    category: str
    mass_kg: Decimal
    year: int
    source: str = SOURCE
    provenance: str = "assumption"


@cache
def categories() -> Mapping[str, CategoryRules]:
    """Return the rules of every category, by its name."""
    text = resources.files("recycling").joinpath("categories.toml").read_text(encoding="utf-8")
    return MappingProxyType(
        {
            name: CategoryRules(
                category=name,
                unu_key=row["unu_key"],
                needs_depollution=row["needs_depollution"],
                core_parts=tuple(row["core_parts"]),
                hazardous=tuple(row["hazardous"]),
            )
            for name, row in tomllib.loads(text).items()
        }
    )


def rules_of(category: str) -> CategoryRules:
    """Return the rules of a category.

    Raises
    ------
    CategoryUnknown
        If the rules do not know it.
    """
    found = categories().get(category)
    if found is None:
        raise CategoryUnknown(f"category {category!r} is none of {', '.join(categories())}")
    return found


@cache
def _weights() -> Mapping[str, tuple[tuple[int, Decimal], ...]]:
    text = resources.files("recycling").joinpath("unit_weights.csv").read_text(encoding="utf-8")
    rows: dict[str, list[tuple[int, Decimal]]] = {}
    for row in csv.DictReader(text.splitlines()[:MAX_WEIGHT_ROWS]):
        rows.setdefault(row["unu_key"], []).append((int(row["year"]), Decimal(row["mass_kg"])))
    return MappingProxyType({key: tuple(sorted(some)) for key, some in rows.items()})


def default_mass(category: str, *, year: int) -> DefaultMass:
    """Return the mass in kg that stands for a unit put on the market in ``year``.

    The latest row up to that year answers, for an older unit the first; the answer carries the
    year of its row, because a flat TV of 2010 weighs half as much again as one of 2016.

    Raises
    ------
    CategoryUnknown
        If the rules do not know the category.

    Examples
    --------
    >>> default_mass("tv_flat", year=2010).mass_kg, default_mass("tv_flat", year=2016).mass_kg
    (Decimal('14.7'), Decimal('10.2'))
    """
    rows = _weights()[rules_of(category).unu_key]
    up_to = [row for row in rows if row[0] <= year]
    row_year, mass_kg = up_to[-1] if up_to else rows[0]
    return DefaultMass(category=category, mass_kg=mass_kg, year=row_year)
