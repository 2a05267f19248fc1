"""The packaged factor sets, read and checked once; a defective file stops the process."""

from collections.abc import Callable, Sequence
from dataclasses import fields
from functools import cache
from pathlib import Path
from typing import TypeVar

from emissions.defect import FactorFileError
from emissions.factor import (
    REGION_FALLBACK,
    FactorBook,
    FactorSet,
    ModeDefault,
    VehicleClass,
    book_of,
    index_key,
)
from emissions.set_file import MANIFEST_NAME, MODES, TABLE_NAME, double_ids, set_of
from emissions.table import Line, lines_of

ROOM = Path(__file__).parent
SETS = ROOM / "factor_sets"

CLASS_COLUMNS = tuple(field.name for field in fields(VehicleClass))
DEFAULT_COLUMNS = tuple(field.name for field in fields(ModeDefault))

Row = TypeVar("Row")


@cache
def load_book() -> FactorBook:
    """Return the book of all packaged sets; read on the first call, the same object ever after.

    Raises
    ------
    FactorFileError
        With every defect of the file that cannot be trusted.
    """
    sets = tuple(read_set(folder) for folder in sorted(SETS.iterdir()) if folder.is_dir())
    defects = double_ids(sets)
    if defects:
        raise FactorFileError(defects)
    return book_of(
        sets,
        vehicle_classes=_table(ROOM / "vehicle_classes.csv", CLASS_COLUMNS, _vehicle_class),
        mode_defaults=_table(ROOM / "mode_defaults.csv", DEFAULT_COLUMNS, _mode_default),
    )


def book_with_sets(
    brought: Sequence[FactorSet],
    *,
    set_order: tuple[str, ...] = (),
    region_fallback: tuple[str, ...] = REGION_FALLBACK,
) -> FactorBook:
    """Return the book of the packaged sets and of those a user brought, all of them approved.

    Where several sets answer equally well, those of ``set_order`` come first, then the brought
    ones, then the packaged. A class that only a brought table knows may be named by a leg.

    Raises
    ------
    FactorFileError
        If a factor_id stands in two sets.
    """
    packaged = load_book()
    if not brought and not set_order and region_fallback == REGION_FALLBACK:
        return packaged
    sets = (*packaged.sets, *brought)
    defects = double_ids(sets)
    if defects:
        raise FactorFileError(defects)
    named = sorted(one.manifest.set_id for one in brought)
    return book_of_only(
        sets,
        set_order=(*set_order, *(one for one in named if one not in set_order)),
        region_fallback=region_fallback,
    )


def book_of_only(
    sets: Sequence[FactorSet],
    *,
    set_order: tuple[str, ...] = (),
    region_fallback: tuple[str, ...] = REGION_FALLBACK,
) -> FactorBook:
    """Return the book in which ``sets`` answer and no others, with the house's classes and modes.

    A factor that was the best of many sets is also the best of its own: that set alone gives a
    recorded answer again, whatever came beside it since.

    Examples
    --------
    >>> defra = [one for one in load_book().sets if one.manifest.set_id == "defra_2025"]
    >>> len(book_of_only(defra).sets)
    1
    """
    packaged = load_book()
    return book_of(
        tuple(sets),
        vehicle_classes=(*packaged.vehicle_classes.values(), *_own_classes(sets, packaged)),
        mode_defaults=tuple(row for rows in packaged.mode_defaults.values() for row in rows),
        region_fallback=region_fallback,
        set_order=set_order,
    )


def _own_classes(brought: Sequence[FactorSet], packaged: FactorBook) -> tuple[VehicleClass, ...]:
    """The classes of published tables that the house has no name for: each is its own class."""
    own = {
        (factor.vehicle_class, factor.mode)
        for one in brought
        for factor in one.factors
        if index_key(factor)[0] == "intensity_tkm"
        if factor.vehicle_class not in packaged.vehicle_classes
    }
    return tuple(
        VehicleClass(
            vehicle_class=name,
            mode=mode,
            factor_class=name,
            title=name,
            is_assumption=False,
            note="brought with a set",
        )
        for name, mode in sorted(own, reverse=True)
    )


def read_set(folder: Path) -> FactorSet:
    """Return the set in ``folder``: its manifest, its factors and the hash of both files.

    Raises
    ------
    FactorFileError
        With every defect of the manifest and of the table.
    """
    manifest_bytes = (folder / MANIFEST_NAME).read_bytes()
    return set_of(folder.name, manifest_bytes, (folder / TABLE_NAME).read_bytes())


def _vehicle_class(line: Line) -> VehicleClass:
    return VehicleClass(
        vehicle_class=line.needed("vehicle_class"),
        mode=line.one_of("mode", MODES),
        factor_class=line.needed("factor_class"),
        title=line.needed("title"),
        is_assumption=line.flag("is_assumption"),
        note=line.text("note"),
    )


def _mode_default(line: Line) -> ModeDefault:
    return ModeDefault(
        mode=line.one_of("mode", MODES),
        vehicle_class=line.needed("vehicle_class"),
        energy=line.needed("energy"),
        from_km=line.number_or_none("from_km"),
        below_km=line.number_or_none("below_km"),
        is_assumption=line.flag("is_assumption"),
        energy_is_assumption=line.flag("energy_is_assumption"),
        note=line.needed("note"),
    )


def _table(path: Path, columns: tuple[str, ...], row_of: Callable[[Line], Row]) -> tuple[Row, ...]:
    return _parsed(path.name, path.read_text("utf-8"), columns, row_of)


def _parsed(
    file: str, text: str, columns: tuple[str, ...], row_of: Callable[[Line], Row]
) -> tuple[Row, ...]:
    rows, defects = [], []
    for line in lines_of(file, text, columns):
        if not line.defects:
            rows.append(row_of(line))
        defects.extend(line.defects)
    if defects:
        raise FactorFileError(defects)
    return tuple(rows)
