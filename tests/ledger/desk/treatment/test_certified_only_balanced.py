"""No sequence of commands through the desk certifies a batch that does not balance."""

from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack
from decimal import Decimal
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from ledger.records import Answer
from recycling.facts import SYSTEM, Actor
from recycling.vocabulary import BatchCommand, Role
from tests.ledger.desk.treatment.builders import (
    AUDITOR,
    BATCH,
    DISMANTLER,
    OIL,
    PLATFORM,
    STEEL,
    UNIT,
    House,
    actor,
    fridge,
    plant,
    washer,
)
from tests.recycling.builders import EVIDENCE

UNIT_IDS = ("U-1", "U-2", "U-3")
MAX_BATCHES = 3
GRAM = Decimal("0.001")
unit_ids = st.sampled_from(UNIT_IDS)
some = st.integers(min_value=0, max_value=MAX_BATCHES - 1)
masses_kg = st.integers(min_value=50, max_value=500_000).map(lambda g: g * GRAM)
near_shares = st.sampled_from(["1", "1", "0.979", "0.98", "0.981", "1.02", "1.021", "0.5"])
few_losses = st.sampled_from(["0", "0", "0.019", "0.02", "0.021", "0.5"])
gases_g = st.sampled_from(["62", "62", "62", "61.999", "0"])
commands = st.sampled_from([*BatchCommand])
# Shares of outputs and losses, gas told, oil told: right, at a limit, or wrong in one respect.
RIGHT = ("1", "0", "62", True)
declarations = st.sampled_from(
    [
        RIGHT, RIGHT, ("0.98", "0", "62", True), ("0.96", "0.02", "62", True),
        ("0.979", "0", "62", True), ("1.021", "0", "62", True), ("0.979", "0.021", "62", True),
        ("1", "0", "61.999", True), ("1", "0", "62", False), ("1", "0", "62", False),
    ]
)  # fmt: skip
actors = st.sampled_from([DISMANTLER, PLATFORM, AUDITOR, SYSTEM, actor("P-other", Role.DISMANTLER)])


def grams(mass_kg: Any) -> int:
    exact = Decimal(mass_kg) * 1000
    assert exact == int(exact)
    return int(exact)


def unbalanced_by(house: House, batch: dict[str, Any]) -> list[str]:
    """What is wrong with a batch by the masses that its units have now, counted in whole grams."""
    units = [house.get(UNIT, one).body for one in batch["unit_ids"]]
    input_g = sum(grams(one["accepted_mass_kg"]) for one in units)
    output_g = sum(grams(one["mass_kg"]) for one in batch["outputs"])
    losses_g = grams(batch["losses_kg"])
    recovered, told = Counter[str](), Counter[str]()
    for one in units:
        for gas in one.get("refrigerants", ()):
            recovered[gas["gas"]] += grams(gas["mass_g"])
    for fate in batch["gas_fates"]:
        told[fate["gas"]] += sum(
            grams(fate[name]) for name in ("destroyed_g", "reclaimed_g", "vented_g")
        )
    has_fridge = any(one["category"] == "refrigerator" for one in units)
    oil = [one for one in batch["outputs"] if one.get("hazardous_code", "").endswith("-08")]
    wrong = {
        "nothing went in": not units,
        "gap": abs(input_g - output_g - losses_g) * 50 > input_g,
        "losses": losses_g * 50 > input_g,
        "gas": +recovered != +told,
        "oil": has_fridge and not oil,
    }
    return [name for name, is_wrong in wrong.items() if is_wrong]


class Plant(RuleBasedStateMachine):
    """A ledger with up to three batches and three units, and anybody asks anything of it."""

    def __init__(self) -> None:
        super().__init__()
        self.open_until = ExitStack()
        folder = self.open_until.enter_context(TemporaryDirectory())
        self.house = self.open_until.enter_context(plant(Path(folder) / "ledger"))
        self.house.place(washer("U-1"), washer("U-2"), fridge("U-3"))
        self.batches: list[str] = []
        self.certified: list[str] = []

    def teardown(self) -> None:
        assert self.house.ledger.verify().breaks == ()
        self.open_until.close()

    def ask(
        self, command: str, nth: int, evidence: dict[str, Any] | None = None, *, by: Actor
    ) -> Answer | None:
        if not self.batches:
            return None
        batch_id = self.batches[nth % len(self.batches)]
        if by.party_id == "P-other":  # to whom it is not there
            return None
        answer = self.house.do(BATCH, command, batch_id, evidence, by=by)
        assert answer.status in (200, 403, 409, 422), answer.body
        if command == BatchCommand.CERTIFY and answer.status == 200:
            batch = self.house.get(BATCH, batch_id).body
            assert unbalanced_by(self.house, dict(batch)) == []
            self.certified.append(batch_id)
        return answer

    def batch(self, nth: int) -> dict[str, Any]:
        return dict(self.house.get(BATCH, self.batches[nth % len(self.batches)]).body)

    @rule(command=commands, nth=some, by=actors)
    def anybody_asks_anything(self, command: BatchCommand, nth: int, by: Actor) -> None:
        self.ask(command, nth, EVIDENCE.get((BATCH, command)), by=by)

    @rule()
    def opened(self) -> None:
        if len(self.batches) < MAX_BATCHES:
            answer = self.house.done(BATCH, "open", None, {"site_id": "PLANT-1"}, by=DISMANTLER)
            self.batches.append(answer["id"])

    @rule(unit_id=unit_ids, nth=some)
    def input_added(self, unit_id: str, nth: int) -> None:
        self.ask("add_input", nth, {"unit_id": unit_id}, by=DISMANTLER)

    @rule(unit_id=unit_ids, nth=some)
    def input_removed(self, unit_id: str, nth: int) -> None:
        told = {"unit_id": unit_id, "reason_code": "not_treated"}
        self.ask("remove_input", nth, told, by=DISMANTLER)

    @rule(nth=some)
    def inputs_closed(self, nth: int) -> None:
        self.ask("close_inputs", nth, by=DISMANTLER)

    @rule(nth=some, share=near_shares, loss_share=few_losses, gas_g=gases_g, has_oil=st.booleans())
    def outputs_declared(
        self, nth: int, share: str, loss_share: str, gas_g: str, has_oil: bool
    ) -> None:
        if not self.batches:
            return
        bodies = [self.house.get(UNIT, one).body for one in self.batch(nth)["unit_ids"]]
        input_kg = sum((Decimal(one["accepted_mass_kg"]) for one in bodies), Decimal(0))
        oil_kg = Decimal(OIL["mass_kg"]) if has_oil else Decimal(0)
        told_kg = max(GRAM, (input_kg * Decimal(share) - oil_kg).quantize(GRAM))
        outputs = [STEEL | {"mass_kg": f"{told_kg:f}"}, *([OIL] if has_oil else [])]
        fate = {"gas": "r600a", "destroyed_g": gas_g, "reclaimed_g": "0", "vented_g": "0"}
        told = {
            "outputs": outputs,
            "losses_kg": f"{(input_kg * Decimal(loss_share)).quantize(GRAM):f}",
            "gas_fates": [fate] if gas_g != "0" else [],
            "reason_code": "weighed_again",
        }
        self.ask("declare_outputs", nth, told, by=DISMANTLER)

    @rule(nth=some)
    def balance_checked(self, nth: int) -> None:
        self.ask("check_balance", nth, by=SYSTEM)

    @rule(nth=some)
    def certified_if_it_may_be(self, nth: int) -> None:
        self.ask("certify", nth, by=PLATFORM)

    @rule(unit_id=unit_ids, mass_kg=masses_kg)
    def mass_corrected(self, unit_id: str, mass_kg: Decimal) -> None:
        answer = self.house.correct(unit_id, mass_kg=f"{mass_kg:f}")
        assert answer.status == 200, answer.body

    @rule(nth=some, told=declarations, unit_id=unit_ids)
    def goes_on(self, nth: int, told: tuple[str, str, str, bool], unit_id: str) -> None:
        """Take the step that leads on, as a plant would: random ones alone seldom get there."""
        if not self.batches:
            self.opened()
            return
        batch_id = self.batches[nth % len(self.batches)]
        state = self.house.get(BATCH, batch_id).state
        declare = partial(self.outputs_declared, nth, *told)
        step: dict[str, Callable[[], None]] = {
            "open": partial(self.filled_and_closed, nth, unit_id),
            "input_closed": declare,
            "unbalanced": declare,
            "output_declared": partial(self.balance_checked, nth),
            "balanced": partial(self.certified_if_it_may_be, nth),
        }
        step.get(state, self.opened)()

    @rule(nth=some, told=declarations, unit_id=unit_ids)
    def brought_to_its_end(self, nth: int, told: tuple[str, str, str, bool], unit_id: str) -> None:
        """Go from wherever a batch is to where it would be certified."""
        for _ in range(5):
            self.goes_on(nth, told, unit_id)

    @rule(nth=some, unit_id=unit_ids, mass_kg=masses_kg)
    def balanced_and_corrected(self, nth: int, unit_id: str, mass_kg: Decimal) -> None:
        """Bring a batch to its balance, and then weigh a unit again."""
        for _ in range(4):
            if self.batches and self.batch(nth).get("balanced_at"):
                break
            self.goes_on(nth, RIGHT, unit_id)
        self.mass_corrected(unit_id, mass_kg)

    def filled_and_closed(self, nth: int, unit_id: str) -> None:
        for one in ("U-3", unit_id):  # with the refrigerator, whose gas has to come out right
            self.input_added(one, nth)
        self.inputs_closed(nth)

    @invariant()
    def a_unit_stands_on_one_certificate_at_most(self) -> None:
        named = [
            one
            for batch_id in self.certified
            for one in self.house.get(BATCH, batch_id).body["unit_ids"]
        ]
        assert len(named) == len(set(named))


TestPlant = Plant.TestCase
TestPlant.settings = settings(max_examples=30, stateful_step_count=30, deadline=None)


def test_the_machine_can_certify_at_all() -> None:
    machine = Plant()
    for _ in range(5):
        machine.goes_on(0, RIGHT, "U-1")

    assert machine.certified == machine.batches
    machine.mass_corrected("U-1", Decimal(300))
    body = dict(machine.house.get(BATCH, machine.batches[0]).body)
    assert unbalanced_by(machine.house, body) == ["gap"]
    machine.teardown()
