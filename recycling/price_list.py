"""The list of prices paid for old appliances, and the conditions under which one is bought."""

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from functools import cache
from pathlib import Path

from recycling.policy_defect import RuleFileError
from recycling.policy_scope import ApplianceForm, Provenance, Scope
from recycling.policy_toml import Table, scope_of, table_of

PRICE_LISTS = Path(__file__).parent / "price_lists"
DEMO = "demo.toml"


class CorePart(StrEnum):
    """Parts that make an old appliance worth collecting."""

    COMPRESSOR = "compressor"
    MOTOR = "motor"
    EVAPORATOR = "evaporator"
    CONDENSER = "condenser"
    BOARD = "board"
    PIPE = "pipe"


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """What an appliance of some categories must be for somebody to buy it."""

    condition_id: str
    scope: Scope
    refused_forms: frozenset[ApplianceForm]
    needed_parts: frozenset[CorePart]
    provenance: Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceRow:
    """The price of one size class."""

    size_class: str
    scope: Scope
    price_cny_fen: int
    provenance: Provenance


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceList:
    """One version of one list; both days belong to it, without a last day it is open."""

    file: str
    price_list_id: str
    version: str
    title: str
    valid_from_on: date
    valid_to_on: date | None
    source: str
    conditions: tuple[Condition, ...]
    prices: tuple[PriceRow, ...]

    def is_in_force(self, on: date) -> bool:
        """Return whether ``on`` is one of its days."""
        return self.valid_from_on <= on <= (self.valid_to_on or date.max)


@cache
def demo_price_list() -> PriceList:
    """Return the packaged list of invented prices; a tenant brings its own.

    Raises
    ------
    RuleFileError
        With every defect of the file.
    """
    return price_list_of(DEMO, (PRICE_LISTS / DEMO).read_bytes())


def price_list_of(file: str, raw: bytes) -> PriceList:
    """Return the price list in the bytes of a TOML file.

    Raises
    ------
    RuleFileError
        With every defect, each with file, key and value; two prices for one appliance are one.

    Examples
    --------
    >>> price_list_of("prices.toml", b"price = 3")
    Traceback (most recent call last):
        ...
    recycling.policy_defect.RuleFileError: prices.toml: price_list_id = (nothing) is missing
    prices.toml: version = (nothing) is missing
    prices.toml: title = (nothing) is missing
    prices.toml: valid_from_on = (nothing) is missing
    prices.toml: source = (nothing) is missing
    prices.toml: price = 3 must be 1 to 1000 tables [[price]]
    """
    table = table_of(file, raw)
    if table.defects:
        raise RuleFileError(table.defects)
    found = PriceList(
        file=file,
        price_list_id=table.name("price_list_id"),
        version=table.text("version"),
        title=table.text("title"),
        valid_from_on=table.day("valid_from_on"),
        valid_to_on=table.day_or_none("valid_to_on"),
        source=table.text("source"),
        conditions=tuple(_condition(one) for one in table.tables("condition", least=0)),
        prices=tuple(_price(one) for one in table.tables("price")),
    )
    table.blame_unknown()
    if not table.defects:
        table.blame_days(found.valid_from_on, found.valid_to_on)
        table.blame_overlaps("price", "size_class", [(p.size_class, p.scope) for p in found.prices])
    if table.defects:
        raise RuleFileError(table.defects)
    return found


def _condition(table: Table) -> Condition:
    found = Condition(
        condition_id=table.name("condition_id"),
        scope=scope_of(table),
        refused_forms=table.some_of_or_none("refused_forms", ApplianceForm),
        needed_parts=table.some_of_or_none("needed_parts", CorePart),
        provenance=table.one_of("provenance", Provenance),
    )
    table.blame_unknown()
    return found


def _price(table: Table) -> PriceRow:
    found = PriceRow(
        size_class=table.name("size_class"),
        scope=scope_of(table),
        price_cny_fen=table.whole("price_cny_fen", least=1),
        provenance=table.one_of("provenance", Provenance),
    )
    table.blame_unknown()
    return found
