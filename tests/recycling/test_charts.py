"""Charts and documents are read from the tables, and the command line prints them."""

import json

import pytest
from typer.testing import CliRunner

from loopline.__main__ import all_commands
from recycling.charts import api_commands, mermaid, states_json
from recycling.lot import LOT_TABLE
from recycling.table import Table
from recycling.tables import COUNTED, TABLES
from recycling.takeback_order import TAKEBACK_ORDER_TABLE
from recycling.unit import UNIT_TABLE
from recycling.vocabulary import Role
from tests.recycling.builders import EVERY_TABLE


def test_the_chart_of_a_lot() -> None:
    assert mermaid(LOT_TABLE).splitlines() == [
        "stateDiagram-v2",
        "    [*] --> created: create",
        "    created --> shipped: ship",
        "    created --> disposed: dispose",
        "    shipped --> received_by_buyer: receive",
        "    shipped --> created: reject",
        "    received_by_buyer --> processed: process",
        "    received_by_buyer --> used_in_product: use",
        "    received_by_buyer --> disposed: dispose",
        "    processed --> used_in_product: use",
        "    used_in_product --> [*]",
        "    disposed --> [*]",
    ]


@pytest.mark.parametrize("table", EVERY_TABLE, ids=lambda table: table.kind)
def test_a_chart_shows_every_command_from_every_state_it_starts_in(table: Table) -> None:
    lines = mermaid(table).splitlines()

    for state, command, move in table.pairs():
        start = f"    {'[*]' if state is None else state} --> "
        drawn = any(
            line.startswith(start)
            and command in line.partition(": ")[2].replace(" (", ", (").split(", ")
            for line in lines
        )
        assert drawn is (move is not None), (state, command)


def test_the_document_counts_its_pairs() -> None:
    documents = [states_json(table) for table in COUNTED]

    assert sum(one["pairs"] for one in documents) == 740
    assert [one["legal_pairs"] for one in documents] == [65, 40, 27, 9]
    assert json.loads(json.dumps(documents)) == documents


def test_the_document_tells_roles_guards_evidence_and_flags() -> None:
    told = states_json(TAKEBACK_ORDER_TABLE)
    settle = next(one for one in told["moves"] if one["command"] == "settle")

    assert told["flags"] == ["HOLD", "DISPUTED"]
    assert settle["roles"] == ["finance"]
    assert [one["asks"] for one in settle["guards"]] == ["Line approved", "No HOLD", "Not DISPUTED"]
    assert [one["name"] for one in settle["evidence"]] == ["settlement_line_id"]
    assert settle["type"] == "loopline.takeback_order.settled.v1"


def test_what_a_system_does_alone_is_no_command_of_the_interface() -> None:
    for table in EVERY_TABLE:
        sent = {one.command for one in api_commands(table)}
        alone = {str(move.command) for move in table.moves if move.roles == {Role.SYSTEM}}
        assert sent == {str(command) for command in table.commands} - alone


def test_what_belongs_together_has_one_route() -> None:
    path = {one.command: one.path for one in api_commands(UNIT_TABLE)}
    order_path = {one.command: one.path for one in api_commands(TAKEBACK_ORDER_TABLE)}

    assert path["collect"] == path["refuse"] == order_path["post_pickup"] == "/v1/pickups"
    assert path["declare"] == order_path["register_demand"] == "/v1/demands"
    assert path["report_lost"] == "/v1/units/{id}:report-lost"
    assert order_path["report_no_show"] == "/v1/takeback-orders/{id}:report-no-show"


def test_the_command_line_prints_charts_or_one_document() -> None:
    run = CliRunner()
    command = all_commands()

    charts = run.invoke(command, ["takeback", "states", "--of", "unit"])
    document = run.invoke(command, ["takeback", "states", "--format", "json"])
    short = run.invoke(command, ["takeback", "states", "--json"])
    unknown = run.invoke(command, ["takeback", "states", "--format", "svg"])

    assert charts.output == f"%% unit\n{mermaid(UNIT_TABLE)}\n"
    assert document.output == short.output
    assert [one["kind"] for one in json.loads(short.output)["tables"]] == [*TABLES]
    assert (charts.exit_code, document.exit_code, unknown.exit_code) == (0, 0, 2)
