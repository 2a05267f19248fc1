"""A ledger that an older version has filled is brought to the newest schema with what it holds."""

import shutil
from datetime import UTC, datetime
from pathlib import Path

from ledger.store import MIGRATIONS, migrate, open_for_writing

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
ORDER = (
    "insert into aggregate (kind, id, tenant, state, flags, version, body, head_hash, recorded_at) "
    "values (?, ?, 'maker', 'requested', '[]', 1, ?, '0', '2026-03-01T12:00:00.000000Z')"
)


def test_contacts_that_orders_carry_are_known_after_the_migration(tmp_path: Path) -> None:
    before = tmp_path / "before"
    before.mkdir()
    for script in sorted(MIGRATIONS.glob("*.sql"))[:6]:
        shutil.copy(script, before)
    db = open_for_writing(tmp_path / "ledger.sqlite")
    migrate(db, product_version="0.0.0", now=NOON, folder=before)
    for kind, one, body in (
        ("takeback_order", "O-1", '{"contact_id":"C-1"}'),
        ("takeback_order", "O-2", "{}"),
        ("unit", "U-1", '{"contact_id":"C-2"}'),
    ):
        db.execute(ORDER, [kind, one, body])

    applied = migrate(db, product_version="0.0.0", now=NOON)

    assert applied == ["contact_use"]
    assert db.execute("select * from contact_use").fetchall() == [("maker", "C-1", "O-1")]
    db.close()
