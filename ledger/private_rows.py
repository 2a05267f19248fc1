"""What was told privately with one event: beside it, and in no event or body."""

import json

from ledger.records import Json, Ref
from ledger.statements import Statements


def private_fact(db: Statements, tenant: str, ref: Ref, version: int) -> Json | None:
    """Return what was told privately with one event of a tenant's aggregate, or None."""
    row = db.execute(
        "select p.body from private_fact p join aggregate a using (kind, id) "
        "where p.kind = ? and p.id = ? and p.version = ? and a.tenant = ?",
        [ref.kind, ref.id, version, tenant],
    ).fetchone()
    return None if row is None else dict(json.loads(row[0]))
