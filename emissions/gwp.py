"""Warming potentials of gases: published values by assessment report, blends computed from them."""

import hashlib
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import NamedTuple, TypeVar

from emissions.defect import Defect, FactorFileError
from emissions.number import CONTEXT, ONE, ZERO
from emissions.table import Line, lines_of
from schemas.refusal import Reason, Refused, shown

SETS = Path(__file__).parent / "gwp_sets"
# The supplement answers only what the published tables do not hold.
SET_IDS = ("ipcc_gwp", "loopline_supplement")
GWP_SETS = frozenset({"ar4", "ar5", "ar6"})
GWP_COLUMNS = ("species", "gwp_set", "gwp100")
BLEND_COLUMNS = ("blend", "species", "mass_share")
ALIAS_COLUMNS = ("alias", "species")

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Component:
    """One species of a refrigerant: its share of the mass and its published value."""

    species: str
    mass_share: Decimal
    gwp100: Decimal
    set_id: str
    set_sha256: str


@dataclass(frozen=True, slots=True)
class Gwp:
    """kg CO2e per kg of a substance over 100 years, and what it is computed from."""

    substance: str
    gwp_set: str
    gwp100: Decimal
    components: tuple[Component, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class GwpBook:
    """Every packaged value by species and report, every blend, and what they are also called."""

    values: Mapping[tuple[str, str], Component | None]
    blends: Mapping[str, tuple[tuple[str, Decimal], ...]]
    aliases: Mapping[str, str]


def gwp_of(*, substance: str, gwp_set: str) -> Gwp:
    """Return the GWP100 of a species, a refrigerant or a blend in an assessment report.

    Parameters
    ----------
    substance
        As IPCC or as the refrigerant's plate has it: ``HFC32``, ``R-32``, ``r410a``.
    gwp_set
        ``ar4``, ``ar5`` or ``ar6``: a parameter of the report, so never a default.

    Raises
    ------
    Refused
        If the substance is unknown or has no value in that report: no value is not 0.

    Notes
    -----
    GLEC Framework v3.0, page 102; the blends are computed, whatever a table prints.

    Examples
    --------
    >>> gwp_of(substance="R-410A", gwp_set="ar6").gwp100
    Decimal('2255.50')
    >>> gwp_of(substance="r32", gwp_set="ar5").gwp100
    Decimal('677')
    """
    if gwp_set not in GWP_SETS:
        known = ", ".join(sorted(GWP_SETS))
        raise Refused(Reason.GWP_UNKNOWN, f"gwp_set {shown(gwp_set)} is none of {known}")
    book = gwp_book()
    name = _key(substance)
    parts = book.blends.get(name, ((book.aliases.get(name, name), ONE),))
    components = tuple(_component(book, substance, one, share, gwp_set) for one, share in parts)
    gwp100 = blend_gwp((one.mass_share, one.gwp100) for one in components)
    return Gwp(substance, gwp_set, gwp100, components)


def blend_gwp(parts: Iterable[tuple[Decimal, Decimal]]) -> Decimal:
    """Return the value of a blend of (mass share, GWP100) parts, unrounded.

    Raises
    ------
    ValueError
        If the shares do not add up to exactly 1.

    Examples
    --------
    >>> blend_gwp([(Decimal("0.5"), Decimal(771)), (Decimal("0.5"), Decimal(3740))])
    Decimal('2255.5')
    """
    whole, total = ZERO, ZERO
    for mass_share, gwp100 in parts:
        whole = CONTEXT.add(whole, mass_share)
        total = CONTEXT.add(total, CONTEXT.multiply(mass_share, gwp100))
    if whole != ONE:
        raise ValueError(f"mass_share must add up to 1, got {whole}")
    return total


class GwpSource(NamedTuple):
    """Who published or collected the values of a set, which edition, and under which licence."""

    publisher: str
    title: str
    version: str
    licence: str
    verification: str


@cache
def gwp_source(set_id: str) -> GwpSource:
    """Return whom the values of the packaged set ``set_id`` come from; read once.

    Examples
    --------
    >>> gwp_source("ipcc_gwp").licence
    'CC0-1.0'
    """
    read = tomllib.loads((SETS / set_id / "manifest.toml").read_text("utf-8"))
    keys = ("publisher", "title", "version", "licence_spdx", "verification")
    return GwpSource(*(read[key] for key in keys))


@cache
def gwp_book() -> GwpBook:
    """Return all packaged values; read on the first call, the same object ever after.

    Raises
    ------
    FactorFileError
        With every defect of the file that cannot be trusted.
    """
    return read_gwp_book([SETS / set_id for set_id in SET_IDS])


def read_gwp_book(folders: Iterable[Path]) -> GwpBook:
    """Return the values, blends and aliases of the sets in ``folders``; the first to say wins.

    Raises
    ------
    FactorFileError
        With every defect of the first file that has some.
    """
    values: dict[tuple[str, str], Component | None] = {}
    blends: dict[str, list[tuple[str, Decimal]]] = {}
    aliases: dict[str, str] = {}
    for folder in folders:
        sha256 = _hash_of(folder)
        for species, gwp_set, gwp100 in _rows(folder / "gwp.csv", GWP_COLUMNS, _value):
            known = None if gwp100 is None else Component(species, ONE, gwp100, folder.name, sha256)
            values.setdefault((_key(species), gwp_set), known)
        for blend, species, mass_share in _rows(folder / "blends.csv", BLEND_COLUMNS, _share):
            blends.setdefault(_key(blend), []).append((_key(species), mass_share))
        for alias, species in _rows(folder / "aliases.csv", ALIAS_COLUMNS, _alias):
            aliases[_key(alias)] = _key(species)
        _refuse_uneven(folder, blends)
    return GwpBook(
        values=MappingProxyType(values),
        blends=MappingProxyType({name: tuple(parts) for name, parts in blends.items()}),
        aliases=MappingProxyType(aliases),
    )


def _key(name: str) -> str:
    """R-410A, R410a and r410A are one refrigerant."""
    return "".join(one for one in name.casefold() if one.isalnum())


def _component(
    book: GwpBook, substance: str, species: str, mass_share: Decimal, gwp_set: str
) -> Component:
    found = book.values.get((species, gwp_set))
    if found is None:
        is_known = any((species, one) in book.values for one in GWP_SETS)
        why = f"has no GWP100 in {gwp_set}" if is_known else "is in no loaded set"
        raise Refused(Reason.GWP_UNKNOWN, f"substance {shown(substance)} {why}")
    return Component(found.species, mass_share, found.gwp100, found.set_id, found.set_sha256)


def _hash_of(folder: Path) -> str:
    """Over manifest and tables as they lie, in the order of their names."""
    digest = hashlib.sha256()
    for path in sorted(folder.iterdir()):
        if path.is_file():
            digest.update(path.read_bytes())
    return digest.hexdigest()


def _rows(path: Path, columns: tuple[str, ...], row_of: Callable[[Line], Row]) -> list[Row]:
    if not path.is_file():
        return []
    rows, defects, seen = [], [], set()
    file = f"{path.parent.name}/{path.name}"
    for line in lines_of(file, path.read_text("utf-8"), columns):
        if not line.defects:
            rows.append(row_of(line))
            key = tuple(_key(line.cells[column]) for column in columns[:-1])
            if key in seen:
                line.blame(columns[0], "is there twice")
            seen.add(key)
        defects.extend(line.defects)
    if defects:
        raise FactorFileError(defects)
    return rows


def _value(line: Line) -> tuple[str, str, Decimal | None]:
    return (
        line.needed("species"),
        line.one_of("gwp_set", GWP_SETS),
        line.number_or_none("gwp100"),
    )


def _share(line: Line) -> tuple[str, str, Decimal]:
    line.needed("mass_share")
    mass_share = line.number_or_none("mass_share")
    return line.needed("blend"), line.needed("species"), ZERO if mass_share is None else mass_share


def _alias(line: Line) -> tuple[str, str]:
    return line.needed("alias"), line.needed("species")


def _refuse_uneven(folder: Path, blends: Mapping[str, list[tuple[str, Decimal]]]) -> None:
    file = f"{folder.name}/blends.csv"
    defects = []
    for name, parts in blends.items():
        whole = ZERO
        for _, mass_share in parts:
            whole = CONTEXT.add(whole, mass_share)
        if whole != ONE:
            message = f"mass_share of {name} must add up to 1"
            defects.append(Defect(file, 0, "mass_share", str(whole), message))
    if defects:
        raise FactorFileError(defects)
