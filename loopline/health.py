"""Whether the owner process can do its work: one line per check, with a remedy."""

import shutil
from collections.abc import Sequence

import duckdb

from runtime.settings import GIB, WarehouseSettings
from warehouse.owner import Warehouse
from web.services import Check


class HealthChecks:
    """Asks the writer, the file and the disk."""

    def __init__(self, warehouse: Warehouse, settings: WarehouseSettings, *, durable: bool) -> None:
        """Keep what is asked."""
        self._warehouse = warehouse
        self._settings = settings
        self._durable = durable

    def __call__(self) -> Sequence[Check]:
        """Return the checks, each with its verdict."""
        return (self._writer(), self._file(), self._disk(), self._broker())

    def _writer(self) -> Check:
        alive = self._warehouse.alive
        return Check(
            name="writer",
            ok=alive,
            detail=f"{self._warehouse.queued_rows} rows queued" if alive else "the writer ended",
        )

    def _file(self) -> Check:
        try:
            rows = self._warehouse.query("select count(*) from schema_migration")
        except duckdb.Error as error:
            return Check(name="warehouse", ok=False, detail=str(error).splitlines()[0])
        return Check(name="warehouse", ok=True, detail=f"schema {rows[0][0]}")

    def _disk(self) -> Check:
        free = shutil.disk_usage(self._settings.dir).free
        wanted = self._settings.min_free_bytes
        return Check(
            name="disk",
            ok=free >= wanted,
            detail=f"{free / GIB:.1f} GiB free, {wanted / GIB:.1f} GiB are wanted",
        )

    def _broker(self) -> Check:
        detail = (
            "durable"
            if self._durable
            else "embedded broker: memory only; events not yet in the warehouse are lost "
            "when it stops"
        )
        return Check(name="broker", ok=True, detail=detail)
