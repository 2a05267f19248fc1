"""A legal case for every command: aggregate, evidence and facts; a test names what it changes."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from enum import StrEnum
from typing import Any

from recycling.aggregate import Aggregate, nothing
from recycling.apply import Applied, Refusal, apply
from recycling.facts import Actor, Facts, Known, Original, Subsidy
from recycling.permit import DatedNeed, Permit, PermitKind
from recycling.table import Move, Table
from recycling.tables import COUNTED, TABLES
from recycling.unit_mass import UnitInput, UnitMass
from recycling.vocabulary import AggregateKind, Flag, MassBasis, Role
from recycling.vocabulary import BatchCommand as B
from recycling.vocabulary import ConsignmentCommand as C
from recycling.vocabulary import LotCommand as L
from recycling.vocabulary import OrderCommand as O
from recycling.vocabulary import UnitCommand as U
from schemas.vocabulary import TakebackUnitState

NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)
KINDS = AggregateKind
SHA = "0" * 64
EVERY_TABLE = tuple(TABLES.values())


def at(hours: float = 0) -> str:
    return (NOON + timedelta(hours=hours)).isoformat()


def photos(*views: str) -> list[dict[str, Any]]:
    shown = views or ("whole", "name_plate", "core_part", "label")
    return [{"upload_id": f"PH-{view}", "view": view, "sha256": SHA} for view in shown]


def line(**changed: Any) -> dict[str, Any]:
    plain = {
        "category": "washing_machine",
        "brand": "brand-b",
        "age_years": 9,
        "condition": "works",
    }
    return plain | changed


PROOF: dict[str, Any] = {
    "picked_at": at(), "lat": "36.07", "lon": "120.38", "accuracy_m": "12", "datum": "gcj02",
    "collector_id": "K-7", "vehicle_plate": "LU-B12345", "vehicle_energy": "electric",
    "acknowledged_by": "otp", "acknowledgement": "483920",
}  # fmt: skip
COLLECTED: dict[str, Any] = {
    "unit_code": "PL-0001", "code_bound_at": at(), "photos": photos(), "mass_kg": "61.500",
    "weight_method": "scale", "scale_id": "SC-1", "completeness": ["motor", "board"],
    "grade": "complete", "price_paid_cny_fen": 8_500,
}  # fmt: skip
REFUSED: dict[str, Any] = {"reason_code": "not_the_item", "photos": photos("whole")}
VEHICLE = {"vehicle_plate": "LU-B12345", "vehicle_energy": "electric", "odometer_km": "48210"}
GASLESS = {
    "refrigerants": [], "oil_g": 0, "capacitor_count": 1, "mercury_g": 0, "crt_glass_g": 0
}  # fmt: skip


def outputs(**changed: Any) -> dict[str, Any]:
    """Two washers of 61.5 kg: 122 kg of steel and 1 kg lost."""
    steel = {"material": "steel", "mass_kg": "122", "operation_code": "R4", "destination_id": "D-1"}
    return {"outputs": [steel], "losses_kg": "1", "gas_fates": []} | changed


EVIDENCE: dict[tuple[AggregateKind, str], dict[str, Any]] = {
    (KINDS.TAKEBACK_ORDER, O.REGISTER_DEMAND): {
        "channel": "mini_program", "channel_ref": "CRM-1", "region": "370200",
        "contact_id": "CT-1", "privacy_consent": True, "lines": [line(), line()],
    },
    (KINDS.TAKEBACK_ORDER, O.APPRAISE): {
        "category": "washing_machine", "size_class": "large", "core_parts": ["motor"],
        "price_cny_fen": 8_500, "price_list_version": "2026-06", "valid_until": at(72),
    },
    (KINDS.TAKEBACK_ORDER, O.LINK_TRADE_IN): {
        "forward_order_no": "FO-1", "policy_id": "maker", "policy_version": 3,
        "service_mode": "deliver_and_collect",
    },
    (KINDS.TAKEBACK_ORDER, O.ASSIGN): {"recycler_id": "P-recycler"},
    (KINDS.TAKEBACK_ORDER, O.DECLINE): {"reason_code": "capacity_full"},
    (KINDS.TAKEBACK_ORDER, O.UNASSIGN): {"reason_code": "partner_silent"},
    (KINDS.TAKEBACK_ORDER, O.APPOINT): {"window_from": at(20), "window_to": at(24)},
    (KINDS.TAKEBACK_ORDER, O.RESCHEDULE): {
        "window_from": at(44), "window_to": at(48), "reason_code": "consumer_wish",
    },
    (KINDS.TAKEBACK_ORDER, O.REPORT_NO_SHOW): {
        "no_show_by": "consumer", "contact_attempt": "called twice", "arrived_at": at(),
        "lat": "36.07", "lon": "120.38",
    },
    (KINDS.TAKEBACK_ORDER, O.POST_PICKUP): PROOF | {
        "units": [{"unit_id": "U-1", "outcome": "collected"},
                  {"unit_id": "U-2", "outcome": "refused"}],
    },
    (KINDS.TAKEBACK_ORDER, O.SETTLE): {"settlement_line_id": "SL-1"},
    (KINDS.TAKEBACK_ORDER, O.CANCEL): {"reason_code": "changed_mind"},
    (KINDS.TAKEBACK_ORDER, O.HOLD): {"finding_id": "F-2"},
    (KINDS.TAKEBACK_ORDER, O.RELEASE): {"finding_id": "F-1", "decision": "unfounded"},
    (KINDS.TAKEBACK_ORDER, O.DISPUTE): {"claim": "price"},
    (KINDS.TAKEBACK_ORDER, O.RESOLVE): {"outcome": "paid in full"},
    (KINDS.UNIT, U.DECLARE): line(
        takeback_order_id="TB-1", channel="mini_program", region="370200"
    ),
    (KINDS.UNIT, U.COLLECT): COLLECTED,
    (KINDS.UNIT, U.REFUSE): REFUSED,
    (KINDS.UNIT, U.DEPART): VEHICLE | {"consignment_id": "C-1"},
    (KINDS.UNIT, U.RECEIVE): {"mass_kg": "61.500", "site_id": "DEPOT-1"},
    (KINDS.UNIT, U.INSPECT): {"grade": "recycle", "completeness": ["motor", "board"]},
    (KINDS.UNIT, U.RESELL): {"refurbisher_id": "P-refurbisher", "data_wiped": True},
    (KINDS.UNIT, U.SHIP_TO_DISMANTLER): {
        "dismantler_id": "P-dismantler", "manifest_id": "M-1", "same_site": False,
        "consignment_id": "C-2",
    },
    (KINDS.UNIT, U.ACCEPT): {"mass_kg": "61.500", "site_id": "PLANT-1"},
    (KINDS.UNIT, U.REJECT): {"reason_code": "not_as_declared", "accepted_mass_kg": 0},
    (KINDS.UNIT, U.STORE): {"location_id": "A-03", "stored_at": at()},
    (KINDS.UNIT, U.DEPOLLUTE): GASLESS,
    (KINDS.UNIT, U.DISMANTLE): {"batch_id": "B-1"},
    (KINDS.UNIT, U.REPORT_LOST): {"reason_code": "stolen"},
    (KINDS.UNIT, U.CORRECT): {
        "event_id": "E-1", "values": {"brand": "brand-c"}, "reason_code": "typing_error",
    },
    (KINDS.BATCH, B.OPEN): {"site_id": "PLANT-1"},
    (KINDS.BATCH, B.ADD_INPUT): {"unit_id": "U-9"},
    (KINDS.BATCH, B.REMOVE_INPUT): {"unit_id": "U-1", "reason_code": "not_treated"},
    (KINDS.BATCH, B.DECLARE_OUTPUTS): outputs(reason_code="weighed_again"),
    (KINDS.BATCH, B.WRITE_OFF): {"reason_code": "fire"},
    (KINDS.BATCH, B.AUDIT): {"report_id": "R-1"},
    (KINDS.BATCH, B.REVOKE): {"finding_id": "F-1"},
    (KINDS.BATCH, B.HOLD): {"finding_id": "F-2"},
    (KINDS.BATCH, B.RELEASE): {"finding_id": "F-1", "decision": "unfounded"},
    (KINDS.LOT, L.CREATE): {
        "batch_id": "B-1", "material": "plastics", "mass_kg": "389", "holder_id": "P-dismantler",
    },
    (KINDS.LOT, L.SHIP): {"consignee_id": "P-buyer", "mode": "road"},
    (KINDS.LOT, L.RECEIVE): {"mass_kg": "388"},
    (KINDS.LOT, L.REJECT): {"reason_code": "wet"},
    (KINDS.LOT, L.PROCESS): {"yield_share": "0.82", "operation_code": "R3"},
    (KINDS.LOT, L.USE): {"product_id": "drum", "plant_batch_id": "PB-1"},
    (KINDS.LOT, L.DISPOSE): {"operation_code": "D10"},
    (KINDS.CONSIGNMENT, C.CREATE): {
        "unit_ids": ["U-1", "U-2"], "to": "depot", "to_partner_id": "P-depot",
        "carrier_id": "P-carrier", "from_site_id": "YARD-1", "to_site_id": "DEPOT-1",
    },
    (KINDS.CONSIGNMENT, C.DEPART): VEHICLE,
    (KINDS.CONSIGNMENT, C.RECEIVE): {"units": [{"unit_id": "U-1", "mass_kg": "61.500"}]},
}  # fmt: skip

BODIES: dict[AggregateKind, dict[str, Any]] = {
    KINDS.TAKEBACK_ORDER: {
        "region": "370200", "channel": "web_shop", "category": "washing_machine",
        "unit_ids": ["U-1", "U-2"],
        "lines": [line(), line()],
        "has_point": True, "valid_until": at(1), "recycler_id": "P-recycler", "reschedules": 0,
        "assigned_at": at(-1), "accepted_at": at(-1),
    },
    KINDS.UNIT: {
        "takeback_order_id": "TB-1", "channel": "web_shop", "region": "370200",
        "category": "washing_machine", "brand": "brand-b", "grade": "reuse",
        "unit_code": "PL-0001", "door_mass_kg": "61.500",
        "door_weighed": "scale", "door_parts": ["motor"], "site_id": "PLANT-1",
    },
    KINDS.BATCH: {
        "site_id": "PLANT-1", "dismantler_id": "P-dismantler", "unit_ids": ["U-1", "U-2"],
        **outputs(),
    },
    KINDS.LOT: {
        "batch_id": "B-1", "material": "plastics", "mass_kg": "389", "holder_id": "P-holder",
    },
    KINDS.CONSIGNMENT: {
        "unit_ids": ["U-1", "U-2"], "to": "depot", "to_partner_id": "P-depot",
        "from_partner_id": "P-recycler", "carrier_id": "P-carrier", "from_site_id": "YARD-1",
        "to_site_id": "DEPOT-1", "same_site": False,
    },
}  # fmt: skip


def permit(kind: PermitKind, holder_id: str, *covers: str, **changed: Any) -> Permit:
    plain: dict[str, Any] = {
        "holder_id": holder_id, "kind": kind, "covers": frozenset(covers or ("*",)),
        "valid_from_on": date(2026, 1, 1), "valid_to_on": date(2026, 12, 31),
    }  # fmt: skip
    return Permit(**plain | changed)


PERMITS = (
    permit(PermitKind.AGREEMENT, "P-recycler"),
    permit(PermitKind.LICENCE, "P-dismantler"),
    permit(PermitKind.REFURBISHER, "P-refurbisher"),
    permit(PermitKind.HAZARDOUS_CONSIGNEE, "P-buyer"),
)


def treated(unit_id: str = "U-9", **changed: Any) -> UnitInput:
    """A washer of 61.5 kg that waits at the plant."""
    plain: dict[str, Any] = {
        "unit_id": unit_id, "category": "washing_machine", "state": TakebackUnitState.STORED,
        "site_id": "PLANT-1", "batch_id": None,
        "mass": UnitMass(mass_kg=Decimal("61.500"), basis=MassBasis.ACCEPTED),
    }  # fmt: skip
    return UnitInput(**plain | changed)


def known(**changed: Any) -> Known:
    plain: dict[str, Any] = {
        "region_is_listed": True, "channel_ref_is_taken": False, "address_region": "370200",
        "failed_codes": (), "distance_from_point_m": Decimal(40), "unit_ids": ("U-1", "U-2"),
        "trade_in_is_repriced": True, "unit_states": {"U-1": "dismantled", "U-2": "refused"},
        "takeback_order_state": "appointed", "line_is_approved": True,
        "clawback_until": NOON - timedelta(days=1), "claims": {}, "permits": PERMITS,
        "dated_needs": (
            DatedNeed(holder_id="P-dismantler", kind=PermitKind.LICENCE,
                      covering="washing_machine", on=date(2026, 6, 1)),
        ),
        "original": Original(event_id="E-1", event_type="declared", author_id="P-author"),
        "is_certified": False, "batch_state": "balanced", "batch_unit_ids": ("U-1",),
        "unit": treated(), "inputs": (treated("U-1"), treated("U-2")),
        "held_takeback_order_ids": (), "missing_evidence": (), "finding_is_upheld": True,
        "parent_lot_state": "processed", "certificate_id": "CERT-1",
        "subsidy": Subsidy(told={"subsidy_cny_fen": 30_000}),
    }  # fmt: skip
    return Known(**plain | changed)


def actor(role: Role) -> Actor:
    """Whoever acts in a role; a consumer's move is posted by intake."""
    if role is Role.CONSUMER:
        by = frozenset({Role.INTAKE})
        return Actor(party_id="P-intake", roles=by, on_behalf_of=Role.CONSUMER)
    if role in (Role.AUTHOR, Role.HOLDER):
        return Actor(party_id=f"P-{role}", roles=frozenset())
    return Actor(party_id=f"P-{role}", roles=frozenset({role}))


def facts(role: Role, evidence: dict[str, Any], **changed: Any) -> Facts:
    """Return facts of noon; names of ``Known`` go there."""
    of_known = {key: changed.pop(key) for key in list(changed) if key in Known.__slots__}
    plain: dict[str, Any] = {
        "by": actor(role), "occurred_at": NOON, "recorded_at": NOON, "evidence": evidence,
        "known": known(**of_known),
    }  # fmt: skip
    return Facts(**plain | changed)


ONLY_HERE: dict[tuple[AggregateKind, str], dict[str, Any]] = {
    (KINDS.UNIT, U.WITHDRAW): {"takeback_order_state": "cancelled"},
    (KINDS.CONSIGNMENT, C.CREATE): {"unit_states": {"U-1": "collected", "U-2": "returning"}},
    (KINDS.TAKEBACK_ORDER, O.EXPIRE_ASSIGNMENT): {"recorded_at": NOON + timedelta(hours=30)},
}


def exists(kind: AggregateKind, state: StrEnum | None, **body: Any) -> Aggregate:
    identifier = {KINDS.TAKEBACK_ORDER: "TB-1", KINDS.UNIT: "U-1", KINDS.BATCH: "B-1",
                  KINDS.LOT: "L-1", KINDS.CONSIGNMENT: "C-1"}[kind]  # fmt: skip
    if state is None:
        return nothing(kind, identifier)
    return Aggregate(kind=kind, id=identifier, state=state, version=7, body=BODIES[kind] | body)


def before(table: Table, state: StrEnum | None, command: StrEnum, **body: Any) -> Aggregate:
    """Return the aggregate on which a command of this state holds."""
    found = exists(table.kind, state, **body)
    if command == "release":
        held = {**found.body, "held_by": ["F-1"]}
        return replace(found, flags=frozenset({Flag.HOLD}), body=held)
    if command == "resolve":
        disputed = {**found.body, "disputes": ["price"]}
        return replace(found, flags=frozenset({Flag.DISPUTED}), body=disputed)
    return found


def case(table: Table, command: StrEnum, role: Role | None = None, **changed: Any) -> Facts:
    """Return facts under which a command holds, by its first role."""
    move = table.move_of(command)
    given = dict(EVIDENCE.get((table.kind, command), {}))
    given.update(changed.pop("evidence", {}))
    own = ONLY_HERE.get((table.kind, command), {})
    return facts(role or sorted(move.roles)[0], given, **{**own, **changed})


def tried(
    table: Table, state: StrEnum | None, command: StrEnum, **changed: Any
) -> Applied | Refusal:
    body = changed.pop("body", {})
    return apply(before(table, state, command, **body), command, case(table, command, **changed))


def every_pair() -> Iterator[tuple[Table, StrEnum | None, StrEnum, Move | None]]:
    for table in COUNTED:
        for state, command, move in table.pairs():
            yield table, state, command, move


__all__ = [
    "COLLECTED", "EVERY_TABLE", "EVIDENCE", "NOON", "PERMITS", "PROOF", "REFUSED", "actor",
    "at", "before", "case", "every_pair", "exists", "facts", "known", "line", "outputs", "permit",
    "photos", "treated", "tried",
]  # fmt: skip
