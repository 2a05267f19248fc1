"""What may be there once: an aggregate's fact of a number, and what only one event may tell."""

from collections.abc import Callable, Hashable, Sequence
from typing import TypeVar

import duckdb

from schemas.refusal import Reason
from warehouse.columns import table, texts
from warehouse.fact import Arrival, Fact, InSequence, Only
from warehouse.transaction import shown

Park = Callable[[Arrival, Reason, str], None]
Name = TypeVar("Name", bound=Hashable)


def in_sequence(
    db: duckdb.DuckDBPyConnection,
    fact: Fact,
    sequence: InSequence,
    arrived: Sequence[Arrival],
    park: Park,
) -> list[Arrival]:
    """Return ``arrived`` without facts whose place in their aggregate another one holds."""
    places = [sequence.place_of(a.event) for a in arrived]

    def refuse(arrival: Arrival, place: tuple[str, str, int]) -> None:
        detail = f"aggregate_seq {place[2]} of {place[0]} {place[1]} belongs to another event"
        park(arrival, Reason.SEQUENCE_CONFLICT, detail)

    taken = _places_taken(db, fact, sequence, {aggregate_id for _, aggregate_id, _ in places})
    return _first_of_each(arrived, places, taken, refuse)


def only_ones(
    db: duckdb.DuckDBPyConnection, fact: Fact, only: Only, arrived: Sequence[Arrival], park: Park
) -> list[Arrival]:
    """Return ``arrived`` without those that tell again what another event told."""
    names = [only.name_of(a.event) for a in arrived]

    def refuse(arrival: Arrival, name: str) -> None:
        detail = f"{name} was told before; a change of it is an event with correction_of"
        park(arrival, Reason.KEY_DUPLICATE, detail)

    return _first_of_each(arrived, names, _names_taken(db, fact, only, set(names)), refuse)


def _first_of_each(
    arrived: Sequence[Arrival],
    names: Sequence[Name],
    taken: set[Name],
    refuse: Callable[[Arrival, Name], None],
) -> list[Arrival]:
    kept = []
    for arrival, name in zip(arrived, names, strict=True):
        if name in taken:
            refuse(arrival, name)
        else:
            taken.add(name)
            kept.append(arrival)
    return kept


def _places_taken(
    db: duckdb.DuckDBPyConnection, fact: Fact, sequence: InSequence, ids: set[str]
) -> set[tuple[str, str, int]]:
    with shown(db, "probe", table({"id": texts(sorted(ids))})):
        rows = db.execute(
            f"select {sequence.kind}, {sequence.id}, {sequence.seq} from {fact.table} "
            f"where {sequence.id} in (select id from probe)"
        ).fetchall()
    return {(aggregate, aggregate_id, seq) for aggregate, aggregate_id, seq in rows}


def _names_taken(
    db: duckdb.DuckDBPyConnection, fact: Fact, only: Only, names: set[str]
) -> set[str]:
    """Return which of ``names`` stand; one that was taken back may be told anew."""
    with shown(db, "probe", table({"id": texts(sorted(names))})):
        rows = db.execute(
            f"select name from (select {only.name} as name, {fact.counted} from {only.view}) "
            f"where name in (select id from probe) group by name having sum({fact.counted}) > 0"
        ).fetchall()
    return {name for (name,) in rows}
