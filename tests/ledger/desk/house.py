"""A maker with its partners on a real ledger: each step of a take-back is one line of a test."""

import hashlib
import itertools
import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from ledger.canonical import body_digest
from ledger.contract import Ledger, Ports
from ledger.desk.ask import NEW_APPLIANCE, QUOTA_KEY, Ask, Asked, Keep
from ledger.desk.decide import Desk
from ledger.desk.reference import Reference
from ledger.records import (
    Accepted,
    Aggregate,
    Answer,
    BusinessKey,
    Caller,
    Change,
    ChannelRef,
    HoldAsked,
    PickupOf,
    Ref,
    Request,
    StoredEvent,
)
from recycling.evidence import plain
from recycling.facts import SYSTEM, Actor
from recycling.price_list import demo_price_list
from recycling.vocabulary import AggregateKind, Role
from tests.ledger.builders import IMPLEMENTATIONS

WITHIN_S = 20.0
NOON = datetime(2026, 6, 1, 4, tzinfo=UTC)
MAKER = "maker"
ORDER, UNIT = AggregateKind.TAKEBACK_ORDER, AggregateKind.UNIT
CONSIGNMENT, BATCH = AggregateKind.CONSIGNMENT, AggregateKind.BATCH
PLATE, LAT, LON, OTP = "LU-B98765", "36.0712", "120.3841", "483920"
PRIVATE = (PLATE, LAT, LON, OTP, "120.3890", "called twice at the gate", "48211")
VEHICLE = {"vehicle_plate": PLATE, "vehicle_energy": "electric", "odometer_km": "48211"}
YEAR = {"valid_from_on": "2026-01-01", "valid_to_on": "2026-12-31"}
BOUGHT = {
    "ordered_on": "2026-06-01", "category": "refrigerator", "grade": 1, "price_cny_fen": 999_900
}  # fmt: skip
ROLES = {
    "north": {Role.RECYCLER}, "south": {Role.RECYCLER}, "wheels": {Role.CARRIER},
    "yard": {Role.DEPOT}, "plant": {Role.DISMANTLER},
}  # fmt: skip
OFFICE = frozenset({Role.INTAKE, Role.PLATFORM, Role.FINANCE})


def token_of(tenant: str, plate: str) -> str:
    """A token that does not tell the plate."""
    return hashlib.sha256(f"{tenant}:{plate}".encode()).hexdigest()[:12]


def profile(name: str, **changed: Any) -> dict[str, Any]:
    paper = {"paper_id": f"A-{name}", "categories": ["washing_machine"], **YEAR}
    plain_body: dict[str, Any] = {
        "name": name, "roles": sorted(ROLES.get(name, {Role.RECYCLER})),
        "sites": [{"site_id": f"{name}-1", "lat": "36.1", "lon": "120.4", "region": "370200"}],
        "agreements": [paper], "licences": [paper | {"paper_id": f"L-{name}"}], "permits": [],
        "coverage": {"370200": ["washing_machine"]}, "capacity_units_per_day": 60, "prices": [],
    }  # fmt: skip
    return plain_body | changed


def line(**changed: Any) -> dict[str, Any]:
    told = {
        "category": "washing_machine",
        "brand": "brand-b",
        "age_years": 9,
        "condition": "works",
    }
    return told | changed


class House:
    """A ledger with the desk, a clock that a test turns, and who may ask."""

    def __init__(self, folder: Path, implementation: str = "sqlite") -> None:
        self.now = NOON
        self._ids = itertools.count(1)
        self._asked = itertools.count(1)
        self.reference = Reference(token_of=token_of, price_lists=(demo_price_list(),))
        self.folder, self.implementation = folder, implementation
        make = IMPLEMENTATIONS[implementation]
        self.ledger: Ledger[Any] = make(folder, self, decide=self.decider())

    def ports(self) -> Ports:
        return Ports(
            now=lambda: self.now,
            new_id=lambda: f"N-{next(self._ids)}",
            free_share=lambda: 0.5,
            sent_until=lambda: 0,
        )

    def decider(self) -> Any:
        """The desk; beside it a test may write rows that no command leads to."""
        desk = Desk(self.reference)
        return lambda command, view: (
            command if isinstance(command, Accepted) else desk(command, view)
        )

    # -- asking ------------------------------------------------------------------------------------

    def submit(self, command: Any, **told: Any) -> Answer:
        """Submit any command; a caller without partner is the maker's own."""
        digest = told.pop("digest", None) or body_digest(repr(command).encode())
        request: Request[Any] = Request(
            caller=told.pop("caller", Caller(MAKER)),
            method="POST",
            path=told.pop("path", "/v1/test"),
            digest=digest,
            command=command,
            **told,
        )
        return self.ledger.submit(request).result(WITHIN_S)

    def ask(
        self,
        kind: AggregateKind,
        command: str,
        evidence: Mapping[str, Any] | None = None,
        *,
        by: str | Actor = MAKER,
        on: str | None = None,
        **told: Any,
    ) -> Answer:
        """Ask for a command as the maker's office, a partner by its name, or any actor."""
        actor, caller = self.who(by)
        consumer = told.pop("for_consumer", False)
        if consumer:
            actor = Actor(party_id=actor.party_id, roles=actor.roles, on_behalf_of=Role.CONSUMER)
        asked = Ask(
            kind=kind, command=str(command), by=actor, evidence=evidence or {},
            occurred_at=told.pop("occurred_at", None), facts=told.pop("facts", {}),
        )  # fmt: skip
        target = None if on is None else Ref(kind, on)
        digest = told.pop("digest", None) or body_digest(
            plain({"of": on, "command": str(command), **(evidence or {})})
        )
        return self.submit(
            asked, caller=told.pop("caller", caller), target=target, digest=digest,
            path=f"/v1/{kind}/{on or ''}:{command}", **told,
        )  # fmt: skip

    def who(self, by: str | Actor) -> tuple[Actor, Caller]:
        if isinstance(by, Actor):
            return by, Caller(MAKER)
        if by == MAKER:
            return Actor(party_id=MAKER, roles=OFFICE), Caller(MAKER)
        roles = frozenset(ROLES.get(by, {Role.RECYCLER}))
        return Actor(party_id=by, roles=roles), Caller(MAKER, by)

    def keep(self, kind: str, noun_id: str, state: str, body: Mapping[str, Any]) -> None:
        assert self.told(kind, noun_id, state, body).status in (200, 201)

    def told(self, kind: str, noun_id: str, state: str, body: Mapping[str, Any]) -> Answer:
        """Tell a noun that has no table."""
        return self.submit(
            Keep(
                kind=kind, id=noun_id, state=state, type="told", body=body,
                by=Actor(party_id=MAKER, roles=OFFICE),
            )
        )  # fmt: skip

    def raise_finding(self, finding_id: str, body: Mapping[str, Any]) -> None:
        """Raise a finding as a check of its own would, that no command led to."""
        change = Change(
            kind="finding", id=finding_id, state="open", body=body, type="raised",
            occurred_at=self.now, payload={}, topic=None, key=finding_id,
        )  # fmt: skip
        asked = HoldAsked(finding_id, body["aggregate_kind"], body["aggregate_id"])
        assert self.submit(Accepted(body={}, changes=(change,), holds=(asked,))).status == 200

    # -- looking -----------------------------------------------------------------------------------

    def get(self, kind: str, one: str, by: str | None = None) -> Aggregate:
        return self.ledger.get(Caller(MAKER, by), Ref(kind, one))

    def state(self, kind: str, one: str) -> str:
        return self.get(kind, one).state

    def events(self, kind: str, one: str) -> list[StoredEvent]:
        return list(self.ledger.history(Caller(MAKER), Ref(kind, one)))

    def types(self, kind: str, one: str) -> list[str]:
        return [event.type for event in self.events(kind, one)]

    def sees(self, partner: str, kind: str, one: str) -> bool:
        page = self.ledger.page(Caller(MAKER, partner), kind)
        return one in [found.id for found in page.items]

    # -- steps -------------------------------------------------------------------------------------

    def partners(self, *names: str) -> None:
        for name in names or tuple(ROLES):
            self.keep("partner", name, "active", profile(name))

    def demand(self, lines: int = 1, **changed: Any) -> str:
        evidence = {
            "channel": "mini_program", "channel_ref": f"CRM-{next(self._asked)}",
            "region": "370200", "adcode": "370212", "contact_id": "CT-1", "privacy_consent": True,
            "lines": [line()] * lines, "lat": LAT, "lon": LON, **changed,
        }  # fmt: skip
        key = ChannelRef(evidence["channel"], evidence["channel_ref"])
        answer = self.ask(ORDER, "register_demand", evidence, business_keys=(key,))
        return str(ok(answer)["id"])

    def appraise(self, order: str) -> None:
        quote = {
            "category": "washing_machine", "size_class": "washing_machine", "core_parts": ["motor"],
            "price_cny_fen": 5_000, "price_list_version": "1",
            "valid_until": plain(self.now + timedelta(hours=72)),
        }  # fmt: skip
        ok(self.ask(ORDER, "appraise", quote, on=order))

    def link(self, order: str, number: str = "FO-1", **changed: Any) -> Answer:
        """Link a trade-in: the wall tells what was bought, and whose phone it counts on."""
        told = {
            "forward_order_no": number, "policy_id": "trade_in_2026", "policy_version": 1,
            "service_mode": "deliver_and_collect", **changed,
        }  # fmt: skip
        facts = {QUOTA_KEY: hashlib.sha256(order.encode()).hexdigest(), NEW_APPLIANCE: BOUGHT}
        return self.ask(ORDER, "link_trade_in", told, on=order, facts=facts)

    def assign(self, order: str, recycler: str = "north", **why: Any) -> None:
        ok(self.ask(ORDER, "assign", {"recycler_id": recycler, **why}, on=order))

    def confirmed(self, lines: int = 1, **changed: Any) -> str:
        order = self.demand(lines, **changed)
        self.appraise(order)
        ok(self.ask(ORDER, "confirm", on=order, for_consumer=True))
        return order

    def appointed(self, lines: int = 1, recycler: str = "north", **changed: Any) -> str:
        order = self.confirmed(lines, **changed)
        self.assign(order, recycler)
        self.appoint(order, recycler)
        return order

    def appoint(self, order: str, recycler: str = "north") -> None:
        ok(self.ask(ORDER, "accept", by=recycler, on=order))
        ok(self.ask(ORDER, "appoint", self.window(), by=recycler, on=order))

    def window(self, hours: float = 20) -> dict[str, Any]:
        begin = self.now + timedelta(hours=hours)
        return {"window_from": plain(begin), "window_to": plain(begin + timedelta(hours=4))}

    def units(self, order: str) -> list[str]:
        return list(self.get(ORDER, order).body["unit_ids"])

    def photos(self, *views: str, owner: str = "north") -> list[dict[str, Any]]:
        rows = []
        for view in views or ("whole", "name_plate", "core_part", "label"):
            sha256 = hashlib.sha256(f"{view}{next(self._asked)}".encode()).hexdigest()
            upload = f"UP-{sha256[:12]}"
            self.keep("upload", upload, "stored", {"sha256": sha256, "partner_id": owner})
            rows.append({"upload_id": upload, "view": view, "sha256": sha256})
        return rows

    def collected(self, unit: str, owner: str = "north", **changed: Any) -> dict[str, Any]:
        row = {
            "unit_id": unit, "outcome": "collected", "unit_code": f"PL-{unit}",
            "code_bound_at": plain(self.now), "photos": self.photos(owner=owner),
            "mass_kg": "61.500", "weight_method": "scale", "scale_id": "SC-1",
            "completeness": ["motor", "board"], "grade": "complete", "price_paid_cny_fen": 8_500,
        }  # fmt: skip
        return row | changed

    def refused(self, unit: str, owner: str = "north", **changed: Any) -> dict[str, Any]:
        row = {"unit_id": unit, "outcome": "refused", "reason_code": "not_the_item"}
        return row | {"photos": self.photos("whole", owner=owner)} | changed

    def proof(self, *rows: Mapping[str, Any], **changed: Any) -> dict[str, Any]:
        told = {
            "picked_at": plain(self.now), "lat": LAT, "lon": LON, "accuracy_m": "12",
            "datum": "gcj02", "collector_id": "K-7", "vehicle_plate": PLATE,
            "vehicle_energy": "electric", "acknowledged_by": "otp", "acknowledgement": OTP,
            "units": list(rows),
        }  # fmt: skip
        return told | changed

    def pick_up(
        self, order: str, proof: Mapping[str, Any], *, by: str = "north", **told: Any
    ) -> Answer:
        """Post a pickup as the wall does: its units are business keys, all of it may be late."""
        keys: tuple[BusinessKey, ...] = tuple(
            PickupOf(order, row["unit_id"]) for row in proof["units"]
        )
        late = {"takeback_order_id": order, "evidence": dict(proof)}
        return self.ask(
            ORDER, "post_pickup", proof, by=by, on=order, business_keys=keys, late=lambda: late,
            occurred_at=datetime.fromisoformat(proof["picked_at"]), **told,
        )  # fmt: skip

    def picked_up(self, lines: int = 1) -> tuple[str, list[str]]:
        order = self.appointed(lines)
        units = self.units(order)
        ok(self.pick_up(order, self.proof(*map(self.collected, units))))
        return order, units

    def consign(self, units: list[str], *, by: str = "north", **changed: Any) -> str:
        told = {
            "unit_ids": units, "to": "depot", "to_partner_id": "yard", "carrier_id": "wheels",
            "from_site_id": "north-1", "to_site_id": "yard-1", **changed,
        }  # fmt: skip
        return str(ok(self.ask(CONSIGNMENT, "create", told, by=by))["id"])

    def depart(self, consignment: str, by: str = "wheels", **changed: Any) -> Answer:
        return self.ask(CONSIGNMENT, "depart", VEHICLE | changed, by=by, on=consignment)

    def receive(self, consignment: str, *units: str, by: str = "yard", **changed: Any) -> Answer:
        told = {"units": [{"unit_id": one, "mass_kg": "61.400"} | changed for one in units]}
        return self.ask(CONSIGNMENT, "receive", told, by=by, on=consignment)

    def at_depot(self, lines: int = 1) -> list[str]:
        _, units = self.picked_up(lines)
        consignment = self.consign(units)
        ok(self.depart(consignment))
        ok(self.receive(consignment, *units))
        return units

    def graded(self, lines: int = 1) -> list[str]:
        units = self.at_depot(lines)
        for unit in units:
            found = {"grade": "recycle", "completeness": ["motor", "board"]}
            ok(self.ask(UNIT, "inspect", found, by="yard", on=unit))
        return units

    def shipped(self, lines: int = 1) -> tuple[str, list[str]]:
        units = self.graded(lines)
        consignment = self.consign(
            units, by="yard", to="dismantler", to_partner_id="plant", from_site_id="yard-1",
            to_site_id="plant-1", manifest_id="M-1",
        )  # fmt: skip
        ok(self.depart(consignment, by="yard"))
        return consignment, units

    def stored(self, lines: int = 1) -> list[str]:
        """Units of an order that wait at the plant, 61.5 kg each."""
        consignment, units = self.shipped(lines)
        rows = {"units": [{"unit_id": one} for one in units]}
        ok(self.ask(CONSIGNMENT, "receive", rows, by="plant", on=consignment))
        for one in units:
            weighed = {"mass_kg": "61.500", "site_id": "plant-1"}
            ok(self.ask(UNIT, "accept", weighed, by="plant", on=one))
            place = {"location_id": "A-03", "stored_at": plain(self.now)}
            ok(self.ask(UNIT, "store", place, by="plant", on=one))
        return units

    def opened(self, units: list[str]) -> str:
        batch = str(ok(self.ask(BATCH, "open", {"site_id": "plant-1"}, by="plant"))["id"])
        for one in units:
            ok(self.ask(BATCH, "add_input", {"unit_id": one}, by="plant", on=batch))
        return batch

    def declare(self, batch: str, steel_kg: str, **changed: Any) -> None:
        steel = {
            "material": "steel", "mass_kg": steel_kg, "operation_code": "R4",
            "destination_id": "D-1",
        }  # fmt: skip
        told = {"outputs": [steel], "losses_kg": "1", "gas_fates": [], **changed}
        ok(self.ask(BATCH, "declare_outputs", told, by="plant", on=batch))

    def treated(self, lines: int = 2, steel_kg: str = "122") -> str:
        """A batch of one order's units whose outputs are declared."""
        batch = self.opened(self.stored(lines))
        ok(self.ask(BATCH, "close_inputs", by="plant", on=batch))
        self.declare(batch, steel_kg)
        return batch

    def balanced(self) -> str:
        batch = self.treated()
        assert ok(self.ask(BATCH, "check_balance", by=SYSTEM, on=batch))["state"] == "balanced"
        return batch


def ok(answer: Answer) -> Any:
    """The body of an answer that must be a yes."""
    told = json.loads(answer.body)
    assert 200 <= answer.status < 300, told
    return told


def no(answer: Answer, status: int, code: str) -> Any:
    """The body of an answer that must be this no."""
    told = json.loads(answer.body)
    assert (answer.status, told.get("code")) == (status, code), told
    return told


@contextmanager
def house(folder: Path, implementation: str = "sqlite") -> Iterator[House]:
    made = House(folder, implementation)
    try:
        yield made
    finally:
        made.ledger.close()


__all__ = ["SYSTEM", "Asked", "House", "house", "no", "ok"]
