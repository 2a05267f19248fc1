"""A plant on a real ledger: partners by the desk, units as the steps before a batch leave them."""

import itertools
import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from ledger.canonical import body_digest
from ledger.contract import View
from ledger.desk.ask import Ask, Asked, Keep
from ledger.desk.batch_known import is_on_certificate, state_of_batch
from ledger.desk.decide import Desk
from ledger.desk.finding import finding_decided
from ledger.desk.finding_record import FindingState
from ledger.desk.outcome import accepted, refusal_of
from ledger.desk.partner import partner_told
from ledger.desk.reference import Reference
from ledger.desk.stored import get
from ledger.records import (
    Accepted,
    Aggregate,
    Answer,
    Caller,
    Change,
    Claim,
    Decision,
    PartyChange,
    Ref,
    Request,
)
from ledger.sqlite_ledger import SqliteLedger
from ledger.store import LEDGER_FILE, open_for_reading
from recycling.apply import Refusal, apply
from recycling.facts import SYSTEM, Actor, Facts, Known, Original
from recycling.vocabulary import AggregateKind, Role, UnitCommand
from tests.ledger.builders import MAKER, WITHIN_S, World, sqlite_ledger
from tests.ledger.desk.partner_builders import paper, permit, profile, site
from tests.recycling.builders import NOON, at, photos

UNIT, BATCH, LOT = AggregateKind.UNIT, AggregateKind.BATCH, AggregateKind.LOT
TAKEBACK_ORDER = AggregateKind.TAKEBACK_ORDER
PLATFORM = Actor(party_id="maker", roles=frozenset({Role.PLATFORM}))
AUDITOR = Actor(party_id="maker", roles=frozenset({Role.AUDITOR}))
EVERYTHING = ("refrigerator", "washing_machine")


@dataclass(frozen=True)
class Run:
    """What another part of the house does in a transaction of its own."""

    does: Callable[[View], Decision]


def actor(party_id: str, *roles: Role) -> Actor:
    return Actor(party_id=party_id, roles=frozenset(roles))


DISMANTLER = actor("P-dismantler", Role.DISMANTLER)
BUYER = actor("P-buyer", Role.BUYER)


@dataclass
class House:
    """One tenant's ledger behind the desk; ``do`` asks, ``place`` puts what came before."""

    ledger: SqliteLedger[Any]
    world: World
    folder: Path
    numbers: Iterator[int] = field(default_factory=itertools.count)

    def submit(self, command: Any, *, caller: Caller = MAKER, target: Ref | None = None) -> Answer:
        nth = next(self.numbers)
        asked: Request[Any] = Request(
            caller=caller,
            method="POST",
            path=f"/{nth}",
            digest=body_digest({"nth": nth}),
            command=command,
            target=target,
        )
        return self.ledger.submit(asked).result(WITHIN_S)

    def do(
        self,
        kind: AggregateKind,
        command: str,
        aggregate_id: str | None = None,
        evidence: Mapping[str, Any] | None = None,
        *,
        by: Actor,
        occurred_at: datetime | None = None,
    ) -> Answer:
        """Ask as a party does: who is no maker's own comes with its partner's credential."""
        is_own = by.party_id in ("maker", SYSTEM.party_id)
        caller = MAKER if is_own else Caller("maker", by.party_id)
        target = None if aggregate_id is None else Ref(kind, aggregate_id)
        ask = Ask(
            kind=kind, command=command, by=by, evidence=evidence or {}, occurred_at=occurred_at
        )
        return self.submit(ask, caller=caller, target=target)

    def done(self, *asked: Any, **told: Any) -> dict[str, Any]:
        """Do what has to be accepted, and return its answer."""
        return told_by(self.do(*asked, **told))

    def run(self, does: Callable[[View], Decision]) -> Answer:
        return self.submit(Run(does))

    def place(self, *rows: Change, parties: tuple[PartyChange, ...] = ()) -> None:
        codes = tuple(
            Claim(row.body["unit_code"], row.id) for row in rows if "unit_code" in row.body
        )
        self.run(lambda _: Accepted(body={}, changes=rows, claims=codes, parties=parties))

    def keep(self, told: Keep, caller: Caller = MAKER) -> Answer:
        return self.submit(told, caller=caller)

    def partner(self, partner_id: str, *roles: str, **changed: Any) -> None:
        body = profile(roles=list(roles), **changed)
        told_by(self.keep(partner_told(partner_id, body, by=PLATFORM)))

    def judge(
        self, finding_id: str, outcome: FindingState, *, by: Actor = AUDITOR, **told: Any
    ) -> Answer:
        return self.keep(finding_decided(finding_id, outcome, {"reason": "seen"} | told, by=by))

    def get(self, kind: str, aggregate_id: str, caller: Caller = MAKER) -> Aggregate:
        return self.ledger.get(caller, Ref(kind, aggregate_id))

    def all_of(self, kind: str) -> tuple[Aggregate, ...]:
        return self.ledger.page(MAKER, kind).items

    def written(self) -> list[tuple[str, str, str]]:
        """Every event in the ledger: kind, id, type."""
        with closing(open_for_reading(self.folder / LEDGER_FILE)) as db:
            rows = db.execute("select kind, aggregate_id, type from event order by seq")
            return rows.fetchall()

    def correct(self, unit_id: str, **values: Any) -> Answer:
        """Correct a unit's acceptance, as the units' part of the desk does."""
        return self.run(lambda view: _corrected(view, unit_id, values))


def _corrected(view: View, unit_id: str, values: Mapping[str, Any]) -> Decision:
    unit = get(view, UNIT, unit_id)
    is_code = "unit_code" in values
    event_type = "collected" if is_code else "accepted"
    known = Known(
        original=Original(event_id="E-1", event_type=event_type, author_id="P-dismantler"),
        is_certified=is_on_certificate(view, unit),
        batch_state=state_of_batch(view, unit),
        claims={},
    )
    evidence = {"event_id": "E-1", "values": values, "reason_code": "typing_error"}
    facts = Facts(
        by=DISMANTLER, occurred_at=view.now, recorded_at=view.now, evidence=evidence, known=known
    )
    answer = apply(unit, UnitCommand.CORRECT, facts)
    return refusal_of(answer) if isinstance(answer, Refusal) else accepted(answer)


def told_by(answer: Answer) -> dict[str, Any]:
    body = body_of(answer)
    assert answer.status < 300, body
    return body


def body_of(answer: Answer) -> dict[str, Any]:
    told: dict[str, Any] = json.loads(answer.body)
    return told


def refused(answer: Answer, status: int, code: str) -> str:
    """Assert how it was refused; return the sentence."""
    body = body_of(answer)
    assert (answer.status, body.get("code")) == (status, code), body
    return str(body["detail"])


def row(kind: str, aggregate_id: str, state: str, body: Mapping[str, Any], **more: Any) -> Change:
    plain: dict[str, Any] = {
        "kind": str(kind),
        "id": aggregate_id,
        "state": str(state),
        "body": body,
        "type": "placed",
        "occurred_at": NOON,
        "payload": {},
        "topic": None,
        "key": aggregate_id,
    }
    return Change(**plain | more)


def washer(unit_id: str, state: str = "stored", **changed: Any) -> Change:
    """A washer of 61.5 kg that waits at the plant, with all its evidence."""
    plain: dict[str, Any] = {
        "takeback_order_id": "TB-1", "channel": "mini_program", "region": "370200",
        "category": "washing_machine", "brand": "brand-b",
        "unit_code": f"PL-{unit_id}", "photos": photos(), "site_id": "PLANT-1",
        "collected_by": "P-recycler", "collected_at": at(-48), "accepted_by": "P-dismantler",
        "accepted_at": at(-24), "accepted_mass_kg": "61.500", "dismantler_id": "P-dismantler",
    }  # fmt: skip
    return row(UNIT, unit_id, state, {k: v for k, v in (plain | changed).items() if v is not None})


def fridge(unit_id: str, **changed: Any) -> Change:
    """A refrigerator of 40.79 kg, its 62 g of r600a taken out."""
    plain: dict[str, Any] = {
        "category": "refrigerator", "accepted_mass_kg": "40.790",
        "depolluted_by": "P-dismantler", "depolluted_at": at(-12),
        "refrigerants": [{"gas": "r600a", "mass_g": "62"}],
    }  # fmt: skip
    return washer(unit_id, "depolluted", **plain | changed)


def order_row(takeback_order_id: str = "TB-1", **more: Any) -> Change:
    body = {"unit_ids": [], "channel": "mini_program", "region": "370200"}
    return row(TAKEBACK_ORDER, takeback_order_id, "picked_up", body, **more)


def desk() -> Desk:
    return Desk(Reference(token_of=lambda tenant, plate: f"{tenant}:{plate}"))


@contextmanager
def plant(folder: Path) -> Iterator[House]:
    """A house with a recycler, two dismantlers, a buyer and one order; it is noon."""
    own, world = desk(), World(now=NOON)

    def decide(command: Asked | Run, view: View) -> Decision:
        return command.does(view) if isinstance(command, Run) else own(command, view)

    ledger = sqlite_ledger(folder, world, decide=decide)
    house = House(ledger, world, folder)
    try:
        licences = [paper("LI-1", *EVERYTHING)]
        house.partner("P-recycler", "recycler", agreements=[paper("AG-1", *EVERYTHING)])
        house.partner("P-dismantler", "dismantler", sites=[site()], licences=licences)
        house.partner("P-other", "dismantler", sites=[site()], licences=licences)
        house.partner("P-buyer", "buyer", permits=[permit("hazardous_consignee")])
        house.place(order_row())
        yield house
    finally:
        ledger.close()


# -- a batch, step by step -------------------------------------------------------------------------

STEEL = {"material": "steel", "mass_kg": "122", "operation_code": "R4", "destination_id": "D-1"}
OIL = {
    "material": "oil", "mass_kg": "0.5", "operation_code": "R9", "destination_id": "D-2",
    "hazardous_code": "900-249-08", "consignee_id": "P-buyer",
}  # fmt: skip
DECLARED: dict[str, Any] = {"outputs": [STEEL], "losses_kg": "1", "gas_fates": []}


def opened(house: House, **told: Any) -> str:
    return str(house.done(BATCH, "open", None, {"site_id": "PLANT-1"}, by=DISMANTLER, **told)["id"])


def filled(house: House, *unit_ids: str, **told: Any) -> str:
    """A batch with these inputs, closed."""
    batch_id = opened(house, **told)
    for unit_id in unit_ids:
        house.done(BATCH, "add_input", batch_id, {"unit_id": unit_id}, by=DISMANTLER)
    house.done(BATCH, "close_inputs", batch_id, by=DISMANTLER)
    return batch_id


def declared(house: House, batch_id: str, **changed: Any) -> dict[str, Any]:
    told = DECLARED | changed
    return house.done(BATCH, "declare_outputs", batch_id, told, by=DISMANTLER)


def checked(house: House, batch_id: str) -> dict[str, Any]:
    return house.done(BATCH, "check_balance", batch_id, by=SYSTEM)


def balanced(house: House, *unit_ids: str) -> str:
    """Two washers, or others of 123 kg, whose balance holds."""
    named = unit_ids or ("U-1", "U-2")
    house.place(*map(washer, named))
    batch_id = filled(house, *named)
    declared(house, batch_id)
    assert checked(house, batch_id)["state"] == "balanced"
    return batch_id


def certified(house: House, *unit_ids: str) -> str:
    batch_id = balanced(house, *unit_ids)
    house.done(BATCH, "certify", batch_id, by=PLATFORM)
    return batch_id
