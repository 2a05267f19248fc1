from pathlib import Path
from shutil import copytree

import duckdb
import pytest

from runtime.migrations import MigrationRefused, read_migrations
from schemas import vocabulary
from tests.warehouse.builders import NOON, empty
from warehouse.migrate import MIGRATIONS, migrate

ENUMS = {
    "transport_mode": vocabulary.TransportMode,
    "vehicle_energy": vocabulary.VehicleEnergy,
    "leg_kind": vocabulary.LegKind,
    "distance_kind": vocabulary.DistanceKind,
    "calculation_method": vocabulary.CalculationMethod,
    "data_class": vocabulary.DataClass,
    "electricity_basis": vocabulary.ElectricityBasis,
    "forklift_energy": vocabulary.ForkliftEnergy,
    "channel": vocabulary.Channel,
    "hub_type": vocabulary.HubType,
    "severity": vocabulary.Severity,
}
NEXT = len(list(MIGRATIONS.glob("*.sql"))) + 1  # the number that no migration has yet


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return Path(copytree(MIGRATIONS, tmp_path / "migrations"))


def brought(db: duckdb.DuckDBPyConnection, folder: Path) -> list[str]:
    return migrate(db, product_version="0.2.0", now=NOON, folder=folder)


def test_each_migration_is_applied_once_and_remembered() -> None:
    db = empty()

    assert migrate(db, product_version="0.2.0", now=NOON) == []
    known = db.execute("select number, name, sha256 from schema_migration order by 1").fetchall()
    assert known == [(m.number, m.name, m.sha256) for m in read_migrations(MIGRATIONS)]


@pytest.mark.parametrize("name", sorted(ENUMS))
def test_a_closed_vocabulary_is_the_same_in_schemas_and_in_the_file(name: str) -> None:
    words = empty().execute(f"select enum_range(null::{name})").fetchall()[0][0]

    assert words == [word.value for word in ENUMS[name]]


def test_a_migration_that_was_changed_is_refused_by_name(folder: Path) -> None:
    db = empty()
    path = folder / "0001_start.sql"
    path.write_text(path.read_text("utf-8") + "\n-- a word", "utf-8")

    with pytest.raises(MigrationRefused, match=r"0001_start\.sql was changed"):
        brought(db, folder)


def test_a_gap_in_the_numbers_is_refused_by_name(folder: Path) -> None:
    (folder / f"{NEXT + 1:04}_more.sql").write_text("select 1", "utf-8")

    with pytest.raises(
        MigrationRefused, match=rf"{NEXT + 1:04}_more\.sql: expected number {NEXT:04}"
    ):
        brought(duckdb.connect(), folder)


@pytest.mark.parametrize("name", [f"{NEXT:04}-more.sql", f"{NEXT}_more.sql", f"{NEXT:04}_More.sql"])
def test_a_misnamed_migration_is_refused_by_name(folder: Path, name: str) -> None:
    (folder / name).write_text("select 1", "utf-8")

    with pytest.raises(MigrationRefused, match="expected number"):
        brought(duckdb.connect(), folder)


def test_a_file_newer_than_the_code_is_refused_by_name(folder: Path) -> None:
    (folder / f"{NEXT:04}_more.sql").write_text("create table more (i int)", "utf-8")
    db = duckdb.connect()
    brought(db, folder)

    with pytest.raises(
        MigrationRefused, match=f"has migration {NEXT:04}_more, this version knows {NEXT - 1}"
    ):
        migrate(db, product_version="0.1.0", now=NOON)


def test_a_migration_that_was_left_out_is_refused_by_name() -> None:
    db = empty()
    db.execute("delete from schema_migration where number = 1")

    with pytest.raises(MigrationRefused, match=r"0001_start\.sql was left out"):
        migrate(db, product_version="0.2.0", now=NOON)


def test_a_migration_that_fails_leaves_the_schema_as_it_was(folder: Path) -> None:
    (folder / f"{NEXT:04}_more.sql").write_text("create table more (i int); select oops", "utf-8")
    db = empty()

    with pytest.raises(duckdb.BinderException):
        brought(db, folder)

    assert db.execute("select max(number) from schema_migration").fetchall() == [(NEXT - 1,)]
    (folder / f"{NEXT:04}_more.sql").write_text("create table more (i int)", "utf-8")
    assert brought(db, folder) == ["more"]
