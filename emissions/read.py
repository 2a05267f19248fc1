"""The packaged factor sets, read and checked once; a defective file stops the process."""

import hashlib
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import fields
from datetime import date
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar

from emissions.defect import Defect, FactorFileError
from emissions.factor import (
    Factor,
    FactorBook,
    FactorSet,
    Manifest,
    ModeDefault,
    VehicleClass,
    book_of,
)
from emissions.table import Line, lines_of
from schemas.vocabulary import TransportMode

ROOM = Path(__file__).parent
SETS = ROOM / "factor_sets"

KINDS = frozenset(
    {"intensity_tkm", "intensity_km", "fuel", "electricity", "hub", "treatment", "material",
     "spend"}
)  # fmt: skip
UNITS = frozenset(
    {"tkm", "teu_km", "km", "l", "gal", "kg", "t", "m3", "kwh", "item", "m3_day", "cny"}
)
MODES = frozenset(mode.value for mode in TransportMode) | {""}
LEVELS = frozenset({"province", "grid_region", "country"})
DISTANCE_BASES = frozenset({"", "sfd", "sfd_incl_daf", "gcd", "actual"})
BASES = frozenset({"", "generation_co2", "lifecycle_co2e", "net_cv", "gross_cv", "with_rf"})
LOAD_BASES = frozenset({"", "average", "measured", "0", "50", "100"})
VERIFICATIONS = frozenset({"primary", "secondary", "user"})

FACTOR_COLUMNS = (
    "factor_id", "kind", "mode", "vehicle_class", "energy", "region", "region_level", "year",
    "temperature", "load_basis", "distance_basis", "basis", "per_unit", "ttw_kgco2e",
    "wtt_kgco2e", "wtw_kgco2e", "co2_kg", "ch4_kgco2e", "n2o_kgco2e", "biogenic_co2_kg", "gsd",
    "dq", "cells", "note",
)  # fmt: skip
CLASS_COLUMNS = tuple(field.name for field in fields(VehicleClass))
DEFAULT_COLUMNS = tuple(field.name for field in fields(ModeDefault))
FIGURES = ("ttw_kgco2e", "wtt_kgco2e", "wtw_kgco2e", "co2_kg", "biogenic_co2_kg")
OPEN_KEYS = frozenset({"valid_to"})

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
    _refuse_double_ids(sets)
    return book_of(
        sets,
        vehicle_classes=_table(ROOM / "vehicle_classes.csv", CLASS_COLUMNS, _vehicle_class),
        mode_defaults=_table(ROOM / "mode_defaults.csv", DEFAULT_COLUMNS, _mode_default),
    )


def read_set(folder: Path) -> FactorSet:
    """Return the set in ``folder``: its manifest, its factors and the hash of both files.

    Raises
    ------
    FactorFileError
        With every defect of the manifest, or else of the table.
    """
    manifest_bytes = (folder / "manifest.toml").read_bytes()
    table_bytes = (folder / "factors.csv").read_bytes()
    manifest = _manifest(f"{folder.name}/manifest.toml", manifest_bytes, folder.name)
    sha256 = hashlib.sha256(manifest_bytes + table_bytes).hexdigest()
    factors = _parsed(
        f"{folder.name}/factors.csv",
        table_bytes.decode("utf-8"),
        FACTOR_COLUMNS,
        lambda line: _factor(line, manifest, sha256),
    )
    return FactorSet(manifest, sha256, factors)


def _manifest(file: str, raw: bytes, set_id: str) -> Manifest:
    read: dict[str, Any] = tomllib.loads(raw.decode("utf-8"))
    names = frozenset(field.name for field in fields(Manifest))
    defects = [
        Defect(file, 0, key, str(read.get(key, "")), "is missing" if key in names else "is unknown")
        for key in sorted((names ^ read.keys()) - OPEN_KEYS)
    ]
    if not defects:
        defects = _manifest_defects(file, read, set_id)
    if defects:
        raise FactorFileError(defects)
    read["valid_to"] = read.get("valid_to")
    read["conversions"] = MappingProxyType(read["conversions"])
    return Manifest(**read | {key: tuple(read[key]) for key in ("source_file", "source_sha256")})


def _manifest_defects(file: str, read: Mapping[str, Any], set_id: str) -> list[Defect]:
    checks = (
        ("set_id", read["set_id"] == set_id, f"must be the folder's name {set_id}"),
        ("publisher", bool(read["publisher"]), "must not be blank"),
        ("title", bool(read["title"]), "must not be blank"),
        ("licence_spdx", bool(read["licence_spdx"]), "must not be blank"),
        ("attribution", bool(read["attribution"]), "must not be blank"),
        ("verification", read["verification"] in VERIFICATIONS, "is unknown"),
        ("valid_from", isinstance(read["valid_from"], date), "must be a day"),
        ("valid_to", isinstance(read.get("valid_to"), date | None), "must be a day"),
        (
            "source_sha256",
            len(read["source_sha256"]) == len(read["source_file"]),
            "must name as many hashes as there are source files",
        ),
    )
    return [
        Defect(file, 0, key, str(read.get(key)), message)
        for key, holds, message in checks
        if not holds
    ]


def _factor(line: Line, manifest: Manifest, sha256: str) -> Factor:
    year = line.whole_or_none("year")
    valid_from, valid_to = _validity(line, year, manifest)
    factor = Factor(
        factor_id=line.needed("factor_id"),
        kind=line.one_of("kind", KINDS),
        mode=line.one_of("mode", MODES),
        vehicle_class=line.text("vehicle_class"),
        energy=line.text("energy"),
        region=line.needed("region"),
        region_level=line.one_of("region_level", LEVELS),
        year=year,
        temperature=line.text("temperature"),
        load_basis=line.one_of("load_basis", LOAD_BASES),
        distance_basis=line.one_of("distance_basis", DISTANCE_BASES),
        basis=line.one_of("basis", BASES),
        per_unit=line.one_of("per_unit", UNITS),
        ttw_kgco2e=line.number_or_none("ttw_kgco2e"),
        wtt_kgco2e=line.number_or_none("wtt_kgco2e"),
        wtw_kgco2e=line.number_or_none("wtw_kgco2e"),
        co2_kg=line.number_or_none("co2_kg"),
        ch4_kgco2e=line.number_or_none("ch4_kgco2e"),
        n2o_kgco2e=line.number_or_none("n2o_kgco2e"),
        biogenic_co2_kg=line.number_or_none("biogenic_co2_kg"),
        gsd=line.number_or_none("gsd"),
        dq=line.whole_or_none("dq"),
        cells=line.needed("cells"),
        note=line.text("note"),
        valid_from=valid_from,
        valid_to=valid_to,
        set_id=manifest.set_id,
        set_sha256=sha256,
        manifest=manifest,
    )
    _check_figures(line, factor)
    return factor


def _validity(line: Line, year: int | None, manifest: Manifest) -> tuple[date, date | None]:
    """A row of a year is valid in that year, any other as long as its set."""
    if year is None:
        return manifest.valid_from, manifest.valid_to
    if not manifest.valid_from.year <= year <= (manifest.valid_to or date.max).year:
        line.blame("year", "lies outside the validity of the set")
    return date(year, 1, 1), date(year, 12, 31)


def _check_figures(line: Line, factor: Factor) -> None:
    if all(getattr(factor, name) is None for name in FIGURES):
        line.blame("ttw_kgco2e", "a row without any figure is left out, not blank")
    ttw, wtt, wtw = factor.ttw_kgco2e, factor.wtt_kgco2e, factor.wtw_kgco2e
    if None not in (ttw, wtt, wtw) and ttw + wtt != wtw:  # type: ignore[operator]  # none is None
        line.blame("wtw_kgco2e", "is not WTT + TTW")
    if any("=" not in cell for cell in factor.cells.split(";")):
        line.blame("cells", "must name its source cells as part=cell;part=cell")


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


def _refuse_double_ids(sets: tuple[FactorSet, ...]) -> None:
    seen: dict[str, str] = {}
    defects = []
    for one in sets:
        for factor in one.factors:
            if factor.factor_id in seen:
                message = f"is also in {seen[factor.factor_id]}"
                file = f"{factor.set_id}/factors.csv"
                defects.append(Defect(file, 0, "factor_id", factor.factor_id, message))
            seen[factor.factor_id] = factor.set_id
    if defects:
        raise FactorFileError(defects)
