"""Packaged appliances and vehicles: sides, masses, stacking rules by category; assumptions all."""

import tomllib
from collections.abc import Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Any

from routing.loading.entities import GoodsType, Vehicle
from routing.loading.reading import Row, goods_type_of, vehicle_of

FILE = "appliances.toml"
PROVENANCES = ("assumption", "published")


class BadCatalogue(ValueError):
    """A packaged catalogue that cannot be used; the message names table, row and field."""


@cache
def appliances() -> Mapping[str, GoodsType]:
    """Return the packaged appliances by their id.

    Examples
    --------
    >>> fridge = appliances()["refrigerator_450"]
    >>> fridge.category, fridge.height_mm, fridge.stack_max_count, sorted(fridge.allowed_up)
    ('refrigerator', 1900, 1, [<Side.HEIGHT: 'height'>])
    """
    told = _told()
    rules = {name: _rules(name, table) for name, table in told["category"].items()}
    found = {}
    for name, table in told["goods"].items():
        if table.get("category") not in rules:
            raise BadCatalogue(
                f"{FILE} goods.{name}: category {table.get('category')!r} has no rules"
            )
        row = Row(f"goods.{name}", {"goods_type_id": name, **rules[table["category"]], **table})
        found[name] = goods_type_of(row)
        _refuse(row)
    return MappingProxyType(found)


@cache
def vehicles() -> Mapping[str, Vehicle]:
    """Return the packaged vehicles by their id."""
    found = {}
    for name, table in _told()["vehicle"].items():
        row = Row(f"vehicle.{name}", {"vehicle_id": name, **_rules(name, table)})
        found[name] = vehicle_of(row)
        _refuse(row)
    return MappingProxyType(found)


def _told() -> dict[str, Any]:
    text = resources.files("routing.loading").joinpath(FILE).read_text(encoding="utf-8")
    return tomllib.loads(text)


def _rules(name: str, table: Mapping[str, Any]) -> dict[str, Any]:
    """Return a table without its provenance, which it must tell."""
    if table.get("provenance") not in PROVENANCES:
        raise BadCatalogue(f"{FILE} {name}: provenance is {table.get('provenance')!r}")
    return {key: value for key, value in table.items() if key != "provenance"}


def _refuse(row: Row) -> None:
    if row.defects:
        raise BadCatalogue(f"{FILE} {'; '.join(map(str, row.defects))}")
