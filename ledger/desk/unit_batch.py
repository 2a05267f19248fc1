"""Stands where a unit's open batch will be looked up: to be replaced by the part of batches."""

from ledger.contract import View
from recycling.aggregate import Aggregate


def batch_of(unit: Aggregate, view: View) -> str | None:
    """Return the batch that a unit is an input of, or ``None``."""
    batch_id = unit.body.get("batch_id")
    return None if batch_id is None else str(batch_id)
