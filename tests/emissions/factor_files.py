"""Factor files of a made-up publisher: consistent as they stand, and changed cell by cell."""

import csv
import io
from pathlib import Path
from typing import Any

from emissions.factor import FactorSet
from emissions.set_file import FACTOR_COLUMNS, MANIFEST_NAME, TABLE_NAME, set_of

SET_ID = "maker_2026"
TTW = "ttw_kgco2e"
WTT = "wtt_kgco2e"
WTW = "wtw_kgco2e"


def manifest(**changed: Any) -> bytes:
    """A manifest of published defaults, with keys changed or taken out by None."""
    plain: dict[str, Any] = {
        "set_id": SET_ID, "publisher": "Maker", "title": "Factors", "version": "1", "year": 2026,
        "licence_spdx": "CC0-1.0", "licence_url": "", "attribution": "Maker", "source_file": [],
        "source_sha256": [], "gwp_set": "ar6", "supersedes": "", "redistributable": False,
        "verification": "secondary",
    }  # fmt: skip
    days = {"retrieved_on": "2026-01-02", "valid_from": "2026-01-01", "valid_to": "2026-12-31"}
    conversions = changed.pop("conversions", {})
    days = {key: changed.pop(key, day) for key, day in days.items()}
    kept = {key: value for key, value in (plain | changed).items() if value is not None}
    lines = [f"{key} = {toml(value)}" for key, value in kept.items()]
    lines += [f"{key} = {day}" for key, day in days.items() if day is not None]
    lines += ["[conversions]", *(f'{key} = "{value}"' for key, value in conversions.items())]
    return "\n".join(lines).encode()


def toml(value: Any) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return (
        str(value)
        if isinstance(value, int)
        else str(value).replace("'", '"')
        if isinstance(value, list)
        else f'"{value}"'
    )


def row(name: str = "lorry.tkm", **changed: str) -> dict[str, str]:
    """A lorry's intensity per tonne-kilometre whose parts, gases and cells agree."""
    plain = {
        "factor_id": f"{SET_ID}.{name}", "kind": "intensity_tkm", "mode": "road",
        "vehicle_class": "maker_lorry", "energy": "diesel", "region": "cn",
        "region_level": "country", "load_basis": "average", "distance_basis": "sfd",
        "per_unit": "tkm", "ttw_kgco2e": "0.08000", "wtt_kgco2e": "0.02000",
        "wtw_kgco2e": "0.10000", "co2_kg": "0.07900", "ch4_kgco2e": "0.00001",
        "n2o_kgco2e": "0.00099", "cells": "ttw=B2;wtt=C2;wtw=D2;co2=E2;ch4=F2;n2o=G2",
    }  # fmt: skip
    return dict.fromkeys(FACTOR_COLUMNS, "") | plain | changed


def plain_row(name: str, **changed: str) -> dict[str, str]:
    """A row without gases and without WTW."""
    bare = dict.fromkeys(("co2_kg", "ch4_kgco2e", "n2o_kgco2e", "wtw_kgco2e"), "")
    return row(name, **{**bare, "cells": "ttw=B2;wtt=C2"} | changed)


def gas_row(species: str, gwp100: str) -> dict[str, str]:
    """A refrigerant: kg CO2e per kg that leaks."""
    return plain_row(
        species, kind="refrigerant", mode="", vehicle_class="", energy=species, load_basis="",
        distance_basis="", per_unit="kg", ttw_kgco2e=gwp100, wtt_kgco2e="", cells="ttw=R2",
    )  # fmt: skip


def hub_row(name: str, ttw: str, cell: str = "B2") -> dict[str, str]:
    """A figure per tonne that a building handles."""
    return plain_row(
        name, kind="hub", mode="", vehicle_class="", energy="", load_basis="", distance_basis="",
        per_unit="t", ttw_kgco2e=ttw, wtt_kgco2e="", cells=f"ttw={cell}",
    )  # fmt: skip


def table(*rows: dict[str, str]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, FACTOR_COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def a_set(*rows: dict[str, str], **changed: Any) -> FactorSet:
    set_id = changed.get("set_id", SET_ID)
    return set_of(set_id, manifest(**changed), table(*(rows or (row(),))))


def write(folder: Path, *rows: dict[str, str], **changed: Any) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / MANIFEST_NAME).write_bytes(manifest(**changed))
    (folder / TABLE_NAME).write_bytes(table(*(rows or (row(),))))
    return folder
