"""A body that can be read for each write of the API, by the name of its operation."""

from collections.abc import Callable, Mapping
from typing import Any

from recycling.tables import TABLES
from tests.recycling import builders
from tests.recycling.builders import EVIDENCE
from tests.web.partner.story import profile
from tests.web.partner.visits import declaration, picture

PICKUP = builders.PROOF | {
    "takeback_order_id": "O-unknown",
    "units": [{"unit_id": "U-unknown", "outcome": "collected", **builders.COLLECTED}],
}
BOUGHT = {
    "ordered_on": "2026-03-01", "category": "washing_machine", "price_cny_fen": 329_900, "grade": 1,
}  # fmt: skip
NDJSON = b"{}\n"
BODIES: Mapping[str, Callable[[], Any]] = {
    "pickup_post": lambda: PICKUP,
    "pickups_batch": lambda: NDJSON,
    "contact_put": lambda: {"name": "Li", "phone": "13900000002", "address": "Weifang 1"},
    "upload_declare": lambda: declaration(picture(251)),
    "upload_send": lambda: picture(252),
    "webhook_endpoint_add": lambda: {"url": "https://hooks.example.org/in"},
    "webhook_endpoint_change": lambda: {"state": "disabled"},
    "webhook_endpoint_rotate_secret": dict,
    "delivery_replay": dict,
    "partner_add": lambda: profile("recycler"),
    "partner_change": lambda: {"capacity_units_per_day": 7},
    "policies_evaluate": list,
    "assignments_run": lambda: {"dry_run": True},
    "forward_order_create": lambda: BOUGHT,
    "forward_order_deliver": dict,
    "forward_order_return": dict,
    "late_pickup_decide": lambda: {"decision": "new_demand", "reason": "seen"},
}
MEDIA_TYPES = {"pickups_batch": "application/x-ndjson", "upload_send": "image/png"}
QUERIES = {"pickups_batch": "?mode=proceed"}
COMMANDS = {
    f"{table.kind}_{move.command}": (table.kind, move)
    for table in TABLES.values()
    for move in table.moves
}


def has_body(operation_id: str) -> bool:
    """Whether there is a body for an operation."""
    return operation_id in BODIES or operation_id in COMMANDS


def body_of(operation_id: str) -> Any:
    """Return a body that the wall can read; each command's is the evidence under which it holds."""
    if operation_id in BODIES:
        return BODIES[operation_id]()
    kind, move = COMMANDS[operation_id]
    return dict(EVIDENCE.get((kind, str(move.command)), {}))
