"""Reads an event by its published contract, as open as a consumer is: unknown fields are passed."""

from collections.abc import Iterator
from typing import Any, TypeVar, get_args

from pydantic import BaseModel

from schemas.event import Contract, Event
from schemas.wall import accept, read_json

Told = TypeVar("Told", bound=Event)


def read_event(contract: type[Told], raw: bytes) -> Told:
    """Return the event that ``raw`` tells.

    Raises
    ------
    Refused
        If it breaks the contract; the sentence is the one HTTP intake would give.
    """
    return accept(contract, without_unknown(contract, read_json(raw)))


def without_unknown(contract: type[BaseModel], value: object) -> object:
    """Return ``value`` without what a later minor version added: it is not the fault to name."""
    if isinstance(value, list):
        return [without_unknown(contract, inner) for inner in value]
    if not isinstance(value, dict):
        return value
    fields = contract.model_fields
    return {
        name: _inner(fields[name].annotation, told)
        for name, told in value.items()
        if name in fields
    }


def _inner(annotation: Any, value: object) -> object:
    inner = next(_contracts_in(annotation), None)
    return value if inner is None else without_unknown(inner, value)


def _contracts_in(annotation: Any) -> Iterator[type[Contract]]:
    if isinstance(annotation, type) and issubclass(annotation, Contract):
        yield annotation
    for part in get_args(annotation):
        yield from _contracts_in(part)
