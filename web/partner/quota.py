"""By what a person's quota is counted: the phone's keyed hash, which nobody's body can tell."""

from collections.abc import Mapping
from typing import Any

from ledger.contact import ContactReader, MaySee
from ledger.contact_refusals import ContactNotFound
from ledger.desk.ask import QUOTA_KEY
from ledger.records import Caller, Ref
from ledger.refusals import NotFound
from web.partner.services import PartnerServices


def quota_facts(services: PartnerServices, caller: Caller, ref: Ref) -> Mapping[str, Any]:
    """Return the quota key of the consumer of a take-back order.

    Nothing where there is no such order or its contact was emptied: what follows from that, the
    desk says, after a key's replay and in the sequence of its checks.
    """
    try:
        takeback_order = services.ledger.get(caller, ref)
    except NotFound:
        return {}
    contact_id = takeback_order.body.get("contact_id")
    key = None if contact_id is None else _key(services.contacts, contact_id, caller.tenant)
    return {} if key is None else {QUOTA_KEY: key}


def _key(contacts: ContactReader, contact_id: str, tenant: str) -> str | None:
    try:
        person = contacts.get(contact_id, tenant=tenant, may_see=MaySee.FULL)
    except ContactNotFound:
        return None
    return contacts.quota_hash(person.phone, tenant=tenant)
