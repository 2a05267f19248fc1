"""``POST /v1/pickups``: the one route that has to be fast, on bare Starlette.

The proof of every unit is read before the ledger is asked, so that what cannot be is told as 422
with a pointer into the body; order, units, claims and proof then commit together.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from ledger.desk.ask import Ask
from ledger.records import PickupOf, Ref
from recycling.evidence import (
    ID,
    EvidenceError,
    FieldError,
    needs,
    plain,
    read_evidence,
    schema_of,
)
from recycling.facts import Actor
from recycling.takeback_order import PICKUP
from recycling.takeback_order_steps import COLLECTED, REFUSED
from recycling.unit import UNIT_TABLE
from recycling.unit_moves import MAX_ORDER_UNITS
from recycling.vocabulary import AggregateKind, OrderCommand, UnitCommand
from schemas.refusal import shown
from web.partner.command_body import of_evidence
from web.partner.credential import Scope
from web.partner.openapi import answer, refusals, writing_doc
from web.partner.order_of_checks import Rule
from web.partner.problems import ProblemName, problem
from web.partner.services import PartnerServices
from web.partner.writing import actor_of, admit, ask_ledger, read_value

PATH = "/v1/pickups"
RULE = Rule(scope=Scope.PICKUPS_WRITE)
WHOLE_PICKUP = (needs("takeback_order_id", ID), *PICKUP)
UNIT_ID = needs("unit_id", ID)
AT_THE_DOOR = {
    COLLECTED: UNIT_TABLE.move_of(UnitCommand.COLLECT).evidence,
    REFUSED: UNIT_TABLE.move_of(UnitCommand.REFUSE).evidence,
}


def route(services: PartnerServices) -> Route:
    """Return the route."""

    async def endpoint(request: Request) -> Response:
        admitted = admit(request, RULE, services)
        value = await read_value(request, admitted)
        asked = asked_of(value, actor_of(admitted.credential))
        return await ask_ledger(
            services,
            request,
            admitted,
            asked.ask,
            body=value,
            target=asked.target,
            business_keys=asked.business_keys,
            late=asked.late,
        )

    return Route(PATH, endpoint, methods=["POST"])


@dataclass(frozen=True, slots=True)
class AskedPickup:
    """A pickup as the ledger is asked for it."""

    ask: Ask
    target: Ref
    business_keys: tuple[PickupOf, ...]
    late: Callable[[], Mapping[str, Any]]


def asked_of(value: Any, by: Actor) -> AskedPickup:
    """Return what is asked by the body of a pickup.

    Raises
    ------
    Problem
        422 naming every field that is wrong.
    """
    takeback_order_id, evidence = read_pickup(value)
    ask = Ask(
        kind=AggregateKind.TAKEBACK_ORDER,
        command=str(OrderCommand.POST_PICKUP),
        by=by,
        evidence=evidence,
        occurred_at=evidence["picked_at"],
        is_read=True,
    )
    return AskedPickup(
        ask,
        Ref(AggregateKind.TAKEBACK_ORDER, takeback_order_id),
        tuple(PickupOf(takeback_order_id, one["unit_id"]) for one in evidence["units"]),
        partial(late_of, takeback_order_id, value),
    )


def late_of(takeback_order_id: str, value: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is kept whole of a pickup that comes too late: the order, and its proof."""
    proof = {name: one for name, one in value.items() if name != "takeback_order_id"}
    return {"takeback_order_id": takeback_order_id, "evidence": plain(proof)}


def read_pickup(value: object) -> tuple[str, dict[str, Any]]:
    """Return the order's id, and the evidence of the pickup with that of each unit, as read.

    Raises
    ------
    Problem
        422 naming every field that is wrong.
    """
    if not isinstance(value, Mapping):
        raise problem(ProblemName.VALIDATION_FAILED, f"the body {shown(value)} is no object")
    errors: list[FieldError] = []
    told = _read(
        WHOLE_PICKUP, {name: one for name, one in value.items() if name != "units"}, "", errors
    )
    units = _read_units(value.get("units"), errors)
    if errors:
        raise of_evidence(tuple(errors))
    takeback_order_id = told.pop("takeback_order_id")
    return takeback_order_id, {**told, "units": units}


def _read_units(given: object, errors: list[FieldError]) -> list[dict[str, Any]]:
    if not isinstance(given, list) or not 1 <= len(given) <= MAX_ORDER_UNITS:
        reason = f"is no list of 1 to {MAX_ORDER_UNITS} units"
        errors.append(FieldError("/units", shown(given), reason, is_missing=given is None))
        return []
    found = [_read_unit(one, f"/units/{nth}", errors) for nth, one in enumerate(given)]
    ids = [one.get("unit_id") for one in found]
    if len(set(ids)) != len(ids):
        errors.append(FieldError("/units", shown(ids), "names a unit more than once"))
    return found


def _read_unit(given: object, pointer: str, errors: list[FieldError]) -> dict[str, Any]:
    outcome = given.get("outcome") if isinstance(given, Mapping) else None
    fields = AT_THE_DOOR.get(outcome) if isinstance(outcome, str) else None
    if fields is None or not isinstance(given, Mapping):
        reason = f"is neither {COLLECTED} nor {REFUSED}"
        errors.append(FieldError(f"{pointer}/outcome", shown(outcome), reason))
        return {}
    rest = {name: one for name, one in given.items() if name != "outcome"}
    return {**_read((UNIT_ID, *fields), rest, pointer, errors), "outcome": outcome}


def _read(
    fields: tuple[Any, ...], given: Mapping[str, Any], pointer: str, errors: list[FieldError]
) -> dict[str, Any]:
    try:
        return read_evidence(fields, given)
    except EvidenceError as error:
        errors += [
            FieldError(pointer + one.pointer, one.value, one.reason, one.is_missing)
            for one in error.errors
        ]
        return {}


def schema() -> dict[str, Any]:
    """Return the JSON Schema of the body."""
    units = []
    for outcome, fields in AT_THE_DOOR.items():
        one = schema_of((UNIT_ID, *fields))
        one["properties"]["outcome"] = {"type": "string", "const": outcome}
        one["required"].append("outcome")
        units.append(one)
    whole = schema_of(WHOLE_PICKUP)
    whole["properties"]["units"] = {
        "type": "array",
        "items": {"oneOf": units},
        "minItems": 1,
        "maxItems": MAX_ORDER_UNITS,
    }
    whole["required"].append("units")
    return whole


def doc() -> dict[str, Any]:
    """Return what OpenAPI says of the route; a bare route says nothing by itself."""
    document = {"$ref": "#/components/schemas/Document"}
    told = writing_doc(
        schema(),
        success=answer(200, "every unit collected or refused", document),
        scope=RULE.scope,
        of_one=False,
        roles=("recycler",),
    )
    told["responses"] |= refusals((404, 412))
    return {
        "operationId": "pickup_post",
        "summary": "Post a pickup with its proof",
        "tags": ["pickups"],
        **told,
    }
