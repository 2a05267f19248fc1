"""One set from the bytes of its two files: strict, and every defect of both told at once."""

import hashlib
import re
from collections.abc import Iterable
from datetime import date

from emissions.defect import Defect, FactorFileError
from emissions.factor import Factor, FactorSet, Manifest
from emissions.finding import Word
from emissions.manifest import manifest_of
from emissions.table import Line, lines_of
from schemas.vocabulary import TransportMode, VehicleEnergy

MANIFEST_NAME = "manifest.toml"
TABLE_NAME = "factors.csv"
MAX_SET_BYTES = 16 * 1024 * 1024
MAX_SET_ROWS = 50_000
MAX_ID_CHARACTERS = 64
MAX_TEXT_CHARACTERS = 400
DQ_BEST, DQ_WORST = 1, 5

# Each kind with the units its rows may be per; the first is the one selection multiplies by.
UNITS_OF_KIND = {
    "intensity_tkm": ("tkm", "teu_km", "short_ton_mile"),
    "intensity_km": ("km", "mi"),
    "fuel": ("l", "gal", "kg", "t", "m3", "kwh"),
    "electricity": ("kwh",),
    "hub": ("t", "kg", "item", "m3_day"),
    "treatment": ("kg", "t", "short_ton", "item"),
    "material": ("kg", "t", "short_ton", "item"),
    "spend": ("cny",),
    "refrigerant": ("kg",),
    "parameter": ("tkm", "teu_km", "km", "l", "kg", "t", "m3", "kwh", "item", "m3_day", "cny"),
}
KINDS = frozenset(UNITS_OF_KIND)
UNITS = frozenset(unit for units in UNITS_OF_KIND.values() for unit in units)
MODES = frozenset(mode.value for mode in TransportMode) | {""}
ENERGIES = frozenset(energy.value for energy in VehicleEnergy) | {""}
LEVELS = frozenset({"province", "grid_region", "country"})
DISTANCE_BASES = frozenset({"", "sfd", "sfd_incl_daf", "gcd", "actual"})
BASES = frozenset({"", "generation_co2", "lifecycle_co2e", "net_cv", "gross_cv", "with_rf"})
ELECTRICITY_BASES = frozenset({"generation_co2", "lifecycle_co2e"})
LOAD_BASES = frozenset({"", "average", "measured", "0", "50", "100"})

FACTOR_COLUMNS = (
    "factor_id", "kind", "mode", "vehicle_class", "energy", "region", "region_level", "year",
    "temperature", "load_basis", "distance_basis", "basis", "per_unit", "ttw_kgco2e",
    "wtt_kgco2e", "wtw_kgco2e", "co2_kg", "ch4_kgco2e", "n2o_kgco2e", "biogenic_co2_kg", "gsd",
    "dq", "cells", "note",
)  # fmt: skip
# The name by which ``cells`` speaks of a figure, and its column.
COLUMN_OF_PART = {
    "ttw": "ttw_kgco2e", "wtt": "wtt_kgco2e", "wtw": "wtw_kgco2e", "co2": "co2_kg",
    "ch4": "ch4_kgco2e", "n2o": "n2o_kgco2e", "biogenic_co2": "biogenic_co2_kg",
}  # fmt: skip
FIGURES = ("ttw_kgco2e", "wtt_kgco2e", "wtw_kgco2e", "co2_kg", "biogenic_co2_kg")
ID = re.compile(r"[a-z0-9_]+(\.[a-z0-9_]+)*", re.ASCII)
NAME = re.compile(r"[a-z0-9_]*", re.ASCII)
BYTE_ORDER_MARK = b"\xef\xbb\xbf"
NO_DAY = date.min


def set_of(set_id: str, manifest_bytes: bytes, table_bytes: bytes) -> FactorSet:
    """Return the set of a manifest and a table; its hash is over both as they lie.

    Raises
    ------
    FactorFileError
        With every defect of both files.
    """
    manifest, defects = manifest_of(f"{set_id}/{MANIFEST_NAME}", manifest_bytes, set_id)
    sha256 = hashlib.sha256(manifest_bytes + table_bytes).hexdigest()
    factors, more = _factors(f"{set_id}/{TABLE_NAME}", table_bytes, manifest, sha256)
    if defects or more or manifest is None:
        raise FactorFileError([*defects, *more])
    return FactorSet(manifest, sha256, factors)


def _factors(
    file: str, raw: bytes, manifest: Manifest | None, sha256: str
) -> tuple[tuple[Factor, ...], list[Defect]]:
    text, defects = _text(file, raw)
    factors: list[Factor] = []
    line_of_id: dict[str, int] = {}
    for line in lines_of(file, text, FACTOR_COLUMNS) if not defects else ():
        if not line.defects:
            factor = _factor(line, manifest, sha256)
            factors.append(factor)
            first = line_of_id.setdefault(factor.factor_id, line.number)
            if first != line.number:
                line.blame("factor_id", f"is also in line {first}", Word.DUPLICATE_KEY)
        defects.extend(line.defects)
    if not factors and not defects:
        defects.append(Defect(file, 0, "factor_id", "", "has no row", Word.BLANK.value))
    if len(factors) > MAX_SET_ROWS:
        limit = f"is more than {MAX_SET_ROWS:,}"
        defects.append(Defect(file, 0, "rows", f"{len(factors):,}", limit))
    return tuple(factors), defects


def _text(file: str, raw: bytes) -> tuple[str, list[Defect]]:
    if len(raw) > MAX_SET_BYTES:
        message = f"is more than {MAX_SET_BYTES:,}"
        return "", [Defect(file, 0, "bytes", f"{len(raw):,}", message)]
    if raw.startswith(BYTE_ORDER_MARK):
        message = "begins with a byte-order mark; save it as plain UTF-8"
        return "", [Defect(file, 1, "line", "EF BB BF", message)]
    try:
        return raw.decode("utf-8"), []
    except UnicodeDecodeError as error:
        number = raw.count(b"\n", 0, error.start) + 1
        value = raw[error.start : error.end].hex(" ")
        return "", [Defect(file, number, "line", value, "is not UTF-8", Word.LABEL_DAMAGE.value)]


def _factor(line: Line, manifest: Manifest | None, sha256: str) -> Factor:
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
        per_unit=line.one_of("per_unit", UNITS, Word.UNIT_UNKNOWN),
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
        set_id="" if manifest is None else manifest.set_id,
        set_sha256=sha256,
        manifest=manifest,  # type: ignore[arg-type]  # without one the set is refused anyway
    )
    _check_row(line, factor)
    return factor


def _validity(line: Line, year: int | None, manifest: Manifest | None) -> tuple[date, date | None]:
    """A row of a year is valid in that year, any other as long as its set."""
    if manifest is None:
        return NO_DAY, None
    if year is None:
        return manifest.valid_from, manifest.valid_to
    if not manifest.valid_from.year <= year <= (manifest.valid_to or date.max).year:
        line.blame("year", "lies outside the validity of the set")
        return NO_DAY, None
    return date(year, 1, 1), date(year, 12, 31)


def _check_row(line: Line, factor: Factor) -> None:
    _check_names(line, factor)
    _check_unit(line, factor)
    if all(getattr(factor, name) is None and not line.cells[name] for name in FIGURES):
        line.blame("ttw_kgco2e", "a row without any figure is left out, not blank", Word.BLANK)
    if factor.cells and any("=" not in cell for cell in factor.cells.split(";")):
        line.blame("cells", "must name its source cells as part=cell;part=cell", Word.CELL_MISSING)
    if factor.dq is not None and not DQ_BEST <= factor.dq <= DQ_WORST:
        line.blame("dq", f"must be from {DQ_BEST} to {DQ_WORST}")
    if factor.gsd is not None and factor.gsd < 1:
        line.blame("gsd", "a geometric standard deviation is at least 1")


def _check_names(line: Line, factor: Factor) -> None:
    if factor.factor_id and ID.fullmatch(factor.factor_id) is None:
        line.blame("factor_id", "must be lower-case letters, digits, underscores and dots")
    for column in ("vehicle_class", "energy", "region", "temperature"):
        if NAME.fullmatch(line.cells[column]) is None:
            is_damaged = "�" in line.cells[column]
            word = Word.LABEL_DAMAGE if is_damaged else Word.SCHEMA
            line.blame(column, "must be lower-case letters, digits and underscores", word)
    for column in ("factor_id", "vehicle_class", "energy", "region", "temperature"):
        if len(line.cells[column]) > MAX_ID_CHARACTERS:
            line.blame(column, f"must have at most {MAX_ID_CHARACTERS} characters")
    for column in ("cells", "note"):
        if len(line.cells[column]) > MAX_TEXT_CHARACTERS:
            line.blame(column, f"must have at most {MAX_TEXT_CHARACTERS} characters")


def _check_unit(line: Line, factor: Factor) -> None:
    units = UNITS_OF_KIND.get(factor.kind, ())
    if factor.per_unit in UNITS and units and factor.per_unit not in units:
        allowed = ", ".join(units)
        line.blame("per_unit", f"{factor.kind} is per {allowed}", Word.UNIT_UNKNOWN)
    if factor.kind == "electricity" and factor.basis not in ELECTRICITY_BASES:
        line.blame("basis", f"electricity is {' or '.join(sorted(ELECTRICITY_BASES))}")
    if factor.kind.startswith("intensity"):
        _check_intensity(line, factor)


def _check_intensity(line: Line, factor: Factor) -> None:
    """What selection and the adjustment of distances need of an intensity."""
    for column in ("mode", "vehicle_class"):
        if not line.cells[column]:
            line.blame(column, "an intensity names its mode and vehicle_class", Word.BLANK)
    if factor.energy not in ENERGIES:
        line.blame("energy", f"is none of {', '.join(sorted(ENERGIES - {''}))}, nor blank")
    if factor.kind == "intensity_tkm" and not factor.distance_basis:
        line.blame("distance_basis", "says which kilometres an intensity is per", Word.BLANK)


def double_ids(sets: Iterable[FactorSet]) -> list[Defect]:
    """Return a defect for each factor_id that stands in more than one of ``sets``."""
    seen: dict[str, str] = {}
    defects = []
    for one in sets:
        for factor in one.factors:
            first = seen.setdefault(factor.factor_id, factor.set_id)
            if first != factor.set_id:
                defects.append(
                    Defect(
                        f"{factor.set_id}/{TABLE_NAME}",
                        0,
                        "factor_id",
                        factor.factor_id,
                        f"is also in {first}",
                        Word.DUPLICATE_KEY.value,
                    )
                )
    return defects
