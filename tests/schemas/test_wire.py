"""The wire's structs mirror the published contracts: same fields, same optionality, same words."""

from enum import StrEnum
from typing import Any, get_args

import msgspec
import pytest

from schemas.event import Contract, Event
from schemas.quantity import BOUNDS
from schemas.shipment import Place
from schemas.wire import QUANTITIES, WireEvent, WirePlace
from streams.codecs import CONTRACTS

PAIRS: list[tuple[type[msgspec.Struct], type[Contract]]] = [*CONTRACTS.items(), (WirePlace, Place)]
EVERY = pytest.mark.parametrize(("kind", "model"), PAIRS, ids=lambda one: one.__name__)


def enums_in(annotation: Any) -> set[type[StrEnum]]:
    if isinstance(annotation, type) and issubclass(annotation, StrEnum):
        return {annotation}
    return {enum for inner in get_args(annotation) for enum in enums_in(inner)}


@EVERY
def test_both_have_the_same_fields(kind: type[msgspec.Struct], model: type[Contract]) -> None:
    assert sorted(kind.__struct_fields__) == sorted(model.model_fields)


@EVERY
def test_both_may_miss_the_same_fields_and_say_the_same_without(
    kind: type[msgspec.Struct], model: type[Contract]
) -> None:
    for field in msgspec.structs.fields(kind):
        published = model.model_fields[field.name]
        assert field.required == published.is_required(), field.name
        if not field.required:
            assert field.default == published.default, field.name


@EVERY
def test_both_know_the_same_vocabulary(kind: type[msgspec.Struct], model: type[Contract]) -> None:
    for field in msgspec.structs.fields(kind):
        assert enums_in(field.type) == enums_in(model.model_fields[field.name].annotation)


@pytest.mark.parametrize("kind", CONTRACTS, ids=lambda kind: kind.__name__)
def test_every_decimal_of_the_wire_has_the_bound_of_the_contract(kind: type[WireEvent]) -> None:
    model: type[Event] = CONTRACTS[kind]
    bounded = dict(QUANTITIES[kind])
    schema = model.model_json_schema()["properties"]

    decimals = {
        field.name for field in msgspec.structs.fields(kind) if "Decimal" in str(field.type)
    }

    assert set(bounded) == decimals
    for name, bound in bounded.items():
        assert f"digits, {bound}" in str(schema[name]), name
        assert bound in BOUNDS.values()
