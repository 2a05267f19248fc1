"""Stands where eligibility will be asked of the ledger: to be replaced, nothing fails here."""

from datetime import date

from ledger.contract import View
from ledger.desk.reference import Reference
from recycling.aggregate import Aggregate


def failed_codes_of(
    takeback_order: Aggregate, on: date, recycler_id: str, view: View, reference: Reference
) -> tuple[str, ...]:
    """Return why a recycler may not have an order on a day; empty where it may."""
    return ()
