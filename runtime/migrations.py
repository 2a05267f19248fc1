"""Numbered SQL files of a store: read in order, compared with what a file says it had."""

import hashlib
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path


class MigrationRefused(Exception):
    """The file and the migrations do not belong together; the message names the migration."""


@dataclass(frozen=True, slots=True)
class Migration:
    """One numbered SQL file."""

    number: int
    name: str
    sql: str

    @property
    def file(self) -> str:
        """Its name, as people find it."""
        return f"{self.number:04d}_{self.name}.sql"

    @property
    def sha256(self) -> str:
        """The checksum that a later start compares."""
        return hashlib.sha256(self.sql.encode()).hexdigest()


def read_migrations(folder: Path) -> Iterator[Migration]:
    """Yield the migrations in order.

    Raises
    ------
    MigrationRefused
        If the numbers have a gap or a file is misnamed.
    """
    for expected, path in enumerate(sorted(folder.glob("*.sql")), start=1):
        match = re.fullmatch(r"(\d{4})_([a-z_]+)\.sql", path.name)
        if match is None or int(match[1]) != expected:
            raise MigrationRefused(f"migration {path.name}: expected number {expected:04d}")
        yield Migration(expected, match[2], path.read_text(encoding="utf-8"))


def pending(
    applied: Iterable[tuple[int, str, str]], migrations: Sequence[Migration], *, store: str
) -> list[Migration]:
    """Return which ``migrations`` are still to come, after (number, name, sha256) of ``applied``.

    Raises
    ------
    MigrationRefused
        If an applied migration was changed or left out, or the file is newer than the code.
    """
    known = {number: (name, sha256) for number, name, sha256 in applied}
    for number, (name, _) in sorted(known.items()):
        if number > len(migrations):
            raise MigrationRefused(
                f"the {store} has migration {number:04d}_{name}, this version knows "
                f"{len(migrations)}: use the newer version, or rebuild from a snapshot"
            )
    for migration in migrations[: max(known, default=0)]:
        if migration.number not in known:
            raise MigrationRefused(f"migration {migration.file} was left out when it was due")
        if known[migration.number][1] != migration.sha256:
            raise MigrationRefused(f"migration {migration.file} was changed after it was applied")
    return [migration for migration in migrations if migration.number not in known]
