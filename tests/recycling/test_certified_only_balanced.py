"""No sequence of commands certifies an unbalanced batch: a machine tries what it can think of."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from enum import StrEnum
from functools import partial
from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from recycling.aggregate import Aggregate, Event, nothing
from recycling.apply import Applied, Refusal, apply
from recycling.facts import Facts, Original
from recycling.table import replay
from recycling.tables import table_of
from recycling.together import apply_balance_check, apply_write_off
from recycling.unit import input_of
from recycling.unit_mass import UnitInput
from recycling.vocabulary import AggregateKind, BatchCommand, BatchState, Role, UnitCommand
from schemas.vocabulary import TakebackUnitState
from tests.recycling.builders import actor, case, exists, facts, treated

UNIT_IDS = ("U-1", "U-2", "U-3")
GRAM = Decimal("0.001")
unit_ids = st.sampled_from(UNIT_IDS)
masses_kg = st.integers(min_value=50, max_value=500_000).map(lambda g: g * GRAM)
near_shares = st.sampled_from(["1", "0.979", "0.98", "0.981", "1.019", "1.02", "1.021", "0.5"])
few_losses = st.sampled_from(["0", "0", "0.019", "0.02", "0.021", "0.5"])
commands = st.sampled_from([*BatchCommand])
roles = st.sampled_from([*Role])


def waiting(unit_id: str) -> Aggregate:
    found = exists(AggregateKind.UNIT, TakebackUnitState.STORED, accepted_mass_kg="50")
    return replace(found, id=unit_id)


class Plant(RuleBasedStateMachine):
    """One batch, three units, and every command in any order, by anybody."""

    def __init__(self) -> None:
        super().__init__()
        self.batch = nothing(AggregateKind.BATCH, "B-1")
        self.units = {one: waiting(one) for one in UNIT_IDS}
        self.events: list[Event] = []
        self.certified_on: tuple[UnitInput, ...] | None = None

    def inputs(self) -> tuple[UnitInput, ...]:
        held = self.batch.body.get("unit_ids", ())
        return tuple(input_of(self.units[one], batch_id="B-1") for one in held)

    def keep(self, answer: Applied | Refusal) -> None:
        if isinstance(answer, Refusal):
            return
        for one in answer.aggregates:
            if one.kind is AggregateKind.BATCH:
                self.batch = one
            else:
                self.units[one.id] = one
        self.events += [one for one in answer.events if one.kind is AggregateKind.BATCH]
        if answer.event.event_type == "certified":
            self.certified_on = self.inputs()

    def asked(self, command: StrEnum, role: Role | None = None, **changed: Any) -> Facts:
        table = table_of(AggregateKind.BATCH)
        return case(table, command, role, inputs=self.inputs() or (treated(),), **changed)

    @rule(command=commands, role=roles)
    def anybody_asks_anything(self, command: BatchCommand, role: Role) -> None:
        if command is BatchCommand.ADD_INPUT or self.batch.body.get("unit_ids") == []:
            return
        if self.batch.state is None and command is not BatchCommand.OPEN:
            return
        self.keep(apply(self.batch, command, self.asked(command, role)))

    @rule()
    def opened(self) -> None:
        self.keep(apply(self.batch, BatchCommand.OPEN, self.asked(BatchCommand.OPEN)))

    @rule(unit_id=unit_ids)
    def input_added(self, unit_id: str) -> None:
        if self.batch.state is None:
            return
        held = "B-1" if unit_id in self.batch.body["unit_ids"] else None
        unit = input_of(self.units[unit_id], batch_id=held)
        evidence = {"unit_id": unit_id}
        wanted = self.asked(BatchCommand.ADD_INPUT, evidence=evidence, unit=unit)
        self.keep(apply(self.batch, BatchCommand.ADD_INPUT, wanted))

    @rule(unit_id=unit_ids)
    def input_removed(self, unit_id: str) -> None:
        if self.batch.state is not None:
            wanted = self.asked(BatchCommand.REMOVE_INPUT, evidence={"unit_id": unit_id})
            self.keep(apply(self.batch, BatchCommand.REMOVE_INPUT, wanted))

    @rule()
    def inputs_closed(self) -> None:
        if self.batch.state is not None:
            wanted = self.asked(BatchCommand.CLOSE_INPUTS)
            self.keep(apply(self.batch, BatchCommand.CLOSE_INPUTS, wanted))

    @rule(share=near_shares, loss_share=few_losses)
    def outputs_declared(self, share: str, loss_share: str) -> None:
        if self.batch.state is None:
            return
        input_kg = sum(
            (one.mass.mass_kg for one in self.inputs() if one.mass), Decimal(0)
        ) or Decimal(1)
        told = (input_kg * Decimal(share)).quantize(GRAM)
        lost = (input_kg * Decimal(loss_share)).quantize(GRAM)
        steel = {"material": "steel", "mass_kg": told, "operation_code": "R4",
                 "destination_id": "D-1"}  # fmt: skip
        evidence = {"outputs": [steel], "losses_kg": lost}
        wanted = self.asked(BatchCommand.DECLARE_OUTPUTS, evidence=evidence)
        self.keep(apply(self.batch, BatchCommand.DECLARE_OUTPUTS, wanted))

    @rule()
    def balance_checked(self) -> None:
        if self.batch.body.get("unit_ids"):
            system = facts(Role.SYSTEM, {}, inputs=self.inputs())
            self.keep(apply_balance_check(self.batch, [*self.units.values()], system))

    @precondition(lambda self: self.batch.state is BatchState.BALANCED)
    @rule()
    def certified(self) -> None:
        if self.batch.body.get("unit_ids"):
            wanted = self.asked(BatchCommand.CERTIFY)
            self.keep(apply(self.batch, BatchCommand.CERTIFY, wanted))

    @precondition(lambda self: self.batch.state is BatchState.UNBALANCED)
    @rule(sure=st.integers(min_value=0, max_value=3))
    def written_off(self, sure: int) -> None:
        if sure == 0:
            wanted = self.asked(BatchCommand.WRITE_OFF)
            self.keep(apply_write_off(self.batch, [*self.units.values()], wanted))

    @rule(share=near_shares, loss_share=few_losses)
    def goes_on(self, share: str, loss_share: str) -> None:
        """Take the step that leads on, as a plant would: random ones alone seldom get there."""
        step: dict[StrEnum | None, Callable[[], None]] = {
            None: self.opened,
            BatchState.OPEN: self.filled_and_closed,
            BatchState.INPUT_CLOSED: partial(self.outputs_declared, share, loss_share),
            BatchState.UNBALANCED: partial(self.outputs_declared, share, loss_share),
            BatchState.OUTPUT_DECLARED: self.balance_checked,
            BatchState.BALANCED: self.certified,
        }
        step.get(self.batch.state, self.opened)()

    def filled_and_closed(self) -> None:
        for unit_id in UNIT_IDS:
            self.input_added(unit_id)
        self.inputs_closed()

    @rule(unit_id=unit_ids, mass_kg=masses_kg)
    def mass_corrected(self, unit_id: str, mass_kg: Decimal) -> None:
        original = Original(event_id="E-1", event_type="accepted", author_id="P-author")
        wanted = case(
            table_of(AggregateKind.UNIT), UnitCommand.CORRECT, original=original,
            evidence={"values": {"mass_kg": mass_kg}}, batch_state="open",
        )  # fmt: skip
        self.keep(apply(self.units[unit_id], UnitCommand.CORRECT, wanted))

    @invariant()
    def what_was_certified_was_balanced(self) -> None:
        if self.certified_on is None:
            return
        input_kg = sum((one.mass.mass_kg for one in self.certified_on if one.mass), Decimal(0))
        output_kg = sum(Decimal(one["mass_kg"]) for one in self.batch.body["outputs"])
        losses_kg = Decimal(self.batch.body["losses_kg"])
        assert abs(input_kg - output_kg - losses_kg) * 50 <= input_kg
        assert losses_kg * 50 <= input_kg

    @invariant()
    def the_events_rebuild_the_batch(self) -> None:
        assert replay(table_of(AggregateKind.BATCH), "B-1", self.events) == self.batch

    @invariant()
    def a_unit_is_dismantled_with_a_balanced_batch_alone(self) -> None:
        balanced = {BatchState.BALANCED, BatchState.CERTIFIED, BatchState.AUDITED,
                    BatchState.REVOKED}  # fmt: skip
        for unit in self.units.values():
            if unit.state is TakebackUnitState.DISMANTLED:
                assert self.batch.state in balanced
                assert unit.id in self.batch.body["unit_ids"]


TestPlant = Plant.TestCase
TestPlant.settings = settings(max_examples=150, stateful_step_count=40, deadline=None)


def test_the_machine_can_certify_at_all() -> None:
    plant = Plant()
    plant.opened()
    plant.input_added("U-1")
    plant.inputs_closed()
    plant.outputs_declared("1", "0")
    plant.balance_checked()

    plant.certified()

    assert plant.batch.state is BatchState.CERTIFIED
    assert actor(Role.PLATFORM).party_id == plant.events[-1].party_id
