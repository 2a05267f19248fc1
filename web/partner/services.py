"""What the partner API may do: ports, given by whoever composes the process."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from prometheus_client import CollectorRegistry

from ledger.contact import Contacts
from ledger.contract import Ledger
from ledger.desk.ask import Asked
from recycling.price_list import PriceList
from web.partner.order_of_checks import Gate
from web.partner.token import TokenKeys
from web.services import Check


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerServices:
    """Everything a route of the partner API may use.

    Parameters
    ----------
    cursor_secrets
        The first signs cursors, all of them read them.
    uploads
        The folder that uploaded files lie in, by the name of their content.
    """

    ledger: Ledger[Asked]
    contacts: Contacts
    gate: Gate
    now: Callable[[], datetime]
    new_id: Callable[[], str]
    cursor_secrets: Sequence[bytes]
    uploads: Path
    token_keys: TokenKeys
    price_lists: Sequence[PriceList]
    health: Callable[[], Sequence[Check]]
    product_version: str
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
