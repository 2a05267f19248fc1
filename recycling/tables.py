"""Every state table, by the kind of aggregate, and which guards have a problem of their own."""

from collections.abc import Mapping
from types import MappingProxyType

from recycling.batch import BATCH_TABLE
from recycling.consignment import CONSIGNMENT_TABLE, vehicle_is_told
from recycling.lot import LOT_TABLE
from recycling.table import Guard, Table
from recycling.takeback_order import TAKEBACK_ORDER_TABLE
from recycling.takeback_order_guards import not_reassigned, region_is_listed
from recycling.unit import UNIT_TABLE, corrected_code_is_unclaimed
from recycling.unit_guards import code_is_unclaimed
from recycling.vocabulary import AggregateKind, Problem

TABLES: Mapping[AggregateKind, Table] = MappingProxyType(
    {
        table.kind: table
        for table in (TAKEBACK_ORDER_TABLE, UNIT_TABLE, BATCH_TABLE, LOT_TABLE, CONSIGNMENT_TABLE)
    }
)
COUNTED = (TAKEBACK_ORDER_TABLE, UNIT_TABLE, BATCH_TABLE, LOT_TABLE)
PROBLEM_OF: Mapping[Guard, Problem] = MappingProxyType(
    {
        not_reassigned: Problem.ORDER_REASSIGNED,
        region_is_listed: Problem.REGION_UNKNOWN,
        vehicle_is_told: Problem.EVIDENCE_INCOMPLETE,
        code_is_unclaimed: Problem.IDENTITY_ALREADY_CLAIMED,
        corrected_code_is_unclaimed: Problem.IDENTITY_ALREADY_CLAIMED,
    }
)


def table_of(kind: AggregateKind) -> Table:
    """Return the table of a kind of aggregate."""
    return TABLES[kind]
