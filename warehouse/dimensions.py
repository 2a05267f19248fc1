"""Open ids to small integer keys; an id nobody announced gets an inferred row."""

from collections.abc import Iterable

import duckdb

from warehouse.columns import integers, table, texts
from warehouse.transaction import shown

DIMENSIONS = (
    "category", "company", "base", "vehicle_class", "carrier", "site", "region", "partner",
    "forklift", "factor", "method_version", "topic", "lane",
)  # fmt: skip


class Dimensions:
    """The keys of every dimension, kept in memory by the one process that writes them."""

    def __init__(self, db: duckdb.DuckDBPyConnection) -> None:
        """Read what is stored."""
        self._db = db
        self._keys: dict[str, dict[str | None, int]] = {name: {} for name in DIMENSIONS}
        self.reload()

    def reload(self) -> None:
        """Read the stored keys again: after a rollback, memory may know keys that are not there."""
        for name in DIMENSIONS:
            rows = self._db.execute(f"select id, {name}_key from dim_{name}").fetchall()
            self._keys[name] = dict(rows)

    def keys(self, name: str, ids: Iterable[str | None]) -> list[int | None]:
        """Return the key of each id in order; a new id is inserted as inferred."""
        known, given = self._keys[name], list(ids)
        new = set(given).difference(known, (None,))
        if new:
            self._insert(name, sorted(i for i in new if i is not None))
        return [known.get(i) for i in given]

    def _insert(self, name: str, ids: list[str]) -> None:
        known = self._keys[name]
        new = dict(zip(ids, range(len(known) + 1, len(known) + 1 + len(ids)), strict=True))
        columns = {"id": texts(new), f"{name}_key": integers(new.values())}
        with shown(self._db, "inferred", table(columns)):
            self._db.execute(
                f"insert into dim_{name} by name select *, true as is_inferred from inferred"
            )
        known.update(new)

    def announce(self, name: str, names: Iterable[tuple[str, str, str]]) -> None:
        """Name ids in Chinese and English; an id that is already known keeps its key."""
        for i, name_zh, name_en in names:
            self.keys(name, [i])
            self._db.execute(
                f"update dim_{name} set name_zh = ?, name_en = ?, is_inferred = false where id = ?",
                [name_zh, name_en, i],
            )
