"""A maker with recyclers and orders that wait: what the tests of assignment name and change."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any

from ledger.contract import View
from ledger.desk.ask import Ask, Asked, Keep
from ledger.desk.decide import Desk
from ledger.desk.outcome import accepted, refusal_of
from ledger.desk.projection import projected
from ledger.desk.reference import Reference
from ledger.desk.stored import target
from ledger.promise import Ended, Projected, Promise, PromiseStep, Stage
from ledger.records import Accepted, Aggregate, Answer, Caller, Change, Decision, Ref, Request
from ledger.sqlite_ledger import SqliteLedger
from recycling.apply import Refusal, apply
from recycling.facts import Actor, Facts, Known
from recycling.permit import Permit, PermitKind
from recycling.region import region
from recycling.tables import table_of
from recycling.vocabulary import AggregateKind, Role
from tests.ledger.builders import MAKER, START, WITHIN_S, World
from tests.ledger.desk.partner_builders import profile, site
from tests.recycling.builders import PROOF

ORDER, UNIT, BATCH = AggregateKind.TAKEBACK_ORDER, AggregateKind.UNIT, AggregateKind.BATCH
PLATFORM = Actor(party_id="maker", roles=frozenset({Role.PLATFORM}))
INTAKE = Actor(party_id="maker", roles=frozenset({Role.INTAKE}))
CONSUMER = replace(INTAKE, on_behalf_of=Role.CONSUMER)
WISHED_ON = date(2026, 3, 3)
QINGDAO, WEIFANG = "370200", "370700"


def recycler(recycler_id: str) -> Actor:
    return Actor(party_id=recycler_id, roles=frozenset({Role.RECYCLER}))


@dataclass(frozen=True, slots=True, kw_only=True)
class Planted:
    """Rows that a test begins with: no rule is asked."""

    changes: tuple[Change, ...] = ()
    projected: Projected = field(default_factory=Projected)


# What other parts of the desk look up: here it is as a test needs it.
ALWAYS = Permit(
    holder_id="A",
    kind=PermitKind.AGREEMENT,
    covers=frozenset({"*"}),
    valid_from_on=date(2026, 1, 1),
    valid_to_on=date(2026, 12, 31),
)
LOOKED_UP: dict[tuple[str, str], Callable[[Any], Known]] = {
    (ORDER, "post_pickup"): lambda _: Known(permits=(ALWAYS, replace(ALWAYS, holder_id="B"))),
    (ORDER, "complete"): lambda one: Known(
        unit_states=dict.fromkeys(one.body["unit_ids"], "dismantled")
    ),
    (ORDER, "close"): lambda _: Known(clawback_until=START - timedelta(days=1)),
    (ORDER, "cancel"): lambda _: Known(trade_in_is_repriced=True),
}


NO_ASK = Ask(kind=ORDER, command="plant", by=PLATFORM)


class PlantingDesk:
    """The desk, with what a test plants and with look-ups of other parts told."""

    def __init__(self, reference: Reference) -> None:
        self.desk, self.reference = Desk(reference), reference

    def __call__(self, command: Asked | Planted, view: View, /) -> Decision:
        if isinstance(command, Planted):
            decision = Accepted(body={}, changes=command.changes, projected=command.projected)
            return projected(decision, NO_ASK, view, self.reference.limits)
        if isinstance(command, Ask) and (command.kind, command.command) in LOOKED_UP:
            return self.told(command, view)
        return self.desk(command, view)

    def told(self, ask: Ask, view: View) -> Decision:
        aggregate = target(view, ask.kind)
        facts = Facts(
            by=ask.by,
            occurred_at=ask.occurred_at or view.now,
            recorded_at=view.now,
            evidence=ask.evidence,
            known=LOOKED_UP[ask.kind, ask.command](aggregate),
            limits=self.reference.limits,
        )
        applied = apply(aggregate, table_of(ask.kind).commands(ask.command), facts)
        if isinstance(applied, Refusal):
            return refusal_of(applied)
        return projected(accepted(applied), ask, view, self.reference.limits)


def reference(**changed: Any) -> Reference:
    return Reference(token_of=lambda tenant, plate: f"{tenant}-{len(plate)}", **changed)


Ledger = SqliteLedger[Any]


@dataclass(frozen=True, slots=True)
class House:
    """A ledger with its desk, its clock and its maker."""

    ledger: Ledger
    world: World
    reference: Reference
    caller: Caller = MAKER

    def submit(self, command: Any, order_id: str | None = None, kind: str = ORDER) -> Answer:
        request: Request[Any] = Request(
            caller=self.caller,
            method="POST",
            path="/test",
            digest="",
            command=command,
            target=None if order_id is None else Ref(kind, order_id),
        )
        return self.ledger.submit(request).result(WITHIN_S)

    def ask(self, command: str, by: Actor, order_id: str = "TB-1", **told: Any) -> Any:
        """What a command of an order is answered; what is no field of an ask is evidence."""
        beside = {key: told.pop(key) for key in ("occurred_at", "facts") if key in told}
        asked = Ask(kind=ORDER, command=command, by=by, evidence=told, **beside)
        answer = self.submit(asked, order_id)
        return {"status": answer.status, **json.loads(answer.body)}

    def plant(self, *changes: Change, promises: tuple[Promise, ...] = ()) -> None:
        steps = tuple(PromiseStep(None, one) for one in promises)
        told = Planted(changes=changes, projected=Projected(promises=steps))
        assert self.submit(told).status == 200

    def get(self, order_id: str = "TB-1", kind: str = ORDER) -> Aggregate:
        return self.ledger.get(self.caller, Ref(kind, order_id))

    def state(self, order_id: str = "TB-1") -> str:
        return self.get(order_id).state

    def partner(self, partner_id: str = "A", **changed: Any) -> None:
        """A recycler of refrigerators in Qingdao; its profile as it is kept."""
        state = changed.pop("state", "active")
        told = Keep(
            kind="partner", id=partner_id, state=state, type="partner_kept",
            body=profile(**changed), by=PLATFORM,
        )  # fmt: skip
        assert self.submit(told).status in (200, 201)

    def confirmed(self, order_id: str = "TB-1", **changed: Any) -> None:
        """An order of one refrigerator that waits for a recycler, and its units."""
        waiting = planted_order(order_id, now=self.world.now, **changed)
        units = [
            planted("unit", unit_id, "declared", takeback_order_id=order_id)
            for unit_id in waiting.body["unit_ids"]
        ]
        self.plant(waiting, *units)

    def pass_hours(self, hours: float) -> None:
        self.world.pass_days(hours / 24)

    def appoint(self, by: str = "A", order_id: str = "TB-1", *, day: int = 3, **told: Any) -> Any:
        window = {"window_from": f"2026-03-{day:02d}T01:00:00Z",
                  "window_to": f"2026-03-{day:02d}T05:00:00Z"}  # fmt: skip
        return self.ask("appoint", recycler(by), order_id, **window, **told)

    def pick_up(
        self, at: str, by: str = "A", order_id: str = "TB-1", outcomes: tuple[str, ...] = ()
    ) -> Any:
        """Be at the door at ``at`` and tell it at once."""
        unit_ids = self.get(order_id).body["unit_ids"]
        named = zip(unit_ids, outcomes or ["collected"] * len(unit_ids), strict=True)
        self.world.now = datetime.fromisoformat(at)
        return self.ask(
            "post_pickup", recycler(by), order_id, occurred_at=self.world.now,
            **PROOF | {"picked_at": at},
            units=[{"unit_id": one, "outcome": outcome} for one, outcome in named],
        )  # fmt: skip

    def alerts(self) -> dict[str, str]:
        page = self.ledger.page(self.caller, "alert")
        return {one.id: one.state for one in page.items}


def planted(
    kind: str, one_id: str, state: str, *, now: datetime = START, type_: str = "planted",
    **body: Any,
) -> Change:  # fmt: skip
    return Change(
        kind=kind, id=one_id, state=state, body=body, type=type_, occurred_at=now, payload={},
        topic=None, key=one_id,
    )  # fmt: skip


def planted_order(
    order_id: str = "TB-1", *, state: str = "confirmed", now: datetime = START,
    categories: tuple[str, ...] = ("refrigerator",), **changed: Any,
) -> Change:  # fmt: skip
    line = {"brand": "brand-b", "age_years": 9, "condition": "works"}
    body: dict[str, Any] = {
        "channel": "mini_program", "region": QINGDAO, "category": categories[0], "has_point": False,
        "lines": [{"category": one, **line} for one in categories],
        "unit_ids": [f"{order_id}-U{n}" for n, _ in enumerate(categories)],
        "wished_on": WISHED_ON.isoformat(), "contact_id": "CT-1",
    }  # fmt: skip
    return planted(ORDER, order_id, state, now=now, **body | changed)


def promise(order_id: str, recycler_id: str = "A", **changed: Any) -> Promise:
    """An open promise of one refrigerator on the wished day."""
    plain: dict[str, Any] = {
        "takeback_order_id": order_id, "round": 1, "recycler_id": recycler_id, "on": WISHED_ON,
        "categories": {"refrigerator": 1}, "stage": Stage.ASSIGNED, "since_at": START,
        "assigned_at": START,
    }  # fmt: skip
    return Promise(**plain | changed)


def record(recycler_id: str, *, kept: int, total: int, **changed: Any) -> list[Promise]:
    """Promises of yesterday that ended: so many kept."""
    ended: dict[str, Any] = {
        "stage": Stage.ENDED, "ended_at": START - timedelta(days=1), "on": date(2026, 2, 28),
    }  # fmt: skip
    return [
        promise(
            f"{recycler_id}-{n}", recycler_id, kept=n < kept,
            outcome=Ended.PICKED_UP if n < kept else Ended.DECLINED, **ended | changed,
        )
        for n in range(total)
    ]  # fmt: skip


def site_in(adcode: str) -> dict[str, Any]:
    point = region(adcode).point
    assert point is not None
    return site(lat=str(point.lat), lon=str(point.lon), region=adcode)


def price(price_cny_fen: int) -> list[dict[str, Any]]:
    return [{"region": QINGDAO, "category": "refrigerator", "price_cny_fen": price_cny_fen}]


def plant_qingdao(house: House) -> None:
    """The two recyclers of the worked example, and an order they are compared for."""
    house.partner("A", sites=[site_in(QINGDAO)], prices=price(8_500), capacity_units_per_day=60)
    house.partner("B", sites=[site_in(WEIFANG)], prices=price(7_800), capacity_units_per_day=40)
    house.plant(
        promises=(
            *record("A", kept=180, total=200),
            *record("B", kept=95, total=100),
            promise("open-A", "A", categories={"refrigerator": 54}),
            promise("open-B", "B", categories={"refrigerator": 10}),
        )
    )
    house.confirmed("TB-1")


@contextmanager
def opened_house(folder: Path, world: World | None = None, **changed: Any) -> Iterator[House]:
    world = world or World()
    told = reference(**changed)
    ledger: Ledger = SqliteLedger(
        folder, PlantingDesk(told), world.ports(), product_version="0.0.0"
    )
    try:
        yield House(ledger, world, told)
    finally:
        ledger.close()
