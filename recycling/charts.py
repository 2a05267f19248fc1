"""What the tables say, drawn and told: Mermaid, JSON, and the commands that people may send."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from recycling.table import NONE_YET, Choice, Guard, Move, Same, Table
from recycling.vocabulary import AggregateKind, Flag, OrderCommand, Role, UnitCommand

CHART_BORDER = "[*]"
ROUTES = {
    AggregateKind.TAKEBACK_ORDER: "takeback-orders",
    AggregateKind.UNIT: "units",
    AggregateKind.BATCH: "batches",
    AggregateKind.LOT: "lots",
    AggregateKind.CONSIGNMENT: "consignments",
}
# These commands run through the route of what they belong to.
COLLECTIVE = {
    (AggregateKind.TAKEBACK_ORDER, OrderCommand.REGISTER_DEMAND): "/v1/demands",
    (AggregateKind.UNIT, UnitCommand.DECLARE): "/v1/demands",
    (AggregateKind.TAKEBACK_ORDER, OrderCommand.POST_PICKUP): "/v1/pickups",
    (AggregateKind.UNIT, UnitCommand.COLLECT): "/v1/pickups",
    (AggregateKind.UNIT, UnitCommand.REFUSE): "/v1/pickups",
    (AggregateKind.UNIT, UnitCommand.DEPART): "/v1/consignments/{id}:depart",
    (AggregateKind.UNIT, UnitCommand.RECEIVE): "/v1/consignments/{id}:receive",
    (AggregateKind.UNIT, UnitCommand.SHIP_TO_DISMANTLER): "/v1/consignments/{id}:depart",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiCommand:
    """A command with a human role, and the route that carries it."""

    kind: AggregateKind
    command: str
    path: str
    roles: tuple[str, ...]


def mermaid(table: Table) -> str:
    """Return the chart of a table; what leaves a state as it is stands below it as a note."""
    return "\n".join(_chart(table)) + "\n"


def _chart(table: Table) -> Iterator[str]:
    yield "stateDiagram-v2"
    for state in table.every_state():
        moving: dict[str, list[str]] = {}
        staying = []
        for move in table.moves:
            if state not in move.from_states:
                continue
            for target in move.targets(state):
                if target is state:
                    staying.append(_label(move))
                else:
                    moving.setdefault(str(target), []).append(_label(move))
        for to, labels in moving.items():
            yield f"    {CHART_BORDER if state is None else state} --> {to}: {', '.join(labels)}"
        if staying:
            yield f"    {state} --> {state}: {', '.join(staying)}"
        if state in table.final_states():
            yield f"    {state} --> {CHART_BORDER}"


def _label(move: Move) -> str:
    if move.adds is not None:
        return f"{move.command} (+{move.adds})"
    return f"{move.command} (-{move.drops})" if move.drops is not None else str(move.command)


def states_json(table: Table) -> dict[str, Any]:
    """Return a table as one JSON document."""
    pairs = list(table.pairs())
    return {
        "kind": str(table.kind),
        "states": [NONE_YET if one is None else str(one) for one in table.every_state()],
        "final_states": [str(one) for one in table.states if one in table.final_states()],
        "flags": [str(flag) for flag in Flag if any(move.adds is flag for move in table.moves)],
        "pairs": len(pairs),
        "legal_pairs": sum(move is not None for _, _, move in pairs),
        "first": [_guard(one) for one in table.first],
        "moves": [_move(table, move) for move in table.moves],
    }


def _move(table: Table, move: Move) -> dict[str, Any]:
    return {
        "command": str(move.command),
        "from": [NONE_YET if one is None else str(one) for one in move.from_states],
        "roles": sorted(move.roles),
        "guards": [_guard(one) for one in move.guards],
        "evidence": [
            {
                "name": field.name,
                "kind": field.kind.name,
                "required": field.only_if is None and field.required,
                **({"required_if": list(field.only_if)} if field.only_if else {}),
                "private": field.private,
            }
            for field in move.evidence
        ],
        "to": target_names(move),
        "adds": None if move.adds is None else str(move.adds),
        "drops": None if move.drops is None else str(move.drops),
        "event": str(move.event),
        "type": f"loopline.{table.kind}.{move.event}.v1",
        "epcis": move.epcis,
    }


def target_names(move: Move) -> list[str]:
    """Return where a move may lead; ``same`` is the state it came from."""
    if isinstance(move.to, Choice):
        return [str(one) for one in move.to.among]
    return ["same"] if isinstance(move.to, Same) else [str(move.to)]


def _guard(guard: Guard) -> dict[str, str]:
    return {"name": guard.__name__, "asks": sentence_of(guard)}


def sentence_of(guard: Guard) -> str:
    """Return what a guard asks, in the words of its own first line."""
    return (guard.__doc__ or guard.__name__).partition("\n")[0].rstrip(".").replace("``", "`")


def api_commands(table: Table) -> tuple[ApiCommand, ...]:
    """Return the commands of a table that a person may send, each with its route.

    Examples
    --------
    >>> from recycling.lot import LOT_TABLE
    >>> api_commands(LOT_TABLE)[0].path
    '/v1/lots/{id}:ship'
    """
    return tuple(
        ApiCommand(
            kind=table.kind,
            command=str(move.command),
            path=_path(table, move),
            roles=tuple(sorted(move.roles - {Role.SYSTEM})),
        )
        for move in table.moves
        if move.roles - {Role.SYSTEM}
    )


def _path(table: Table, move: Move) -> str:
    collective = COLLECTIVE.get((table.kind, move.command))
    if collective is not None:
        return str(collective)
    collection = f"/v1/{ROUTES[table.kind]}"
    if move.from_states == (None,):
        return collection
    return f"{collection}/{{id}}:{str(move.command).replace('_', '-')}"
