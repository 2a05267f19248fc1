"""The nouns of the API: the name of a kind of aggregate in an address, and its scopes."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from recycling.tables import table_of
from recycling.vocabulary import (
    AggregateKind,
    BatchCommand,
    ConsignmentCommand,
    OrderCommand,
    Role,
    UnitCommand,
)
from web.partner.credential import Scope


@dataclass(frozen=True, slots=True, kw_only=True)
class Noun:
    """A kind of aggregate at the wall.

    Parameters
    ----------
    elsewhere
        Commands that have a route of their own, or none: what the house does by itself.
    """

    kind: AggregateKind
    name: str
    read: Scope
    write: Scope
    elsewhere: frozenset[str] = frozenset()

    @property
    def collection(self) -> str:
        """The address of all of them."""
        return f"/v1/{self.name}"


_SYSTEM = frozenset({Role.SYSTEM})

NOUNS: Mapping[str, Noun] = MappingProxyType(
    {
        noun.name: noun
        for noun in (
            Noun(
                kind=AggregateKind.TAKEBACK_ORDER,
                name="takeback-orders",
                read=Scope.ORDERS_READ,
                write=Scope.ORDERS_WRITE,
                elsewhere=frozenset({OrderCommand.REGISTER_DEMAND, OrderCommand.POST_PICKUP}),
            ),
            Noun(
                kind=AggregateKind.UNIT,
                name="units",
                read=Scope.UNITS_READ,
                write=Scope.UNITS_WRITE,
                elsewhere=frozenset(
                    {
                        UnitCommand.DECLARE, UnitCommand.COLLECT, UnitCommand.REFUSE,
                        UnitCommand.DEPART, UnitCommand.RECEIVE, UnitCommand.SHIP_TO_DISMANTLER,
                    }
                ),
            ),
            Noun(
                kind=AggregateKind.BATCH,
                name="batches",
                read=Scope.BATCHES_READ,
                write=Scope.BATCHES_WRITE,
                elsewhere=frozenset({BatchCommand.OPEN}),
            ),
            Noun(
                kind=AggregateKind.CONSIGNMENT,
                name="consignments",
                read=Scope.CONSIGNMENTS_READ,
                write=Scope.CONSIGNMENTS_WRITE,
                elsewhere=frozenset({ConsignmentCommand.CREATE}),
            ),
        )
    }
)  # fmt: skip


def routed(noun: Noun) -> tuple[str, ...]:
    """Return the commands that are asked at the address of one thing: those a person may give."""
    return tuple(
        str(move.command)
        for move in table_of(noun.kind).moves
        if move.command not in noun.elsewhere and move.roles != _SYSTEM
    )
