"""What the partner API may do: ports, given by whoever composes the process."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from prometheus_client import CollectorRegistry

from ledger.contact import Contacts
from ledger.contract import Ledger, Watch
from ledger.desk.ask import Asked
from ledger.desk.reference import Reference
from recycling.price_list import PriceList
from web.partner.certificate_store import CertificateStore
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
    watch, reference
        What a batch assignment finds its work with, and is judged by.
    evaluate_policies
        Answers cases as JSON has them, or raises ``policy_routes.CasesRefused``.
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
    watch: Watch
    reference: Reference
    certificates: CertificateStore
    evaluate_policies: Callable[[Any], Sequence[Mapping[str, Any]]]
    health: Callable[[], Sequence[Check]]
    product_version: str
    registry: CollectorRegistry = field(default_factory=CollectorRegistry)
