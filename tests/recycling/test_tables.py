"""Every pair of state and command: legal ones move, all others are refused with what is allowed."""

from dataclasses import replace
from enum import StrEnum
from typing import Any

import pytest

from recycling.aggregate import Aggregate
from recycling.apply import Applied, Refusal, apply
from recycling.batch import BATCH_TABLE
from recycling.facts import FactMissing, Known
from recycling.lot import LOT_TABLE
from recycling.table import Choice, Move, Table, evolve
from recycling.tables import COUNTED, TABLES
from recycling.takeback_order import NOTED, TAKEBACK_ORDER_TABLE
from recycling.unit import UNIT_TABLE
from recycling.unit_moves import FINAL_UNIT_STATES
from recycling.vocabulary import Problem, Role
from schemas import vocabulary as published
from tests.recycling.builders import EVERY_TABLE, before, case, every_pair

PAIRS = list(every_pair())
LEGAL = [(table, state, command, move) for table, state, command, move in PAIRS if move]


def named(value: Any) -> str:
    if isinstance(value, Table):
        return str(value.kind)
    return "-" if value is None else str(value) if isinstance(value, StrEnum) else ""


def test_there_are_740_pairs_and_141_are_legal() -> None:
    assert len(PAIRS) == 740
    assert len(LEGAL) == 141


@pytest.mark.parametrize(
    ("table", "states", "commands", "legal"),
    [
        (TAKEBACK_ORDER_TABLE, 15, 21, 65),
        (UNIT_TABLE, 16, 16, 40),
        (BATCH_TABLE, 10, 12, 27),
        (LOT_TABLE, 7, 7, 9),
    ],
    ids=named,
)
def test_each_table_has_its_counts(table: Table, states: int, commands: int, legal: int) -> None:
    assert len(table.every_state()) == states
    assert len(table.commands) == commands == len(table.moves)
    assert sum(move is not None for _, _, move in table.pairs()) == legal


@pytest.mark.parametrize(("table", "state", "command", "move"), PAIRS, ids=named)
def test_every_pair_of_state_and_command_is_decided(
    table: Table, state: StrEnum | None, command: StrEnum, move: Move | None
) -> None:
    aggregate = before(table, state, command)

    answer = apply(aggregate, command, case(table, command))

    if move is None:
        assert_refused(answer, table, state, command)
    else:
        assert_moved(answer, table, aggregate, move)


def assert_refused(
    answer: Applied | Refusal, table: Table, state: StrEnum | None, command: StrEnum
) -> None:
    assert isinstance(answer, Refusal)
    assert answer.problem is Problem.TRANSITION_NOT_ALLOWED
    assert answer.allowed == table.allowed(state)
    assert answer.state == (state or "-")
    assert f"cannot {command} while {state or '-'}" in answer.detail
    assert all(one in answer.detail for one in answer.allowed)


def assert_moved(answer: Applied | Refusal, table: Table, aggregate: Aggregate, move: Move) -> None:
    assert isinstance(answer, Applied), answer.detail
    (event,) = answer.events
    (after,) = answer.aggregates
    assert after.version == aggregate.version + 1 == event.version
    assert after.state in move.targets(aggregate.state)
    assert (event.from_state, event.to_state) == (aggregate.state, after.state)
    assert (event.event_type, event.epcis) == (move.event, move.epcis)
    assert evolve(table, aggregate, event) == after


@pytest.mark.parametrize(("table", "state", "command", "move"), LEGAL, ids=named)
def test_a_legal_pair_holds_in_each_of_its_roles_and_in_no_other(
    table: Table, state: StrEnum | None, command: StrEnum, move: Move
) -> None:
    aggregate = before(table, state, command)
    for role in Role:
        answer = apply(aggregate, command, case(table, command, role))
        if role in move.roles:
            assert isinstance(answer, Applied), answer.detail
            assert answer.event.role == role
        else:
            assert isinstance(answer, Refusal), role
            assert answer.problem is Problem.ROLE_NOT_ALLOWED
            assert f"{command} is for" in answer.detail


@pytest.mark.parametrize(("table", "state", "command", "move"), LEGAL, ids=named)
def test_evidence_that_is_needed_cannot_be_left_out(
    table: Table, state: StrEnum | None, command: StrEnum, move: Move
) -> None:
    needed = [one.name for one in move.evidence if one.required and one.only_if is None]
    for name in needed:
        given = case(table, command, evidence={name: None})
        answer = apply(before(table, state, command), command, given)
        assert isinstance(answer, Refusal), name
        assert answer.problem is Problem.EVIDENCE_INCOMPLETE
        assert [one.pointer for one in answer.errors] == [f"/{name}"]
        assert name in answer.detail


@pytest.mark.parametrize(("table", "state", "command", "move"), LEGAL, ids=named)
def test_a_field_that_nobody_asked_for_is_refused(
    table: Table, state: StrEnum | None, command: StrEnum, move: Move
) -> None:
    answer = apply(
        before(table, state, command), command, case(table, command, evidence={"favour": 1})
    )

    assert isinstance(answer, Refusal)
    assert answer.problem is Problem.VALIDATION_FAILED
    assert "favour is no field" in answer.detail


def reached_from(table: Table, start: StrEnum | None) -> set[StrEnum]:
    found: set[StrEnum] = set()
    waiting = [start]
    while waiting:
        state = waiting.pop()
        for move in table.moves:
            if state in move.from_states:
                new = set(move.targets(state)) - found
                found |= new
                waiting += new
    return found


@pytest.mark.parametrize("table", EVERY_TABLE, ids=named)
def test_every_state_is_reached_and_reaches_a_final_one(table: Table) -> None:
    final = table.final_states()

    assert final
    assert reached_from(table, None) == set(table.states)
    for state in set(table.states) - final:
        assert reached_from(table, state) & final, state


@pytest.mark.parametrize("table", EVERY_TABLE, ids=named)
def test_every_command_and_event_of_a_vocabulary_has_its_row(table: Table) -> None:
    assert [move.command for move in table.moves] == list(table.commands)
    assert {move.event for move in table.moves} == set(table.events) - NOTED


def test_orders_and_units_use_the_published_words() -> None:
    order_words = published.TakebackOrderState, published.TakebackOrderEvent
    unit_words = published.TakebackUnitState, published.TakebackUnitEvent

    assert (TAKEBACK_ORDER_TABLE.states, TAKEBACK_ORDER_TABLE.events) == order_words
    assert (UNIT_TABLE.states, UNIT_TABLE.events) == unit_words


def test_the_final_states_of_units_are_those_without_a_way_out() -> None:
    assert UNIT_TABLE.final_states() == FINAL_UNIT_STATES


def test_a_target_that_depends_names_all_it_may_choose() -> None:
    chosen = [move for table in EVERY_TABLE for move in table.moves if isinstance(move.to, Choice)]

    assert [str(move.command) for move in chosen] == [
        "report_no_show", "post_pickup", "check_balance", "receive"
    ]  # fmt: skip


def asks_what_was_not_looked_up(table: Table, state: StrEnum | None, command: StrEnum) -> bool:
    given = replace(case(table, command), known=Known())
    try:
        apply(before(table, state, command), command, given)
    except FactMissing:
        return True
    return False


def test_a_guard_that_misses_a_fact_raises_and_guesses_nothing() -> None:
    asking = {
        (str(table.kind), str(command))
        for table, state, command, _ in LEGAL
        if asks_what_was_not_looked_up(table, state, command)
    }

    assert asking == {
        ("takeback_order", "register_demand"), ("takeback_order", "confirm"),
        ("takeback_order", "link_trade_in"),
        ("takeback_order", "assign"), ("takeback_order", "appoint"),
        ("takeback_order", "reschedule"), ("takeback_order", "report_no_show"),
        ("takeback_order", "post_pickup"), ("takeback_order", "complete"),
        ("takeback_order", "settle"), ("takeback_order", "close"),
        ("unit", "collect"), ("unit", "refuse"), ("unit", "withdraw"), ("unit", "resell"),
        ("unit", "accept"), ("unit", "dismantle"), ("unit", "report_lost"), ("unit", "correct"),
        ("batch", "open"), ("batch", "add_input"), ("batch", "check_balance"),
        ("batch", "certify"), ("batch", "revoke"), ("lot", "create"),
    }  # fmt: skip


def test_every_table_is_found_by_its_kind() -> None:
    assert {table.kind for table in COUNTED} < set(TABLES)
    with pytest.raises(ValueError, match="has no command weigh"):
        UNIT_TABLE.move_of("weigh")
